"""Names of streams and derived ids. The same parts give the same name, whoever asks."""

from ftz_common.values.names import derived_id, stream_name

ORDER = "order"
LEDGER = "ledger"
COVER = "cover"
PERMIT = "permit"
COUNT = "count"
PRODUCTION = "production"
ALLOCATION = "allocation"


def order_stream(account: str, issuer: str, order: str) -> str:
    """The order as its issuer numbers it: two shops may use the same number."""
    return stream_name(ORDER, account, issuer, order)


def ledger_stream(zone: str, site: str, account: str, uin: str) -> str:
    """The ledger of one unique identifier (19 CFR 146.23(a)) of an account at a site."""
    return stream_name(LEDGER, zone, site, account, uin)


def cover_stream(
    *, zone: str, account: str, week: str, number: str, status: str, origin: str, unit: str
) -> str:
    """The estimate line of a local week that goods of this number, status and origin leave under."""
    return stream_name(COVER, zone, account, week, number, status, origin, unit)


def count_stream(zone: str, account: str, count: str) -> str:
    """A count by its id."""
    return stream_name(COUNT, zone, account, count)


def allocation_order(account: str, allocation: str) -> str:
    """The name under which an allocation's lines are kept, in the place of an order."""
    return stream_name(ALLOCATION, account, allocation)


def production_stream(zone: str, account: str, production: str) -> str:
    """A production order by its id."""
    return stream_name(PRODUCTION, zone, account, production)


def permit_stream(zone: str, account: str, number: str) -> str:
    """A CBP 216 by its number."""
    return stream_name(PERMIT, zone, account, number)


def entry_stream(zone: str, account: str, week: str) -> str:
    """Duty's weekly entry, which the cover lines of its week are counted into."""
    return stream_name("entry", zone, account, week)


def layer_id(admission: str, line: int, receipt: str) -> str:
    """A layer is (admission, line, receipt)."""
    return derived_id("layer", admission, str(line), receipt)


def returned_layer_id(order: str, line: int, return_id: str) -> str:
    """A customer's return is a layer of its own, permit-free (19 CFR 146.43(b), 146.71(d)(3))."""
    return derived_id("returned-layer", order, str(line), return_id)


def reservation_id(order: str, line: int) -> str:
    """One reservation per order line."""
    return derived_id("reservation", order, str(line))


def draw_id(order: str, line: int, parcel: str, turn: int) -> str:
    """One draw per order line and parcel. `turn`: how often the parcel was taken back and left again."""
    return derived_id("draw", order, str(line), parcel, str(turn))


def return_reference(order: str, line: int, return_id: str) -> str:
    """One answer per returned order line."""
    return derived_id("return", order, str(line), return_id)


def cancellation_reference(draw: str, event: str) -> str:
    """One answer per draw that an event takes back."""
    return derived_id("cancellation", draw, event)


def withdrawal_id(draw: str, turn: int) -> str:
    """A draw is one withdrawal; each cure of its suspended part is one more."""
    return derived_id("withdrawal", draw, str(turn))
