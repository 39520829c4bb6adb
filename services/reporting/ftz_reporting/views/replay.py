"""`replay`: every row that was made from the archive is made again and compared with the live one."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import msgspec

from ftz_common.store.port import StoreRow
from ftz_reporting.domain.places import place_of
from ftz_reporting.domain.problem import Problem
from ftz_reporting.views import tables
from ftz_reporting.views.archive import Archive
from ftz_reporting.views.derived import Derived, derived
from ftz_reporting.views.tables import ARCHIVE, INDEX, NAMES, UNREAD, VIEWS

#: The tables whose rows are made from archived facts.
MADE: tuple[str, ...] = (VIEWS, INDEX, NAMES)
_CHUNK = 500
_REMEDY = "make the rows again from the archive (ftz replay --repair)"


class Replayed(NamedTuple):
    """Rows that differ, and how many rows the archive's facts make in each table."""

    problems: list[Problem]
    compared: dict[str, int]


async def replay(archive: Archive) -> Replayed:
    """Compare: each row that is changed, missing or too much is named with the fact it belongs to."""
    problems: list[Problem] = []
    compared = dict.fromkeys(MADE, 0)
    missing = dict.fromkeys(MADE, 0)
    async for made in _made_again(archive):
        for table, rows in made.items():
            compared[table] += len(rows)
            kept = await archive.store.get(table, list(rows))
            for key, body in rows.items():
                if key not in kept:
                    missing[table] += 1
                    problems.append(_problem(table, key, f"the row {key} is missing"))
                elif kept[key] != body:
                    problems.append(_problem(table, key, f"the row {key} is not what its fact makes"))
    for table in MADE:
        if await _count(archive, table) != compared[table] - missing[table]:
            async for key in _strangers(archive, table):
                problems.append(_problem(table, key, f"no fact makes the row {key}"))
    return Replayed(problems, compared)


async def repair(archive: Archive) -> int:
    """Make every row again, also of facts that an older build could not read, and delete rows that no fact
    makes; returns how many were made.
    """
    total = 0
    async for made in _made_again(archive):
        for table, rows in made.items():
            await archive.store.put(table, [StoreRow(key, body) for key, body in rows.items()])
            total += len(rows)
    unread = [row.key async for row in archive.rows(UNREAD)]
    kept = await archive.store.get(ARCHIVE, unread)
    readable = [key for key, body in kept.items() if _again(StoreRow(key, body)) is not None]
    await archive.store.delete(UNREAD, readable)
    for table in MADE:
        await archive.store.delete(table, [key async for key in _strangers(archive, table)])
    return total


async def _made_again(archive: Archive) -> AsyncIterator[dict[str, dict[str, bytes]]]:
    """What the archive's facts make, by table and key, some hundred facts at a time."""
    made: dict[str, dict[str, bytes]] = {table: {} for table in MADE}
    facts = 0
    async for row in archive.rows(ARCHIVE):
        for table, again in _again(row) or ():
            made[table][again.key] = again.body
        facts += 1
        if facts % _CHUNK == 0:
            yield made
            made = {table: {} for table in MADE}
    yield made


def _again(row: StoreRow) -> list[Derived] | None:
    """The rows that an archived envelope makes; None where this build cannot read it (verify names it)."""
    try:
        return derived(tables.envelope(row.body), row.key)
    except (KeyError, msgspec.DecodeError):
        return None


async def _count(archive: Archive, table: str) -> int:
    count = 0
    async for _ in archive.rows(table):
        count += 1
    return count


async def _strangers(archive: Archive, table: str) -> AsyncIterator[str]:
    """Rows that no fact makes."""
    async for row in archive.rows(table):
        place = _fact_place(row.key)
        body = (await archive.store.get(ARCHIVE, [place])).get(place)
        made = _again(StoreRow(place, body)) if body is not None else None
        if all((table, row.key) != (name, again.key) for name, again in made or ()):
            yield row.key


def _fact_place(key: str) -> str:
    """The place at the end of a row's key: "<about> <stream> <version>.<index>[.<piece>]"; else the key."""
    parts = key.split(" ")
    if len(parts) != 3:
        return key
    return f"{parts[1]} {'.'.join(parts[2].split('.')[:2])}"


def _problem(table: str, key: str, what: str) -> Problem:
    try:
        place = place_of(_fact_place(key))
        stream, version = place.stream, place.version
    except ValueError:
        stream, version = key, 0
    return Problem(check=f"rows of {table}", stream=stream, version=version, what=what, remedy=_REMEDY)
