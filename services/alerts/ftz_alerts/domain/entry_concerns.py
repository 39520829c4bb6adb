"""What a person is told about entries, in-bonds and fees."""

from ftz_alerts.domain.concerns import capital, name_of, said
from ftz_alerts.domain.risk import Concern
from ftz_common.contracts.duty import (
    CompilationWaits,
    EntryCompiled,
    EntryCorrectionNeeded,
    EstimateRejected,
    HarborFeeStated,
    InBondOverdue,
    SummaryRejected,
)
from ftz_common.values.exact import ZERO, plain


def in_bond_overdue(fact: InBondOverdue, in_bond: str) -> Concern:
    """19 CFR 146.67(c), 18.1: the carrier exports within its days, or its bond answers for the duty."""
    return Concern(
        severity="deadline",
        message=f"{capital(name_of(in_bond))} was due to leave the country by {fact.due_on}; still open.",
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


def entry_waits(fact: CompilationWaits, entry: str) -> Concern:
    """19 CFR 146.62(a): the summary follows within 10 business days, and holds actual removals only."""
    return Concern(
        severity="deadline",
        message=f"{capital(name_of(entry))} cannot be compiled: {'; '.join(fact.differences)}.",
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
            f"CBP refused estimate {fact.attempt} of {name_of(entry)}: {said(fact.codes, fact.reasons)}; "
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
        message=f"CBP refused the summary of {name_of(entry)}: {said(fact.codes, fact.reasons)}.",
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
