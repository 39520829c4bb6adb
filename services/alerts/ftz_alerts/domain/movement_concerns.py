"""What a person is told about goods that move without an order."""

from ftz_alerts.domain.concerns import name_of
from ftz_alerts.domain.risk import Concern
from ftz_common.contracts.movements import ClockExpired, OverageFound, PermitUsed
from ftz_common.values.exact import plain

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
