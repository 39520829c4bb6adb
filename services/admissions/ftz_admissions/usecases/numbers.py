"""Numbers and papers as platforms send them."""

from collections.abc import Iterable
from decimal import Decimal

from ftz_admissions.domain.limits import PLACES_MAX, refuse, too_fine
from ftz_common.contracts.admissions import Document, KeptLine
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.filing import Conveyance
from ftz_common.contracts.platform import (
    ShipmentAnnounced,
    ShipmentDocument,
)


class Unusable(Exception):
    """A number that no 214 can carry; the refusal says where."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def exact(number: str | int, place: str) -> Decimal:
    """The number as a platform wrote it, digit for digit; raises `Unusable` beyond six decimals."""
    digits = Decimal(number)
    if too_fine(digits):
        reason = f"{number} has more than {PLACES_MAX} decimals"
        remedy = f"send at most {PLACES_MAX} decimals"
        raise Unusable(refuse("too-many-decimals", reason, "19 CFR 146.22(d)", remedy, place))
    return digits


def kept_lines(counted: Iterable[tuple[int, str | int, str]]) -> tuple[KeptLine, ...]:
    """Lines of a count: (line, quantity as written, unit); raises `Unusable`."""
    return tuple(
        KeptLine(line=line, quantity=exact(quantity, f"data.lines[{index}].quantity"), unit=unit)
        for index, (line, quantity, unit) in enumerate(counted)
    )


def conveyance(data: ShipmentAnnounced) -> Conveyance:
    """How the goods came; raises `Unusable`."""
    return Conveyance(
        mode=data.mode,
        carrier=data.carrier,
        bill=data.bill,
        port_of_unlading=data.port_of_unlading,
        export_date=data.export_date,
        import_date=data.import_date,
        scac=data.scac,
        vessel=data.vessel,
        voyage=data.voyage,
        arrival_date=data.arrival_date,
        country_export=data.country_export,
        load_port=data.load_port,
        house_bill=data.house_bill,
        packages=None if data.packages is None else exact(data.packages, "data.packages"),
        it_number=data.it_number,
        bonded_carrier=data.bonded_carrier,
        containers=data.containers,
    )


def documents(documents: list[ShipmentDocument]) -> tuple[Document, ...]:
    """The papers as we keep them."""
    return tuple(
        Document(kind=d.kind, number=d.number, sha256=d.sha256, dated=d.dated, kept_at=d.kept_at)
        for d in documents
    )
