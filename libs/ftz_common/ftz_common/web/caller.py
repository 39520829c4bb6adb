"""Who calls, and the cause of a command: (principal, Idempotency-Key)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request

#: The principal of a server that listens on loopback only: whoever is on this machine.
LOCAL_OPERATOR = "local-operator"


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal and the command's key and digest."""

    principal: str
    idempotency_key: str
    body_digest: str


async def caller(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(description="Repeated with the same body it gets the first answer. Default: the body itself."),
    ] = None,
) -> Caller:
    """The caller of a command. Without a key, the same body to the same address is the same command."""
    digest = sha256(f"{request.method} {request.url.path}\n".encode() + await request.body()).hexdigest()
    return Caller(LOCAL_OPERATOR, idempotency_key or digest, digest)


Called = Annotated[Caller, Depends(caller)]
