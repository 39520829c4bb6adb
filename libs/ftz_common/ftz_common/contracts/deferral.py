"""Facts of duty: goods changed in the zone and exported to Canada or Mexico (entry type 08).

19 USC 81c(a); 19 CFR 181.53: duty is assessed as if they were entered, and waived up to what the other
country was paid.
"""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.duty import EntryLine, PricedPiece, PriceWanted
from ftz_common.contracts.fact import Fact

Partner = Literal["CA", "MX"]


class DeferralLineOffered(Fact, frozen=True, kw_only=True):
    """Foreign goods that leave for Canada or Mexico. `to`: the deferral; `reversed`: they did not leave.

    `pieces` are what duty would be assessed on: goods as they leave, or the foreign content of made goods.
    """

    to: str
    withdrawal: str
    order: str
    parcel: str
    country: Partner
    removed_on: str
    changed: bool  #: made in the zone of other goods
    pieces: list[PricedPiece]
    zone: str
    account: str
    timezone: str
    filer: str
    importer_of_record: str
    port: str
    closures: list[str] = []
    reversed: bool = False


class DeferralLineTaken(Fact, frozen=True, kw_only=True):
    """A withdrawal travels to Canada or Mexico in this parcel, or does not after all."""

    offer: DeferralLineOffered


class ConditionStated(Fact, frozen=True, kw_only=True):
    """A person says whether the goods were changed in the zone (19 CFR 181.53(b)(4), 182.45(b)(1))."""

    changed: bool
    ground: str
    who: str


class ExportationDated(Fact, frozen=True, kw_only=True):
    """The goods were imported into Canada or Mexico, which is the date of exportation (181.53(a)(1)(i)).

    `deferral_program`: they entered a duty-deferral program there, so that nothing is waived (181.53(a)(2)).
    """

    exported_on: str
    document: str
    deferral_program: bool
    file_by: str
    deposit_by: str
    who: str


class DeferralPricesRequested(Fact, frozen=True, kw_only=True):
    """The tariff is asked for rates: NPF on the date of exportation, PF on its filing date."""

    round: int
    exported_on: str
    wanted: list[PriceWanted]


class DeferralNumbered(Fact, frozen=True, kw_only=True):
    """The 7501 (type 08) has its entry number."""

    number: str


class DeferralAssessed(Fact, frozen=True, kw_only=True):
    """What is owed before any waiver. USD, cents; `waivable` leaves out antidumping and countervailing duty.

    The merchandise processing fee is not waived (19 CFR 181.53(a)(2)(i)(C), 24.23).
    """

    round: int
    lines: list[EntryLine]
    entered_value: Decimal
    duty: Decimal
    waivable: Decimal
    unpriced: int
    mpf: Decimal
    fee_year: int
    open_questions: list[str] = []  #: what a person must answer before anything is filed on it
    covers: str = ""
    not_evaluated: list[str] = []


class WaiverClaimed(Fact, frozen=True, kw_only=True):
    """Evidence of duty paid to Canada or Mexico: that much is waived, at most the duty (181.53(b)(4)).

    `paid_usd` = `paid` x `usd_per_unit`, in cents.
    """

    entry_number: str  #: of the Canadian or Mexican entry
    imported_on: str
    tariff_number: str
    rate: str
    paid: Decimal
    currency: str
    usd_per_unit: Decimal
    rate_source: str
    paid_usd: Decimal
    waived: Decimal
    owed: Decimal  #: duty left, and the fee
    claimed_on: str
    who: str


class DeferralFiled(Fact, frozen=True, kw_only=True):
    """A person filed the 7501, entry type 08 (19 CFR 181.53(a)(2)(iii)(B))."""

    number: str
    entry_type: str
    duty: Decimal
    waived: Decimal
    mpf: Decimal
    owed: Decimal
    filed_on: str
    in_time: bool
    who: str


class DeferralDeposited(Fact, frozen=True, kw_only=True):
    """A deposit of estimated duty and fee; `open`: what is left of it (19 CFR 181.53(a)(2)(iii)(C))."""

    amount: Decimal
    paid_on: str
    reference: str
    open: Decimal
    who: str
