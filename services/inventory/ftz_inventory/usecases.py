"""From what is heard to the stream that must act, with what that stream must know."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ftz_common.contracts.admissions import GoodsAdmitted, StatusChangePermitted
from ftz_common.contracts.corrections import CoverWithdrawn
from ftz_common.contracts.counts import CountedGoods, DifferencePriced, GoodsCounted
from ftz_common.contracts.envelope import Envelope, instant_text
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import (
    CoverGranted,
    CoverRequested,
    DrawRequested,
    OrderLine,
    OrderLineAnswered,
    Portion,
    ReleaseRequested,
    ReservationRequested,
    ReturnRequested,
    ReversalRequested,
)
from ftz_common.contracts.movements import OpeningRequested, OperationReported
from ftz_common.contracts.platform import (
    OrderAllocated,
    OrderCancelled,
    OrderedLine,
    OrderPortion,
    OrderReturned,
    OrderShipped,
    StockCounted,
)
from ftz_common.contracts.production import (
    ComponentsAnswered,
    ComponentsRequested,
    ComponentsReturned,
)
from ftz_common.flow.aggregate import Aggregate, ForeignEvent, To, Waiting
from ftz_common.flow.reference import Reference
from ftz_common.values.exact import plain
from ftz_common.values.names import stream_parts
from ftz_inventory.domain import (
    consuming,
    count,
    cover,
    exposure,
    fold,
    ledger,
    order,
    orders,
    permit,
    permit216,
    production,
    stock,
)
from ftz_inventory.domain.identity import (
    COUNT,
    COVER,
    LEDGER,
    ORDER,
    PERMIT,
    PRODUCTION,
    count_stream,
    ledger_stream,
    order_stream,
)
from ftz_inventory.domain.layer import Which
from ftz_inventory.domain.method import FIFO, Method
from ftz_inventory.domain.moves import ChangePermitted, Local, Move
from ftz_inventory.domain.selling import lines_of, said_numbers

ORDERS = Aggregate(ORDER, orders.Order, orders.start, order.decide, orders.evolve)
LEDGERS = Aggregate(LEDGER, stock.Ledger, ledger.start, ledger.decide, fold.evolve, stock.weight)
COVERS = Aggregate(COVER, permit.Cover, permit.start, cover.decide, permit.evolve)
PERMITS = Aggregate(PERMIT, permit216.Permit216, permit216.start, permit216.decide, permit216.evolve)
COUNTS = Aggregate(COUNT, count.Count, count.start, count.decide, count.evolve)
PRODUCTIONS = Aggregate(
    PRODUCTION, production.Production, production.start, production.decide, production.evolve
)
EXPOSURES = Aggregate(exposure.EXPOSURE, exposure.Exposure, exposure.start, exposure.decide, exposure.evolve)
AGGREGATES = (ORDERS, LEDGERS, COVERS, PERMITS, COUNTS, PRODUCTIONS, EXPOSURES)

#: A line of more than this is a slip of the key, not an order.
QUANTITY_MAX = Decimal(10) ** 12


class Calendar(NamedTuple):
    """What local dates and weeks of a zone follow from."""

    timezone: str
    week_starts: int


class UseCases:
    """One method per fact or event that is heard."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    # ---- what is looked up ----------------------------------------------------------------------

    def calendar(self, zone: str) -> Calendar:
        """The calendar of a zone; waits for a zone that this process has not read yet."""
        document = self._reference.zones.get(zone)
        if document is None:
            raise Waiting(f"zone {zone} is not read yet")
        return Calendar(document.timezone, document.procedures.week_starts)

    def method(self, zone: str, account: str) -> Method:
        """The account's inventory method (19 CFR 146.23(a))."""
        found = self._reference.account(zone, account)
        return Method(found.inventory_method, found.fifo_scope) if found else FIFO

    def local(self, zone: str, account: str) -> Local:
        """What a command to a ledger of an account carries besides what was asked."""
        calendar = self.calendar(zone)
        closures = tuple(self._reference.zones[zone].closures)
        return Local(calendar.timezone, calendar.week_starts, self.method(zone, account), closures)

    def ledger_of(self, zone: str, account: str, issuer: str, sku: str) -> tuple[str, str]:
        """The zone's identifier of a shop's SKU, and the ledger that keeps it."""
        uin = self._reference.uin(zone, account, issuer, sku)
        return uin, ledger_stream(zone, self._reference.zones[zone].site.id, account, uin)

    # ---- orders ---------------------------------------------------------------------------------

    @staticmethod
    def _order(event: ForeignEvent, command: order.Command) -> To:
        stream = order_stream(event.data.account, event.issuer, event.data.order)
        return To(ORDERS, stream, command, account=event.data.account, zone=event.zone)

    def allocated(self, event: ForeignEvent) -> To | Refusal:
        """An order, its SKUs mapped to the zone's UINs."""
        data: OrderAllocated = event.data
        lines: list[OrderLine] = []
        for place, said in enumerate(data.lines):
            if said.line in said_numbers(lines):
                return _line_repeated(place, said.line)
            quantity = _quantity(said.quantity, place)
            if isinstance(quantity, Refusal):
                return quantity
            found = self._lines(event, said, quantity, f"data.lines[{place}].quantity")
            if isinstance(found, Refusal):
                return found
            lines += found
        if not _is_date(data.ship_on):
            return _no_date(data.ship_on)
        command = order.RecordOrder(
            destination_country=data.destination_country,
            destination_state=data.destination_state,
            ship_on=data.ship_on,
            lines=tuple(lines),
            event=event.ref,
            allocation=data.allocation,
            entry_period=self._reference.entry_period(event.zone, data.account),
        )
        return self._order(event, command)

    def _lines(
        self, event: ForeignEvent, said: OrderedLine, quantity: Decimal, place: str
    ) -> list[OrderLine] | Refusal:
        """What a line asks of which ledgers, in stock units (domain/selling.py)."""
        zone, account = event.zone, event.data.account
        mapping = self._reference.mapping(zone, account, event.issuer, said.sku)
        site = self._reference.zones[zone].site.id
        return lines_of(
            said.line,
            mapping.uin if mapping is not None else said.sku,
            quantity,
            said.unit,
            ships_as=said.ships_as,
            mapping=mapping,
            ledger=lambda uin: ledger_stream(zone, site, account, uin),
            place=place,
        )

    def _happened(
        self,
        event: ForeignEvent,
        what: orders.Happening,
        reference: str,
        lines: Iterable[OrderPortion],
        hold: str = "",
    ) -> To | Refusal:
        portions: list[Portion] = []
        for place, said in enumerate(lines):
            quantity = _quantity(said.quantity, place)
            if isinstance(quantity, Refusal):
                return quantity
            portions.append(Portion(line=said.line, quantity=quantity, lot=said.lot, part=said.part))
        command = orders.TakeEvent(
            what=what,
            reference=reference,
            at=instant_text(event.time),
            lines=tuple(portions),
            event=event.ref,
            dropped_fields=event.dropped_fields,
            hold=hold,
        )
        return self._order(event, command)

    def shipped(self, event: ForeignEvent) -> To | Refusal:
        """A parcel left."""
        data: OrderShipped = event.data
        return self._happened(event, "shipped", data.parcel, data.lines)

    def cancelled(self, event: ForeignEvent) -> To | Refusal:
        """Parts will not leave, or a parcel did not."""
        data: OrderCancelled = event.data
        return self._happened(event, "cancelled", data.parcel, data.lines)

    def returned(self, event: ForeignEvent) -> To | Refusal:
        """A customer sent goods back."""
        data: OrderReturned = event.data
        return self._happened(event, "returned", data.return_id, data.lines, data.hold)

    def line_answered(self, fact: OrderLineAnswered, envelope: Envelope) -> Iterable[To]:
        """A ledger answers an order."""
        return [To(ORDERS, fact.to, fact, account=stream_parts(fact.to)[1], zone=envelope.zone)]

    # ---- ledgers --------------------------------------------------------------------------------

    @staticmethod
    def _ledger(stream: str, command: ledger.Command) -> Iterable[To]:
        _, zone, _, account, _ = stream_parts(stream)
        return [To(LEDGERS, stream, command, account=account, zone=zone)]

    def admitted(self, fact: GoodsAdmitted, _envelope: Envelope) -> Iterable[To]:
        """Goods are in the zone: a layer."""
        _, zone, _, account, _ = stream_parts(fact.ledger)
        return self._ledger(fact.ledger, ledger.Admit(fact, self.method(zone, account)))

    def status_change_permitted(self, fact: StatusChangePermitted, _envelope: Envelope) -> Iterable[To]:
        """CBP permitted another status: the table of transitions has the last word (domain/status.py)."""
        _, zone, _, account, _ = stream_parts(fact.to)
        command = Move(
            local=self.local(zone, account),
            movement=fact.movement,
            kind="status-changed",
            quantity=fact.quantity,
            unit=fact.unit,
            at=fact.permitted_at,
            who=fact.who,
            which=Which(layer=fact.layer, status="N"),
            reason=fact.why,
            reference=fact.admission_number,
            status=fact.status,
            filed_on=fact.filed_on if fact.status == "P" else "",
            number=fact.number if fact.status == "P" else "",
            revision=fact.revision if fact.status == "P" else "",
            decision=fact.decision if fact.status == "P" else "",
        )
        return self._ledger(fact.to, ChangePermitted(command, fact))

    def reservation_requested(self, fact: ReservationRequested, _envelope: Envelope) -> Iterable[To]:
        """An order line wants stock kept."""
        return self._ledger(fact.to, fact)

    def release_requested(self, fact: ReleaseRequested, _envelope: Envelope) -> Iterable[To]:
        """An order line wants less."""
        return self._ledger(fact.to, fact)

    def draw_requested(self, fact: DrawRequested, _envelope: Envelope) -> Iterable[To]:
        """Goods left."""
        return self._in_zone(fact)

    def reversal_requested(self, fact: ReversalRequested, _envelope: Envelope) -> Iterable[To]:
        """Goods did not leave after all."""
        return self._in_zone(fact)

    def return_requested(self, fact: ReturnRequested, _envelope: Envelope) -> Iterable[To]:
        """Goods came back."""
        return self._in_zone(fact)

    def _in_zone(self, fact: DrawRequested | ReversalRequested | ReturnRequested) -> Iterable[To]:
        _, zone, _, account, _ = stream_parts(fact.to)
        local = self.calendar(zone)
        method = self.method(zone, account)
        return self._ledger(fact.to, ledger.InZone(fact, local.timezone, local.week_starts, method))

    def opening_requested(self, fact: OpeningRequested, _envelope: Envelope) -> Iterable[To]:
        """Goods were made, or are waste of what was made."""
        return self._ledger(fact.to, fact)

    def difference_priced(self, fact: DifferencePriced, _envelope: Envelope) -> Iterable[To]:
        """Duty says what missing goods would have owed."""
        _, zone, account, _ = stream_parts(fact.to)
        return [To(COUNTS, fact.to, fact, account=account, zone=zone)]

    def counted(self, event: ForeignEvent) -> To | Refusal:
        """A warehouse system says what is on its shelves."""
        data: StockCounted = event.data
        lines: list[CountedGoods] = []
        for place, said in enumerate(data.lines):
            quantity = Decimal(said.quantity)
            if not 0 <= quantity < QUANTITY_MAX:
                return _counted_wrong(quantity, place)
            uin, _ = self.ledger_of(event.zone, data.account, event.issuer, said.sku)
            lines.append(CountedGoods(uin=uin, quantity=quantity, unit=said.unit, location=said.location))
        if data.part > data.of:
            return _part_wrong(data.part, data.of)
        counted = GoodsCounted(
            count=data.count,
            kind="snapshot",
            part=data.part,
            of=data.of,
            through=instant_text(event.time),
            lines=lines,
            complete=data.complete,
            who=event.source,
        )
        stream = count_stream(event.zone, data.account, data.count)
        return To(COUNTS, stream, count.RecordCount(counted), account=data.account, zone=event.zone)

    def components_requested(self, fact: ComponentsRequested, _envelope: Envelope) -> Iterable[To]:
        """A production takes goods."""
        _, zone, _, account, _ = stream_parts(fact.to)
        return self._ledger(fact.to, consuming.Consume(fact, self.local(zone, account)))

    def components_returned(self, fact: ComponentsReturned, _envelope: Envelope) -> Iterable[To]:
        """A production does not take place."""
        _, zone, _, account, _ = stream_parts(fact.to)
        return self._ledger(fact.to, consuming.GiveBack(fact, self.local(zone, account)))

    def components_answered(self, fact: ComponentsAnswered, _envelope: Envelope) -> Iterable[To]:
        """A ledger answers a production."""
        _, zone, account, _ = stream_parts(fact.to)
        return [To(PRODUCTIONS, fact.to, fact, account=account, zone=zone)]

    def operation_reported(self, fact: OperationReported, _envelope: Envelope) -> Iterable[To]:
        """Something was done under a permit."""
        _, zone, account, _ = stream_parts(fact.to)
        return [To(PERMITS, fact.to, fact, account=account, zone=zone)]

    # ---- cover ----------------------------------------------------------------------------------

    def cover_requested(self, fact: CoverRequested, _envelope: Envelope) -> Iterable[To]:
        """A ledger asks cover for what left, or gives it back."""
        return self._cover(fact.to, fact)

    def cover_granted(self, fact: CoverGranted, _envelope: Envelope) -> Iterable[To]:
        """CBP released an estimate line."""
        _, number, account_id, *_ = stream_parts(fact.to)
        timezone = self.calendar(number).timezone
        policy = self._reference.estimate_policy(number, account_id)
        return self._cover(fact.to, cover.Grant(fact, timezone, policy.warn_percent))

    def cover_withdrawn(self, fact: CoverWithdrawn, _envelope: Envelope) -> Iterable[To]:
        """CBP cancelled an entry."""
        return self._cover(fact.to, fact)

    @staticmethod
    def _cover(stream: str, command: cover.Command) -> Iterable[To]:
        _, zone, account, *_ = stream_parts(stream)
        return [To(COVERS, stream, command, account=account, zone=zone)]


