"""The census: journals and archive side by side, stream by stream, in one pass over each.

All of them are sorted by stream and version, so that nothing is looked up and nothing is held but one stream.
"""

from collections.abc import AsyncIterator, Mapping

from ftz_common.contracts.commit import StoredCommit, verify_chain
from ftz_common.store.port import Store
from ftz_reporting.domain.problem import Findings

_JOURNAL_REMEDY = "stop the service, restore its database from the last backup, and compare with the archive"
_CENSUS_REMEDY = "restart the service that wrote it: it publishes what its mark says is not published"

Chain = list[StoredCommit]


class Census:
    """Takes the archive's streams in order, and reads the journals along."""

    def __init__(self, journals: Mapping[str, Store]) -> None:
        self.journal = Findings("journal commits chain by hash", _JOURNAL_REMEDY)
        self.counted = Findings("every journal commit is in the archive exactly once", _CENSUS_REMEDY)
        self._readers = {service: _chains(store) for service, store in journals.items()}
        self._next: dict[str, Chain] = {}

    async def start(self) -> None:
        """Read the first stream of every journal."""
        for service in self._readers:
            await self._advance(service)

    async def _advance(self, service: str) -> None:
        chain = await anext(self._readers[service], None)
        if chain is None:
            self._next.pop(service, None)
        else:
            self._next[service] = chain

    async def archived(self, stream: str, hashes: Mapping[int, set[str]]) -> None:
        """A stream of the archive: the hashes that its rows name, by version."""
        if not self._readers:
            return
        await self._pass(stream)
        holders = [service for service, chain in self._next.items() if chain[0].stream == stream]
        if not holders:
            self.counted.found(stream, 0, "in the archive, in no journal")
        for service in holders[1:]:
            self.counted.found(stream, 0, f"{holders[0]} and {service} both write it")
        for service in holders:
            self._compare(service, self._next[service], hashes)
            await self._advance(service)

    async def end(self) -> None:
        """The archive is read: what is left in journals is not in it."""
        await self._pass(None)

    async def _pass(self, stream: str | None) -> None:
        """Streams of journals that come before this one are not in the archive."""
        for service in list(self._next):
            while service in self._next and (stream is None or self._next[service][0].stream < stream):
                self._compare(service, self._next[service], {})
                await self._advance(service)

    def _compare(self, service: str, chain: Chain, archived: Mapping[int, set[str]]) -> None:
        stream = chain[0].stream
        self.journal.evaluated += len(chain)
        for what in verify_chain(chain):
            self.journal.found(stream, _version_in(what, stream), f"in the journal of {service}: {what}")
        for commit in chain:
            self.counted.evaluated += 1
            hashes = archived.get(commit.version)
            if hashes is None:
                what = f"in the journal of {service}, not in the archive"
                self.counted.found(stream, commit.version, what)
            elif hashes and hashes != {commit.hash}:
                what = f"the archive holds another commit than the journal of {service}"
                self.counted.found(stream, commit.version, what)
        for version in sorted(set(archived) - {commit.version for commit in chain}):
            self.counted.found(stream, version, f"in the archive, not in the journal of {service}")


async def _chains(store: Store) -> AsyncIterator[Chain]:
    """The commits of a journal, one list per stream."""
    chain: Chain = []
    async for commit in store.commits():
        if chain and commit.stream != chain[0].stream:
            yield chain
            chain = []
        chain.append(commit)
    if chain:
        yield chain


def _version_in(what: str, stream: str) -> int:
    """The version that `verify_chain` names: "<stream> version 3: ..."."""
    return int(what.removeprefix(f"{stream} version ").split(":")[0])
