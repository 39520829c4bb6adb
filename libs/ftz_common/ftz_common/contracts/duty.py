"""Facts of duty: priced withdrawals, weekly entries, in-bonds, what an estimate rests on."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.common import EventRef
from ftz_common.contracts.fact import Fact, Part
from ftz_common.contracts.reference import EstimatePolicy, UnitMeasure
from ftz_common.values.period import EntryPeriod

#: From where the ten working days of a weekly summary run; "": nobody has agreed it with the port.
SummaryClock = Literal["", "release", "week-end"]


class MeasuredQuantity(Part, frozen=True, kw_only=True):
    """A quantity in a unit of the schedule."""

    unit: str
    quantity: Decimal


class StackedMeasure(Part, frozen=True, kw_only=True):
    """One additional duty that meets number and origin: whether it applies, why, and what it comes to.

    `duty` is USD, exact on a piece and cents on an entry line; None unless it applies.
    """

    measure: str
    programme: str
    heading: str  #: of chapter 99, as printed
    rate: str
    result: Literal["applies", "not-in-force", "exempt", "not-met", "excluded", "blocked", "unknown"]
    why: str
    on: str = ""  #: the date whose rule counted
    duty: Decimal | None = None
    how: str = ""
    confirmed: bool = True  #: the data were compared with their source
    drawback: Literal["yes", "no", "unknown"] = "unknown"
    source: str = ""


class PricedPiece(Part, frozen=True, kw_only=True):
    """A piece of a withdrawal with what it owes. `duty`: USD, exact; None where it could not be priced.

    `entered_value` is exact; whole dollars and cents are made once per entry line.
    """

    layer: str
    admission_number: str
    admission_line: int = 0  #: of that 214; 0: not said
    status: Literal["P", "N", "D", "Z"]
    pf_filed_on: str | None = None
    origin: str
    number: str
    revision: str  #: of the schedule that priced it
    decision: str
    quantity: Decimal
    unit: str
    value: Decimal
    rate_text: str
    rate_from: str  #: the line whose rate it is
    column: Literal["general", "column2"] = "general"  #: column 2 by origin (HTSUS general note 3(b))
    duty: Decimal | None
    not_priced: str = ""  #: why there is no duty figure
    measures: list[UnitMeasure] = []  #: what one `unit` is in other units, exact, as the layer has it
    stack: list[StackedMeasure] = []  #: additional duties looked at; what applies is in `duty`
    #: Of made goods. "cover": only the goods that left, as inventory counts them; "line": only a line of the
    #: entry, their privileged content; "both": goods and line.
    counts: Literal["both", "cover", "line"] = "both"


class WithdrawalPriced(Fact, frozen=True, kw_only=True):
    """A draw priced provisionally; its entry fixes date, revision and decision for NPF lines."""

    withdrawal: str
    draw: str
    account: str
    order: str
    line: int
    removed_on: str
    entry: str
    priced_on: str
    pieces: list[PricedPiece]


class WithdrawalExempt(Fact, frozen=True, kw_only=True):
    """A draw that owes nothing here: export (until its in-bond is closed a clock runs) or domestic goods."""

    withdrawal: str
    draw: str
    account: str
    order: str
    line: int
    removed_on: str
    why: str
    inbond: str = ""  #: stream of the in-bond that an export travels under
    deferral: str = ""  #: of goods for Canada or Mexico: the stream that knows whether duty is deferred


class TakenBack(Part, frozen=True, kw_only=True):
    """What of a layer went back to it."""

    layer: str
    quantity: Decimal
    value: Decimal


class WithdrawalReversed(Fact, frozen=True, kw_only=True):
    """The draw, or a part of it, was taken back before its goods left."""

    withdrawal: str
    draw: str
    portions: list[TakenBack] = []


class EntryLineOffered(Fact, frozen=True, kw_only=True):
    """A priced withdrawal for an entry. `to`: the entry. `reversed`: take it out again."""

    to: str
    withdrawal: str
    order: str
    line: int
    removed_on: str
    reversed: bool = False
    timezone: str
    week_starts: int
    pieces: list[PricedPiece]
    #: what opens an entry that no estimate opened
    port: str = ""
    firms: str = ""
    filer: str = ""
    importer_of_record: str = ""
    compile_grace_days: int = 2
    closures: list[str] = []
    summary_clock: SummaryClock = ""
    zone_id: str = ""  #: zone, subzone and site, as filings name them
    importer_ior: str = ""  #: importer of record number


class EstimatesConfigured(Fact, frozen=True, kw_only=True):
    """The settings that estimates of this account follow from now on."""

    timezone: str
    week_starts: int
    estimate_lead_hours: int
    compile_grace_days: int
    port: str
    firms: str
    filer: str
    importer_of_record: str
    closures: list[str] = []
    summary_clock: SummaryClock = ""
    zone_id: str = ""  #: zone, subzone and site, as filings name them
    importer_ior: str = ""  #: importer of record number
    policy: EstimatePolicy = EstimatePolicy()
    entry_period: EntryPeriod = "weekly"  #: nothing is estimated where definite goods are entered


class StockEstimated(Fact, frozen=True, kw_only=True):
    """A layer that estimates must count in, or goods that left and must be counted out (negative)."""

    cover: str  #: number/status/origin/unit of the cover lines it would use, as a stream name without week
    number: str
    status: str
    origin: str
    unit: str
    quantity: Decimal
    value: Decimal = Decimal(0)  #: dutiable value, exact; negative when counted out
    reference: str
    weeks: list[str] = []  #: weeks that wait for their estimate, or for a supplement, to hold it too
    pf_filed_on: str = ""  #: of a privileged layer
    uin: str = ""  #: of a layer


class EstimateLine(Part, frozen=True, kw_only=True):
    """A line of an estimate; quantity in `unit`, dutiable value exact (19 CFR 146.63(c)(1))."""

    number: str
    status: str
    origin: str
    unit: str
    quantity: Decimal
    value: Decimal = Decimal(0)


class EstimateProposed(Fact, frozen=True, kw_only=True):
    """An estimate or a supplement to it. `to`: the entry (19 CFR 146.63(c)(1); 19 USC 1484(i))."""

    to: str
    account: str
    lines: list[EstimateLine]
    supplement: bool
    basis: str  #: how it was reckoned, for a person to read
    port: str
    firms: str
    filer: str
    importer_of_record: str
    timezone: str
    week_starts: int
    compile_grace_days: int
    closures: list[str] = []
    summary_clock: SummaryClock = ""
    zone_id: str = ""  #: zone, subzone and site, as filings name them
    importer_ior: str = ""  #: importer of record number


class EstimateMade(Fact, frozen=True, kw_only=True):
    """The same proposal in the estimator's own stream."""

    week: str
    supplement: bool
    lines: list[EstimateLine]
    confirmed_by: str = ""  #: who, where a person confirms; "" by the account's policy
    why: str = ""  #: what that person said of it


