"""The FastAPI factory: health, status, metrics, intake and quarantine around the services' own routes."""

import logging
from base64 import b64decode
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Self

import msgspec
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel, Field, model_validator

from ftz_common.contracts.envelope import instant_text
from ftz_common.flow import quarantine
from ftz_common.flow.service import Service
from ftz_common.store.port import StoreUnavailable
from ftz_common.telemetry.metrics import Requests
from ftz_common.web import problem
from ftz_common.web.caller import Called
from ftz_common.web.events import events_router
from ftz_common.web.metrics import Timed, exposition
from ftz_common.web.problem import not_found

_log = logging.getLogger(__name__)

#: Refused records in the list; each that a platform was told of is at its own address, listed or not.
REFUSED_LISTED = 100

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class QuarantineOrder(BaseModel):
    """What to do with a parked key, and who says so."""

    key: str = Field(description="The parked key, as listed")
    verb: Literal["redrive", "skip", "replace"]
    who: str = Field(min_length=1)
    why: str = Field(min_length=1)
    value: str = Field(
        default="", description="For replace: the right bytes of the first record of the key, in base64"
    )

    @model_validator(mode="after")
    def _has_a_value(self) -> Self:
        if (self.verb == "replace") != bool(self.value):
            raise ValueError("value: replace needs one, the other verbs take none")
        try:
            b64decode(self.value, validate=True)
        except ValueError as error:
            raise ValueError("value: not base64") from error
        return self


class ResumeOrder(BaseModel):
    """Who says that a consumer whose fuse blew may go on, and why."""

    who: str = Field(min_length=1)
    why: str = Field(min_length=1)


def make_app(
    services: Sequence[Service],
    routers: Sequence[APIRouter],
    *,
    title: str = "ftz",
    lifespan: Lifespan | None = None,
    ticking: Callable[[], bool] = lambda: True,
    started: Callable[[], bool] = lambda: True,
) -> FastAPI:
    """One HTTP application over one or all services. `ticking`: the loop turns; `started`: all is read."""
    app = FastAPIOffline(  # its docs page needs no network
        title=title,
        version="1",
        description="Foreign-Trade Zone compliance. Commands take an `Idempotency-Key`; errors are RFC 9457.",
        lifespan=lifespan,
    )
    requests = Requests()
    app.add_middleware(Timed, requests=requests)
    problem.install(app)
    app.include_router(_health(services, ticking, started, requests))
    if any(service.arms.foreign for service in services):
        app.include_router(events_router(services))
    app.include_router(_quarantine(services))
    for router in routers:
        app.include_router(router)
    return app


def _health(
    services: Sequence[Service], ticking: Callable[[], bool], started: Callable[[], bool], requests: Requests
) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/livez", summary="The loop turns and the consumers tick")
    async def livez() -> Response:
        return PlainTextResponse("ok" if ticking() else "stalled", 200 if ticking() else 503)

    @router.get("/readyz", summary="The store answers and start-up is done")
    async def readyz() -> Response:
        if not started():
            return PlainTextResponse("starting", 503)
        try:
            for service in services:
                await service.ports.store.ping()
        except StoreUnavailable as error:
            return PlainTextResponse(f"store: {error}", 503)
        return PlainTextResponse("ok")

    @router.get("/status", summary="Consumers, fuses, unpublished commits, next deadline")
    async def status() -> Response:
        # whoever plays time asks often: encoded as it is, without a look at every item
        said = {"services": [await service.status() for service in services]}
        return Response(msgspec.json.encode(said), media_type="application/json")

    @router.get("/metrics", summary="Rates, errors, durations, lag, parked keys, fuses (Prometheus)")
    async def metrics() -> Response:
        return PlainTextResponse(exposition(services, requests), media_type="text/plain; version=0.0.4")

    _ = livez, readyz, status, metrics
    return router


def _quarantine(services: Sequence[Service]) -> APIRouter:
    router = APIRouter(prefix="/v1/quarantine", tags=["operations"])

    @router.get("", summary="Parked keys with what waits in each, and the platforms' records refused last")
    async def parked() -> dict[str, Any]:
        keys: list[dict[str, Any]] = []
        refused: list[dict[str, Any]] = []
        for service in services:
            for key, kept in (await quarantine.refused_bodies(service.ports.store, REFUSED_LISTED)).items():
                refused.append(
                    {
                        "service": service.name,
                        "key": key,
                        "source": kept.source,
                        "code": kept.code,
                        "reason": kept.reason,
                        "place": kept.place,
                        "refused_at": kept.refused_at,
                        "expires_at": kept.expires_at,
                    }
                )
            for key, records in (await quarantine.parked_keys(service.ports.store)).items():
                first = records[0]
                keys.append(
                    {
                        "service": service.name,
                        "key": key,
                        "records": len(records),
                        "reason": first.reason,
                        "parked_at": first.parked_at,
                        "type": first.headers.get("ce_type", ""),
                    }
                )
        refused.sort(key=lambda one: (one["refused_at"], one["key"]), reverse=True)
        return {"parked": keys, "refused": refused[:REFUSED_LISTED]}

    @router.get(
        "/bodies/{key:path}",
        summary="The bytes of a refused record, or of the first of a parked key; the reading is logged",
    )
    async def body(key: str, request: Request) -> Response:
        for service in services:
            found = await quarantine.refused_body(service.ports.store, key)
            if found is not None:
                _log_reading(request, key)
                headers = {"X-Refused-Code": found.code, "X-Expires-At": found.expires_at}
                return Response(
                    b64decode(found.value), media_type="application/octet-stream", headers=headers
                )
            if records := (await quarantine.parked_keys(service.ports.store)).get(key):
                _log_reading(request, key)
                return Response(b64decode(records[0].value), media_type="application/octet-stream")
        raise not_found(
            f"a refused body under {key!r}", "it may have expired; ask the platform to send it again"
        )

    @router.post("/{service_name}", status_code=202, summary="Redrive, skip or replace a parked record")
    async def ask(service_name: str, order: QuarantineOrder, called: Called) -> JSONResponse:
        service = next((s for s in services if s.name == service_name), None)
        if service is None:
            raise not_found(f"service {service_name!r}")
        if order.key not in await quarantine.parked_keys(service.ports.store):
            raise not_found(f"parked key {order.key!r}", "list the parked keys at /v1/quarantine")
        at = instant_text(service.ports.clock.now())
        request = quarantine.Request(
            verb=order.verb,
            who=f"{called.principal}: {order.who}",
            why=order.why,
            at=at,
            value=order.value,
        )
        await quarantine.ask(service.ports.store, order.key, request)
        return JSONResponse({"key": order.key, "verb": order.verb, "asked_at": at}, 202)

    @router.post(
        "/{service_name}/resume/{group}",
        status_code=202,
        summary="Resume a consumer whose fuse blew, everywhere",
    )
    async def resume(service_name: str, group: str, order: ResumeOrder, called: Called) -> JSONResponse:
        for service in services:
            if service.name == service_name and group in service.consumers:
                at = instant_text(service.ports.clock.now())
                who = f"{called.principal}: {order.who}"
                await quarantine.resume(service.ports.store, group, who, order.why, at)
                return JSONResponse({"group": group, "asked_at": at}, 202)
        raise not_found(f"consumer {group!r} of {service_name!r}", "see /status")

    _ = parked, body, ask, resume
    return router


def _log_reading(request: Request, key: str) -> None:
    _log.info("refused body read", extra={"key": key, "client": str(request.client)})
