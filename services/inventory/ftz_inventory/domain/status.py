"""Zone status and how it may change: one table, one row per change that the law speaks of.

What no row allows is refused. Privileged foreign (P) and zone-restricted (Z) are one-way doors
(19 CFR 146.41(e), 146.44(a)); status is a property of a layer, never of a part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ftz_common.contracts.fact import Refusal
from ftz_common.values.exact import ZERO
from ftz_inventory.domain.layer import Status

#: Why a status would change. "casualty": waste by fire or breakage, not by manipulation.
Cause = Literal[
    "election",
    "board-order",
    "identity-lost",
    "waste",
    "casualty",
    "entry-cancelled",
    "never-entered",
    "returned",
    "zone-transfer",
]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of the goods and of the request, as far as a guard asks for it."""

    classification_changed: bool = False  #: by manipulation or manufacture in the zone
    number: str = ""  #: tariff number in the condition then, for an election of P
    revision: str = ""  #: of the schedule in force on `filed_on`
    value: Decimal = ZERO  #: USD, as noted on the invoice (19 CFR 141.90)
    filed_on: str = ""  #: local date of the complete application
    authorisation: str = ""  #: reference of the order, determination or ruling that allows it
    previous: Status | None = None  #: the status before the entry


Guard = Callable[[Circumstances], Refusal | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One change: allowed if no guard says no. Guards are asked in their order."""

    name: str
    sources: Sequence[Status]
    targets: Sequence[Status]
    cause: Cause
    citation: str
    guards: Sequence[Guard] = ()


def _never(code: str, reason: str, citation: str, remedy: str) -> Guard:
    refusal = Refusal(code=code, reason=reason, citation=citation, remedy=remedy, place="status")

    def guard(_: Circumstances) -> Refusal:
        return refusal

    return guard


def _same_classification(known: Circumstances) -> Refusal | None:
    """Only goods not manipulated or manufactured so that their classification changed (19 CFR 146.41(a))."""
    if not known.classification_changed:
        return None
    return Refusal(
        code="pf-after-change",
        reason="the goods were manipulated or manufactured in the zone so that their classification changed",
        citation="19 CFR 146.41(a), (b)",
        remedy="elect privileged foreign status before such work; now they stay nonprivileged",
        place="status",
    )


def _complete(known: Circumstances) -> Refusal | None:
    """An election is complete with number, value and filing date (19 CFR 146.41(c), 146.65(a)(1))."""
    there = {
        "number": known.number != "",
        "revision": known.revision != "",
        "value": known.value > ZERO,
        "filed_on": known.filed_on != "",
    }
    missing = [name for name, said in there.items() if not said]
    if not missing:
        return None
    return Refusal(
        code="pf-incomplete",
        reason=f"the application does not say {', '.join(missing)}",
        citation="19 CFR 146.41(c), 146.65(a)(1), 141.90",
        remedy="say what is missing; the election counts from the day on which it is complete",
        place=missing[0],
    )


def _authorised(code: str, whose: str, citation: str) -> Guard:
    def guard(known: Circumstances) -> Refusal | None:
        if known.authorisation:
            return None
        return Refusal(
            code=code,
            reason=f"it needs {whose}, and none is named",
            citation=citation,
            remedy=f"give the reference of {whose}",
            place="authorisation",
        )

    return guard


def _previous(target: Status) -> Guard:
    def guard(known: Circumstances) -> Refusal | None:
        if known.previous == target:
            return None
        return Refusal(
            code="status-not-the-last",
            reason=f"before the entry the status was {known.previous or 'not known'}, not {target}",
            citation="19 CFR 146.61, 146.71(d)",
            remedy="restore the status that the goods had when they were entered",
            place="status",
        )

    return guard


def _numbered(known: Circumstances) -> Refusal | None:
    """Domestic goods may be without a tariff number; what becomes foreign is priced by one (146.42(c))."""
    if known.number:
        return None
    return Refusal(
        code="foreign-without-number",
        reason="the goods were admitted without a tariff number, and as foreign goods they are priced by one",
        citation="19 CFR 146.42(c), 146.65(a)(2)",
        remedy="say the number under which they are classified, in `number`",
        place="number",
    )


_PF_STAYS = _never(
    "pf-not-abandoned",
    "privileged foreign status cannot be abandoned",
    "19 CFR 146.41(e)",
    "enter, export or destroy the goods in this status; recovered waste alone becomes nonprivileged",
)
_ZR_STAYS = _never(
    "zr-not-abandoned",
    "zone-restricted status cannot be abandoned",
    "19 CFR 146.44(a)",
    "export, destroy or store the goods, or obtain an order of the Board (15 CFR 400.48)",
)
_NOT_BY_ELECTION = _never(
    "domestic-not-elected",
    "foreign goods become domestic by entry and payment, not by election",
    "19 CFR 146.43(a)",
    "enter the goods for consumption",
)
_FOREIGN_ONLY = _never(
    "pf-foreign-only",
    "privileged status is for foreign merchandise",
    "19 CFR 146.41(a)",
    "leave the goods domestic: they return to customs territory free",
)
_OVERRIDE = _authorised(
    "zr-needs-approval",
    "the port director's approval of this change",
    "19 CFR 146.44(a) is silent on it; CATAIR e214 record 51 takes existing status N only",
)

_ALL: tuple[Status, ...] = ("P", "N", "D", "Z")
_UNRESTRICTED: tuple[Status, ...] = ("P", "N", "D")
_FOREIGN: tuple[Status, ...] = ("P", "N")
_BOARD = "an order of the Foreign-Trade Zones Board"
_FOUND = "the port director's determination"

#: The transition table (19 CFR 146.41 to 146.44, 146.61, 146.66(d), 146.71(d)).
TABLE: tuple[Row, ...] = (
    Row("npf-to-pf", ("N",), ("P",), "election", "19 CFR 146.41(a), (b)", (_same_classification, _complete)),
    Row("npf-to-zr", ("N",), ("Z",), "election", "19 CFR 146.44(a)"),
    Row("npf-to-domestic", ("N",), ("D",), "election", "19 CFR 146.43(a)", (_NOT_BY_ELECTION,)),
    Row("pf-to-npf", ("P",), ("N",), "election", "19 CFR 146.41(e)", (_PF_STAYS,)),
    Row("pf-to-domestic", ("P",), ("D",), "election", "19 CFR 146.41(e)", (_PF_STAYS,)),
    Row("pf-to-zr", ("P",), ("Z",), "election", "19 CFR 146.44(a)", (_OVERRIDE,)),
    Row("domestic-to-zr", ("D",), ("Z",), "election", "19 CFR 146.44(a)", (_OVERRIDE,)),
    Row("domestic-to-pf", ("D",), ("P",), "election", "19 CFR 146.41(a)", (_FOREIGN_ONLY,)),
    Row("zr-to-any", ("Z",), ("P", "N", "D"), "election", "19 CFR 146.44(a)", (_ZR_STAYS,)),
    Row(
        "zr-by-board",
        ("Z",),
        ("P", "N", "D"),
        "board-order",
        "19 CFR 146.44(a); 15 CFR 400.48",
        (_authorised("board-order-missing", _BOARD, "19 CFR 146.44(a); 15 CFR 400.48"),),
    ),
    Row(
        "identity-lost",
        ("D",),
        ("N",),
        "identity-lost",
        "19 CFR 146.42(c)",
        (_authorised("determination-missing", _FOUND, "19 CFR 146.42(c)"), _numbered),
    ),
    Row("waste-of-pf", ("P",), ("N",), "waste", "19 CFR 146.42(b)"),
    Row("waste-of-npf", ("N",), ("N",), "waste", "19 CFR 146.42(a)"),
    Row("waste-of-domestic", ("D",), ("D",), "waste", "19 CFR 146.43(a)"),
    Row("casualty-keeps-pf", ("P",), ("P",), "casualty", "CBP Foreign-Trade Zones Manual 9.7(g)"),
    *(
        Row(f"entry-cancelled-{s}", ("P", "N"), (s,), "entry-cancelled", "19 CFR 146.61", (_previous(s),))
        for s in _FOREIGN
    ),
    *(
        Row(f"never-entered-{s}", ("P", "N", "D"), (s,), "never-entered", "19 CFR 146.71(d)", (_previous(s),))
        for s in _UNRESTRICTED
    ),
    Row("returned-after-entry", ("P", "N", "D"), ("D",), "returned", "19 CFR 146.71(d), 146.43(a)(2)"),
    *(Row(f"zone-transfer-{s}", (s,), (s,), "zone-transfer", "19 CFR 146.66(d)") for s in _ALL),
)


def transition(source: Status, target: Status, cause: Cause, known: Circumstances) -> Row | Refusal:
    """The row that allows this change, or why it is refused."""
    for row in TABLE:
        if row.cause == cause and source in row.sources and target in row.targets:
            refusals = (guard(known) for guard in row.guards)
            return next((refusal for refusal in refusals if refusal is not None), row)
    return Refusal(
        code="status-no-such-change",
        reason=f"no rule changes status {source} into {target} by {cause}",
        citation="19 CFR 146.41 to 146.44",
        remedy="compare with the table of docs/admissions.md",
        place="status",
    )
