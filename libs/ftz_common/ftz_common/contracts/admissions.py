"""Facts of admissions: the CBP 214 from draft to concurrence."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.common import EventRef
from ftz_common.contracts.fact import Fact, Part
from ftz_common.contracts.filing import (
    AdmissionType,
    Arrival,
    Conveyance,
    FiledShipment,
    FilingLine,
    Licence,
    ReasonCode,
    StatisticalQuantity,
)
from ftz_common.contracts.inventory import Content
from ftz_common.contracts.reference import Parties, UnitMeasure
from ftz_common.contracts.valuation import LineValue

ZoneStatus = Literal["P", "N", "D", "Z"]
#: "" only in a temporary deposit: such goods have no zone status (19 CFR 146.35(c)).
LineStatus = Literal["P", "N", "D", "Z", ""]


class Document(Part, frozen=True, kw_only=True):
    """A paper of the admission (19 CFR 146.32)."""

    kind: str
    number: str
    sha256: str = ""
    dated: str = ""  #: local date on the paper
    kept_at: str = ""  #: where it is kept (19 CFR 146.4(d))


class AdmissionLine(Part, frozen=True, kw_only=True):
    """A line of the 214. `value`: USD for the whole line; quantity in `unit`."""

    line: int
    uin: str
    quantity: Decimal
    unit: str
    value: Decimal
    charges: Decimal
    status: LineStatus
    origin: str
    province: str = ""  #: CBP's code, of Canadian goods
    manufacturer: str = ""  #: manufacturer identification (MID)
    weight_kg: Decimal | None = None
    statistical: list[StatisticalQuantity] = []
    licences: list[Licence] = []
    frozen_number: str = ""  #: tariff number that travels with privileged goods from another zone
    pf_filed_on: str = ""  #: and the day on which their status was applied for
    bill: str = ""  #: of a blanket 214: the bill that the line came under
    invoice: str = ""  #: of a blanket 214: the invoice, as on the manifest
    layer: str = ""  #: of a status change: the layer that it is about; "": the next ones in order
    valuation: LineValue | None = None  #: how `value` came about, where it was reckoned here


class Particulars(Part, frozen=True, kw_only=True):
    """What a 214 says by its type."""

    admission_type: AdmissionType = "A"
    from_zone: str = ""  #: zone-to-zone: number of the transferring zone
    delivered_on: str = ""  #: zone-to-zone: to the carrier, there; the history follows in ten working days
    found_on: str = ""  #: overage: local day of its identification
    found_in: str = ""  #: overage: the shipment, count or overage that it was found in
    direct_delivery: bool = False  #: 19 CFR 146.39: received before the 214 is filed
    blanket: Literal["", "transportation-entry", "business-day"] = ""  #: 19 CFR 146.32(d)
    reasons: list[ReasonCode] = []  #: why a permitted 214 is replaced (CATAIR e214 record 11)
    remarks: str = ""
    who: str = ""  #: status change: who elects
    why: str = ""


class AdmissionDrafted(Fact, frozen=True, kw_only=True):
    """A 214 is being prepared for an announced shipment (19 CFR 146.32)."""

    shipment: str
    issuer: str
    zone: str
    site: str
    firms: str
    port: str
    timezone: str
    week_starts: int
    parties: Parties
    conveyance: Conveyance
    lines: list[AdmissionLine]
    documents: list[Document]
    required_documents: list[str]
    receiving_days_max: int
    backdating_days_max: int
    closures: list[str] = []
    event: EventRef
    announced_at: str = ""  #: instant of the announcement; an older one that comes later changes nothing
    particulars: Particulars = Particulars()
    pf_documents: list[str] = []  #: kinds that lines in status P need besides
    census_direct: bool = False  #: with direct delivery: listed on cumulative 214s (19 CFR 146.40(c)(1))


class AdmissionCorrected(Fact, frozen=True, kw_only=True):
    """The announcement was sent again before filing, or after a rejection: the draft is now this."""

    conveyance: Conveyance
    lines: list[AdmissionLine]
    documents: list[Document]
    event: EventRef
    announced_at: str = ""
    particulars: Particulars = Particulars()  #: a temporary deposit becomes what its complete 214 says


class DocumentsAdded(Fact, frozen=True, kw_only=True):
    """Documents that came later."""

    documents: list[Document]


class AdmissionNumbered(Fact, frozen=True, kw_only=True):
    """The 214 has its sequential number (19 CFR 146.37(a)): `number` as printed, zone-year-control."""

    number: str
    control: int


class ClassificationRequested(Fact, frozen=True, kw_only=True):
    """A line needs a tariff number. `to`: the part's stream; answered once, to `reply_to`."""

    to: str
    reply_to: str
    account: str
    uin: str
    line: int
    needed_on: str  #: local date
    revision: str = ""  #: in force on that date as far as the asker has read; "" when it knows none
    value: Decimal = Decimal(0)  #: USD of the line: what may be at stake; 0: not said


