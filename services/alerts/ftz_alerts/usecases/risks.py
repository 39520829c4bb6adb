"""The stream of a risk, and words to it."""

from ftz_alerts.domain import risk
from ftz_alerts.domain.risk import Alarm, Command, Concern, Cure
from ftz_common.contracts.alerts import AlertKind
from ftz_common.contracts.envelope import Envelope
from ftz_common.flow.aggregate import Aggregate, To
from ftz_common.values.names import stream_name

RISK = Aggregate(kind="risk", state=risk.Risk, start=risk.start, decide=risk.decide, evolve=risk.evolve)


def heard(envelope: Envelope, attempt: int = 0) -> tuple[int, ...]:
    """The place of a word in the stream that said it; an answer to a later attempt is later."""
    return (attempt, envelope.streamversion, envelope.factindex)


def to(kind: AlertKind, subject: tuple[str, ...], command: Command, envelope: Envelope) -> To:
    """To the stream of the risk: risk/<kind>/<subject...>."""
    stream = stream_name("risk", kind, *subject)
    return To(RISK, stream, command, account=envelope.account, zone=envelope.zone)


def alarm(kind: AlertKind, concern: Concern, envelope: Envelope, attempt: int = 0) -> To:
    """The stream that speaks is the subject."""
    raised = Alarm(kind, envelope.stream, concern, heard(envelope, attempt))
    return to(kind, (envelope.stream,), raised, envelope)


def cure(kind: AlertKind, how: str, envelope: Envelope, attempt: int = 0) -> To:
    """What the stream said is right again."""
    cured = Cure(kind, envelope.stream, how, heard(envelope, attempt))
    return to(kind, (envelope.stream,), cured, envelope)
