"""What each movement needs and may touch: one table.

`statuses` it may take; `permit`: the activity of a CBP 216 that must allow it, unless all is domestic
(19 CFR 146.43(b), 146.51); `imposed`: it happens whether or not goods are promised to orders; `approved`:
somebody else answers for it.
"""

from dataclasses import dataclass

from ftz_common.contracts.movements import Activity, Movement
from ftz_inventory.domain.layer import Status

ALL: tuple[Status, ...] = ("P", "N", "D", "Z")

#: Zone-restricted goods are there for export, destruction or storage alone (19 CFR 146.44(a)).
WORKED: tuple[Status, ...] = ("P", "N", "D")


@dataclass(frozen=True, slots=True)
class Rule:
    """See the module."""

    citation: str
    statuses: tuple[Status, ...] = ALL
    permit: Activity | None = None
    imposed: bool = False
    approved: bool = False


RULES: dict[Movement, Rule] = {
    "relocated": Rule("19 CFR 146.23(b)(1)", imposed=True),
    "held": Rule("19 CFR 146.51", imposed=True),
    "released": Rule("19 CFR 146.51", imposed=True),
    "status-changed": Rule("19 CFR 146.41, 146.42, 146.44", imposed=True),
    "temporarily-removed": Rule("19 CFR 146.51, 146.71(a)", permit="remove-temporarily"),
    "sent-to-zone": Rule("19 CFR 146.66"),
    "destroyed": Rule("19 CFR 146.52(a)", permit="destroy"),
    "wasted": Rule("19 CFR 146.52(d)(2)", permit="manipulate", imposed=True),
    "adjusted": Rule("19 CFR 146.23(b)(4), 146.53(a)", imposed=True, approved=True),
    "manipulated": Rule("19 CFR 146.52(a), 146.44(a)", WORKED, "manipulate"),
    "consumed": Rule("19 CFR 146.52(a), 146.44(a)", WORKED, "manufacture"),
}