class EntryOpened(Fact, frozen=True, kw_only=True):
    """The entry exists: `week`, its period (values.period), and the settings it closes by."""

    zone: str
    account: str
    week: str
    timezone: str
    week_starts: int
    port: str
    firms: str
    filer: str
    importer_of_record: str
    compile_grace_days: int
    closures: list[str] = []
    summary_clock: SummaryClock = ""
    zone_id: str = ""  #: zone, subzone and site, as filings name them
    importer_ior: str = ""  #: importer of record number


class GoodsOrdered(Fact, frozen=True, kw_only=True):
    """Definite goods of an order line, to be entered before they leave (19 CFR 146.62(a), (b)(1)).

    Quantities below zero: no longer wanted.
    """

    reservation: str
    order: str
    line: int
    lines: list[EstimateLine]


class RemovalExtended(Fact, frozen=True, kw_only=True):
    """The port director gave more time for the removal of definite goods (19 CFR 146.71(c))."""

    document: int
    entry_number: str
    remove_by: str  #: local date
    reason: str
    who: str


class EntryNumbered(Fact, frozen=True, kw_only=True):
    """An entry of the week has its number: <filer>-<year><control>-<check digit> (19 CFR 142.3a).

    The check digit needs a filer code of three characters; a zone without one gets none.
    """

    number: str
    control: int
    document: int = 1  #: 1 the week's first entry; 2, 3 ... supplemental entries, each with its own number


class EstimateAdded(Fact, frozen=True, kw_only=True):
    """Lines that this attempt asks release for."""

    attempt: int
    lines: list[EstimateLine]
    supplement: bool
    document: int = 1  #: the entry of the week that it asks release under


class EstimateAccepted(Fact, frozen=True, kw_only=True):
    """CBP released the estimate; the first acceptance is the time of entry (19 CFR 141.68)."""

    attempt: int
    accepted_at: str
    remove_by: str = ""  #: of definite goods: five working days from the permit (19 CFR 146.71(c))


