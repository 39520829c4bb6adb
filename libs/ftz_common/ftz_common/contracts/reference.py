"""Reference facts, on the one-partition topic ftz.reference.v1: zones and tariff revisions."""

from decimal import Decimal
from typing import Literal

from ftz_common.contracts.fact import Fact, Part
from ftz_common.values.period import EntryPeriod


class Parties(Part, frozen=True, kw_only=True):
    """Who is who for an account; opaque party ids, never one "importer"."""

    applicant: str  #: files the 214
    importer_of_record: str
    owner: str
    filer: str


class DirectDelivery(Part, frozen=True, kw_only=True):
    """The port director's approval to receive first and file the 214 afterwards (19 CFR 146.39)."""

    applied_on: str  #: the written application, 30 days or more before it is effective
    effective_from: str
    reference: str  #: of the approval
    operator_owns: bool  #: the operator is owner or purchaser of the goods (19 CFR 146.39(c)(3))
    uins: list[str] = []  #: the goods described in the application; empty: all of the account
    revoked_on: str = ""  #: 19 CFR 146.39(e)


class EstimatePolicy(Part, frozen=True, kw_only=True):
    """How the estimates of a week are looked after (19 CFR 146.63(c)(1) leaves it to who makes entry)."""

    #: "on-hand": everything foreign in the zone; "history": by what left in the last compiled weeks and what
    #: orders have allocated, never more than is there
    basis: Literal["on-hand", "history"] = "on-hand"
    weeks: int = 8  #: compiled weeks that are looked at; goods that were here for fewer are estimated whole
    margin_percent: int = 20  #: added to the most that left in one of them
    confirm: Literal["policy", "person"] = "policy"  #: who lets a reckoned estimate be filed
    warn_percent: int | None = None  #: say when this share of a permit is drawn; None: never


class Account(Part, frozen=True, kw_only=True):
    """An account of the zone and its procedures (fixed within a zone year, 19 CFR 146.23(a))."""

    id: str
    parties: Parties
    master_source: str  #: the source whose word on parts counts; another's difference becomes a question
    inventory_method: Literal["FIFO", "LOT", "FOFI", "OTHER"] = "FIFO"
    fifo_scope: Literal["UIN", "UIN+status", "UIN+status+origin"] = "UIN"  #: within what FIFO is applied
    cbp_authorisation: str = ""  #: of a method that the regulation does not name (FOFI, OTHER)
    days_in_zone_max: int | None = None  #: policy; the law has no maximum
    backdating_days_max: int = 5  #: policy: a receipt older than this needs a person
    applicant_ior: str = ""  #: importer of record number of the applicant, if it is not the operator's
    importer_ior: str = ""  #: importer of record number under which the account's goods are entered
    direct_delivery: DirectDelivery | None = None
    estimate: EstimatePolicy | None = None  #: the account's own; None: as the zone's procedures have it
    entry_period: EntryPeriod | None = None  #: the account's own; None: as the zone's procedures have it


class Source(Part, frozen=True, kw_only=True):
    """A system that may speak for these accounts, under these issuers (the first is the default)."""

    name: str
    accounts: list[str]
    issuers: list[str]


class KitPart(Part, frozen=True, kw_only=True):
    """What one kit holds of a part, in the part's stock unit."""

    uin: str
    quantity: Decimal
    unit: str


class Pack(Part, frozen=True, kw_only=True):
    """A unit goods are sold in: how many of the stock unit it is, or how much of it each is (kg 0.35)."""

    unit: str
    quantity: Decimal = Decimal(0)  #: of the stock unit in one of `unit`
    each: Decimal = Decimal(0)  #: of `unit` in one of the stock unit; exactly one of both is said


class SkuMapping(Part, frozen=True, kw_only=True):
    """A shop's SKU that the zone knows under another unique identifier (UIN).

    `unit`: of the stock; `packs`: other units it is sold in.
    `parts`: of a kit that may ship as separate goods; as a retail set it is its `uin`.
    """

    account: str
    issuer: str
    sku: str
    uin: str
    unit: str = ""
    packs: list[Pack] = []
    parts: list[KitPart] = []


