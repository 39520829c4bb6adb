"""The SQLite file: one process at a time, damage and newer formats refused, kills survived, backups."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ftz_common.store.port import StoreDamaged, StoreRow, StoreUnavailable
from ftz_common.store.sqlite import SqliteFile
from ftz_common.store.sqlite_file import FORMAT, StoreHeld, StoreNewer
from ftz_common.testing.store_suite import collected, commit

WRITER = Path(__file__).with_name("crashing_writer.py")
PAGE_BYTES = 8192


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "ftz.db"


@pytest.fixture
async def filled(path: Path) -> Path:
    """A closed file with 500 commits."""
    file = SqliteFile(path)
    await file.store("inventory").insert(
        [commit("s", v, data='{"x":"' + "y" * 500 + '"}') for v in range(1, 501)]
    )
    await file.close()
    return path


def changed(path: Path, sql: str) -> None:
    """What somebody else's hand does to a closed file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql)
        connection.commit()


def truncate(path: Path, kept: float) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])


def overwrite_pages(path: Path, first: int, end: int | None = None) -> None:
    content = bytearray(path.read_bytes())
    stop = len(content) if end is None else end * PAGE_BYTES
    content[first * PAGE_BYTES : stop] = b"\xa5" * (stop - first * PAGE_BYTES)
    path.write_bytes(content)


async def test_a_second_opening_is_refused_and_names_the_holder(path: Path) -> None:
    file = SqliteFile(path)
    with pytest.raises(StoreHeld, match=f"process {os.getpid()}") as refusal:
        SqliteFile(path)
    assert str(path) in str(refusal.value)
    await file.close()
    await SqliteFile(path).close()


async def test_a_file_may_be_read_while_another_process_holds_it(path: Path) -> None:
    with writer(path) as (child, acknowledged):
        last = acknowledged(3)
        reader = SqliteFile(path, read_only=True)
        found = await collected(reader.store("inventory").commits())
        assert len(found) >= last
        with pytest.raises(StoreUnavailable):
            await reader.store("inventory").insert([commit("t", 1)])
        with pytest.raises(StoreHeld, match=f"process {child.pid}"):
            SqliteFile(path)
        await reader.close()


async def test_what_was_acknowledged_survives_kills(path: Path) -> None:
    """Ten kills in the middle of inserts: nothing acknowledged is lost, versions have no holes."""
    promised = 0
    for kill in range(10):
        with writer(path) as (child, acknowledged):
            promised = max(promised, acknowledged(1 + kill % 4))
            child.send_signal(signal.SIGKILL)
            promised = max(promised, acknowledged(None))
        file = SqliteFile(path)
        versions = [v for _, v in await collected(file.store("inventory").commits())]
        assert versions == list(range(1, len(versions) + 1))
        assert len(versions) % 50 == 0, "a batch of one file is there whole or not at all"
        assert len(versions) >= promised
        mark = int((await file.store("inventory").get("marks", ["next"]))["next"])
        assert promised < mark <= len(versions) + 1, "what was put after an insert is never there without it"
        assert file.position == len(versions)
        await file.close()
    assert promised >= 500


