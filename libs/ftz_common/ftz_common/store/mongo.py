"""The store on MongoDB, for any server that inserts one document atomically and keeps two unique keys.

A commit is one document: `_id` is (stream, version), the second unique key a digest of (scope, cause).
Everything that runs per batch is a lookup by unique key. Neither transactions nor sessions are used.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from ftz_common.contracts.commit import StoredCommit
from ftz_common.store.mongo_client import (
    Binary,
    BulkWriteError,
    MongoClient,
    ReplaceOne,
    StoreRefused,
    UpdateOne,
    refused_at,
)
from ftz_common.store.port import InsertRefused, StoreRow, Swap

_CAUSE, _WRITER = "cause", "writer"
#: Streams are read ahead by so many versions at first; those that have more, by four times as many.
_AHEAD, _AHEAD_MAX = 4, 1024
_KEYS_MAX = 5_000
#: Sorts before every character, so that (stream, version) pairs sort as their texts do.
_SEPARATOR = "\0"


class MongoStore:
    """The store port. `open` it before use."""

    def __init__(self, client: MongoClient, service: str) -> None:
        self._client = client
        self._service = service
        self._database = client.database(service)
        self._commits = self._database["commits"]

    async def open(self) -> None:
        """Make the indexes of a new database; raises `StoreRefused` when an old one has lost its own."""
        with self._client.translated():
            present: Mapping[str, Any] = await self._commits.index_information()
            if _CAUSE not in present and await self._commits.find_one({}, {"_id": 1}) is None:
                await self._commits.create_index([("k", 1)], name=_CAUSE, unique=True)
                await self._commits.create_index([("w", 1), ("n", 1)], name=_WRITER)
                present = await self._commits.index_information()
        if not present.get(_CAUSE, {}).get("unique"):
            raise StoreRefused(
                f"the commits of {self._service} in MongoDB at {self._client.address} have no unique index "
                f'"{_CAUSE}": without it a cause could act twice. Stop all writers, run `ftz verify`, then '
                'create it: db.commits.createIndex({k: 1}, {name: "cause", unique: true})'
            )

    async def insert(self, commits: Sequence[StoredCommit]) -> InsertRefused | None:
        if not commits:
            return None
        with self._client.translated():
            try:
                await self._commits.insert_many([_document(c) for c in commits], ordered=True)
            except BulkWriteError as error:
                index, message = refused_at(error)
                return InsertRefused(index, "cause" if f"index: {_CAUSE}" in message else "version")
        return None

    async def read(self, after: Mapping[str, int]) -> list[StoredCommit]:
        found: list[StoredCommit] = []
        wanted, ahead = dict(after), _AHEAD
        while wanted:
            keys = [
                _id(s, v) for s, after_v in wanted.items() for v in range(after_v + 1, after_v + ahead + 1)
            ]
            counts: dict[str, int] = dict.fromkeys(wanted, 0)
            for commit in await self._by_key("_id", keys):
                found.append(commit)
                counts[commit.stream] += 1
            wanted = {s: wanted[s] + ahead for s, count in counts.items() if count == ahead}
            ahead = min(ahead * 4, _AHEAD_MAX)
        found.sort(key=lambda c: (c.stream, c.version))
        return found

    async def causes(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StoredCommit]:
        found = await self._by_key("k", [_cause_key(scope, cause) for scope, cause in keys])
        return {(c.scope, c.cause): c for c in found}

    async def _by_key(self, field: str, keys: Sequence[Any]) -> list[StoredCommit]:
        found: list[StoredCommit] = []
        with self._client.translated():
            for start in range(0, len(keys), _KEYS_MAX):
                cursor = self._commits.find({field: {"$in": list(keys[start : start + _KEYS_MAX])}})
                found += [_commit(document) async for document in cursor]
        return found

    async def written(self, writer: str, after_seq: int, limit: int) -> list[StoredCommit]:
        with self._client.translated():
            cursor = self._commits.find({"w": writer, "n": {"$gt": after_seq}}).sort("n", 1).limit(limit)
            return [_commit(document) async for document in cursor]

    async def commits(self, prefix: str = "") -> AsyncIterator[StoredCommit]:
        with self._client.translated():
            async for document in self._commits.find(_within("_id", prefix)).sort("_id", 1):
                yield _commit(document)

    async def get(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        with self._client.translated():
            for start in range(0, len(keys), _KEYS_MAX):
                cursor = self._rows(table).find({"_id": {"$in": list(keys[start : start + _KEYS_MAX])}})
                async for document in cursor:
                    found[document["_id"]] = bytes(document["b"])
        return found

    async def put(self, table: str, rows: Sequence[StoreRow]) -> None:
        if rows:
            with self._client.translated():
                await self._rows(table).bulk_write([_replacement(row) for row in rows], ordered=True)

    async def delete(self, table: str, keys: Sequence[str]) -> None:
        if keys:
            with self._client.translated():
                await self._rows(table).delete_many({"_id": {"$in": list(keys)}})

    async def scan(
        self, table: str, *, prefix: str = "", after: str = "", before: str | None = None, limit: int = 1000
    ) -> list[StoreRow]:
        wanted: dict[str, Any] = _within("_id", prefix).get("_id", {})
        if after and after >= prefix:
            wanted.pop("$gte", None)
            wanted["$gt"] = after
        if before is not None:
            wanted["$lt"] = min(before, wanted.get("$lt", before))
        with self._client.translated():
            cursor = self._rows(table).find({"_id": wanted} if wanted else {}).sort("_id", 1).limit(limit)
            return [StoreRow(document["_id"], bytes(document["b"])) async for document in cursor]

    async def swap(self, table: str, changes: Sequence[Swap]) -> list[bool]:
        made = await self._made(table, [change for change in changes if change.expected is None])
        changed = await self._changed(table, [change for change in changes if change.expected is not None])
        return [change.key in made or change.key in changed for change in changes]

    async def _made(self, table: str, changes: Sequence[Swap]) -> set[str]:
        """Insert in order; behind one that exists, go on."""
        made: set[str] = set()
        left = list(changes)
        with self._client.translated():
            while left:
                stopped = len(left)
                try:
                    documents = [{"_id": change.key, "b": Binary(change.body)} for change in left]
                    await self._rows(table).insert_many(documents, ordered=True)
                except BulkWriteError as error:
                    stopped, _ = refused_at(error)
                made.update(change.key for change in left[:stopped])
                left = left[stopped + 1 :]
        return made

    async def _changed(self, table: str, changes: Sequence[Swap]) -> set[str]:
        """One bulk of updates says only how many it matched: unless all, look which rows are as wanted."""
        if not changes:
            return set()
        updates = [
            UpdateOne({"_id": c.key, "b": Binary(c.expected or b"")}, {"$set": {"b": Binary(c.body)}})
            for c in changes
        ]
        with self._client.translated():
            result = await self._rows(table).bulk_write(updates, ordered=True)
        if result.matched_count == len(changes):
            return {change.key for change in changes}
        if not result.matched_count:
            return set()
        found = await self.get(table, [change.key for change in changes])
        return {change.key for change in changes if found.get(change.key) == change.body}

    async def ping(self) -> None:
        await self._client.ping()

    async def close(self) -> None:
        """The connection is the client's, and closed with it."""

    def _rows(self, table: str) -> Any:
        return self._database[f"rows.{table}"]