class PfRequired(Part, frozen=True, kw_only=True):
    """From a date on, goods of these numbers and origins must be privileged foreign."""

    measure: str
    prefixes: list[str]  #: digits of tariff numbers
    origins: list[str]  #: ISO country codes; empty: every origin
    effective_from: str
    effective_to: str | None = None
    citation: str


class Area(Part, frozen=True, kw_only=True):
    """A space that the port director activated: only there may goods have zone status (19 CFR 146.6)."""

    id: str
    name: str
    activated_on: str
    deactivated_on: str = ""  #: 19 CFR 146.8; "" while it is active


class Site(Part, frozen=True, kw_only=True):
    """An activated site: its FIRMS code is what filings name. `kind` as designated (15 CFR 400.2)."""

    id: str
    name: str
    firms: str
    kind: Literal["general-purpose", "magnet", "usage-driven", "subzone"] = "general-purpose"
    subzone: str = ""  #: its designation, of a subzone: "999A"
    areas: list[Area] = []  #: none: the whole site is activated
    zone_id: str = ""  #: zone, subzone and site as the e214 names them: 3+2+2 or 3+3+3 characters


class SecondApprover(Part, frozen=True, kw_only=True):
    """When two people must decide the same number before it stands; either condition is enough."""

    chapters: list[str] = []  #: two digits each
    duty_at_stake_min: Decimal | None = None  #: USD; where the spread of rates is unknown, the value counts


class Bond(Part, frozen=True, kw_only=True):
    """The operator's bond on CBP 301 (19 CFR 146.6(d), 113.73): activity code 4."""

    number: str
    amount: Decimal  #: USD
    kind: Literal["continuous", "single"] = "continuous"
    activity: str = "4"
    surety: str  #: surety code or party id
    effective_from: str
    effective_to: str = ""  #: "" until terminated
    warn_percent: int = 80  #: policy: from this share of the amount on, what is in the zone is alerted


class ProductionAuthority(Part, frozen=True, kw_only=True):
    """What the Board allows to be made of what (15 CFR 400.14, 400.22, 400.37): six digits each."""

    reference: str  #: board order or notification
    inputs: list[str]
    outputs: list[str]
    effective_from: str
    effective_to: str = ""
    accounts: list[str] = []  #: empty: all


class Procedures(Part, frozen=True, kw_only=True):
    """The operator's settings, as in the procedures manual (19 CFR 146.21(b))."""

    required_documents: list[str]  #: kinds without which a 214 is held
    week_starts: int = 6  #: date.weekday(): 6 is Sunday (19 CFR 146.63(c)(1) calendar week)
    estimate_lead_hours: int = 12  #: before the week starts
    compile_grace_days: int = 2  #: working days after the week; the summary is due on the tenth
    #: from where the ten working days of a weekly entry's summary run (19 CFR 146.62(a) names the time of
    #: entry, no text says it of a week): as agreed with the port; "": not agreed, the earlier day counts
    summary_clock: Literal["", "release", "week-end"] = ""
    receiving_days_max: int = 15  #: after arrival; then receiving closes without a final count
    in_bond_days_max: int = 30  #: 19 CFR 18.1
    answer_hours_max: int = 24  #: without CBP's answer to a 214 for so long, a person must ask
    zone_year_starts: str = "01-01"  #: month-day; the inventory method is fixed within a zone year
    second_approver: SecondApprover | None = None  #: of classifications; None: one person decides
    #: kinds that a 214 with lines in status P needs besides (19 CFR 146.41(c)); None: the invoice
    pf_documents: list[str] | None = None
    domestic_permit: bool = False  #: the Commissioner ordered permits for domestic goods (19 CFR 146.43(b))
    export_permits: bool = False  #: each in-bond application is reported here; an export without one is said
    estimate: EstimatePolicy = EstimatePolicy()
    #: what one entry is made for: estimated removals of a week (19 CFR 146.63(c)(1); 19 USC 1484(i)), or
    #: definite goods (146.62(a)): the orders of a day, or each order by itself
    entry_period: EntryPeriod = "weekly"
    rate_notice_days: int = 14  #: policy: so long before a rate changes for goods on hand an alert says it
    census_direct: bool = False  #: statistics go straight to Census, by agreement (19 CFR 146.32(d)(2)(ii))


