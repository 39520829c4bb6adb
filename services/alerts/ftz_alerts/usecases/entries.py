"""What is told about entries, exports and fees."""

from collections.abc import Iterable
from decimal import Decimal

from ftz_alerts.domain import (
    entry_concerns,
    removal_concerns,
)
from ftz_alerts.domain.concerns import name_of
from ftz_alerts.domain.risk import Alarm, Cure
from ftz_alerts.usecases.risks import alarm, cure, heard, to
from ftz_common.contracts.corrections import EntryCorrected
from ftz_common.contracts.duty import (
    CompilationWaits,
    EntryCompiled,
    EntryCorrectionNeeded,
    EstimateAccepted,
    EstimateRejected,
    HarborFeePaid,
    HarborFeeStated,
    InBondArrived,
    InBondOverdue,
    SummaryAccepted,
    SummaryRejected,
)
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.removals import (
    InBondAuthorized,
    InBondLapsed,
    RemovalPermitted,
    RemovalUnpermitted,
)
from ftz_common.flow.aggregate import To


class Entries:
    """One method per fact that is heard."""

    def in_bond_overdue(self, fact: InBondOverdue, envelope: Envelope) -> Iterable[To]:
        """Its days are over."""
        return [alarm("in-bond-overdue", entry_concerns.in_bond_overdue(fact, envelope.stream), envelope)]

    def in_bond_arrived(self, fact: InBondArrived, envelope: Envelope) -> Iterable[To]:
        """The goods left the country."""
        how = f"left the country at port {fact.port_of_exit} at {fact.closed_at}"
        return [cure("in-bond-overdue", how, envelope)]

    def in_bond_authorized(self, fact: InBondAuthorized, envelope: Envelope) -> Iterable[To]:
        """A new application stands where one had lapsed."""
        return [cure("in-bond-lapsed", f"application {fact.number} was authorised", envelope)]

    def in_bond_lapsed(self, fact: InBondLapsed, envelope: Envelope) -> Iterable[To]:
        """Nothing left within the days of its application."""
        return [alarm("in-bond-lapsed", removal_concerns.in_bond_lapsed(fact, envelope.stream), envelope)]

    def removal_unpermitted(self, fact: RemovalUnpermitted, envelope: Envelope) -> Iterable[To]:
        """Goods left for export without a permit."""
        concern = removal_concerns.removal_without_permit(fact, envelope.stream)
        quantity = sum((line.quantity for line in fact.lines), Decimal(0))
        alarm = Alarm("removal-without-permit", fact.withdrawal, concern, heard(envelope), quantity)
        return [to("removal-without-permit", (envelope.stream, fact.withdrawal), alarm, envelope)]

    def removal_permitted(self, fact: RemovalPermitted, envelope: Envelope) -> Iterable[To]:
        """They had one, or did not leave."""
        cure = Cure("removal-without-permit", fact.withdrawal, fact.how, heard(envelope), fact.left)
        return [to("removal-without-permit", (envelope.stream, fact.withdrawal), cure, envelope)]

    def harbor_fee_stated(self, fact: HarborFeeStated, envelope: Envelope) -> Iterable[To]:
        """A quarter is over (or more of it came to light), and something of its fee is open."""
        if fact.fee <= fact.paid:
            return [cure("harbor-fee", "nothing of the fee is open", envelope)]
        return [alarm("harbor-fee", entry_concerns.harbor_fee(fact), envelope)]

    def harbor_fee_paid(self, fact: HarborFeePaid, envelope: Envelope) -> Iterable[To]:
        """The form is filed and paid; in part it stays open."""
        if fact.open:
            return []
        return [cure("harbor-fee", f"paid on {fact.paid_on}, {fact.reference}", envelope)]

    def compilation_waits(self, fact: CompilationWaits, envelope: Envelope) -> Iterable[To]:
        """The entry and inventory's count differ."""
        return [alarm("entry-waits", entry_concerns.entry_waits(fact, envelope.stream), envelope)]

    def entry_compiled(self, fact: EntryCompiled, envelope: Envelope) -> Iterable[To]:
        """They agree. A summary that we cannot file ourselves is still due."""
        agreed = cure("entry-waits", f"entry {fact.entry_number} is compiled", envelope)
        if not fact.not_filed or fact.line_count == 0:
            return [agreed]
        return [
            agreed,
            alarm("summary-not-filed", entry_concerns.summary_not_filed(fact, envelope.stream), envelope),
        ]

    def entry_correction_needed(self, fact: EntryCorrectionNeeded, envelope: Envelope) -> Iterable[To]:
        """A removal of a compiled week came to light, or was taken back."""
        concern = entry_concerns.entry_correction(fact, envelope.stream)
        alarm = Alarm("entry-correction", fact.withdrawal, concern, heard(envelope))
        return [to("entry-correction", (envelope.stream, fact.withdrawal), alarm, envelope)]

    def entry_corrected(self, fact: EntryCorrected, envelope: Envelope) -> Iterable[To]:
        """The summary of that week holds it now."""
        how = f"correction {fact.correction} by {fact.who} holds it, to be filed by {fact.file_by}"
        for withdrawal in dict.fromkeys(fact.withdrawals):
            cured = Cure("entry-correction", withdrawal, how, heard(envelope))
            yield to("entry-correction", (envelope.stream, withdrawal), cured, envelope)

    def estimate_rejected(self, fact: EstimateRejected, envelope: Envelope) -> Iterable[To]:
        """Nothing may leave under this attempt."""
        concern = entry_concerns.estimate_rejected(fact, envelope.stream)
        return [alarm("estimate-rejected", concern, envelope, fact.attempt)]

    def estimate_accepted(self, fact: EstimateAccepted, envelope: Envelope) -> Iterable[To]:
        """A later attempt was accepted (an earlier one's late answer cures nothing)."""
        how = f"CBP accepted estimate {fact.attempt} at {fact.accepted_at}"
        return [cure("estimate-rejected", how, envelope, fact.attempt)]

    def summary_rejected(self, fact: SummaryRejected, envelope: Envelope) -> Iterable[To]:
        """The summary is not filed."""
        concern = entry_concerns.summary_rejected(fact, envelope.stream)
        return [alarm("summary-rejected", concern, envelope, fact.attempt)]

    def summary_accepted(self, fact: SummaryAccepted, envelope: Envelope) -> Iterable[To]:
        """The summary is filed."""
        how = f"CBP accepted the summary of {name_of(envelope.stream)} at {fact.accepted_at}"
        return [
            cure("summary-rejected", how, envelope, fact.attempt),
            cure("summary-not-filed", how, envelope),
        ]
