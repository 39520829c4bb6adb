"""Adds up what is in the zone as foreign goods come, and says how it stands beside the bond."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ftz_common.bus.port import Delivery
from ftz_common.contracts import envelope as envelopes
from ftz_common.contracts import table
from ftz_common.contracts.exposure import ExposureDue
from ftz_common.contracts.inventory import LayerOpened
from ftz_common.contracts.reference import Bond, ZoneDocument
from ftz_common.flow.aggregate import Aggregate
from ftz_common.flow.service import Service
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO
from ftz_inventory.domain.exposure import Add, State, exposure_stream, must_reckon, zone_of
from ftz_inventory.domain.stock import Ledger

PAGE = 500
FOREIGN = ("P", "N", "Z")
#: A page of an account's ledgers after a stream: (stream, what the list says of it).
Listed = Callable[[str, str, int], Awaitable[Sequence[tuple[str, str]]]]
_OPENED = table.BY_FACT["inventory", LayerOpened].type
_DUE = table.BY_FACT["inventory", ExposureDue].type


@dataclass(frozen=True, slots=True)
class Came:
    """Goods of a layer came to a zone with a bond; or (no layer) a raised exposure is due again."""

    zone: str
    cause: str  #: id of the fact
    layer: str = ""
    ledger: str = ""
    value: Decimal = ZERO


class Exposer:
    """Hears layers that a receipt opened: everything else leaves the value in the zone as it is, or less."""

    def __init__(self, service: Service, exposures: Aggregate, ledgers: Aggregate, listed: Listed) -> None:
        self.service = service
        self.exposures = exposures
        self.ledgers = ledgers
        self.listed = listed

    def read(self, delivery: Delivery) -> Came | None:
        """Foreign goods that came from outside, in a zone whose document names a bond."""
        kind = delivery.headers.get("ce_type")
        if kind == _DUE:
            envelope = envelopes.decode(delivery.value)
            return Came(zone_of(envelope.stream), envelope.id)
        if kind != _OPENED:
            return None
        envelope = envelopes.decode(delivery.value)
        opened: LayerOpened = table.decoder(_OPENED).decode(envelope.data)
        if opened.status not in FOREIGN or opened.parent or self._bond(opened.zone) is None:
            return None
        return Came(opened.zone, envelope.id, opened.layer, envelope.stream, opened.value)

    def _bond(self, zone: str) -> Bond | None:
        document = self.service.reference.zones.get(zone)
        return document.bond if document else None

    async def do(self, came: list[Came]) -> None:
        """Add what came; reckon the whole where that says too little."""
        for zone in dict.fromkeys(each.zone for each in came):
            document = self.service.reference.zones[zone]
            bond = document.bond
            if bond is None:
                continue
            of_zone = [each for each in came if each.zone == zone]
            for each in (one for one in of_zone if one.layer):
                await self._tell(zone, Add(each.layer, each.ledger, each.value), f"add {each.cause}")
            _, state = await self.service.journal.state(self.exposures, exposure_stream(zone))
            today = PortCalendar(document.timezone).local_date(self.service.ports.clock.now())
            if any(not each.layer for each in of_zone) or must_reckon(state, bond, today):
                new = {added.ledger for added in state.added.values()}
                await self.reckon(document, bond, of_zone[-1].cause, new)

    async def reckon(self, document: ZoneDocument, bond: Bond, cause: str, new: set[str]) -> None:
        """Add up every ledger of the zone, and say it. `new`: ledgers that the list may not know yet."""
        now = self.service.ports.clock.now()
        by_status = await self.by_status(document, new)
        await self._tell(document.zone, State(by_status, bond, document.timezone, now), f"state {cause}")

    async def _tell(self, zone: str, command: Add | State, key: str) -> None:
        await self.service.command(
            self.exposures,
            exposure_stream(zone),
            command,
            principal="exposer",
            idempotency_key=f"{zone} {key}",
            zone=zone,
        )

    async def by_status(self, document: ZoneDocument, new: set[str]) -> dict[str, Decimal]:
        """USD of what is left of foreign goods, by status, of every account of the zone."""
        total = dict.fromkeys(FOREIGN, ZERO)
        unlisted = set(new)
        for account in document.accounts:
            after = ""
            while page := await self.listed(account.id, after, PAGE):
                after = page[-1][0]
                unlisted.difference_update(stream for stream, _ in page)
                await self._add(total, [stream for stream, _ in page], document.zone)
        await self._add(total, sorted(unlisted), document.zone)
        return total

    async def _add(self, total: dict[str, Decimal], streams: list[str], zone: str) -> None:
        states = await self.service.journal.states(dict.fromkeys(streams, self.ledgers))
        for _, ledger in states.values():
            if ledger.zone == zone:
                _foreign(total, ledger)


def _foreign(total: dict[str, Decimal], ledger: Ledger) -> None:
    for layer in ledger.layers.values():
        if layer.status in total:
            total[layer.status] += layer.worth