class ZoneDocument(Part, frozen=True, kw_only=True):
    """A zone as its operator describes it: the content of a zone.yaml."""

    zone: str  #: zone number, digits: "999"
    name: str
    port: str  #: Schedule D
    timezone: str  #: IANA
    operator: str  #: party id
    site: Site
    accounts: list[Account]
    sources: list[Source]
    procedures: Procedures
    sku_mappings: list[SkuMapping] = []
    pf_required: list[PfRequired] = []
    closures: list[str] = []
    operator_ior: str = ""  #: the operator's importer of record number
    grantee: str = ""  #: party id
    bond: Bond | None = None
    production_authority: list[ProductionAuthority] = []


class ZoneApplied(Fact, frozen=True, kw_only=True):
    """The zone is now as this document says, from `effective_from` on; the document before stays readable."""

    document: ZoneDocument
    effective_from: str
    changed: list[str] = []  #: which parts differ from the document before
    who: str = ""  #: who answers for the change
    why: str = ""
    applied_at: str = ""  #: instant; a change of procedures is told to CBP when it is made (19 CFR 146.21(b))


class TariffRevisionImported(Fact, frozen=True, kw_only=True):
    """A tariff schedule is known: in force from `effective_from` until a later revision."""

    revision: str
    effective_from: str
    sha256: str
    lines: int
    file_name: str


RateDatePolicy = Literal["PF_FILING_DATE", "ENTRY_DATE", "LATER_OF_RULES", "MANUAL"]


class MeasuresImported(Fact, frozen=True, kw_only=True):
    """A set of additional duties (`ftz.measures/1`) is known; it replaces what its name stood for before."""

    name: str
    sha256: str
    measures: int  #: how many
    file_name: str


class MeasureRuled(Fact, frozen=True, kw_only=True):
    """A person decided about a measure: which date sets its rate on PF goods, or that its data are right."""

    measure: str
    policy: RateDatePolicy | None = None  #: None leaves it as it was
    confirmed: bool = False  #: what the set says of it was compared with its source
    set_sha256: str = ""  #: of the set it was confirmed in; another content is not confirmed
    ground: str
    who: str


class GoodsStated(Fact, frozen=True, kw_only=True):
    """A person stated a fact about an account's goods that a measure asks for by name.

    Exactly one of `holds`, `percent` (of the dutiable value) and `usd_per_unit` (with `unit`) is given.
    """

    account: str
    number: str  #: digits
    origin: str
    fact: str  #: "steel content", "excluded by USTR"
    holds: bool | None = None
    percent: Decimal | None = None
    usd_per_unit: Decimal | None = None
    unit: str = ""
    ground: str
    who: str


class MeasuresConfirmed(Fact, frozen=True, kw_only=True):
    """A person answers for it that these sets hold every additional duty on an account's goods in a period.

    Antidumping and countervailing cases included; void as soon as the sets loaded are others.
    """

    account: str
    sets: dict[str, str]  #: name -> sha256
    first: str
    last: str
    ground: str
    who: str


class CurrencyRated(Fact, frozen=True, kw_only=True):
    """USD for one unit of a currency on some days (31 USC 5151); the rate of fewer days goes before."""

    currency: str
    usd: Decimal
    first: str
    last: str
    source: str
    who: str


class UnitMeasure(Part, frozen=True, kw_only=True):
    """What one stock unit is in another unit: 1 = 0.35 kg."""

    unit: str
    quantity: Decimal
