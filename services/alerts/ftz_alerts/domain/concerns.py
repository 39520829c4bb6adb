"""What a person is told about each risk: a sentence, the rule, what to do, until when."""

from datetime import date, timedelta

from ftz_alerts.domain.risk import Concern
from ftz_common.contracts.admissions import (
    AdmissionClockExpired,
    AdmissionClockStarted,
    AdmissionHeld,
    AdmissionRejected,
    DiscrepancyFound,
    DiscrepancyReported,
    LiabilityFixed,
)
from ftz_common.contracts.duty import (
    CompilationWaits,
    EntryCompiled,
    EntryCorrectionNeeded,
    EstimateRejected,
    HarborFeeStated,
    InBondOverdue,
    SummaryRejected,
)
from ftz_common.contracts.inventory import DrawSuspended, RemovalUncovered
from ftz_common.values.calendar import PortCalendar, end_of_day
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import stream_parts


def name_of(stream: str) -> str:
    """A stream as people call it: "order 1001 (shop-a)", "the entry of acme for the week of 2026-03-01"."""
    kind, *rest = stream_parts(stream)
    if kind == "admission" and rest[1:2] == ["status-change"]:
        return f"status change {rest[-1]}"
    form = _NAMES.get((kind, len(rest)))
    return form.format(*rest) if form else stream


#: By kind of stream and how many parts follow it.
_NAMES = {
    ("order", 3): "order {2} ({1})",
    ("admission", 3): "shipment {2} ({1})",
    ("entry", 3): "the entry of {1} for the week of {2}",
    ("exportpermit", 3): "the export permit of {1} for the week of {2}",
    ("deferral", 4): "parcel {3} of order {2} ({1}) to Canada or Mexico",
    ("inbond", 4): "the in-bond of parcel {3}, order {2} ({1})",
    ("cover", 7): "{3} {4} {5} in {6}, {1}, week of {2}",
}


def _said(codes: list[str], reasons: list[str]) -> str:
    """CBP's codes with their reasons: "110: value missing"."""
    pairs = [f"{code}: {reason}" for code, reason in zip(codes, reasons, strict=False)]
    return "; ".join(pairs or codes or reasons) or "no reason given"


def suspended_draw(fact: DrawSuspended) -> Concern:
    """19 CFR 146.53(a)(3): shortages and overages are recorded when identified; (a)(2): not admitted."""
    return Concern(
        severity="violation",
        message=(
            f"{plain(fact.quantity)} of {fact.uin} left with {name_of(fact.order)}, line {fact.line}, on "
            f"{fact.removed_on}, and the book has no admitted goods for them."
        ),
        citation="19 CFR 146.53(a)",
        remedy=(
            f"enter what was admitted on or before {fact.removed_on} and is not in the book (a late receipt, "
            "an overage, a corrected SKU or count); else report the discrepancy to the port director"
        ),
        about=fact.order,
    )


def removal_without_cover(fact: RemovalUncovered, cover: str) -> Concern:
    """19 CFR 146.71(a): nothing leaves without a permit; 146.63(c)(1): supplement before removal."""
    return Concern(
        severity="violation",
        message=(
            f"{plain(fact.quantity)} of line {fact.line} of {name_of(fact.order)} left at {fact.removed_at} "
            f"without cover: the estimate permitted {plain(fact.permitted)} of {name_of(cover)}."
        ),
        citation="19 CFR 146.71(a); 19 CFR 146.63(c)(1)",
        remedy="hold what is left of these goods, file a supplemental estimate, tell CBP of the violation",
        about=fact.order,
    )


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
            f"{_said(fact.codes, fact.reasons)}."
        ),
        citation="19 CFR 146.32(c)",
        remedy="correct what CBP names and announce the shipment again; it is then filed again",
        about=admission,
    )


def admission_clock(fact: AdmissionClockStarted | AdmissionClockExpired, admission: str) -> Concern:
    """A clock of the law; the fact cites its rule. Once it ran out it is a violation, until it is mended."""
    over = isinstance(fact, AdmissionClockExpired)
    when = f"was due by {fact.act_by} and is not here" if over else f"is due by {fact.act_by}"
    return Concern(
        severity="violation" if over else "deadline",
        message=f"{_capital(name_of(admission))}: {fact.what} {when}.",
        citation=fact.citation,
        remedy=fact.remedy,
        act_by=fact.act_by,
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
    at_once = (
        f" It is 1 % or more, worth {plain(fact.short_value)} USD: if duty and tax on it reach 100 USD, "
        "report it to the port director at once (19 CFR 146.53(a)(3))."
        if fact.reportable
        else ""
    )
    return Concern(
        severity="deadline",
        message=(
            f"Line {fact.line} of {name_of(admission)} is {difference} {kind}: announced "
            f"{plain(fact.announced)}, counted {plain(fact.counted)}.{at_once}"
        ),
        citation="19 CFR 146.53(d); 19 CFR 146.37(c)" if over else "19 CFR 146.37(c)",
        remedy=(
            f"{overage}sign a joint report with the carrier by {fact.joint_report_by} and report it to CBP "
            f"by {fact.cbp_told_by}, or file a CBP 5931 by {fact.cbp_5931_by}; then settle this alert"
        ),
        act_by=(overage_by or fact.joint_report_by) if over else fact.joint_report_by,
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
            f"{plain(fact.quantity)}, and {plain(fact.counted)} were counted."
        ),
        citation="19 CFR 146.37(c); 19 CFR 146.53(c)",
        remedy="pay what CBP demands for what is missing, admit or enter what is over, then settle this",
        about=admission,
    )