class LineClassified(Fact, frozen=True, kw_only=True):
    """A line has its tariff number, with the decision it rests on."""

    line: int
    number: str  #: ten digits (eight where the schedule has no statistical suffix)
    revision: str
    decision: str  #: id of the decision fact
    decided_by: str
    licence: str
    reason: str
    measures: list[UnitMeasure]
    description: str = ""  #: as it goes on the form


class Hold(Part, frozen=True, kw_only=True):
    """Why a 214 is not filed."""

    code: str
    reason: str
    citation: str
    remedy: str


class AdmissionHeld(Fact, frozen=True, kw_only=True):
    """The 214 waits; the holds that stand now (they replace those said before)."""

    holds: list[Hold]


class HoldsCleared(Fact, frozen=True, kw_only=True):
    """Nothing holds the 214 any more."""


class AdmissionRejected(Fact, frozen=True, kw_only=True):
    """CBP refused this attempt; correct the announcement and it is filed again."""

    attempt: int
    codes: list[str]
    reasons: list[str]


class AdmissionAuthorized(Fact, frozen=True, kw_only=True):
    """CBP permits the admission (19 CFR 146.32(b))."""

    attempt: int
    authorized_at: str
    permit_free: bool = False  #: domestic goods: no application, no number (19 CFR 146.43(b))


class AdmissionArrived(Fact, frozen=True, kw_only=True):
    """The conveyance is at the zone."""

    arrived_at: str


class ReceiptLine(Part, frozen=True, kw_only=True):
    """What was counted of one line."""

    line: int
    quantity: Decimal


class ReceiptCounted(Fact, frozen=True, kw_only=True):
    """A dock count (19 CFR 146.22(a)); lines as counted, in the 214's unit."""

    receipt: str
    counted_at: str
    final: bool
    lines: list[ReceiptLine]
    event: EventRef
    approved_by: str = ""  #: who took a count that is older than the procedures allow
    approval_reason: str = ""


class KeptLine(Part, frozen=True, kw_only=True):
    """A line of a count that came before its announcement: in the unit the dock used."""

    line: int
    quantity: Decimal
    unit: str


class ReceiptKept(Fact, frozen=True, kw_only=True):
    """A dock count of a shipment that nobody announced yet; taken up with the announcement.

    Until then the goods are in the suspense record of 19 CFR 146.22(c).
    """

    receipt: str
    counted_at: str
    final: bool
    lines: list[KeptLine]
    event: EventRef
    approved_by: str = ""
    approval_reason: str = ""


class GoodsAdmitted(Fact, frozen=True, kw_only=True):
    """Counted and authorised: this quantity of one line is in the zone from `admitted_on`. Opens a layer.

    `value` is the line's value for this quantity (exact; the receipts of a line add up to it).
    """

    ledger: str  #: the inventory ledger that takes it
    site: str
    account: str
    uin: str
    admission: str  #: stream
    admission_number: str
    line: int
    receipt: str
    admitted_on: str  #: local date
    admitted_at: str  #: instant
    quantity: Decimal
    unit: str
    value: Decimal
    status: ZoneStatus
    pf_filed_on: str | None = None
    origin: str
    number: str
    revision: str
    decision: str
    timezone: str
    week_starts: int
    measures: list[UnitMeasure] = []
    over: Decimal = Decimal(0)  #: counted in this receipt beyond the 214's quantity, and not admitted
    arrival: Arrival | None = None


