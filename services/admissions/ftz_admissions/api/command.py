"""A person's command, carried out and answered; and the 214 that it is about."""

from fastapi.responses import JSONResponse

from ftz_admissions.domain.admission_state import Admission
from ftz_admissions.usecases import ADMISSION
from ftz_common.contracts.fact import Refusal
from ftz_common.flow.aggregate import To
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name
from ftz_common.web.caller import Caller
from ftz_common.web.problem import Problem, answer, not_found


async def the(service: Service, account: str, issuer: str, shipment: str) -> tuple[str, int, Admission]:
    """Stream, version and state of a shipment's 214; 404 where there is none."""
    stream = stream_name(ADMISSION.kind, account, issuer, shipment)
    version, state = await service.journal.state(ADMISSION, stream)
    if version == 0:
        raise not_found(f"shipment {shipment!r} of {issuer!r} for {account!r}", "announce it")
    return stream, version, state


async def carry_out(service: Service, asked: To | Refusal, called: Caller) -> JSONResponse:
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
