"""Facts of duty: removals that are not entered for consumption (19 CFR 146.62, 146.66 to 146.68, 146.71)."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.common import EventRef
from ftz_common.contracts.duty import EstimateLine
from ftz_common.contracts.fact import Fact, Part

#: Immediate transportation; immediate exportation; transportation and exportation (19 CFR 18.1(b)).
InBondKind = Literal["IT", "IE", "TE"]

# ---- clocks of removals ---------------------------------------------------------------------------------


# ---- in-bond applications -------------------------------------------------------------------------------


class InBondAuthorized(Fact, frozen=True, kw_only=True):
    """CBP authorised the in-bond movement of a parcel (19 CFR 146.62(b)(2), 146.66, 146.67).

    `lines` are manifested quantities. `under` names the weekly permit that it was filed under (146.68(b));
    without one it is a permit of its own, and the goods leave within five working days (146.71(c)).
    """

    zone: str
    account: str
    kind: InBondKind
    number: str
    port: str  #: Schedule D: of exportation (IE, TE) or of destination (IT)
    carrier: str  #: party id; "" for an IE that the person making entry moves
    liable: str  #: party whose bond answers for it
    authorized_at: str
    lines: list[EstimateLine]
    under: str = ""
    remove_by: str = ""  #: local date; "" under a weekly permit
    endorsements: list[str] = []
    event: EventRef


class InBondExtended(Fact, frozen=True, kw_only=True):
    """The port director gave more days to remove the goods, for good cause (19 CFR 146.71(c))."""

    number: str
    remove_by: str
    reason: str
    who: str


class InBondLapsed(Fact, frozen=True, kw_only=True):
    """Nothing left within the days of the permit: the goods are where they were, in their zone status.

    19 CFR 146.61, 146.71(c), (d)(1).
    """

    number: str
    remove_by: str


class ExportMoved(Fact, frozen=True, kw_only=True):
    """What left for export, and the in-bond application it travels under. `to`: the week's export permit.

    `withdrawal` is "" when only the application is new. Every word carries what is known of the application.
    """

    to: str
    inbond: str
    withdrawal: str = ""
    removed_at: str = ""
    removed_on: str = ""
    reversed: bool = False
    required: bool = False  #: the zone reports every application here
    lines: list[EstimateLine] = []
    number: str = ""
    kind: str = ""
    under: str = ""
    authorized_at: str = ""
    remove_by: str = ""
    manifest: list[EstimateLine] = []


# ---- the weekly export permit ---------------------------------------------------------------------------


class ExportPermitApproved(Fact, frozen=True, kw_only=True):
    """CBP approved a weekly permit for export and transportation, or a supplement (19 CFR 146.68(a))."""

    zone: str
    account: str
    week: str
    number: str
    approved_at: str
    lines: list[EstimateLine]
    supplement: bool
    timezone: str
    closures: list[str] = []
    who: str


class ExportCounted(Fact, frozen=True, kw_only=True):
    """Goods left for export in this week, or did not leave after all."""

    inbond: str
    withdrawal: str
    removed_at: str
    removed_on: str
    reversed: bool = False
    required: bool = False
    lines: list[EstimateLine]


class ExportManifested(Fact, frozen=True, kw_only=True):
    """The in-bond application of a parcel of this week, as the carrier has it (19 CFR 146.68(b))."""

    inbond: str
    number: str
    kind: str
    under: str
    authorized_at: str
    remove_by: str
    manifest: list[EstimateLine]


class RemovalUnpermitted(Fact, frozen=True, kw_only=True):
    """Goods left for export and no permit reached so far: a violation (19 CFR 146.68(a), 146.71(a))."""

    inbond: str
    withdrawal: str
    removed_at: str
    lines: list[EstimateLine]  #: what of it has no permit
    why: str


class RemovalPermitted(Fact, frozen=True, kw_only=True):
    """A removal thought without a permit had one, in whole or in part, or was taken back."""

    inbond: str
    withdrawal: str
    lines: list[EstimateLine]  #: what has a permit now
    left: Decimal  #: what is still without
    how: str


class ExportWeekEnded(Fact, frozen=True, kw_only=True):
    """The week of a permit is over; its statement is due on the second business day (19 CFR 146.68(c))."""

    week: str
    statement_due_on: str


class ExportRow(Part, frozen=True, kw_only=True):
    """Of one number, status, origin and unit: permitted, manifested, and what the book says left."""

    number: str
    status: str
    origin: str
    unit: str
    permitted: Decimal
    manifested: Decimal
    left: Decimal


class ExportDifference(Part, frozen=True, kw_only=True):
    """A discrepancy of the statement; `explanation` is a person's, or ours where the law gives it."""

    id: str
    what: str
    explanation: str = ""


class ListedInBond(Part, frozen=True, kw_only=True):
    """An in-bond application of the statement, by its number."""

    number: str
    kind: str
    inbond: str
    manifested: Decimal
    left: Decimal


class ExportInBondsListed(Fact, frozen=True, kw_only=True):
    """In-bond applications of a statement, in numbered parts that precede its `ExportStatementFiled`."""

    part: int
    in_bonds: list[ListedInBond]


class ExportStatementFiled(Fact, frozen=True, kw_only=True):
    """The week's statement: permit, manifests and explanations (19 CFR 146.68(c))."""

    zone: str
    account: str
    week: str
    permits: list[str]
    rows: list[ExportRow]
    differences: list[ExportDifference]
    in_bonds: int
    filed_on: str
    in_time: bool
    who: str


class ExportStatementReopened(Fact, frozen=True, kw_only=True):
    """Something of a week came to light after its statement was filed: it must be stated again."""

    why: str