def _id(stream: str, version: int) -> str:
    return f"{stream}{_SEPARATOR}{version:010d}"


def _cause_key(scope: str, cause: str) -> Binary:
    return Binary(blake2b(f"{scope}\0{cause}".encode(), digest_size=16).digest())


def _document(commit: StoredCommit) -> dict[str, Any]:
    return {
        "_id": _id(commit.stream, commit.version),
        "k": _cause_key(commit.scope, commit.cause),
        "s": commit.scope,
        "c": commit.cause,
        "w": commit.writer,
        "n": commit.seq,
        "h": commit.hash,
        "b": Binary(commit.body),
    }


def _commit(document: Mapping[str, Any]) -> StoredCommit:
    stream, version = str(document["_id"]).rsplit(_SEPARATOR, 1)
    return StoredCommit(
        stream,
        int(version),
        document["s"],
        document["c"],
        document["w"],
        document["n"],
        document["h"],
        bytes(document["b"]),
    )


def _replacement(row: StoreRow) -> ReplaceOne[dict[str, Any]]:
    return ReplaceOne({"_id": row.key}, {"_id": row.key, "b": Binary(row.body)}, upsert=True)


def _within(field: str, prefix: str) -> dict[str, Any]:
    """A query for texts that start with `prefix`, as a range that an index serves."""
    if not prefix:
        return {}
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return {field: {"$gte": prefix}}
    last = ord(kept[-1]) + 1
    above = kept[:-1] + chr(0xE000 if last == 0xD800 else last)  # surrogates are no text
    return {field: {"$gte": prefix, "$lt": above}}
