"""What a person is told about a rate that will change for goods on hand."""

from datetime import date, timedelta

from ftz_alerts.domain.risk import Concern
from ftz_common.contracts.envelope import instant_text
from ftz_common.contracts.rates import RateChangeAhead
from ftz_common.values.calendar import parse_instant
from ftz_common.values.exact import plain, to_cents

_CITATION = "19 CFR 146.65(a)"


def rate_change(fact: RateChangeAhead, estimates: str, notice_days: int) -> tuple[Concern, str]:
    """Concern and instant (RFC 3339) at which it becomes an alert.

    19 CFR 146.65(a)(2): non-privileged goods owe by the day of their entry. An election of privileged status
    before that day keeps the rate (146.41(b)), for goods whose classification no work in the zone changed.
    """
    last = (date.fromisoformat(fact.on) - timedelta(days=1)).isoformat()
    filed = f", privileged since {fact.pf_filed_on}" if fact.pf_filed_on else ""
    concern = Concern(
        severity="notice" if _falls(fact) else "deadline",
        message=(
            f"From {fact.on} on {fact.number} of {fact.origin} in status {fact.status}{filed} owes"
            f" {fact.becomes} instead of {fact.was} ({fact.by}); on hand were {plain(fact.quantity)}"
            f" {fact.unit} worth ${plain(fact.value)}{_money(fact)}."
        ),
        citation=_CITATION,
        remedy=_remedy(fact, last),
        act_by="" if _falls(fact) else last,
        about=estimates,
    )
    due = parse_instant(fact.at) - timedelta(days=notice_days)
    return concern, instant_text(due)


def _falls(fact: RateChangeAhead) -> bool:
    was, becomes = fact.duty_was, fact.duty_becomes
    return was is not None and becomes is not None and becomes <= was


def _money(fact: RateChangeAhead) -> str:
    if fact.duty_was is None or fact.duty_becomes is None:
        return ", without a figure for the duty"
    return f", duty ${to_cents(fact.duty_was)} becoming ${to_cents(fact.duty_becomes)}"


def _remedy(fact: RateChangeAhead, last: str) -> str:
    if _falls(fact):
        return "nothing must be done; goods entered from that day on owe less"
    if fact.pf_filed_on:
        return f"have what may leave entered by {last}, or decide the measure's rate date with its ground"
    return (
        f"by {last}: have them entered, or ask for privileged status for what was not worked on"
        " (19 CFR 146.41); classify again what is no line any more"
    )
