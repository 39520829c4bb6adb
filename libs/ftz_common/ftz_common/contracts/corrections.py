"""Facts of entries that are mended: cancelled by CBP, or their summaries corrected."""

from decimal import Decimal

from ftz_common.contracts.duty import EntryDocument, EntryLine, EstimateLine
from ftz_common.contracts.fact import Fact, Part


class CorrectionOpened(Fact, frozen=True, kw_only=True):
    """A person corrects the summaries of a week by what came to light since; they are priced again."""

    correction: int
    withdrawals: list[str]  #: removals that came to light, or were taken back
    who: str
    why: str
    file_by: str  #: last day on which CBP takes it
    window: str  #: how that day was found, with its source


class CorrectionWaits(Fact, frozen=True, kw_only=True):
    """It cannot be priced yet; asked for again it goes on."""

    correction: int
    differences: list[str]


class CorrectedLines(Fact, frozen=True, kw_only=True):
    """Lines of the week as corrected, in numbered parts that precede their `EntryCorrected`."""

    part: int
    lines: list[EntryLine]


class CorrectedSums(Part, frozen=True, kw_only=True):
    """An entry of the week, before and after. USD; `difference` above zero is to be paid, below claimed."""

    entry_number: str
    entered_value_before: Decimal
    entered_value: Decimal
    duty_before: Decimal
    duty: Decimal
    mpf_before: Decimal
    mpf: Decimal
    difference: Decimal


class EntryCorrected(Fact, frozen=True, kw_only=True):
    """The summaries of a week as corrected (19 CFR 146.63(c)(1): actual removals). The old facts stand.

    Sums and `documents` are those after the correction; `entries` has old, new and difference of each.
    """

    correction: int
    week: str
    entry_date: str
    withdrawals: list[str]
    who: str
    why: str
    file_by: str
    line_count: int
    entered_value: Decimal
    duty: Decimal
    unpriced: int
    mpf: Decimal
    total: Decimal
    entries: list[CorrectedSums]
    difference: Decimal  #: of all entries: above zero to pay, below zero to claim
    documents: list[EntryDocument]


class AttemptCancelled(Part, frozen=True, kw_only=True):
    """What of one released estimate had not left: it is in the zone in its last status. `left`: what had."""

    attempt: int
    lines: list[EstimateLine]
    left: list[EstimateLine] = []


class EntryCancelled(Fact, frozen=True, kw_only=True):
    """CBP cancelled an entry of the week for goods that had not left (19 CFR 146.71(d)(1), 146.61).

    They are constructively back in the zone in their previous status; nothing may leave under it any more.
    """

    document: int
    entry_number: str
    cancelled_at: str
    reference: str  #: CBP's notice
    who: str
    why: str
    attempts: list[AttemptCancelled]


class CoverWithdrawn(Fact, frozen=True, kw_only=True):
    """What an attempt still permitted is permitted no more. `to`: the cover line."""

    to: str
    entry: str
    attempt: int
    cancelled_at: str
