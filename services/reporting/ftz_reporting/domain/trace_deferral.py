"""Goods for Canada or Mexico: whether duty was deferred, what is owed, and how it was settled."""

from typing import Any

from ftz_common.contracts.deferral import (
    ConditionStated,
    DeferralAssessed,
    DeferralDeposited,
    DeferralFiled,
    ExportationDated,
    WaiverClaimed,
)
from ftz_common.values.exact import plain
from ftz_reporting.domain.lookup import Lookup
from ftz_reporting.domain.node import Node, told


def deferral_nodes(lookup: Lookup, deferral: str) -> list[Node]:
    """The story of an entry type 08; nothing for goods that nobody said were changed in the zone."""
    if not deferral:
        return []
    found = [_node(t.fact, t.envelope.time) for t in lookup.stream(deferral)]
    return [node for node in found if node is not None]


def _node(fact: Any, at: str) -> Node | None:
    title, details = "", ()
    match fact:
        case ConditionStated():
            what = "changed in the zone" if fact.changed else "in the condition in which they came"
            title = f"{fact.who} says: {what}: {fact.ground}"
        case ExportationDated():
            title = f"exported on {fact.exported_on}; 7501 by {fact.file_by}, deposit by {fact.deposit_by}"
            details = (told("document", fact.document),)
        case DeferralAssessed():
            title = f"type 08: duty USD {plain(fact.duty)}, MPF USD {plain(fact.mpf)}"
            lines = (told(f"line {each.line}: {each.number} {each.status}", each.how) for each in fact.lines)
            details = (*lines, *(told("open", q) for q in fact.open_questions), told("covers", fact.covers))
        case WaiverClaimed():
            title = (
                f"waived USD {plain(fact.waived)} (19 CFR 181.53(b)(4)); paid there {plain(fact.paid_usd)}"
            )
            details = (told("entry there", fact.entry_number), told("exchange", fact.rate_source))
        case DeferralFiled():
            late = "" if fact.in_time else ", LATE"
            title = f"7501 {fact.number} filed{late}: owed USD {plain(fact.owed)}"
        case DeferralDeposited():
            title = f"deposited USD {plain(fact.amount)}, open USD {plain(fact.open)}"
        case _:
            return None
    return Node(title=title, at=at, details=list(details))
