"""From a filing that somebody intends to the attempt it is."""

from collections.abc import Iterable

from ftz_cbp_sandbox.domain import filing
from ftz_cbp_sandbox.domain.behaviour import Behaviour, Match, behaviour_of
from ftz_cbp_sandbox.domain.filing import TakeFiling
from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.filing import FilingRequested
from ftz_common.flow.aggregate import Aggregate, To
from ftz_common.flow.clock import Clock
from ftz_common.values.names import stream_name

FILING = Aggregate("filing", filing.Filing, filing.start, filing.decide, filing.evolve)
AGGREGATES = (FILING,)


class UseCases:
    """One method per fact that is heard."""

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self._clock = clock
        self._hours = settings.answer_hours
        self._ports = frozenset(settings.ports)
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
        """Both owners of filings are served alike."""
        behaviour = behaviour_of(self._behaviours, fact)
        command = TakeFiling(fact, behaviour, self._ports, self._hours, self._clock.now())
        stream = stream_name("filing", fact.control, str(fact.attempt))
        return [To(FILING, stream, command, account=envelope.account, zone=envelope.zone)]
