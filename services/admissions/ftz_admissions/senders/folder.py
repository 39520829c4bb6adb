"""The folder that stands between us and the broker's ABI software: e214 files out, answers in.

    <folder>/to-cbp/<control>-<attempt>.e214     a filing, whole; whoever takes it moves it away
    <folder>/from-cbp/<name>.json                an answer (`ftz.answer/1`), put there whole, by renaming
    <folder>/answered/  <folder>/refused/        answers that were taken, or could not be: with the reason
    <folder>/.state/                             ours: what was sent

A filing is there or not, never in part, and it is put there once, whatever dies in between:
`.state/ready/X` is written, then `.state/sent/X`, then `ready/X` is renamed to `to-cbp/X`. With both `sent`
and `ready` there, the renaming is what is left to do; with `sent` alone, it is done, also when the file was
taken meanwhile. One process at a time holds the lock.
"""

import fcntl
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

ANSWER_BYTES_MAX = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was sent, for whom."""

    format: Literal["ftz.sent/1"] = "ftz.sent/1"
    control: str
    attempt: int
    sha256: str
    reply_to: str
    zone: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """CBP's answer to one attempt, as the broker's software tells it."""

    format: Literal["ftz.answer/1"]
    control: str
    attempt: int
    accepted: bool
    codes: list[str] = []
    reasons: list[str] = []


@dataclass(frozen=True, slots=True)
class Came:
    """A file in `from-cbp`: the answer with what it answers, or why it cannot be taken."""

    path: Path
    digest: str
    answer: Answer | None = None
    sent: Sent | None = None
    problem: str = ""


class SentDifferently(Exception):
    """This attempt was sent before with another content."""


class Folder:
    """The files. Blocking: call it from a thread."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._to, self._from = root / "to-cbp", root / "from-cbp"
        self._answered, self._refused = root / "answered", root / "refused"
        self._ready, self._sent = root / ".state" / "ready", root / ".state" / "sent"

    @contextmanager
    def _locked(self) -> Generator[None]:
        for folder in (self._to, self._from, self._answered, self._refused, self._ready, self._sent):
            folder.mkdir(parents=True, exist_ok=True)
        with (self.root / ".state" / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # ---- out ------------------------------------------------------------------------------------

    def send(self, sent: Sent, text: str) -> bool:
        """Put the file there, once; False when this attempt was sent before. Raises `SentDifferently`."""
        name = _file_name(sent.control, sent.attempt)
        with self._locked():
            record, ready = self._sent / f"{name}.json", self._ready / name
            before = self._record(name)
            if before is not None and before.sha256 != sent.sha256:
                raise SentDifferently(f"{name} was sent before with another content")
            if before is None:
                _write(ready, text.encode("ascii"))
                _write(record, msgspec.json.encode(sent))
            elif not ready.exists():
                return False
            ready.rename(self._to / f"{name}.e214")
            _sync(self._to)
            return True

    def _record(self, name: str) -> Sent | None:
        try:
            return msgspec.json.decode((self._sent / f"{name}.json").read_bytes(), type=Sent)
        except FileNotFoundError:
            return None

    # ---- in -------------------------------------------------------------------------------------

    def answers(self) -> list[Came]:
        """Every answer that is there, in the order of names; files still being written are no `.json`."""
        if not self._from.is_dir():
            return []
        return [self._came(path) for path in sorted(self._from.glob("[!.]*.json")) if path.is_file()]

    def _came(self, path: Path) -> Came:
        if path.stat().st_size > ANSWER_BYTES_MAX:
            return Came(path, "", problem=f"more than {ANSWER_BYTES_MAX:,} bytes")
        content = path.read_bytes()
        digest = sha256(content).hexdigest()
        try:
            answer = msgspec.json.decode(content, type=Answer)
            sent = self._record(_file_name(answer.control, answer.attempt))
        except (msgspec.DecodeError, ValueError) as error:
            return Came(path, digest, problem=str(error))
        if sent is None:
            problem = f"attempt {answer.attempt} of {answer.control} was not sent from this folder"
            return Came(path, digest, problem=problem)
        return Came(path, digest, answer, sent)

    def taken(self, came: Came) -> None:
        """The answer is journaled: out of the way."""
        with self._locked():
            _move(came.path, self._answered / f"{came.digest[:16]}-{came.path.name}")

    def refuse(self, came: Came) -> None:
        """The file cannot be taken: beside it stands why."""
        with self._locked():
            target = self._refused / f"{came.digest[:16]}-{came.path.name}"
            _write(target.with_name(f"{target.name}.why.txt"), f"{came.problem}\n".encode())
            _move(came.path, target)


def _file_name(control: str, attempt: int) -> str:
    if not _NAME.fullmatch(control):
        raise ValueError(f"{control!r} is no control number")
    return f"{control}-{attempt}"


def _write(path: Path, content: bytes) -> None:
    """The file is there whole or not at all, also after a crash."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    _sync(path.parent)


def _move(path: Path, target: Path) -> None:
    try:
        path.replace(target)
    except FileNotFoundError:
        return  # somebody else moved it
    _sync(target.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
