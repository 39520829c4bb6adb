"""What platforms tell us: foreign, untrusted CloudEvents on ftz.shipments.<source>.v1.

Quantities and money come as text in plain notation ("12.50") or as whole JSON numbers; a JSON fraction
is refused, because it may have lost digits before it reached us. Unknown fields are dropped and named in
the outcome; there is no field for a consumer's name or address.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ftz_common.contracts.valuation import AdditionKind, Basis, DeductionKind

#: Sign, at most 18 digits, at most 9 decimals.
NumberText = Annotated[str, Meta(pattern=r"^-?[0-9]{1,18}(\.[0-9]{1,9})?$")]
WholeNumber = Annotated[int, Meta(ge=-(10**15), le=10**15)]
Number = NumberText | WholeNumber
ExternalId = Annotated[str, Meta(min_length=1, max_length=128)]
Text = Annotated[str, Meta(max_length=2000)]
ShortText = Annotated[str, Meta(max_length=200)]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
LineNo = Annotated[int, Meta(ge=1, le=99_999)]
Status = Literal["P", "N", "D", "Z", ""]
#: Why a filed 214 is replaced (CATAIR e214 record 11).
Reason = Literal["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"]
DayOrNone = Annotated[str, Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]


class Foreign(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Data of a platform's event. `issuer` names who gave the ids; default: the source's first issuer."""

    account: ExternalId
    issuer: ShortText = ""


class PartPublished(Foreign, frozen=True, kw_only=True):
    """A product of the shop. `measures`: what one stock unit is in other units, e.g. {"kg": "0.35"}."""

    sku: ExternalId
    description: Text
    origin: Country
    unit: ShortText
    measures: dict[ShortText, Number] = msgspec.field(default_factory=dict[str, NumberText | WholeNumber])
    attributes: dict[ShortText, Text] = msgspec.field(default_factory=dict[str, str])


class ShipmentDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A paper of the shipment: kind as in the zone's list of required documents, its number, its SHA-256."""

    kind: ShortText
    number: ExternalId
    sha256: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$")] = ""
    dated: Annotated[str, Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""
    kept_at: Annotated[str, Meta(max_length=500)] = ""  #: where it is kept: an address or a shelf


class AnnouncedQuantity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A quantity in a unit of CBP's statistics: NO, DOZ, KG."""

    unit: Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,3}$")]
    quantity: Number


class AnnouncedLicence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A steel (STL) or aluminium (ALU) licence."""

    kind: Literal["STL", "ALU"]
    number: ExternalId


class AnnouncedAmount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An amount in a currency (ISO 4217)."""

    amount: Number
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] = "USD"


class AnnouncedAddition(AnnouncedAmount, frozen=True, kw_only=True, omit_defaults=True):
    """What the law adds to the price of a line (19 USC 1401a(b)(1))."""

    kind: AdditionKind


class AnnouncedDeduction(AnnouncedAmount, frozen=True, kw_only=True, omit_defaults=True):
    """A cost; taken out only where the price includes it (19 CFR 146.65(b)(2))."""

    kind: DeductionKind
    included: bool = True


class AnnouncedValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From what the dutiable value of a line is reckoned, for the whole line.

    `exported_on`: the day whose exchange rate counts (19 CFR 159.32); "" that of the announcement.
    """

    price: AnnouncedAmount
    basis: Basis = "admission-sale"
    exported_on: DayOrNone = ""
    additions: Annotated[list[AnnouncedAddition], Meta(max_length=50)] = msgspec.field(
        default_factory=list[AnnouncedAddition]
    )
    deductions: Annotated[list[AnnouncedDeduction], Meta(max_length=50)] = msgspec.field(
        default_factory=list[AnnouncedDeduction]
    )


class AnnouncedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the coming shipment. `value`: dutiable value in USD of the line; `status`: P, N, D or Z.

    Instead of `value` a line may say from what it is reckoned (`valuation`); with both, they must agree.
    Goods in temporary deposit have no status: "".
    """

    line: LineNo
    sku: ExternalId
    quantity: Number
    unit: ShortText
    value: Number = ""  #: left out where `valuation` says it
    status: Status
    origin: Country
    charges: Number = "0"
    province: Annotated[str, Meta(pattern=r"^(X[A-Z])?$")] = ""  #: CBP's code, of Canadian goods: XO Ontario
    manufacturer: Annotated[str, Meta(pattern=r"^[A-Z0-9]{0,15}$")] = ""  #: manufacturer identification (MID)
    weight_kg: Number | None = None  #: gross
    statistical: Annotated[list[AnnouncedQuantity], Meta(max_length=2)] = msgspec.field(
        default_factory=list[AnnouncedQuantity]
    )
    licences: Annotated[list[AnnouncedLicence], Meta(max_length=9)] = msgspec.field(
        default_factory=list[AnnouncedLicence]
    )
    frozen_number: Annotated[str, Meta(pattern=r"^([0-9]{8}([0-9]{2})?)?$")] = (
        ""  #: frozen, from another zone
    )
    pf_filed_on: DayOrNone = ""  #: day of its election, from another zone
    bill: Annotated[str, Meta(max_length=128)] = ""  #: of a blanket 214
    invoice: Annotated[str, Meta(max_length=128)] = ""  #: of a blanket 214
    valuation: AnnouncedValue | None = None