class DailyHead(Part, frozen=True, kw_only=True):
    """Who files a cumulative 214, where: as the zone named them when a shipment was recorded."""

    port: str
    firms: str
    timezone: str
    closures: list[str] = []
    filer: str
    importer_of_record: str
    zone_id: str = ""
    operator_ior: str = ""
    applicant_ior: str = ""
    answer_hours_max: int = 24


class DailyOffered(Fact, frozen=True, kw_only=True):
    """A direct delivery is recorded: it goes on its business day's cumulative 214 (19 CFR 146.40(c)(1)).

    `to`: daily/<zone>/<account>/<business day>/<part>; `reply_to`: the shipment's admission. Offered again
    for a receipt, what was said before is replaced.
    """

    to: str
    reply_to: str
    receipt: str
    head: DailyHead
    shipment: FiledShipment
    lines: list[FilingLine]


class DailyRecorded(Fact, frozen=True, kw_only=True):
    """A receipt is on the cumulative 214 of its business day."""

    admission: str  #: stream
    receipt: str
    head: DailyHead
    shipment: FiledShipment
    lines: list[FilingLine]


ListedPhase = Literal["numbered", "filed", "accepted", "rejected"]


class DailyTold(Fact, frozen=True, kw_only=True):
    """What becomes of the cumulative 214 that lists a receipt. `to`: the shipment's admission."""

    to: str
    daily: str  #: stream
    receipt: str
    phase: ListedPhase
    number: str
    control: int
    attempt: int = 0
    on: str = ""  #: of "filed": local date; of "accepted": instant


class ReceiptListed(Fact, frozen=True, kw_only=True):
    """A receipt of a direct delivery stands on this cumulative 214, which is so far."""

    receipt: str
    daily: str  #: stream
    phase: ListedPhase
    number: str
    attempt: int = 0
    filed_on: str = ""  #: local date; for lines in status P the PF filing date (19 CFR 146.65(a)(1))


class DiscrepancyFound(Fact, frozen=True, kw_only=True):
    """Counted and announced differ (19 CFR 146.37(c)). Quantities in the 214's unit; dates local.

    Said again for a line when a receipt that was counted in time is told late; it replaces what was
    said before, and with `counted` equal to `announced` nothing differs any more.
    """

    line: int
    announced: Decimal
    counted: Decimal
    joint_report_by: str  #: joint operator and carrier report signed
    cbp_told_by: str  #: and reported, two working days later
    cbp_5931_by: str  #: or a CBP 5931
    identified_on: str = ""  #: when the line was last counted
    overage_by: str = ""  #: of an overage: a 214 or an entry by then, else general order (19 CFR 146.53(d))
    short_value: Decimal = Decimal(0)  #: USD of what is missing
    reportable: bool = False  #: 1 % or more is missing: at once, if duty and tax reach 100 USD (146.53(a)(3))
    missing: Content | None = None  #: of a shortage: the goods that are missing, for their duty


class DiscrepancyReported(Fact, frozen=True, kw_only=True):
    """A report on a discrepancy (19 CFR 146.37(c)). `late`: what it missed; then it modifies nothing."""

    line: int
    form: Literal["joint", "5931"]
    signed_on: str
    told_on: str
    reference: str
    who: str
    liable_for: Decimal  #: quantity that the operator answers for, in the 214's unit
    late: str = ""


class LiabilityFixed(Fact, frozen=True, kw_only=True):
    """No report came in time: the operator answers for the 214's quantity (19 CFR 146.37(c)).

    `owed`: duty and tax on what is missing, which he pays upon the port director's demand (146.53(c)(2)).
    """

    line: int
    quantity: Decimal
    counted: Decimal
    why: str
    owed: Decimal | None = None  #: USD; None where nothing is missing or it could not be priced
    not_priced: str = ""


