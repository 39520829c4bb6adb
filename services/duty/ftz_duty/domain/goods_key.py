"""What estimates, cover and withdrawals have in common: number, status, origin, unit."""

from typing import Protocol

from ftz_common.values.names import stream_name, stream_parts

#: Statuses that an estimate counts: those that may be entered for consumption (19 CFR 146.63(a)).
ENTERABLE = frozenset({"P", "N"})


class HasGoods(Protocol):
    """A piece or a line of goods."""

    @property
    def number(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def unit(self) -> str: ...


def goods_key(goods: HasGoods) -> str:
    """The goods of a cover line, as a name: <number>/<status>/<origin>/<unit>."""
    return stream_name(goods.number, goods.status, goods.origin, goods.unit)


def key_parts(key: str) -> tuple[str, str, str, str]:
    """Number, status, origin and unit of a goods key."""
    number, status, origin, unit = stream_parts(key)
    return number, status, origin, unit


def cover_stream(zone: str, account: str, week: str, key: str) -> str:
    """The cover line of these goods in a week: cover/<zone>/<account>/<week>/<goods key>."""
    return f"{stream_name('cover', zone, account, week)}/{key}"


def goods_of_cover(cover: str) -> str:
    """The goods key in the name of a cover line."""
    return cover.split("/", 4)[4]


def entry_stream(zone: str, account: str, week: str) -> str:
    """The weekly entry: entry/<zone>/<account>/<week>."""
    return stream_name("entry", zone, account, week)


def estimator_stream(zone: str, account: str) -> str:
    """The estimator of an account: estimates/<zone>/<account>."""
    return stream_name("estimates", zone, account)


def inbond_stream(order: str, parcel: str) -> str:
    """The in-bond of a parcel of an order (a stream): inbond/<account>/<issuer>/<order>/<parcel>."""
    _, account, issuer, number = stream_parts(order)
    return stream_name("inbond", account, issuer, number, parcel)


def deferral_stream(order: str, parcel: str) -> str:
    """Of a parcel for Canada or Mexico: deferral/<account>/<issuer>/<order>/<parcel>."""
    _, account, issuer, number = stream_parts(order)
    return stream_name("deferral", account, issuer, number, parcel)


def export_permit_stream(zone: str, account: str, week: str) -> str:
    """The weekly export permit: exportpermit/<zone>/<account>/<week>."""
    return stream_name("exportpermit", zone, account, week)
