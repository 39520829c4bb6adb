"""How a route hands a command to its stream and answers."""

from typing import Annotated

from fastapi import Path
from fastapi.responses import JSONResponse

from ftz_common.contracts.fact import Refusal
from ftz_common.flow.aggregate import To
from ftz_common.flow.service import Service
from ftz_common.values.period import PATTERN
from ftz_common.web.caller import Caller
from ftz_common.web.problem import Problem, answer

#: In an address.
Period = Annotated[
    str,
    Path(
        pattern=PATTERN,
        description="Period of an entry: first day of its week, DATE.day, or DATE.order.ISSUER.ORDER",
    ),
]


async def command(service: Service, asked: To | Refusal, called: Caller) -> JSONResponse:
    """201 with the version, or the problem."""
    if isinstance(asked, Refusal):
        raise Problem.of(asked)
    result = await service.command(
        asked.aggregate,
        asked.stream,
        asked.command,
        principal=called.principal,
        idempotency_key=called.idempotency_key,
        body_digest=called.body_digest,
        account=asked.account,
        zone=asked.zone,
    )
    return answer(result)
