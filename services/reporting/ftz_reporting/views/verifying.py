"""`verify`: chains, census, invariants at rest, and every duty figure again. Reads only; names what it finds.

Run it when every queue is empty: what is on its way looks like something that is missing.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from ftz_common.blobs.port import BlobDamaged, BlobMissing, Blobs
from ftz_common.contracts.commit import StoredCommit, envelopes, unseal, verify_chain
from ftz_common.contracts.envelope import Envelope, encode
from ftz_common.contracts.reference import TariffRevisionImported
from ftz_common.store.port import Store, StoreRow
from ftz_reporting.domain.check_duty import DutyCheck, Repricer
from ftz_reporting.domain.check_entries import EntryCheck
from ftz_reporting.domain.check_ledgers import LedgerCheck
from ftz_reporting.domain.places import place_of
from ftz_reporting.domain.problem import Findings, Problem
from ftz_reporting.domain.told import Told
from ftz_reporting.views.archive import Archive, Damage, commit_of, told
from ftz_reporting.views.tables import ARCHIVE

_ARCHIVE_REMEDY = "restore reporting's database from its backup, or rebuild the archive from the journals"
_JOURNAL_REMEDY = "stop the service, restore its database from the last backup, and compare with the archive"
_CENSUS_REMEDY = "restart the service that wrote it: it publishes what its mark says is not published"
_TARIFF_REMEDY = "import the official file again under the same name (ftz tariff import)"


class Verified(NamedTuple):
    """What was found, and how often each check was evaluated."""

    problems: list[Problem]
    evaluated: dict[str, int]


class Verifier:
    """Checks the archive, and with them the journals, blobs and duty, as far as they are given."""

    def __init__(
        self,
        archive: Archive,
        *,
        journals: Mapping[str, Store] | None = None,
        blobs: Blobs | None = None,
        reprice: Repricer | None = None,
    ) -> None:
        self._archive = archive
        self._journals = journals or {}
        self._blobs = blobs
        self._ledgers = LedgerCheck()
        self._entries = EntryCheck()
        self._duty = DutyCheck(reprice) if reprice else None
        self._chains = Findings("archived commits chain by hash", _ARCHIVE_REMEDY)
        self._once = Findings("nothing published twice with different content", _ARCHIVE_REMEDY)
        self._journal = Findings("journal commits chain by hash", _JOURNAL_REMEDY)
        self._census = Findings("every journal commit is in the archive exactly once", _CENSUS_REMEDY)
        self._tariff = Findings("tariff files have their SHA-256", _TARIFF_REMEDY)

    async def run(self) -> Verified:
        """Every check."""
        await self._read_archive()
        for damage in await self._archive.damages():
            place = place_of(damage.place)
            self._once.found(place.stream, place.version, f"fact {place.fact} {damage.why}")
        streams: set[str] = set()
        for service, store in self._journals.items():
            await self._read_journal(service, store, streams)
        if self._journals:
            await self._find_strangers(streams)
        checks = [self._ledgers, self._entries, *([self._duty] if self._duty else [])]
        findings = [self._chains, self._once, self._journal, self._census, self._tariff]
        for check in checks:
            check.finish()
            findings += check.findings
        return Verified(
            [problem for found in findings for problem in found.problems],
            {found.check: found.evaluated for found in findings},
        )

    # ---- the archive ------------------------------------------------------------------------------

    async def _read_archive(self) -> None:
        """One pass: rebuild every commit, check its chain, and show each fact to the invariants."""
        stream, version, previous_hash = "", 0, ""
        async for rows, parts in self._archive.commits():
            place = place_of(rows[0].key)
            if place.stream != stream:
                stream, version, previous_hash = place.stream, 0, ""
            if isinstance(parts, Damage):
                self._chains.found(place.stream, place.version, f"fact {place.fact}: {parts.why}")
                version, previous_hash = place.version, "?"
                continue
            self._chains.evaluated += 1
            self._once.evaluated += len(parts)
            if place.version != version + 1 and version != place.version:
                self._chains.found(stream, place.version, f"version {version + 1} is not in the archive")
                previous_hash = "?"
            previous_hash = self._check_commit(rows, parts, previous_hash)
            version = place.version
            for row in rows:
                await self._show(told(row.body))

    def _check_commit(self, rows: Sequence[StoreRow], parts: Sequence[Envelope], previous_hash: str) -> str:
        """Rebuild one commit from its rows; returns its hash."""
        first = parts[0]
        where = first.stream, first.streamversion
        commit = commit_of(parts)
        if isinstance(commit, str):
            self._chains.found(*where, commit)
            return first.commithash
        again = [encode(envelope) for envelope in envelopes(unseal(commit), commit.hash)]
        for row, part, bytes_again in zip(rows, parts, again, strict=True):
            if row.body != bytes_again:
                self._chains.found(
                    *where,
                    f"fact {part.factindex} ({part.type}) is not as it was published: its commit "
                    f"would have the hash {commit.hash[:12]}..., it says {part.commithash[:12]}...",
                )
        if previous_hash not in ("?", first.previoushash):
            self._chains.found(*where, "does not continue the commit before it")
        return commit.hash

    async def _show(self, fact: Told) -> None:
        for check in (self._ledgers, self._entries, self._duty):
            if check is not None:
                check.take(fact)
        if isinstance(fact.fact, TariffRevisionImported) and self._blobs is not None:
            try:
                await self._blobs.get(fact.fact.sha256)
            except (BlobDamaged, BlobMissing) as error:
                name = fact.fact.revision
                self._tariff.expect(
                    False, fact, f"the file of revision {name}: {type(error).__name__}: {error}"
                )
            else:
                self._tariff.evaluated += 1

    # ---- the journals -------------------------------------------------------------------------------

    async def _read_journal(self, service: str, store: Store, streams: set[str]) -> None:
        async for chain in _chains(store):
            stream = chain[0].stream
            self._journal.evaluated += len(chain)
            for what in verify_chain(chain):
                version = _version_in(what, stream)
                self._journal.found(stream, version, f"in the journal of {service}: {what}")
            if stream in streams:
                self._census.found(stream, 0, f"{service} and another service both write it")
            streams.add(stream)
            await self._compare(service, chain)

    async def _compare(self, service: str, chain: Sequence[StoredCommit]) -> None:
        stream = chain[0].stream
        archived: dict[int, set[str]] = {}
        async for row in self._archive.rows(ARCHIVE, f"{stream} "):
            try:
                envelope = msgspec.json.decode(row.body, type=_Hashed)
            except msgspec.DecodeError:
                continue  # named already, as a row that is no envelope
            archived.setdefault(place_of(row.key).version, set()).add(envelope.commithash)
        for commit in chain:
            self._census.evaluated += 1
            hashes = archived.pop(commit.version, None)
            if hashes is None:
                what = f"in the journal of {service}, not in the archive"
                self._census.found(stream, commit.version, what)
            elif hashes != {commit.hash}:
                what = (
                    f"the archive holds another commit than the journal of {service} ({commit.hash[:12]}...)"
                )
                self._census.found(stream, commit.version, what)
        for version in archived:
            self._census.found(stream, version, f"in the archive, not in the journal of {service}")

    async def _find_strangers(self, streams: set[str]) -> None:
        """Streams in the archive that no journal has."""
        last = ""
        async for row in self._archive.rows(ARCHIVE):
            stream = place_of(row.key).stream
            if stream != last and stream not in streams:
                self._census.found(stream, 0, "in the archive, in no journal")
            last = stream


class _Hashed(msgspec.Struct):
    commithash: str


async def _chains(store: Store) -> AsyncIterator[list[StoredCommit]]:
    """The commits of a journal, one list per stream."""
    chain: list[StoredCommit] = []
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
