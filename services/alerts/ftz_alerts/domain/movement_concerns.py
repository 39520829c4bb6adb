"""What a person is told about goods that move without an order."""

from datetime import date, timedelta

from ftz_alerts.domain.concerns import name_of
from ftz_alerts.domain.risk import Concern
from ftz_common.contracts.counts import DifferenceJudged, GoodsDiffer
from ftz_common.contracts.movements import OverageFound, PermitUsed, StatusChangeRefused
from ftz_common.values.exact import plain

#: 19 CFR 146.53(d): a 214 or an entry within 5 days of identification.
OVERAGE_DAYS = timedelta(days=5)


def overage(fact: OverageFound, ledger: str) -> Concern:
    """19 CFR 146.53(d): a 214 or an entry within 5 days after identification."""
    return Concern(
        severity="deadline",
        message=(
            f"{plain(fact.quantity)} {fact.unit} of {fact.uin} more than the book has, found {fact.found_on}."
        ),
        citation="19 CFR 146.53(a), (d)",
        remedy=f"file a 214 (type O) or an entry by {fact.file_by}; else the goods go to general order",
        act_by=fact.file_by,
        about=ledger,
    )


def permit_exceeded(fact: PermitUsed, permit: str) -> Concern:
    """19 CFR 146.52(a): nothing is handled but under an approved application."""
    return Concern(
        severity="violation",
        message=(
            f"{plain(fact.quantity)} {fact.unit} of {fact.uin} were {fact.kind} on {fact.on} under CBP 216 "
            f"{fact.permit}: {fact.beyond} ({name_of(fact.ledger)})."
        ),
        citation="19 CFR 146.52(a), 146.51",
        remedy="stop, tell the port director, and file a CBP 216 for what goes on",
        about=permit,
    )


def status_change_refused(fact: StatusChangeRefused) -> Concern:
    """19 CFR 146.23(b)(2): the book shows the status that CBP permitted, or the 214 is taken back."""
    return Concern(
        severity="violation",
        message=(
            f"CBP permitted status {fact.status} for {plain(fact.quantity)} {fact.unit} of {fact.uin} (214 "
            f"{fact.admission_number}, line {fact.line}), and the book cannot follow: {fact.reason}."
        ),
        citation=f"19 CFR 146.23(b)(2); {fact.citation}",
        remedy=f"{fact.remedy.rstrip('.')}; then record the change as a movement under the 214's number, "
        "or have CBP delete the 214; then settle this alert",
        about=fact.admission,
    )


def differ(fact: GoodsDiffer) -> Concern:
    """19 CFR 146.53(a): recorded upon identification; (d): an overage has 5 days."""
    line = fact.line
    over = line.variance > 0
    file_by = (date.fromisoformat(fact.found_on) + OVERAGE_DAYS).isoformat() if over else ""
    return Concern(
        severity="deadline" if over else "notice",
        message=(
            f"{plain(line.counted)} {line.unit} of {line.uin} were counted, the book has {plain(line.book)}: "
            f"{'over' if over else 'short'} {plain(abs(line.variance))}, worth USD {plain(abs(line.value))}"
            f" ({line.cause})."
        ),
        citation="19 CFR 146.53(a), (d)" if over else "19 CFR 146.53(a)",
        remedy=(
            f"count again; else record the overage and file a 214 or an entry by {file_by}"
            if over
            else "count again; else adjust the book with a second person's approval"
        ),
        act_by=file_by,
        about=fact.count,
    )


def report_shortage(fact: DifferenceJudged, count: str) -> Concern:
    """19 CFR 146.53(a)(3): one percent or more, if duties and taxes would be $100 or more."""
    return Concern(
        severity="violation",
        message=f"The shortage of {fact.uin} is to be reported to the port director: {fact.why}.",
        citation="19 CFR 146.53(a)(3)",
        remedy="report it in writing upon identification; then adjust the book",
        about=count,
    )
