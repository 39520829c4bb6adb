"""Facts of alerts: what is about to go wrong."""

from typing import Literal

from ftz_common.contracts.fact import Fact

AlertKind = Literal[
    "suspended-draw",
    "removal-without-cover",
    "admission-held",
    "admission-rejected",
    "receipt-discrepancy",
    "in-bond-overdue",
    "time-in-zone",
    "entry-waits",
    "entry-correction",
    "estimate-rejected",
]


class RiskNoted(Fact, frozen=True, kw_only=True):
    """Something is watched; `due_at` is when it becomes an alert, if it is not cured before."""

    kind: AlertKind
    subject: str
    due_at: str


class AlertRaised(Fact, frozen=True, kw_only=True):
    """A person should act. Raised once per subject until it is resolved."""

    kind: AlertKind
    subject: str  #: stream or id it is about
    severity: Literal["violation", "deadline", "notice"]
    message: str
    citation: str
    remedy: str
    act_by: str = ""


class AlertResolved(Fact, frozen=True, kw_only=True):
    """Cured."""

    kind: AlertKind
    subject: str
    how: str
