"""`verify`: chains, census, invariants at rest, and every duty figure again. Reads only; names what it finds.

Run it when every queue is empty: what is on its way looks like something that is missing.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ftz_common.blobs.port import BlobDamaged, BlobMissing, Blobs
from ftz_common.contracts.commit import envelopes, unseal
from ftz_common.contracts.envelope import Envelope, encode
from ftz_common.contracts.reference import TariffRevisionImported
from ftz_common.store.port import Store, StoreRow
from ftz_reporting.domain.check_duty import DutyCheck, Repricer
from ftz_reporting.domain.check_entries import EntryCheck
from ftz_reporting.domain.check_harbor import HarborCheck
from ftz_reporting.domain.check_ledgers import LedgerCheck
from ftz_reporting.domain.places import Place, place_of
from ftz_reporting.domain.problem import Findings, Problem
from ftz_reporting.domain.told import Told
from ftz_reporting.views.archive import Archive, Damage, commit_of, told
from ftz_reporting.views.census import Census

_ARCHIVE_REMEDY = "restore reporting's database from its backup, or rebuild the archive from the journals"
_TARIFF_REMEDY = "import the official file again under the same name (ftz tariff import)"


class Verified(NamedTuple):
    """What was found, and how often each check was evaluated."""

    problems: list[Problem]
    evaluated: dict[str, int]


class Verifier:
    """Checks the archive, and with it journals, blobs and duty, as far as they are given. Runs once."""

    def __init__(
        self,
        archive: Archive,
        *,
        journals: Mapping[str, Store] | None = None,
        blobs: Blobs | None = None,
        reprice: Repricer | None = None,
    ) -> None:
        self._archive = archive
        self._blobs = blobs
        self._census = Census(journals or {})
        self._ledgers = LedgerCheck()
        self._entries = EntryCheck()
        self._harbor = HarborCheck()
        self._duty = DutyCheck(reprice) if reprice else None
        self._chains = Findings("archived commits chain by hash", _ARCHIVE_REMEDY)
        self._once = Findings("nothing published twice with different content", _ARCHIVE_REMEDY)
        self._tariff = Findings("tariff files have their SHA-256", _TARIFF_REMEDY)

    async def run(self) -> Verified:
        """Every check, in one pass over the archive and each journal."""
        await self._census.start()
        await self._read_archive()
        await self._census.end()
        for damage in await self._archive.damages():
            place = place_of(damage.place)
            self._once.found(place.stream, place.version, f"fact {place.fact} {damage.why}")
        checks = [self._ledgers, self._entries, self._harbor, *([self._duty] if self._duty else [])]
        findings = [self._chains, self._once, self._census.journal, self._census.counted, self._tariff]
        for check in checks:
            check.finish()
            findings += check.findings
        return Verified(
            [problem for found in findings for problem in found.problems],
            {found.check: found.evaluated for found in findings},
        )

    async def _read_archive(self) -> None:
        """Rebuild every commit, check its chain, count it, and show each fact to the invariants."""
        chain = _Chain("")
        async for rows, parts in self._archive.commits():
            place = place_of(rows[0].key)
            if place.stream != chain.stream:
                if chain.stream:
                    await self._census.archived(chain.stream, chain.hashes)
                chain = _Chain(place.stream)
            self._link(chain, place, rows, parts)
            if not isinstance(parts, Damage):
                for row in rows:
                    await self._show(told(row.body))
        if chain.stream:
            await self._census.archived(chain.stream, chain.hashes)

    def _link(
        self, chain: "_Chain", place: Place, rows: Sequence[StoreRow], parts: list[Envelope] | Damage
    ) -> None:
        """The next commit of a stream, or a row of it that cannot be read."""
        hashes = chain.hashes.setdefault(place.version, set())
        if isinstance(parts, Damage):
            self._chains.found(place.stream, place.version, f"fact {place.fact}: {parts.why}")
            chain.version, chain.last_hash = place.version, None
            return
        self._chains.evaluated += 1
        self._once.evaluated += len(parts)
        if place.version not in (chain.version, chain.version + 1):
            self._chains.found(
                place.stream, place.version, f"version {chain.version + 1} is not in the archive"
            )
            chain.last_hash = None
        hashes.update(part.commithash for part in parts)
        if chain.last_hash not in (None, parts[0].previoushash):
            self._chains.found(place.stream, place.version, "does not continue the commit before it")
        chain.version, chain.last_hash = place.version, self._rebuild(rows, parts)

    def _rebuild(self, rows: Sequence[StoreRow], parts: Sequence[Envelope]) -> str:
        """Make one commit again from its rows and publish it again, byte for byte; returns its hash."""
        place = place_of(rows[0].key)
        commit = commit_of(parts)
        if isinstance(commit, str):
            self._chains.found(place.stream, place.version, commit)
            return parts[0].commithash
        again = [encode(envelope) for envelope in envelopes(unseal(commit), commit.hash)]
        for row, part, bytes_again in zip(rows, parts, again, strict=True):
            if row.body != bytes_again:
                what = (
                    f"fact {part.factindex} ({part.type}) is not as it was published: its commit would have "
                    f"the hash {commit.hash[:12]}..., it says {part.commithash[:12]}..."
                )
                self._chains.found(place.stream, place.version, what)
        return commit.hash

    async def _show(self, fact: Told) -> None:
        for check in (self._ledgers, self._entries, self._harbor, self._duty):
            if check is not None:
                check.take(fact)
        if isinstance(fact.fact, TariffRevisionImported) and self._blobs is not None:
            try:
                await self._blobs.get(fact.fact.sha256)
            except (BlobDamaged, BlobMissing) as error:
                why = f"{type(error).__name__}: {error}"
                self._tariff.expect(False, fact, f"the file of revision {fact.fact.revision}: {why}")
            else:
                self._tariff.evaluated += 1


class _Chain:
    """One stream of the archive as far as it was read; `last_hash` None: of the last one nothing is known."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.version = 0
        self.last_hash: str | None = ""
        self.hashes: dict[int, set[str]] = {}
