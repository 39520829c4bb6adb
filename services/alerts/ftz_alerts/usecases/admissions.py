"""What is told about 214s: held, rejected, different from the count."""

from collections.abc import Iterable

from ftz_alerts.domain import (
    admission_concerns,
)
from ftz_alerts.domain.risk import Alarm, Concern, Cure
from ftz_alerts.usecases.risks import alarm, cure, heard, to
from ftz_common.contracts.admissions import (
    AdmissionAuthorized,
    AdmissionHeld,
    AdmissionRejected,
    DiscrepancyFound,
    DiscrepancyReported,
    HoldsCleared,
    LiabilityFixed,
    ShortageJudged,
    ShortageReported,
)
from ftz_common.contracts.envelope import Envelope
from ftz_common.flow.aggregate import To


class Admissions:
    """One method per fact that is heard."""

    def admission_held(self, fact: AdmissionHeld, envelope: Envelope) -> Iterable[To]:
        """The 214 waits for something."""
        return [alarm("admission-held", admission_concerns.admission_held(fact, envelope.stream), envelope)]

    def holds_cleared(self, fact: HoldsCleared, envelope: Envelope) -> Iterable[To]:
        """Nothing holds it any more."""
        del fact
        return [cure("admission-held", "nothing holds the 214 any more", envelope)]

    def admission_rejected(self, fact: AdmissionRejected, envelope: Envelope) -> Iterable[To]:
        """CBP answered, so that no answer is no hold any more; but it said no."""
        concern = admission_concerns.admission_rejected(fact, envelope.stream)
        return [
            alarm("admission-rejected", concern, envelope, fact.attempt),
            cure("admission-held", f"CBP answered attempt {fact.attempt}", envelope),
        ]

    def admission_authorized(self, fact: AdmissionAuthorized, envelope: Envelope) -> Iterable[To]:
        """CBP permits the admission: neither held nor rejected."""
        how = f"CBP permitted the admission at {fact.authorized_at}"
        return [
            cure("admission-rejected", how, envelope, fact.attempt),
            cure("admission-held", how, envelope),
        ]

    def discrepancy_found(self, fact: DiscrepancyFound, envelope: Envelope) -> Iterable[To]:
        """Counted and announced differ; a person reports it (19 CFR 146.37(c))."""
        if fact.counted == fact.announced:
            how = f"a later count of line {fact.line} closes the difference"
            return [
                self._discrepancy_cured(fact.line, how, envelope),
                self._shortage_cured(fact.line, how, envelope),
            ]
        return [
            self._discrepancy(
                fact.line, admission_concerns.receipt_discrepancy(fact, envelope.stream), envelope
            )
        ]

    def discrepancy_reported(self, fact: DiscrepancyReported, envelope: Envelope) -> Iterable[To]:
        """A report in time ends it; a late one is on record, and the alert stands."""
        if fact.late:
            concern = admission_concerns.reported_late(fact, envelope.stream)
            return [self._discrepancy(fact.line, concern, envelope)]
        how = f"reported on {fact.told_on}: {fact.form} {fact.reference}"
        return [self._discrepancy_cured(fact.line, how, envelope)]

    def shortage_judged(self, fact: ShortageJudged, envelope: Envelope) -> Iterable[To]:
        """A shortage that is reported at once, or need not be (19 CFR 146.53(a)(3))."""
        if not fact.report:
            return [self._shortage_cured(fact.line, fact.why, envelope)]
        concern = admission_concerns.receipt_shortage(fact, envelope.stream)
        alarm = Alarm("receipt-shortage", f"{envelope.stream} line {fact.line}", concern, heard(envelope))
        return [to("receipt-shortage", (envelope.stream, str(fact.line)), alarm, envelope)]

    def shortage_reported(self, fact: ShortageReported, envelope: Envelope) -> Iterable[To]:
        """The port director knows of it."""
        how = f"reported on {fact.reported_on}: {fact.reference}"
        return [self._shortage_cured(fact.line, how, envelope)]

    @staticmethod
    def _shortage_cured(line: int, how: str, envelope: Envelope) -> To:
        cured = Cure("receipt-shortage", f"{envelope.stream} line {line}", how, heard(envelope))
        return to("receipt-shortage", (envelope.stream, str(line)), cured, envelope)

    def liability_fixed(self, fact: LiabilityFixed, envelope: Envelope) -> Iterable[To]:
        """Every clock for a report is over."""
        return [
            self._discrepancy(fact.line, admission_concerns.liability_fixed(fact, envelope.stream), envelope)
        ]

    @staticmethod
    def _discrepancy(line: int, concern: Concern, envelope: Envelope) -> To:
        alarm = Alarm("receipt-discrepancy", f"{envelope.stream} line {line}", concern, heard(envelope))
        return to("receipt-discrepancy", (envelope.stream, str(line)), alarm, envelope)

    @staticmethod
    def _discrepancy_cured(line: int, how: str, envelope: Envelope) -> To:
        cure = Cure("receipt-discrepancy", f"{envelope.stream} line {line}", how, heard(envelope))
        return to("receipt-discrepancy", (envelope.stream, str(line)), cure, envelope)
