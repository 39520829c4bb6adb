"""The state of an admission: one shipment's CBP 214, from draft to concurrence. Folded from facts alone."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ftz_common.contracts.admissions import (
    AdmissionLine,
    DiscrepancyFound,
    DiscrepancyReported,
    Document,
    Hold,
    LineClassified,
    Particulars,
    ReceiptCounted,
    ReceiptKept,
    ReceiptListed,
    ShortageJudged,
    ShortageReported,
    TransferRecorded,
)
from ftz_common.contracts.common import ClockStarted
from ftz_common.contracts.filing import Conveyance
from ftz_common.contracts.reference import DirectDelivery, Parties
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO
from ftz_common.values.names import stream_name

#: What a 214 is unless its announcement says something else.
REGULAR = Particulars()
#: What an application for privileged status comes with, unless the zone says otherwise: its invoice, noted
#: with number and value (19 CFR 146.41(c), 141.90).
PF_DOCUMENTS = ("invoice",)

#: Clocks of an admission.
READY = "ready"  #: by then number and classification should be there
ANSWER = "answer"  #: by then CBP should have answered the attempt in `subject`
RECEIVING_CLOSES = "receiving-closes"
LIABILITY = "liability"  #: the last day for a discrepancy report of the line in `subject`
CLOCK = "clock"  #: one of the law's; which one is in `subject`
#: unknown: nobody announced it yet · drafted · filed: an attempt waits for CBP · rejected · authorized ·
#: deleting: CBP is asked to delete it · withdrawn: given up.
Phase = Literal["unknown", "drafted", "filed", "rejected", "authorized", "deleting", "withdrawn"]


@dataclass(slots=True)
class Terms:
    """The zone's settings as they were when the 214 was drafted."""

    zone: str
    site: str
    firms: str
    port: str
    timezone: str
    week_starts: int
    parties: Parties
    required_documents: list[str]
    receiving_days_max: int
    backdating_days_max: int
    closures: list[str]
    pf_documents: list[str] = field(default_factory=list[str])
    domestic_permit: bool = False
    census_direct: bool = False
    direct_delivery: DirectDelivery | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the 214 with what is known of it. Replaced, never changed."""

    announced: AdmissionLine
    classified: LineClassified | None = None
    asked: bool = False  #: a classification request of it is not answered yet
    counted: Decimal = ZERO
    admitted: Decimal = ZERO
    admitted_on: str = ""  #: latest local admission date of the line
    discrepancy: DiscrepancyFound | None = None  #: the last one said
    reported: DiscrepancyReported | None = None
    judged: ShortageJudged | None = None  #: the last one said
    told: ShortageReported | None = None

    @property
    def number(self) -> int:
        """Its number on the 214."""
        return self.announced.line


@dataclass(slots=True)
class Admission:
    """An admission; `phase` says where its 214 is."""

    stream: str
    account: str
    issuer: str
    shipment: str
    phase: Phase = "unknown"
    particulars: Particulars = REGULAR
    permit_free: bool = False
    terms: Terms | None = None
    conveyance: Conveyance | None = None
    announced_at: str = ""
    lines: dict[str, Line] = field(default_factory=dict[str, Line])  #: by `line_key`
    documents: list[Document] = field(default_factory=list[Document])
    number: str = ""
    holds: list[Hold] = field(default_factory=list[Hold])
    ready_due: str = ""
    attempt: int = 0
    filed_on: str = ""
    answer_due: str = ""
    authorized_at: str = ""
    arrived_at: str = ""
    receiving_due: str = ""
    receipts: dict[str, ReceiptCounted] = field(default_factory=dict[str, ReceiptCounted])
    kept: dict[str, ReceiptKept] = field(default_factory=dict[str, ReceiptKept])
    layers: dict[str, Decimal] = field(default_factory=dict[str, Decimal])  #: by `layer_key`
    #: of direct deliveries on cumulative 214s, by receipt: asked of which 214, on which it stands, and the
    #: one that a corrected receipt belongs to
    offered: dict[str, str] = field(default_factory=dict[str, str])
    listed: dict[str, ReceiptListed] = field(default_factory=dict[str, ReceiptListed])
    resubmit: dict[str, str] = field(default_factory=dict[str, str])
    concurred_at: str = ""
    withdrawn_because: str = ""
    replaces: bool = False  #: CBP has permitted an earlier version
    transfers: dict[str, TransferRecorded] = field(default_factory=dict[str, TransferRecorded])
    deposit_number: str = ""  #: of the temporary deposit that this 214 completes
    clocks: dict[str, ClockStarted] = field(default_factory=dict[str, ClockStarted])
    stopped: dict[str, str] = field(default_factory=dict[str, str])  #: clocks that ended, and how

    def line(self, number: int) -> Line | None:
        """The line of that number."""
        return self.lines.get(line_key(number))

    def in_order(self) -> list[Line]:
        """The lines by their numbers."""
        return [self.lines[key] for key in sorted(self.lines)]

    @property
    def calendar(self) -> PortCalendar:
        """The port's calendar; only once it is drafted."""
        assert self.terms is not None  # noqa: S101 callers ask only for a drafted admission
        return PortCalendar(self.terms.timezone)


def line_key(number: int) -> str:
    """Sorts as the number does: line numbers have at most five digits."""
    return f"{number:05}"


def clock_key(name: str, subject: str) -> str:
    """Which clock."""
    return f"{name}/{subject}" if subject else name


def layer_key(line: int, receipt: str) -> str:
    """A layer is (admission, line, receipt)."""
    return f"{line}/{receipt}"


def start(parts: tuple[str, ...]) -> Admission:
    """From `admission/<account>/<issuer>/<shipment>`."""
    _, account, issuer, shipment = parts
    return Admission(stream_name(*parts), account, issuer, shipment)
