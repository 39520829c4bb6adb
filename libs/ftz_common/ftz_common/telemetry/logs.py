"""Logs: one JSON line per event, with the correlation and trace it belongs to."""

import json
import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace

correlation: ContextVar[str] = ContextVar("correlation", default="")
_RESERVED = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """A log record as one JSON line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line: level, logger, message, correlation, trace, and what `extra` gave."""
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if correlation.get():
            line["correlation"] = correlation.get()
        if current_trace():
            line["trace"] = current_trace()
        line.update({k: v for k, v in record.__dict__.items() if k not in _RESERVED})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


@contextmanager
def correlated(identifier: str) -> Generator[None]:
    """Lines logged inside carry this correlation id."""
    token = correlation.set(identifier)
    try:
        yield
    finally:
        correlation.reset(token)


def set_up(level: str = "info") -> None:
    """JSON lines on standard error for everything in this process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def current_trace() -> str:
    """The trace id of the current span, or nothing."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else ""
