"""What a person is told about goods that move without an order."""

from datetime import date, timedelta

from ftz_alerts.domain.concerns import name_of
from ftz_alerts.domain.risk import Concern
from ftz_common.contracts.counts import DifferenceJudged, GoodsDiffer
from ftz_common.contracts.movements import ClockExpired, OverageFound, PermitUsed
from ftz_common.values.exact import plain

#: 19 CFR 146.53(d): a 214 or an entry within 5 days of identification.
OVERAGE_DAYS = timedelta(days=5)

#: Clock -> what is late, and what to do.
_LATE: dict[str, tuple[str, str]] = {
    "zone-history": (
        "The history of transfer {0} of {1} has not been sent to the receiving zone within 10 working days.",
        "send it with its I.T. number, and record that it was sent",
    ),
    "temporary-removal": (
        "{2} of {1} that left for a time with {0} are not back.",
        "bring them back, enter them, or ask the port director for more time",
    ),
    "overage": (
        "For overage {0}, {2} of {1}, neither a 214 nor an entry was filed in 5 days.",
        "send the goods to general order, or show the port director's extension",
    ),
}


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


def overdue(fact: ClockExpired, ledger: str) -> Concern:
    """A limit passed."""
    message, remedy = _LATE.get(fact.name, (f"{fact.name} of {{0}} is late.", "do what it waits for"))
    return Concern(
        severity="violation" if fact.name == "overage" else "deadline",
        message=message.format(fact.subject, fact.uin, plain(fact.quantity)),
        citation=fact.citation,
        remedy=remedy,
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