def in_bond_overdue(fact: InBondOverdue, in_bond: str) -> Concern:
    """19 CFR 146.67(c), 18.1: the carrier exports within its days, or its bond answers for the duty."""
    return Concern(
        severity="deadline",
        message=f"{_capital(name_of(in_bond))} was due to leave the country by {fact.due_on}; still open.",
        citation="19 CFR 146.67(c); 19 CFR 18.1",
        remedy="get the carrier's proof of export and send in-bond closed, or pay the duty that CBP demands"
        + (f"; the bond of {fact.liable} answers for it" if fact.liable else ""),
        act_by=fact.due_on,
        about=in_bond,
    )


def harbor_fee(fact: HarborFeeStated) -> Concern:
    """19 CFR 24.24(e): the applicant pays with CBP Form 349, quarterly."""
    open_ = fact.fee - fact.paid
    return Concern(
        severity="deadline",
        message=(
            f"{fact.applicant} owes USD {open_:.2f} of harbor maintenance fee for {fact.first} to "
            f"{fact.last}, class code {fact.class_code}."
        ),
        citation="19 CFR 24.24(e); 19 CFR 146.22(e)",
        remedy=(
            f"file CBP Form 349 and pay by {fact.due_on}; its data: ftz fees harbor {fact.zone} "
            f"{fact.applicant} {fact.first}; then confirm it with ftz fees paid"
        ),
        act_by=fact.due_on,
    )


def time_in_zone(
    *, uin: str, layer: str, number: str, admitted_on: str, days_max: int, timezone: str, admission: str
) -> tuple[Concern, str]:
    """The account's own limit, which starts the day after admission: concern and due instant (RFC 3339).

    The law has no maximum (19 USC 81c sets none), so the source is policy.
    """
    last = date.fromisoformat(admitted_on) + timedelta(days=days_max)
    due = end_of_day(last, PortCalendar.of(timezone))
    concern = Concern(
        severity="notice",
        message=(
            f"Goods of {uin} admitted on {admitted_on} under 214 {number} (layer {layer}) are in the zone "
            f"for more than {days_max} days."
        ),
        citation=f"policy: the account's days_in_zone_max is {days_max}; the law has no maximum",
        remedy="enter, export, destroy or transfer them, or raise the account's days_in_zone_max",
        act_by=last.isoformat(),
        about=admission,
    )
    return concern, due.isoformat().replace("+00:00", "Z")


def entry_waits(fact: CompilationWaits, entry: str) -> Concern:
    """19 CFR 146.62(a): the summary follows within 10 business days, and holds actual removals only."""
    return Concern(
        severity="deadline",
        message=f"{_capital(name_of(entry))} cannot be compiled: {'; '.join(fact.differences)}.",
        citation="19 CFR 146.62(a); 19 CFR 146.63(c)",
        remedy=f"find the withdrawals that differ (ftz trace) before the summary is due on "
        f"{fact.summary_due_on}",
        act_by=fact.summary_due_on,
        about=entry,
    )


def entry_correction(fact: EntryCorrectionNeeded, entry: str) -> Concern:
    """19 CFR 146.63(c): a summary holds the actual removals of its week; the wrong one is corrected."""
    what = (
        f"was taken back after {name_of(entry)} was compiled; the summary must not hold it"
        if fact.reversed
        else f"came to light after {name_of(entry)} was compiled; it belongs into that week"
    )
    quantity = plain(sum((piece.quantity for piece in fact.pieces), ZERO))
    return Concern(
        severity="deadline",
        message=(
            f"The removal of {quantity} of line {fact.line} of {name_of(fact.order)} on {fact.removed_on} "
            f"{what}."
        ),
        citation="19 CFR 146.63(c)",
        remedy="correct the entry summary of that week with CBP (never next week's), then settle this alert",
        about=fact.order,
    )


def estimate_rejected(fact: EstimateRejected, entry: str) -> Concern:
    """19 CFR 146.63(c)(1): goods may be removed only when the estimate is accepted."""
    return Concern(
        severity="deadline",
        message=(
            f"CBP refused estimate {fact.attempt} of {name_of(entry)}: {_said(fact.codes, fact.reasons)}; "
            "nothing may leave under it."
        ),
        citation="19 CFR 146.63(c)(1)",
        remedy="correct what CBP names and file the estimate again before anything leaves",
        about=entry,
    )


def summary_rejected(fact: SummaryRejected, entry: str) -> Concern:
    """19 CFR 146.62(a): the summary is due within 10 business days; a refused one is not filed."""
    return Concern(
        severity="deadline",
        message=f"CBP refused the summary of {name_of(entry)}: {_said(fact.codes, fact.reasons)}.",
        citation="19 CFR 146.62(a)",
        remedy="correct what CBP names and file the summary again, then settle this alert",
        about=entry,
    )


def summary_not_filed(fact: EntryCompiled, entry: str) -> Concern:
    """19 CFR 146.62(a): the summary is due within 10 business days, also when we cannot file it ourselves."""
    return Concern(
        severity="deadline",
        message=f"The summary of {name_of(entry)}, {fact.entry_number}, is not filed: {fact.not_filed}.",
        citation="19 CFR 146.62(a)",
        remedy=f"complete it from the worksheet, file it by {fact.summary_due_on}, then settle this alert",
        act_by=fact.summary_due_on,
        about=entry,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