class ShipmentAnnounced(Foreign, frozen=True, kw_only=True):
    """Goods on their way to the zone; sent again under a new event id it corrects what is not yet filed."""

    shipment: ExternalId
    lines: Annotated[list[AnnouncedLine], Meta(min_length=1, max_length=999)]
    admission_type: Literal["A", "D", "O", "T", "Z"] = "A"
    # How they came: a regular admission and a temporary deposit must say it.
    mode: Annotated[str, Meta(pattern=r"^([0-9]{2})?$")] = ""  #: CBP code: 10, 11 vessel, 40 air
    carrier: ShortText = ""
    bill: Annotated[str, Meta(max_length=128)] = ""
    port_of_unlading: Annotated[str, Meta(pattern=r"^([0-9]{4})?$")] = ""  #: Schedule D
    export_date: DayOrNone = ""
    import_date: DayOrNone = ""
    # By type of admission.
    from_zone: Annotated[str, Meta(pattern=r"^([0-9]{3})?$")] = ""
    delivered_on: DayOrNone = ""
    found_on: DayOrNone = ""
    found_in: Annotated[str, Meta(max_length=128)] = ""
    direct_delivery: bool = False
    blanket: Literal["", "transportation-entry", "business-day"] = ""
    # Why a 214 that CBP has permitted is replaced by this one (codes of the e214, record 11).
    reasons: Annotated[list[Reason], Meta(max_length=8)] = msgspec.field(default_factory=list[Reason])
    remarks: Annotated[str, Meta(max_length=780)] = ""
    documents: list[ShipmentDocument] = msgspec.field(default_factory=list[ShipmentDocument])
    # For the e214; what is not said stays blank there.
    scac: Annotated[str, Meta(pattern=r"^([A-Z0-9]{2,4})?$")] = ""
    vessel: ShortText = ""
    voyage: ShortText = ""
    arrival_date: Annotated[str, Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""  #: as scheduled
    country_export: Annotated[str, Meta(pattern=r"^([A-Z]{2})?$")] = ""
    load_port: Annotated[str, Meta(pattern=r"^([0-9]{5})?$")] = ""  #: Schedule K
    house_bill: ShortText = ""
    packages: Number | None = None
    it_number: ShortText = ""
    bonded_carrier: ShortText = ""
    containers: Annotated[list[ShortText], Meta(max_length=99)] = msgspec.field(default_factory=list[str])


class ShipmentDocumented(Foreign, frozen=True, kw_only=True):
    """Documents that came after the announcement."""

    shipment: ExternalId
    documents: Annotated[list[ShipmentDocument], Meta(min_length=1)]


class ShipmentArrived(Foreign, frozen=True, kw_only=True):
    """The conveyance is at the zone."""

    shipment: ExternalId


class CountedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the dock counted of one line in one receipt."""

    line: LineNo
    quantity: Number
    unit: ShortText


class ShipmentReceived(Foreign, frozen=True, kw_only=True):
    """A dock count. `final`: nothing more of this shipment will come."""

    shipment: ExternalId
    receipt: ExternalId
    lines: Annotated[list[CountedLine], Meta(min_length=1, max_length=999)]
    final: bool


class OrderedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of an order. `ships_as`: of a kit: "separate" goods, drawn by its parts, or a retail "set"."""

    line: LineNo
    sku: ExternalId
    quantity: Number
    unit: ShortText
    ships_as: Literal["", "separate", "set"] = ""


class OrderAllocated(Foreign, frozen=True, kw_only=True):
    """An order that the warehouse will pick. Destination: country, state for the US, nothing finer."""

    order: ExternalId
    destination_country: Country
    ship_on: Day
    lines: Annotated[list[OrderedLine], Meta(min_length=1, max_length=999)]
    destination_state: Annotated[str, Meta(pattern=r"^([A-Z]{2})?$")] = ""
    allocation: Annotated[str, Meta(max_length=128)] = ""  #: under which its lines are kept, same numbers


class OrderPortion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some quantity of one line of an order, in the unit of the order line. `lot`: the zone lot picked.

    `part`: of a kit that ships as separate goods, only this one of its parts, in its own stock unit.
    """

    line: LineNo
    quantity: Number
    lot: Annotated[str, Meta(max_length=128)] = ""
    part: Annotated[str, Meta(max_length=128)] = ""


class OrderShipped(Foreign, frozen=True, kw_only=True):
    """Goods left the zone in a parcel; the event's time is the removal."""

    order: ExternalId
    parcel: ExternalId
    lines: Annotated[list[OrderPortion], Meta(min_length=1, max_length=999)]


class OrderCancelled(Foreign, frozen=True, kw_only=True):
    """Cancelled before leaving: reservations and draws of these parts are taken back (all, if no lines).

    `parcel` names the packed parcel that did not leave; without it only what is not yet drawn.
    """

    order: ExternalId
    parcel: Annotated[str, Meta(max_length=128)] = ""
    lines: list[OrderPortion] = msgspec.field(default_factory=list[OrderPortion])


class OrderReturned(Foreign, frozen=True, kw_only=True):
    """Goods that a customer in the US sent back to the zone: they come as domestic (19 CFR 146.71(d))."""

    order: ExternalId
    return_id: ExternalId
    lines: Annotated[list[OrderPortion], Meta(min_length=1, max_length=999)]
    hold: Annotated[str, Meta(max_length=64)] = ""  #: "quarantine": apart until a person releases it


class ManifestedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of an in-bond application: zone goods with their number and status (19 CFR 146.62(b)(2))."""

    number: Annotated[str, Meta(pattern=r"^[0-9]{8}([0-9]{2})?$")]
    status: Literal["P", "N", "Z"]
    origin: Country
    unit: ShortText
    quantity: Number


class InBondAuthorized(Foreign, frozen=True, kw_only=True):
    """CBP authorised the in-bond movement of a parcel; the event's time is the authorisation.

    `kind`: IE leaves the country at the zone's own port, TE at another, IT goes on in bond. `port`: Schedule
    D. `weekly_permit`: number of the permit that it was filed under (19 CFR 146.68(b)).
    """

    order: ExternalId
    parcel: ExternalId
    kind: Literal["IT", "IE", "TE"]
    number: ExternalId
    port: Annotated[str, Meta(pattern=r"^[0-9]{4}$")]
    lines: Annotated[list[ManifestedLine], Meta(min_length=1, max_length=999)]
    carrier: Annotated[str, Meta(max_length=128)] = ""
    weekly_permit: Annotated[str, Meta(max_length=128)] = ""


class CountedStock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is on the shelf of one SKU, in all or at one location."""

    sku: ExternalId
    quantity: Number
    unit: ShortText
    location: ShortText = ""


class StockCounted(Foreign, frozen=True, kw_only=True):
    """What a warehouse system has on its shelves; the event's time is the instant that the figures are of.

    A large snapshot comes in parts `part` of `of`; `complete`: what is not in it is not there.
    """

    count: ExternalId
    lines: Annotated[list[CountedStock], Meta(max_length=2000)]
    part: Annotated[int, Meta(ge=1, le=1000)] = 1
    of: Annotated[int, Meta(ge=1, le=1000)] = 1
    complete: bool = False


class InBondClosed(Foreign, frozen=True, kw_only=True):
    """The carrier reports that an export left the country."""

    order: ExternalId
    parcel: ExternalId
    port_of_exit: Annotated[str, Meta(pattern=r"^[0-9]{4}$")]


#: CloudEvents type -> (data class, the service that claims it).
FOREIGN: dict[str, tuple[type[Foreign], str]] = {
    "ftz.platform.part.published.v1": (PartPublished, "classification"),
    "ftz.platform.shipment.announced.v1": (ShipmentAnnounced, "admissions"),
    "ftz.platform.shipment.documented.v1": (ShipmentDocumented, "admissions"),
    "ftz.platform.shipment.arrived.v1": (ShipmentArrived, "admissions"),
    "ftz.platform.shipment.received.v1": (ShipmentReceived, "admissions"),
    "ftz.platform.order.allocated.v1": (OrderAllocated, "inventory"),
    "ftz.platform.order.shipped.v1": (OrderShipped, "inventory"),
    "ftz.platform.order.cancelled.v1": (OrderCancelled, "inventory"),
    "ftz.platform.order.returned.v1": (OrderReturned, "inventory"),
    "ftz.platform.inbond.authorized.v1": (InBondAuthorized, "duty"),
    "ftz.platform.stock.counted.v1": (StockCounted, "inventory"),
    "ftz.platform.inbond.closed.v1": (InBondClosed, "duty"),
}