class writer:  # noqa: N801 a context manager reads as a verb
    """The child that inserts for ever; `acknowledged(n)` reads n more lines (None: all), gives the last."""

    def __init__(self, path: Path) -> None:
        self._child = subprocess.Popen(  # noqa: S603 our own interpreter and script
            [sys.executable, str(WRITER), str(path)], stdout=subprocess.PIPE, text=True
        )

    def __enter__(self):
        assert self._child.stdout is not None
        assert self._child.stdout.readline().startswith("opened")
        return self._child, self._acknowledged

    def _acknowledged(self, lines: int | None) -> int:
        assert self._child.stdout is not None
        if lines is None:
            got = self._child.stdout.readlines()
        else:
            got = [self._child.stdout.readline() for _ in range(lines)]
        whole = [int(line) for line in got if line.endswith("\n")]
        return whole[-1] if whole else 0

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.communicate()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"this is a text file, and long enough to be no database at all" * 20, "damaged"),
        (b"SQLite format 3\x00" + b"\x00" * 4096, "damaged"),
    ],
    ids=["text", "header only"],
)
def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes, reason: str) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StoreDamaged, match=reason) as refusal:
        SqliteFile(path)
    assert str(path) in str(refusal.value)
    assert "backup" in str(refusal.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize("cut", [0.5, 0.95])
async def test_a_truncated_file_is_refused(filled: Path, cut: float) -> None:
    truncate(filled, cut)
    with pytest.raises(StoreDamaged, match="restore it from a backup"):
        SqliteFile(filled)


async def test_a_file_with_overwritten_pages_is_refused(filled: Path) -> None:
    overwrite_pages(filled, 5, 8)
    with pytest.raises(StoreDamaged, match="restore it from a backup"):
        SqliteFile(filled)


async def test_damage_met_later_has_the_same_name(filled: Path) -> None:
    reader = SqliteFile(filled, read_only=True)  # readers do not check the whole file first
    overwrite_pages(filled, 3)
    with pytest.raises(StoreDamaged, match="restore it from a backup"):
        await collected(reader.store("inventory").commits())
    await reader.close()


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    changed(path, "CREATE TABLE songs (title TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match="not a file of ftz"):
        SqliteFile(path)
    assert path.read_bytes() == before


async def test_a_newer_format_is_refused_by_number(filled: Path) -> None:
    changed(filled, "UPDATE format SET version = 99")
    with pytest.raises(StoreNewer, match=f"format 99, this build reads up to {FORMAT}"):
        SqliteFile(filled)
    with pytest.raises(StoreNewer):
        SqliteFile(filled, read_only=True)


async def test_a_refused_opening_lets_go_of_the_lock(filled: Path) -> None:
    changed(filled, "UPDATE format SET version = 99")
    with pytest.raises(StoreNewer):
        SqliteFile(filled)
    changed(filled, "UPDATE format SET version = 1")
    await SqliteFile(filled).close()


def test_reading_a_file_that_is_not_there_makes_none(path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"ftz\.db does not exist"):
        SqliteFile(path, read_only=True)
    assert not path.parent.exists()


async def test_a_backup_of_a_file_in_use_is_whole(path: Path, tmp_path: Path) -> None:
    file = SqliteFile(path)
    await file.store("inventory").insert([commit("s", v) for v in range(1, 101)])
    target = tmp_path / "backups" / "ftz-2026-03-02.db"
    await file.backup_to(target)
    await file.store("inventory").insert([commit("s", 101)])
    copy = SqliteFile(target)
    assert len(await collected(copy.store("inventory").commits())) == 100
    assert copy.position == 100
    await copy.close()
    with pytest.raises(FileExistsError, match="name a new file"):
        await file.backup_to(target)
    await file.close()


async def test_a_full_disk_is_an_outage_and_nothing_of_the_batch_is_there(path: Path) -> None:
    file = SqliteFile(path)
    store = file.store("inventory")
    await store.insert([commit("s", 1)])
    await file.fetch("PRAGMA max_page_count = 40")
    large = '{"x":"' + "y" * 20_000 + '"}'
    with pytest.raises(StoreUnavailable, match="full"):
        await store.insert([commit("t", v, data=large) for v in range(1, 100)])
    assert await collected(store.commits()) == [("s", 1)]
    assert file.position == 1
    await file.fetch("PRAGMA max_page_count = 1000000")
    assert await store.insert([commit("t", 1)]) is None
    assert file.position == 2
    await file.close()


async def test_a_closed_file_says_so(path: Path) -> None:
    file = SqliteFile(path)
    await file.close()
    await file.close()
    with pytest.raises(StoreUnavailable, match="is closed"):
        await file.store("inventory").put("t", [StoreRow("a", b"")])


async def test_one_prepared_file_is_durable_by_its_settings(path: Path) -> None:
    file = SqliteFile(path)
    assert await file.fetch("PRAGMA journal_mode") == [("wal",)]
    assert await file.fetch("PRAGMA synchronous") == [(2,)], "FULL: acknowledged means on disk"
    await file.close()
