"""Facts of counts: what is on the shelf, held against what is in the book (19 CFR 146.23(c), 146.53)."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.fact import Fact, Part
from ftz_common.contracts.inventory import Content

#: annual: all goods once a zone year; cycle: a part of them, in turn; spot: what somebody doubts;
#: snapshot: what a warehouse system says is there.
CountKind = Literal["annual", "cycle", "spot", "snapshot"]
Verdict = Literal["explained", "discrepancy"]


class CountPlanned(Fact, frozen=True, kw_only=True):
    """A physical count on a day that CBP was told of before (19 CFR 146.23(c)).

    `blind`: whoever counts does not see the book's figures.

    `uins`: what is to be counted; empty means everything of the account at the site.
    """

    count: str
    kind: CountKind
    zone: str
    site: str
    account: str
    on: str  #: local date
    told_cbp_on: str = ""
    blind: bool = True
    uins: list[str] = []
    who: str


class CountedGoods(Part, frozen=True, kw_only=True):
    """What was counted of a UIN, in its stock unit or another that converts."""

    uin: str
    quantity: Decimal
    unit: str
    location: str = ""


class GoodsCounted(Fact, frozen=True, kw_only=True):
    """Lines of a count, in numbered parts. `through`: the instant that the figures are of."""

    count: str
    kind: CountKind
    part: int
    of: int  #: how many parts there are
    through: str
    lines: list[CountedGoods]
    complete: bool  #: the count is of everything: what is not in it is counted as none
    who: str


class Difference(Part, frozen=True, kw_only=True):
    """Counted and book differ. `explained`: how much of it, and by what; `cause`: what it probably is."""

    uin: str
    unit: str
    counted: Decimal
    book: Decimal
    variance: Decimal  #: counted less book
    value: (
        Decimal  #: USD of the variance by the layers that would be short, or the last ones for what is over
    )
    verdict: Verdict
    explained: Decimal = Decimal(0)
    cause: str = ""
    pieces: list[Content] = []  #: of a shortage: the goods that would be missing, for their duty


class CountCompared(Fact, frozen=True, kw_only=True):
    """A count against the book as of `through`: how many lines agree, are explained, or differ."""

    count: str
    kind: CountKind
    account: str
    through: str
    compared_at: str
    lines: int
    matched: int
    explained: int
    differ: int
    book_value: Decimal  #: USD of what was compared
    variance_value: Decimal  #: USD, sum of what is over less what is short and not explained
    who: str


class GoodsDiffer(Fact, frozen=True, kw_only=True):
    """One difference of a count. `share`: the part of the book's quantity that is short."""

    difference: str
    count: str
    zone: str
    account: str
    found_on: str
    share: Decimal = Decimal(0)
    line: Difference


class DifferencePriced(Fact, frozen=True, kw_only=True):
    """Duty's answer: what the missing goods would have owed upon entry. `to`: the count."""

    to: str
    difference: str
    duty: Decimal | None  #: USD; None where it could not be priced
    not_priced: str = ""


class DifferenceJudged(Fact, frozen=True, kw_only=True):
    """Whether a shortage is to be reported at once: one percent or more, and duty of $100 or more.

    19 CFR 146.53(a)(3). What could not be priced is reported: nobody can say that it is less.
    """

    difference: str
    uin: str
    report: bool
    share: Decimal
    duty: Decimal | None
    why: str


class DifferenceSettled(Fact, frozen=True, kw_only=True):
    """What became of a difference: an adjustment, an overage, a late report, a recount."""

    difference: str
    how: Literal["adjusted", "overage", "late-report", "recounted", "reported"]
    reference: str
    who: str