def _quantity(said: str | int, place: int) -> Decimal | Refusal:
    """The number as the platform wrote it, digit for digit; above zero, below a trillion."""
    quantity = Decimal(said)
    if 0 < quantity < QUANTITY_MAX:
        return quantity
    return Refusal(
        code="quantity-out-of-range",
        reason=f"{plain(quantity)} is no quantity of goods",
        citation="19 CFR 146.24(a)",
        remedy="Send a quantity above zero; what came back is a return, what did not leave a cancellation.",
        place=f"data.lines[{place}].quantity",
    )


def _counted_wrong(quantity: Decimal, place: int) -> Refusal:
    return Refusal(
        code="quantity-out-of-range",
        reason=f"{plain(quantity)} cannot be counted",
        citation="19 CFR 146.23(c)",
        remedy="Send what is there, at least 0.",
        place=f"data.lines[{place}].quantity",
    )


def _part_wrong(part: int, of: int) -> Refusal:
    return Refusal(
        code="part-out-of-range",
        reason=f"part {part} of {of} parts",
        citation="policy: a snapshot is sent in numbered parts",
        remedy="Number the parts from 1 to `of`.",
        place="data.part",
    )


def _line_repeated(place: int, line: int) -> Refusal:
    return Refusal(
        code="line-repeated",
        reason=f"line {line} stands in the order twice",
        citation="policy: an order line is named by its number",
        remedy="Number the lines of the order differently; two lines may have the same SKU.",
        place=f"data.lines[{place}].line",
    )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _no_date(text: str) -> Refusal:
    return Refusal(
        code="date-impossible",
        reason=f"{text} is no day of the calendar",
        citation="policy: dates are ISO 8601",
        remedy='Send the local date on which it should leave, such as "2026-03-02".',
        place="data.ship_on",
    )
