"""What is told about rates that will change for goods on hand."""

from collections.abc import Iterable

from ftz_alerts.domain import rate_concerns
from ftz_alerts.domain.risk import Cure, Watch
from ftz_alerts.usecases.risks import heard, to
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.rates import RateChangeAhead, RateChangeEnded
from ftz_common.contracts.reference import Procedures
from ftz_common.flow.aggregate import To
from ftz_common.flow.reference import Reference

_NOTICE_DAYS = Procedures(required_documents=[]).rate_notice_days


class Rates:
    """One method per fact that is heard."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def rate_change_ahead(self, fact: RateChangeAhead, envelope: Envelope) -> Iterable[To]:
        """Raised so many days before as the zone wishes; at once if that day is over."""
        zone = self._reference.zones.get(envelope.zone)
        days = zone.procedures.rate_notice_days if zone else _NOTICE_DAYS
        concern, due_at = rate_concerns.rate_change(fact, envelope.stream, days)
        watch = Watch("rate-change", fact.change, concern, heard(envelope), due_at, "rate-change")
        return [to("rate-change", (envelope.stream, fact.change), watch, envelope)]

    def rate_change_ended(self, fact: RateChangeEnded, envelope: Envelope) -> Iterable[To]:
        """Its day has come, the goods left, or it was taken back."""
        cure = Cure("rate-change", fact.change, fact.how, heard(envelope))
        return [to("rate-change", (envelope.stream, fact.change), cure, envelope)]