class ShortagePriced(Fact, frozen=True, kw_only=True):
    """Duty's answer: what goods that a receipt lacks would have owed upon entry. `to`: the admission."""

    to: str
    line: int
    counted: Decimal  #: of the discrepancy that was priced
    duty: Decimal | None  #: USD; None where it could not be priced
    not_priced: str = ""


class ShortageJudged(Fact, frozen=True, kw_only=True):
    """Whether a shortage at receipt is reported to the port director upon identification.

    19 CFR 146.53(a)(3): one percent or more of the quantity, and duty and tax of $100 or more. What could not
    be priced is reported: nobody can say that it is less.
    """

    line: int
    counted: Decimal
    missing: Decimal
    share: Decimal  #: of the quantity on the 214
    duty: Decimal | None
    not_priced: str = ""
    report: bool
    why: str
    identified_on: str


class ShortageReported(Fact, frozen=True, kw_only=True):
    """The port director was told of it in writing (19 CFR 146.53(a)(3))."""

    line: int
    reported_on: str
    reference: str
    who: str


class OverageAnswered(Fact, frozen=True, kw_only=True):
    """What became of what a receipt had over: its 214, its entry, or general order (19 CFR 146.53(d))."""

    line: int
    how: Literal["admitted", "entered", "general-order"]
    on: str
    reference: str
    who: str
    late: str = ""  #: what it missed


class AdmissionWithdrawn(Fact, frozen=True, kw_only=True):
    """A 214 is given up; its number stays in the sequence, with the reason (19 CFR 146.37(a))."""

    number: str
    reason: str
    who: str


class AdmissionDeleted(Fact, frozen=True, kw_only=True):
    """CBP deleted a 214 that it had permitted."""

    number: str
    attempt: int


class AdmissionConcurred(Fact, frozen=True, kw_only=True):
    """The operator's confirmation of receipt; receiving is closed (19 CFR 146.37)."""

    concurred_at: str
    with_discrepancy: bool
    final_count: bool  #: False: closed by the policy deadline without a final count


class StatusChangePermitted(Fact, frozen=True, kw_only=True):
    """CBP permitted a change of status on a 214 of type C (19 CFR 146.41(b), 146.44(b)). `to`: the ledger.

    `filed_on` is the PF filing date; number and revision are those in force on it (19 CFR 146.65(a)(1)).
    """

    to: str
    movement: str  #: id under which the ledger takes it
    admission: str  #: stream of the 214
    admission_number: str
    line: int
    uin: str
    layer: str = ""  #: "": the next ones in status N, by the account's method
    quantity: Decimal
    unit: str
    status: ZoneStatus
    filed_on: str
    permitted_at: str
    number: str
    revision: str
    decision: str
    who: str
    why: str = ""


class OpeningBalanceBegun(Fact, frozen=True, kw_only=True):
    """An existing zone is taken over: this file, certified by `who`. Its layers follow as `GoodsAdmitted`."""

    sha256: str
    rows: int
    parts: int
    as_of: str
    who: str
    certificate: str


class OpeningPartTaken(Fact, frozen=True, kw_only=True):
    """One part of the file is in the book."""

    part: int
    rows: int


class OpeningBalanceCompleted(Fact, frozen=True, kw_only=True):
    """Every part of the file is in the book."""

    rows: int
    completed_at: str


class TransferRecorded(Fact, frozen=True, kw_only=True):
    """CBP's permit for the way to the zone: inside the port, or in-bond between ports."""

    kind: Literal["permit-to-transfer", "in-bond"]
    number: str
    carrier: str
    asked_on: str
    who: str


class TransferCancelled(Fact, frozen=True, kw_only=True):
    """That permit is given back."""

    number: str
    reason: str
    who: str


class ManualKept(Fact, frozen=True, kw_only=True):
    """A version of the procedures manual, and when the port director was sent it (19 CFR 146.21(b)).

    For information only: its receipt is no approval (146.21(b)(4)).
    """

    version: str
    language: str
    effective_from: str  #: local date
    sha256: str
    kept_at: str  #: where it is kept
    sent_on: str  #: local date
    days_late: int = 0  #: from `effective_from` to `sent_on`; a change is submitted when it is implemented
    late_because: str = ""
    who: str
