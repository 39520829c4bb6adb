"""The journal as a stream of deliveries: pages of commits, decoded once for all readers.

The newest pages are filled as commits are stored, so that a reader that keeps up never reads from disk;
older ones are read again when somebody is behind (after a restart, say).
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence

from ftz_common.bus.port import Delivery
from ftz_common.contracts.commit import StoredCommit, envelopes, unseal
from ftz_common.contracts.envelope import Envelope, encode, headers
from ftz_common.store.sqlite import SqliteFile

#: Where a fact goes: (topic, key) once, or again under another key (a reroute), or nowhere.
Route = Callable[[Envelope], Sequence[tuple[str, str]]]

#: An offset is position * COMMIT_OFFSETS + index of the fact * FACT_OFFSETS + which of its routes.
COMMIT_OFFSETS = 1_000_000
FACT_OFFSETS = 4
#: The partition number of what comes from the journal.
JOURNAL_PARTITION = 0

_PAGE = 256
_PAGES_MAX = 64


class Journal:
    """Deliveries by position, read through pages."""

    def __init__(self, file: SqliteFile, route: Route) -> None:
        self._file = file
        self._route = route
        self._pages: OrderedDict[int, list[StoredCommit | list[Delivery]]] = OrderedDict()
        file.listen(self._stored)

    @property
    def end(self) -> int:
        """The position of the last commit."""
        return self._file.position

    def _stored(self, first: int, _service: str, commits: Sequence[StoredCommit]) -> None:
        for position, commit in enumerate(commits, first):
            number, index = divmod(position - 1, _PAGE)
            page = self._page_started(number) if index == 0 else self._pages.get(number)
            if page is not None and len(page) == index:
                page.append(commit)

    def _page_started(self, number: int) -> list[StoredCommit | list[Delivery]]:
        page = self._pages.setdefault(number, [])
        while len(self._pages) > _PAGES_MAX:
            self._pages.popitem(last=False)
        return page

    async def after(self, position: int, limit: int) -> list[list[Delivery]]:
        """The deliveries of the next commits, one list each, at most `limit`; empty only at the end."""
        if position >= self.end:
            return []
        number, index = divmod(position, _PAGE)
        page = self._pages.get(number)
        if page is None or len(page) <= index:
            found = await self._file.journal(number * _PAGE, _PAGE)
            page = self._page_started(number)
            page[:] = [*page, *(commit for _, _, commit in found[len(page) :])]
        self._pages.move_to_end(number)
        stop = min(len(page), index + limit)
        return [self._decoded(page, at, number * _PAGE + at + 1) for at in range(index, stop)]

    def _decoded(self, page: list[StoredCommit | list[Delivery]], at: int, position: int) -> list[Delivery]:
        held = page[at]
        if isinstance(held, StoredCommit):
            held = page[at] = self._deliveries(held, position)
        return held

    def _deliveries(self, stored: StoredCommit, position: int) -> list[Delivery]:
        found: list[Delivery] = []
        for envelope in envelopes(unseal(stored), stored.hash):
            body = encode(envelope)
            offset = position * COMMIT_OFFSETS + envelope.factindex * FACT_OFFSETS
            for way, (topic, key) in enumerate(self._route(envelope)):
                found.append(Delivery(topic, JOURNAL_PARTITION, offset + way, key, body, headers(envelope)))
        return found
