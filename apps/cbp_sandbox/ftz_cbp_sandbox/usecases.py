"""From a filing that somebody intends to the attempt it is."""

from collections.abc import Iterable

from ftz_cbp_sandbox.domain import filing
from ftz_cbp_sandbox.domain.behaviour import Behaviour, Match, behaviour_of
from ftz_cbp_sandbox.domain.filing import TakeFiling
from ftz_cbp_sandbox.domain.judgement import Checks
from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.filing import FilingRequested
from ftz_common.flow.aggregate import Aggregate, To
from ftz_common.flow.clock import Clock
from ftz_common.values.names import stream_name

FILING = Aggregate("filing", filing.Filing, filing.start, filing.decide, filing.evolve)
#: Every 214 of one bill: where bills are looked at, the bill is the stream.
BILL = Aggregate("bill", filing.Filing, filing.start, filing.decide, filing.evolve)
AGGREGATES = (FILING, BILL)


class UseCases:
    """One method per fact that is heard."""

    def __init__(self, settings: SandboxSettings, clock: Clock, *, takes_214: bool = True) -> None:
        self._clock = clock
        self._takes_214 = takes_214
        self._hours = settings.answer_hours
        self._checks = Checks(
            frozenset(settings.ports),
            frozenset(settings.bonds),
            e214=settings.rules != "basic",
            entries=settings.rules == "catair",
        )
        self._behaviours = [
            Behaviour(
                Match(kind=b.match.kind, control=b.match.control, bill=b.match.bill, attempt=b.match.attempt),
                b.do,
                b.hours,
                b.code,
            )
            for b in settings.behaviours
        ]

    def filing_requested(self, fact: FilingRequested, envelope: Envelope) -> Iterable[To]:
        """Both owners of filings are served alike; a 214 that goes out as a file is another's to answer."""
        if fact.kind == "214" and not self._takes_214:
            return []
        behaviour = behaviour_of(self._behaviours, fact)
        command = TakeFiling(fact, behaviour, self._checks, self._hours, self._clock.now())
        aggregate, stream = FILING, stream_name("filing", fact.control, str(fact.attempt))
        if self._checks.e214 and fact.kind == "214" and fact.conveyance and fact.conveyance.bill:
            aggregate, stream = BILL, stream_name("bill", fact.conveyance.bill)
        return [To(aggregate, stream, command, account=envelope.account, zone=envelope.zone)]
