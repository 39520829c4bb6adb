"""The list of alerts, in rows of the store; rebuilt from the commits and compared when asked."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from ftz_alerts.domain.listed import Listed, account_prefix, apply, row_key
from ftz_common.bus.port import Delivery
from ftz_common.contracts import table
from ftz_common.contracts.commit import envelopes, unseal
from ftz_common.contracts.envelope import Envelope
from ftz_common.store.port import Store, Swap

ALERTS = "alerts"

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Listed)
_PAGE = 500


def _fact(envelope: Envelope) -> Any:
    return table.decoder(envelope.type).decode(envelope.data)


class AlertList:
    """A projection of the service's own facts.

    A row is replaced only if it still is what it was read as: an instance that lost its partition
    meanwhile cannot bring an old row back.
    """

    topics: tuple[str, ...] = (table.home("alerts"),)

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, deliveries: list[tuple[Envelope, Delivery]]) -> None:
        """Bring a batch into the rows; a repeated one changes nothing."""
        by_row: dict[str, list[Envelope]] = {}
        for envelope, _ in deliveries:
            if envelope.type in table.BY_TYPE:
                by_row.setdefault(row_key(envelope.account, envelope.stream), []).append(envelope)
        while by_row:
            kept = await self._store.get(ALERTS, list(by_row))
            made = (_replacement(key, kept.get(key), told) for key, told in by_row.items())
            changes = [change for change in made if change]
            swapped = await self._store.swap(ALERTS, changes) if changes else []
            by_row = {c.key: by_row[c.key] for c, done in zip(changes, swapped, strict=True) if not done}

    async def rebuilt(self) -> dict[str, Listed]:
        """The rows as the commits say they must be."""
        rows: dict[str, Listed] = {}
        async for stored in self._store.commits("risk/"):
            for envelope in envelopes(unseal(stored), stored.hash):
                key = row_key(envelope.account, envelope.stream)
                if (row := apply(rows.get(key), _fact(envelope), envelope)) is not None:
                    rows[key] = row
        return rows

    async def differences(self) -> list[str]:
        """Each row that is missing, too much or otherwise than the commits say; empty when all agree."""
        wanted = await self.rebuilt()
        found: list[str] = []
        async for key, body in self._rows(""):
            must_be = wanted.pop(key, None)
            if must_be is None:
                found.append(f"{ALERTS} {key}: no commit makes this row")
            elif _encoder.encode(must_be) != body:
                found.append(f"{ALERTS} {key}: differs from what version {must_be.through} says")
        return found + [f"{ALERTS} {key}: the row is missing" for key in wanted]

    async def _rows(self, prefix: str) -> AsyncIterator[tuple[str, bytes]]:
        after = ""
        while page := await self._store.scan(ALERTS, prefix=prefix, after=after, limit=_PAGE):
            for row in page:
                yield row.key, row.body
            after = page[-1].key

    async def listed(
        self, *, accounts: Sequence[str], state: str = "open", after: str = "", limit: int = 100
    ) -> list[Listed]:
        """Alerts of these accounts ("" for what belongs to none), by account and risk.

        `state`: "open", "resolved" or "" for both. `after`: the `row_key` of the last one seen.
        """
        found: list[Listed] = []
        for prefix in sorted(map(account_prefix, accounts)):
            found += await self._page(prefix, state, after, limit - len(found))
        return found

    async def everything(self, *, state: str = "open", after: str = "", limit: int = 100) -> list[Listed]:
        """Alerts of every account."""
        return await self._page("", state, after, limit)

    async def has(self, account: str, stream: str) -> bool:
        """True when the risk was ever an alert of this account."""
        key = row_key(account, stream)
        return key in await self._store.get(ALERTS, [key])

    async def _page(self, prefix: str, state: str, after: str, limit: int) -> list[Listed]:
        found: list[Listed] = []
        while limit > 0 and (page := await self._store.scan(ALERTS, prefix=prefix, after=after, limit=_PAGE)):
            for row in page:
                listed = _decoder.decode(row.body)
                if state in ("", listed.state):
                    found.append(listed)
                    if len(found) == limit:
                        return found
            after = page[-1].key
        return found


def _replacement(key: str, body: bytes | None, told: Sequence[Envelope]) -> Swap | None:
    """The row after what it is told, unless that changes nothing."""
    before = row = _decoder.decode(body) if body else None
    for envelope in told:
        row = apply(row, _fact(envelope), envelope)
    return None if row is None or row is before else Swap(key, body, _encoder.encode(row))