class EntryDateDecided(Fact, frozen=True, kw_only=True):
    """No estimate was released: the summary serves as the entry, and its filing is the time of entry.

    Decided by a person (19 CFR 141.68(b), 142.3(b)).
    """

    entry_date: str
    reason: str
    document: int = 1  #: the entry of the period that the summary is


class EstimateRejected(Fact, frozen=True, kw_only=True):
    """CBP refused the estimate; nothing may leave under it."""

    attempt: int
    codes: list[str]
    reasons: list[str]


class EntryLineTaken(Fact, frozen=True, kw_only=True):
    """A withdrawal is in the entry (or out of it again)."""

    withdrawal: str
    order: str
    line: int
    removed_on: str
    reversed: bool
    pieces: list[PricedPiece]


class CoverNoted(Fact, frozen=True, kw_only=True):
    """Inventory's own count for one cover line of the week."""

    cover: str
    quantity: Decimal
    withdrawals: int


class WeekEnded(Fact, frozen=True, kw_only=True):
    """The week, or the time for removal of definite goods, is over; the summary follows in ten days."""

    week: str
    summary_due_on: str
    clock: str = ""  #: from where the ten working days were counted


class CompilationWaits(Fact, frozen=True, kw_only=True):
    """The entry does not hold what inventory says left; it is not compiled until it does."""

    differences: list[str]
    summary_due_on: str


class PriceWanted(Part, frozen=True, kw_only=True):
    """The rate of a number for goods of an origin, as in force on a date."""

    number: str
    origin: str
    on: str
    entered: str = ""  #: the entry date of its entry; "" that of the week's first


class PricesRequested(Fact, frozen=True, kw_only=True):
    """Inventory and entry agree: the entry asks the tariff for the rates of its lines, to be compiled.

    `on` is the entry date for NPF lines and the PF filing date for PF lines (19 CFR 146.65(a)).
    """

    round: int
    entry_date: str
    through: str  #: last day of the week: a rate that changes before it is named
    wanted: list[PriceWanted]


class EntryLine(Part, frozen=True, kw_only=True):
    """A line of the summary: one number, status, PF date, origin, rate. Whole dollars, cents.

    `duty` is the sum of cents per component of the rate; `how` says each. `measures` are quantities in
    the schedule's units, rounded to nine places for show. The layers of a line are those of the pieces
    taken (`EntryLineTaken`) with its number, status, PF date, origin and unit.
    """

    line: int
    number: str
    status: str
    pf_filed_on: str | None = None
    origin: str
    unit: str
    quantity: Decimal
    entered_value: Decimal
    revision: str
    rate_text: str
    rate_from: str
    column: Literal["general", "column2"] = "general"
    duty: Decimal | None
    not_priced: str = ""
    chapter_99: str = ""  #: what of additional duties was not evaluated, and why
    measures: list[MeasuredQuantity] = []
    stack: list[StackedMeasure] = []  #: additional duties looked at; what applies is in `duty`
    how: str = ""
    layers: int = 0  #: how many
    entry_number: str = ""  #: of the entry of the week that it is a line of


class EntryLinesCompiled(Fact, frozen=True, kw_only=True):
    """Lines of a summary, in numbered parts that precede its `EntryCompiled` in one commit."""

    part: int
    lines: list[EntryLine]


class EntryDocument(Part, frozen=True, kw_only=True):
    """One entry of the week: the estimate's, or a supplemental one with its own number, date and fee.

    Its lines are `line_count` lines of the statement from `first_line` on.
    """

    document: int
    entry_number: str
    entry_date: str
    fee_year: int
    first_line: int
    line_count: int
    entered_value: Decimal
    duty: Decimal  #: of the lines that could be priced
    unpriced: int
    mpf: Decimal  #: within the least and most of its own fiscal year (19 CFR 24.23(b)(1))
    not_filed: str = ""


class EntryCompiled(Fact, frozen=True, kw_only=True):
    """The summary: actual removals only (19 CFR 146.63(c)). Money in USD, cents.

    A week with supplemental entries has a summary for each (`documents`); the sums are of all of them, number
    and date those of the first. Its lines are in the `EntryLinesCompiled` before it. `covers` says what was
    evaluated; anything not evaluated makes the statement not payable. `entry_date` is "" when nothing was
    entered or removed.
    """

    zone: str
    account: str
    week: str
    entry_number: str
    entry_date: str
    fee_year: int
    revision: str  #: in force on the entry date; it priced the NPF lines
    line_count: int
    parts: int
    entered_value: Decimal
    duty: Decimal  #: of the lines that could be priced
    unpriced: int  #: lines without a duty figure
    mpf: Decimal
    total: Decimal
    covers: str
    payable: bool
    not_evaluated: list[str]
    summary_due_on: str
    not_filed: str = ""  #: why no summary, or not every one, is filed
    documents: list[EntryDocument] = []


