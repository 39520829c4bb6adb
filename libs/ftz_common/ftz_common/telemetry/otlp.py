"""Traces to an OpenTelemetry collector, when OTEL_EXPORTER_OTLP_ENDPOINT names one; else nowhere."""

from collections.abc import Callable
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_EXPORTER_OTLP_ENDPOINT
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class _Endpoint(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    endpoint: str = Field(default="", validation_alias=OTEL_EXPORTER_OTLP_ENDPOINT)


@dataclass(frozen=True)
class Traces:
    """Close it at the end: what is not sent yet is sent then."""

    close: Callable[[], None]


def set_up(service: str) -> Traces:
    """Send this process's spans under the service's name; OTEL_* variables say where and how."""
    if not _Endpoint().endpoint:
        return Traces(lambda: None)
    resource = Resource.create({SERVICE_NAME: service, SERVICE_NAMESPACE: "ftz"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return Traces(provider.shutdown)
