"""What a person is told about 214s and receipts."""

from ftz_alerts.domain.concerns import name_of, said
from ftz_alerts.domain.risk import Concern
from ftz_common.contracts.admissions import (
    AdmissionHeld,
    AdmissionRejected,
    DiscrepancyFound,
    DiscrepancyReported,
    LiabilityFixed,
    ShortageJudged,
)
from ftz_common.values.exact import plain


def admission_held(fact: AdmissionHeld, admission: str) -> Concern:
    """19 CFR 146.32: a complete application; without it nothing of the shipment is admitted."""
    citations = list(dict.fromkeys(hold.citation for hold in fact.holds))
    reasons = "; ".join(hold.reason for hold in fact.holds)
    return Concern(
        severity="deadline",
        message=f"The 214 of {name_of(admission)} is held: {reasons}.",
        citation="; ".join(citations) or "19 CFR 146.32",
        remedy="; ".join(dict.fromkeys(hold.remedy for hold in fact.holds)),
        about=admission,
    )


def admission_rejected(fact: AdmissionRejected, admission: str) -> Concern:
    """19 CFR 146.32(c): the permit is issued when the application is properly executed."""
    return Concern(
        severity="deadline",
        message=(
            f"CBP refused the 214 of {name_of(admission)} (attempt {fact.attempt}): "
            f"{said(fact.codes, fact.reasons)}."
        ),
        citation="19 CFR 146.32(c)",
        remedy="correct what CBP names and announce the shipment again; it is then filed again",
        about=admission,
    )


def receipt_discrepancy(fact: DiscrepancyFound, admission: str) -> Concern:
    """19 CFR 146.37(c): the operator answers for the 214, except as a discrepancy report modifies it.

    19 CFR 146.53(d): what is over needs a 214 or an entry within 5 days, else it goes to general order; that
    clock is the shorter one. The joint report is due 15 days after the day of admission.
    """
    over = fact.counted > fact.announced
    kind = "over" if over else "short"
    difference = plain(abs(fact.announced - fact.counted))
    overage_by = fact.overage_by
    overage = f"file a 214 or an entry for what is over by {overage_by}; " if over else ""
    return Concern(
        severity="deadline",
        message=(
            f"Line {fact.line} of {name_of(admission)} is {difference} {kind}: announced "
            f"{plain(fact.announced)}, counted {plain(fact.counted)}."
        ),
        citation="19 CFR 146.53(d); 19 CFR 146.37(c)" if over else "19 CFR 146.37(c)",
        remedy=(
            f"{overage}sign a joint report with the carrier by {fact.joint_report_by} and report it to CBP "
            f"by {fact.cbp_told_by}, or file a CBP 5931 by {fact.cbp_5931_by}; then settle this alert"
        ),
        act_by=(overage_by or fact.joint_report_by) if over else fact.joint_report_by,
        about=admission,
    )


def receipt_shortage(fact: ShortageJudged, admission: str) -> Concern:
    """19 CFR 146.53(a)(3): in writing, upon identification; (c)(2): its duty, upon demand."""
    return Concern(
        severity="violation",
        message=(
            f"The shortage of {plain(fact.missing)} on line {fact.line} of {name_of(admission)}, identified "
            f"on {fact.identified_on}, is to be reported to the port director: {fact.why}."
        ),
        citation="19 CFR 146.53(a)(3)",
        remedy="report it in writing now, then say so: `ftz admissions report-shortage`; a joint report or a "
        "CBP 5931 in time besides, else the operator answers for the goods (19 CFR 146.37(c))",
        act_by=fact.identified_on,
        about=admission,
    )


def reported_late(fact: DiscrepancyReported, admission: str) -> Concern:
    """19 CFR 146.37(c): only a timely report modifies what the operator answers for."""
    return Concern(
        severity="violation",
        message=(
            f"The report {fact.form} {fact.reference} on line {fact.line} of {name_of(admission)} is late: "
            f"{fact.late}. The operator answers for {plain(fact.liable_for)}."
        ),
        citation="19 CFR 146.37(c)",
        remedy="file a CBP 5931 if its 20 days are not over; else agree with the port director, then settle",
        about=admission,
    )


def liability_fixed(fact: LiabilityFixed, admission: str) -> Concern:
    """19 CFR 146.37(c): without a report the operator answers for the quantity on the 214."""
    return Concern(
        severity="violation",
        message=(
            f"Line {fact.line} of {name_of(admission)}: {fact.why}. The operator answers for "
            f"{plain(fact.quantity)}, and {plain(fact.counted)} were counted{_owed(fact)}."
        ),
        citation="19 CFR 146.37(c); 19 CFR 146.53(c)",
        remedy="upon CBP's demand enter what is missing and pay its duty (19 CFR 146.53(c)(2)); admit or "
        "enter what is over; then settle this",
        about=admission,
    )


def _owed(fact: LiabilityFixed) -> str:
    if fact.owed is not None:
        return f"; duty on what is missing: USD {plain(fact.owed)}"
    return f"; what is missing could not be priced ({fact.not_priced})" if fact.not_priced else ""
