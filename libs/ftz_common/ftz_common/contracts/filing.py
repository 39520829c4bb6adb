"""What is filed with CBP and what CBP answers: 214, 3461 (estimate), 7501 (summary)."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.fact import Fact, Part


class Conveyance(Part, frozen=True, kw_only=True):
    """How the goods came."""

    mode: str
    carrier: str
    bill: str
    port_of_unlading: str
    export_date: str
    import_date: str


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
    period_from: str = ""  #: first day of the week of an estimate or summary
    filed_on: str = ""  #: local date; for lines in status P the PF filing date (19 CFR 146.65(a)(1))


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