class SummaryAccepted(Fact, frozen=True, kw_only=True):
    """CBP accepted the summary."""

    accepted_at: str
    attempt: int = 0


class SummaryRejected(Fact, frozen=True, kw_only=True):
    """CBP refused the summary: a person must look."""

    codes: list[str]
    reasons: list[str]
    attempt: int = 0


class EntryCorrectionNeeded(Fact, frozen=True, kw_only=True):
    """A removal dated in a compiled week came to light: a correction of that week, never next week's line."""

    withdrawal: str
    order: str
    line: int
    removed_on: str
    reversed: bool
    pieces: list[PricedPiece]


class RemovalsNoted(Fact, frozen=True, kw_only=True):
    """Goods that left and no estimate must count any more. `to`: the estimator."""

    to: str
    reference: str
    lines: list[EstimateLine]


class InBondLineOffered(Fact, frozen=True, kw_only=True):
    """Foreign goods of a withdrawal for an in-bond. `to`: the in-bond. `reversed`: take them out again."""

    to: str
    withdrawal: str
    order: str
    parcel: str
    destination_country: str
    removed_on: str
    reversed: bool = False
    zone: str
    account: str
    timezone: str
    in_bond_days_max: int
    lines: list[EstimateLine]
    removed_at: str = ""
    week: str = ""  #: first day of the removal's local week
    permits_required: bool = False  #: the zone reports every in-bond application here


class InBondOpened(Fact, frozen=True, kw_only=True):
    """An export is on its way under bond; nothing is owed once it is closed (19 CFR 146.67, 18.1)."""

    zone: str
    account: str
    order: str
    parcel: str
    destination_country: str
    removed_on: str
    due_on: str


class InBondLineAdded(Fact, frozen=True, kw_only=True):
    """A withdrawal travels under this in-bond."""

    withdrawal: str
    quantity: Decimal
    unit: str
    value: Decimal


class InBondLineRemoved(Fact, frozen=True, kw_only=True):
    """A withdrawal, or a part of it, did not travel: it was taken back before it left."""

    withdrawal: str
    quantity: Decimal
    unit: str
    value: Decimal


class InBondCloseWaits(Fact, frozen=True, kw_only=True):
    """The carrier's report came before the removal; taken up when the in-bond is opened."""

    closed_at: str
    port_of_exit: str
    event: EventRef


class InBondArrived(Fact, frozen=True, kw_only=True):
    """The goods left the country: the in-bond is closed."""

    closed_at: str
    port_of_exit: str


class InBondOverdue(Fact, frozen=True, kw_only=True):
    """Still open after its days: the carrier's bond answers for it, and duty may be demanded."""

    due_on: str
    number: str = ""  #: of its in-bond application, where it was reported
    liable: str = ""  #: party whose bond answers for it


class VesselCargoAdmitted(Fact, frozen=True, kw_only=True):
    """A layer that came by vessel counts for an applicant's quarter (19 CFR 24.24, 146.22(e))."""

    layer: str
    admission_number: str
    account: str
    port: str  #: of unlading, Schedule D
    mode: str
    imported_on: str
    admitted_on: str
    value: Decimal


class HarborPort(Part, frozen=True, kw_only=True):
    """A line of CBP Form 349: one port, how many 214s, whole dollars, cents."""

    port: str
    admissions: int
    value: Decimal
    fee: Decimal


class HarborFeeStated(Fact, frozen=True, kw_only=True):
    """The quarter's data of CBP Form 349; said again when more of the quarter comes to light."""

    zone: str
    applicant: str
    first: str
    last: str
    due_on: str
    class_code: str
    ports: list[HarborPort]
    value: Decimal
    fee: Decimal
    paid: Decimal
    notes: list[str] = []


class HarborFeePaid(Fact, frozen=True, kw_only=True):
    """A person filed the form and paid. `open`: what is left of the fee."""

    amount: Decimal
    paid_on: str
    reference: str
    who: str
    open: Decimal
