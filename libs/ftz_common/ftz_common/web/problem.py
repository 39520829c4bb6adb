"""Problems (RFC 9457): every error names its code, the place, the rule and what to do."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ftz_common.contracts.fact import Refusal
from ftz_common.flow.aggregate import Contradicted, Done, Result
from ftz_common.store.port import StoreUnavailable
from ftz_common.telemetry.logs import current_trace

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Raise it in a route; it becomes the response."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        remedy: str = "",
        citation: str = "",
        place: str = "",
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.body: dict[str, Any] = {
            "type": f"https://ftz.invalid/problems/{code}",
            "title": code.replace("-", " "),
            "status": status,
            "code": code,
            "detail": detail,
            "remedy": remedy,
            "citation": citation,
            "place": place,
            **more,
        }

    @staticmethod
    def of(refusal: Refusal, status: int = 422) -> "Problem":
        """A refusal as a problem."""
        return Problem(
            status,
            refusal.code,
            refusal.reason,
            remedy=refusal.remedy,
            citation=refusal.citation,
            place=refusal.place,
        )


def not_found(what: str, remedy: str = "") -> Problem:
    """404, naming what is not there."""
    return Problem(404, "not-found", f"{what} is not here", remedy=remedy)


def answer(result: Result, **body: Any) -> JSONResponse:
    """The response to a command: 201 with version and ETag, 200 for a repeat; raises a refusal."""
    if isinstance(result, Contradicted):
        raise Problem(
            422,
            "idempotency-key-reused",
            "this Idempotency-Key was used before with another body; the first one stands",
            remedy="send the new command under a new key",
        )
    if isinstance(result, Done) and result.refusal is not None:
        raise Problem.of(result.refusal)
    status = 201 if isinstance(result, Done) else 200
    content = {"stream": result.stream, "version": result.version, **body}
    return JSONResponse(content, status, headers={"ETag": f'"{result.version}"'})


def _response(problem: Problem) -> JSONResponse:
    body = {name: value for name, value in problem.body.items() if value not in ("", None)}
    trace = current_trace()
    if trace:
        body["trace"] = trace
    return JSONResponse(body, problem.status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of an app a problem; never a stack trace."""

    @app.exception_handler(Problem)
    async def of_problem(_request: Request, problem: Problem) -> JSONResponse:
        return _response(problem)

    @app.exception_handler(RequestValidationError)
    async def of_validation(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return _response(
            Problem(422, "wrong-shape", first["msg"], place=place, remedy="compare with the schema at /docs")
        )

    @app.exception_handler(HTTPException)
    async def of_http(_request: Request, error: HTTPException) -> JSONResponse:
        code = "not-found" if error.status_code == 404 else f"http-{error.status_code}"
        return _response(Problem(error.status_code, code, str(error.detail), remedy="see /docs"))

    @app.exception_handler(StoreUnavailable)
    async def of_store(_request: Request, error: StoreUnavailable) -> JSONResponse:
        return _response(Problem(503, "store-unavailable", str(error), remedy="try again"))

    _ = of_problem, of_validation, of_http, of_store
