"""The folder port: a filing is there once and whole, whatever dies in between; answers come back by files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ftz_admissions.senders import folder as folder_module
from ftz_admissions.senders.folder import Folder, Sent, SentDifferently

TEXT = "10A\n"


def sent(attempt: int = 1, sha256: str = "a" * 64) -> Sent:
    return Sent(
        control="999-26-000001",
        attempt=attempt,
        sha256=sha256,
        reply_to="admission/acme/shop/S-1",
        zone="999",
    )


def out(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "to-cbp").iterdir())


# ---- out ----------------------------------------------------------------------------------------


def test_an_attempt_is_put_there_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "filing")
    assert folder.send(sent(), TEXT)
    assert not folder.send(sent(), TEXT)
    assert folder.send(sent(2), TEXT)
    assert out(folder.root) == ["999-26-000001-1.e214", "999-26-000001-2.e214"]
    assert (folder.root / "to-cbp" / "999-26-000001-1.e214").read_text() == TEXT


def test_what_the_brokers_software_took_is_not_put_there_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.send(sent(), TEXT)
    (tmp_path / "to-cbp" / "999-26-000001-1.e214").unlink()
    assert not Folder(tmp_path).send(sent(), TEXT)
    assert out(tmp_path) == []


def test_an_attempt_with_another_content_is_refused(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.send(sent(), TEXT)
    with pytest.raises(SentDifferently):
        folder.send(sent(sha256="b" * 64), "other\n")
    assert (tmp_path / "to-cbp" / "999-26-000001-1.e214").read_text() == TEXT


class Died(Exception):
    """The process is gone."""


@pytest.mark.parametrize("dies_at", range(14))
def test_whatever_dies_the_file_is_there_once_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    """The process dies before its n-th step; the broker's software looks; then the filing comes again."""
    steps = 0

    def mortal(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **more: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == dies_at + 1:
                raise Died
            return real(*args, **more)

        return step

    with monkeypatch.context() as patch:
        patch.setattr(folder_module.os, "fsync", mortal(folder_module.os.fsync))
        for name in ("open", "replace", "rename"):
            patch.setattr(Path, name, mortal(getattr(Path, name)))
        try:
            Folder(tmp_path).send(sent(), TEXT)
            died = False
        except Died:
            died = True
    assert died == (dies_at < 12), "the test dies at every step there is"
    taken = []
    for _ in range(3):  # the broker's software looks before, between and after
        to_cbp = tmp_path / "to-cbp"
        for path in to_cbp.iterdir() if to_cbp.exists() else ():
            assert path.suffix == ".e214"
            taken.append(path.read_text())
            path.unlink()
        Folder(tmp_path).send(sent(), TEXT)
    assert taken == [TEXT]


# ---- in -----------------------------------------------------------------------------------------


def put(root: Path, name: str, **changes: Any) -> Path:
    said = {"format": "ftz.answer/1", "control": "999-26-000001", "attempt": 1, "accepted": True} | changes
    path = root / "from-cbp" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said))
    return path


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": "ftz.answer/2"}, "ftz.answer"),
        ({"attempt": 2}, "was not sent from this folder"),
        ({"control": "../../etc/passwd"}, "is no control number"),
        ({"accepted": "yes"}, "bool"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_answer_that_cannot_be_taken_says_why(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    folder = Folder(tmp_path)
    folder.send(sent(), TEXT)
    path = put(tmp_path, "answer.json", **changes)
    (came,) = folder.answers()
    assert why in came.problem
    folder.refuse(came)
    assert not path.exists()
    kept = sorted(p.name for p in (tmp_path / "refused").iterdir())
    assert [name.partition("-")[2] for name in kept] == ["answer.json", "answer.json.why.txt"]


def test_files_being_written_are_left_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.answers() == []
    folder.send(sent(), TEXT)
    put(tmp_path, "answer.json.part")
    put(tmp_path, ".answer.json")
    assert folder.answers() == []


# ---- the service --------------------------------------------------------------------------------


async def phase(world: Any) -> str:
    rows = (await world.client.get("/v1/admissions", params={"account": "acme"})).json()["admissions"]
    return rows[0]["phase"]


async def test_a_filing_goes_out_and_its_answer_comes_back(folder_world: Any) -> None:
    await folder_world.announce()
    root = folder_world.root
    assert out(root) == ["999-26-000001-1.e214"]
    assert await phase(folder_world) == "filed"
    assert (await folder_world.service.status())["filing"] == {"to": str(root), "sent": 1}
    put(root, "a.json")
    assert await folder_world.service.tick() >= 1
    await folder_world.settle()
    assert await phase(folder_world) == "authorized"
    assert [p.name.partition("-")[2] for p in (root / "answered").iterdir()] == ["a.json"]
    put(root, "b.json")  # the same words again
    put(root, "c.json", accepted=False)  # and others
    await folder_world.service.tick()
    await folder_world.settle()
    assert await phase(folder_world) == "authorized"
    assert not list((root / "from-cbp").iterdir())


async def test_a_rejection_comes_back_with_its_codes(folder_world: Any) -> None:
    await folder_world.announce()
    put(folder_world.root, "a.json", accepted=False, codes=["F01"], reasons=["no such bill"])
    await folder_world.service.tick()
    await folder_world.settle()
    assert await phase(folder_world) == "rejected"


async def test_a_crash_before_the_answer_is_moved_takes_it_once(
    folder_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await folder_world.announce()
    put(folder_world.root, "a.json")

    def dies(_self: Folder, _came: Any) -> None:
        raise OSError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "taken", dies)
        await folder_world.service.tick()
    stream = "admission/acme/shop/S%2F1"
    before = len(await folder_world.service.ports.store.read({stream: 0}))
    await folder_world.service.tick()
    await folder_world.settle()
    assert len(await folder_world.service.ports.store.read({stream: 0})) == before
    assert await phase(folder_world) == "authorized"
    assert not list((folder_world.root / "from-cbp").iterdir())


async def test_the_simulated_cbp_has_no_say_where_filings_are_files(folder_world: Any) -> None:
    await folder_world.announce()
    await folder_world.cbp_says(accepted=True)
    assert await phase(folder_world) == "filed"


async def test_a_filing_that_was_answered_before_the_folder_was_chosen_stays(
    sandbox_world: Any, tmp_path: Path
) -> None:
    await sandbox_world.announce()
    await sandbox_world.cbp_says(accepted=True)
    assert await phase(sandbox_world) == "authorized"
    again = await sandbox_world.restarted("folder", tmp_path / "late")
    await again.settle()
    assert not (tmp_path / "late").exists()
    assert again.service.sender.sent == 0


def stand_in_the_way(root: Path) -> None:
    root.write_text("a file stands where the folder should be")


def get_out_of_the_way(root: Path) -> None:
    root.unlink()


async def test_a_folder_that_cannot_be_written_to_is_tried_again(folder_world: Any) -> None:
    root: Path = folder_world.root
    stand_in_the_way(root)
    await folder_world.announce(settle=False)
    for _ in range(3):
        await folder_world.settle_once()
    get_out_of_the_way(root)
    await folder_world.settle()
    assert out(root) == ["999-26-000001-1.e214"]
