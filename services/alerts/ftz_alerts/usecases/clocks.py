"""What is told about the clocks of the law, whoever keeps them."""

from collections.abc import Iterable

from ftz_alerts.domain import (
    concerns,
)
from ftz_alerts.domain.risk import Alarm, Cure
from ftz_alerts.usecases.risks import heard, to
from ftz_common.contracts.alerts import AlertKind
from ftz_common.contracts.common import ClockExpired, ClockStarted, ClockStopped
from ftz_common.contracts.envelope import Envelope
from ftz_common.flow.aggregate import To
from ftz_common.values.names import stream_parts

#: Kind of the stream that keeps the clock -> kind of its alert; every other is of a removal.
_KINDS: dict[str, AlertKind] = {"admission": "admission-clock", "ledger": "movement-overdue"}


class Clocks:
    """One method per fact that is heard."""

    def clock_runs(self, fact: ClockStarted | ClockExpired, envelope: Envelope) -> Iterable[To]:
        """Something is due by a day that the law sets, or was."""
        kind, place = _of(fact, envelope)
        alarm = Alarm(kind, _said(place), concerns.clock(fact, envelope.stream), heard(envelope))
        return [to(kind, place, alarm, envelope)]

    def clock_stopped(self, fact: ClockStopped, envelope: Envelope) -> Iterable[To]:
        """It was done."""
        kind, place = _of(fact, envelope)
        return [to(kind, place, Cure(kind, _said(place), fact.how, heard(envelope)), envelope)]


def _of(
    fact: ClockStarted | ClockStopped | ClockExpired, envelope: Envelope
) -> tuple[AlertKind, tuple[str, ...]]:
    keeper = stream_parts(envelope.stream)[0]
    return _KINDS.get(keeper, "removal-clock"), (envelope.stream, fact.name, fact.subject)


def _said(place: tuple[str, ...]) -> str:
    return " ".join(part for part in place if part)
