"""What is filed with CBP and what CBP answers: 214, 3461 (estimate), 7501 (summary)."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.fact import Fact, Part

#: A regular, C status change, D domestic, O overage, T temporary deposit, Z zone-to-zone (CATAIR e214, 20).
AdmissionType = Literal["A", "C", "D", "O", "T", "Z"]
#: Why a filed 214 is replaced or deleted (CATAIR e214 record 11).
ReasonCode = Literal["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"]


class Conveyance(Part, frozen=True, kw_only=True):
    """How the goods came."""

    mode: str
    carrier: str
    bill: str
    port_of_unlading: str
    export_date: str
    import_date: str
    # What the e214 takes besides; "" (None) is "not said", and stays blank there.
    scac: str = ""
    vessel: str = ""
    voyage: str = ""
    arrival_date: str = ""  #: as scheduled
    country_export: str = ""
    load_port: str = ""  #: Schedule K
    house_bill: str = ""
    packages: Decimal | None = None
    it_number: str = ""  #: of the in-bond movement
    bonded_carrier: str = ""  #: its importer of record number
    containers: list[str] = []


class Arrival(Part, frozen=True, kw_only=True):
    """How admitted goods came to the country: what the harbor maintenance fee asks (19 CFR 24.24)."""

    mode: str  #: of transport, CBP's code: 10, 11, 12 vessel
    port_of_unlading: str  #: Schedule D
    imported_on: str
    applicant: str  #: for admission: a party id


class StatisticalQuantity(Part, frozen=True, kw_only=True):
    """A quantity as CBP's statistics want it; `unit` is CBP's code: NO, DOZ, KG."""

    unit: str
    quantity: Decimal


class Licence(Part, frozen=True, kw_only=True):
    """A licence of a line: STL steel, ALU aluminium."""

    kind: Literal["STL", "ALU"]
    number: str


class FiledDuty(Part, frozen=True, kw_only=True):
    """An additional duty of a summary's line: a heading of chapter 99, or a case."""

    measure: str
    heading: str  #: 9903.88.03, A-570-999
    rate: str
    duty: Decimal  #: USD, cents


class FilingLine(Part, frozen=True, kw_only=True):
    """A line as filed."""

    line: int
    number: str
    description: str
    quantity: Decimal
    unit: str
    value: Decimal
    status: str
    origin: str
    # For the e214; "" (None, none) is "not said".
    charges: Decimal = Decimal(0)
    province: str = ""  #: CBP's code, of Canadian goods
    manufacturer: str = ""  #: manufacturer identification (MID)
    weight_kg: Decimal | None = None
    statistical: list[StatisticalQuantity] = []  #: at most two; none: `quantity` in `unit`
    licences: list[Licence] = []
    bill: str = ""  #: of a blanket 214: the bill that the line came under
    shipment: int = 0  #: of a cumulative 214: place in `shipments`, from 1
    existing_status: str = ""  #: of a status change
    # Of a summary.
    pf_filed_on: str = ""  #: of goods in status P (19 CFR 146.65(a)(1))
    rate: str = ""  #: as the schedule states it
    duty: Decimal | None = None  #: of the column, USD, cents
    duties: list[FiledDuty] = []


class FiledShipment(Part, frozen=True, kw_only=True):
    """A shipment on a cumulative 214 of direct deliveries (19 CFR 146.40(c)(1), (a)(7))."""

    shipment: str
    conveyance: Conveyance
    manifest: str  #: number of its in-bond movement or cartage document
    invoices: int  #: how many pertain to what is listed here
    whole: bool  #: with this 214 its entire contents are admitted


class FilingRequested(Fact, frozen=True, kw_only=True):
    """The intent to file, written down before anything leaves. Idempotent by (control, attempt)."""

    kind: Literal["214", "3461", "7501"]
    control: str  #: the filing's number: 214 number, entry number
    attempt: int
    reply_to: str  #: the stream that the answer is for
    port: str
    firms: str
    filer: str
    importer_of_record: str
    lines: list[FilingLine]
    conveyance: Conveyance | None = None
    period_from: str = ""  #: first day of the week of an estimate; "": definite goods (146.62(a))
    filed_on: str = ""  #: local date; for lines in status P the PF filing date (19 CFR 146.65(a)(1))
    # For the e214.
    admission_type: AdmissionType = "A"
    zone_id: str = ""  #: zone, subzone and site: 3+2+2 or 3+3+3 characters
    operator_ior: str = ""  #: the operator's importer of record number
    applicant_ior: str = ""  #: the applicant's, if it is another
    direct_delivery: bool = False  #: 19 CFR 146.39
    action: Literal["A", "R", "D"] = "A"  #: add, replace, delete
    reasons: list[ReasonCode] = []  #: of a replacement or deletion
    remarks: str = ""
    shipments: list[FiledShipment] = []  #: of a cumulative 214: how each came; then `conveyance` is none
    # For the CATAIR records of an entry (SE, AE).
    entry_type: str = ""  #: "06": consumption from a zone
    entry_date: str = ""  #: time of entry, local date (19 CFR 141.68); "" for what asks for release
    importer_ior: str = ""  #: importer of record number
    mpf: Decimal | None = None  #: merchandise processing fee, within its bounds


class FilingAnswered(Fact, frozen=True, kw_only=True):
    """CBP's answer to one attempt. `to`: the stream that filed."""

    to: str
    kind: Literal["214", "3461", "7501"]
    control: str
    attempt: int
    accepted: bool
    codes: list[str] = []
    reasons: list[str] = []


class FilingTaken(Fact, frozen=True, kw_only=True):
    """The simulated CBP has the filing and will answer in its time."""

    kind: Literal["214", "3461", "7501"]
    control: str
    attempt: int
    reply_to: str
    accepted: bool
    codes: list[str] = []
    reasons: list[str] = []
    answers: int = 1  #: how often it will answer: 0 never, 2 twice
