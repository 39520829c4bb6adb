"""Facts of alerts: what is about to go wrong.

`heard` in every fact is the place of what was heard in the stream that said it: version and index, after
the attempt where answers are numbered. A cure that is heard before its cause wins by it.
"""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.fact import Fact

AlertKind = Literal[
    "suspended-draw",
    "removal-without-cover",
    "admission-held",
    "admission-rejected",
    "receipt-discrepancy",
    "receipt-shortage",
    "status-change-refused",
    "in-bond-overdue",
    "time-in-zone",
    "entry-waits",
    "entry-correction",
    "estimate-rejected",
    "summary-rejected",
    "summary-not-filed",
    "admission-clock",
    "overage",
    "movement-overdue",
    "permit-exceeded",
    "inventory-discrepancy",
    "harbor-fee",
    "removal-clock",
    "removal-without-permit",
    "in-bond-lapsed",
    "cover-low",
    "rate-change",
    "bond-exposure",
]
Severity = Literal["violation", "deadline", "notice"]


class RiskNoted(Fact, frozen=True, kw_only=True):
    """Something is watched; at `due_at` it becomes the alert that is written here, if not cured before."""

    kind: AlertKind
    subject: str
    due_at: str
    severity: Severity
    message: str
    citation: str
    remedy: str
    act_by: str = ""
    about: str = ""
    heard: list[int] = []


class RiskCleared(Fact, frozen=True, kw_only=True):
    """Cured before it was an alert. `quantity`: what a cure in part left, heard before what it cures."""

    kind: AlertKind
    subject: str
    how: str
    quantity: Decimal = Decimal(0)
    heard: list[int] = []


class AlertRaised(Fact, frozen=True, kw_only=True):
    """A person should act. Raised once per subject until it is resolved.

    `about`: the stream whose story explains it; `quantity`: how much stands, where it can be cured in parts.
    """

    kind: AlertKind
    subject: str  #: stream or id it is about
    severity: Severity
    message: str
    citation: str
    remedy: str
    act_by: str = ""
    about: str = ""
    quantity: Decimal = Decimal(0)
    heard: list[int] = []


class AlertRestated(Fact, frozen=True, kw_only=True):
    """A raised alert still stands, and this is what is known of it now."""

    kind: AlertKind
    subject: str
    severity: Severity
    message: str
    citation: str
    remedy: str
    act_by: str = ""
    about: str = ""
    quantity: Decimal = Decimal(0)
    heard: list[int] = []


class AlertResolved(Fact, frozen=True, kw_only=True):
    """Cured."""

    kind: AlertKind
    subject: str
    how: str
    heard: list[int] = []
