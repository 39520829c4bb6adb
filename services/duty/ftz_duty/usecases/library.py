"""The tariff as this process has read it: revisions announced, their files fetched, read once each."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from ftz_common.blobs.port import Blobs
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.reference import TariffRevisionImported
from ftz_common.flow.aggregate import Waiting
from ftz_common.flow.reference import Reference
from ftz_common.values.calendar import parse_instant
from ftz_duty.domain.lookup import stated
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.schedule import Problem, Schedule
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.domain.schedule_file import read_csv, read_json
from ftz_duty.domain.tariff import Revision, TariffBook

#: Schedules by the SHA-256 of their file: read once in a process, whoever asks.
_READ: dict[str, Schedule] = {}

#: Later than anything recorded: the tariff as known now.
_NOW_KNOWN = datetime.max.replace(tzinfo=UTC)

WHOLE = "policy: a schedule is taken whole or not at all; the revision in force stays"

#: Problems of a file named in one refusal.
_NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was read whole and is kept."""

    sha256: str
    lines: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is not taken."""

    refusal: Refusal


def read_schedule(content: bytes, file_name: str, *, extract: bool) -> Schedule | Refused:
    """The schedule in an official export; JSON by its file name, else CSV."""
    reader = read_json if file_name.lower().endswith(".json") else read_csv
    return reader(content, extract=extract)


class Library:
    """Revisions by date. Files are fetched when announced and read when first asked for."""

    def __init__(self, reference: Reference, blobs: Blobs) -> None:
        self._reference = reference
        self._blobs = blobs
        self._files: dict[str, bytes] = {}
        self._book = TariffBook()
        self._stated: dict[tuple[str, str, str, str], StatedRate] = {}
        reference.on_revision = self._fetch

    async def _fetch(self, fact: TariffRevisionImported) -> None:
        if fact.sha256 not in _READ:
            self._files[fact.sha256] = await self._blobs.get(fact.sha256)

    def book(self) -> TariffBook:
        """Every revision read so far."""
        if len(self._book.revisions) != len(self._reference.revisions):
            self._book = TariffBook(
                tuple(
                    Revision(
                        fact.revision,
                        date.fromisoformat(fact.effective_from),
                        parse_instant(recorded),
                        fact.sha256,
                        self._schedule(fact),
                    )
                    for fact, recorded in self._reference.revisions
                )
            )
            self._stated.clear()
        return self._book

    def _schedule(self, fact: TariffRevisionImported) -> Schedule:
        known = _READ.get(fact.sha256)
        if known is None:
            read = read_schedule(self._files.pop(fact.sha256), fact.file_name, extract=True)
            if isinstance(read, Refused):
                raise ValueError(f"revision {fact.revision!r} was imported and cannot be read: {read}")
            known = _READ[fact.sha256] = read
        return known

    async def add(
        self,
        name: str,
        effective_from: date,
        content: bytes,
        file_name: str,
        at: datetime,
        *,
        extract: bool,
        accept: frozenset[str],
    ) -> Kept | Unreadable:
        """Read a file, compare it with the revisions known, and keep its bytes; or why not."""
        digest = sha256(content).hexdigest()
        schedule = read_schedule(content, file_name, extract=extract)
        if isinstance(schedule, Refused):
            return Unreadable(refusal_of(schedule, file_name))
        if not self._is_loaded(name, effective_from, digest):
            revision = Revision(name, effective_from, self._after_all(at), digest, schedule)
            added = self.book().add(revision, accept)
            if isinstance(added, Refused):
                return Unreadable(refusal_of(added, file_name))
        _READ.setdefault(digest, schedule)
        await self._blobs.put(content)
        return Kept(digest, len(schedule))

    def _is_loaded(self, name: str, effective_from: date, digest: str) -> bool:
        return any(
            (r.name, r.effective_from, r.sha256) == (name, effective_from, digest)
            for r in self.book().revisions
        )

    def _after_all(self, at: datetime) -> datetime:
        return max([at, *(revision.recorded_at for revision in self.book().revisions)])

    def must_know(self, revision: str) -> None:
        """Raises `Waiting` when a revision that a fact names has not been read yet."""
        if revision and all(fact.revision != revision for fact, _ in self._reference.revisions):
            raise Waiting(f"tariff revision {revision!r} is not read yet")

    def revision_on(self, on: str) -> str:
        """The name of the revision in force on a date (ISO), "" when none is known."""
        found = self.in_force(date.fromisoformat(on))
        return found.name if found else ""

    def in_force(self, on: date) -> Revision | None:
        """The revision in force on a date, as known now."""
        return self.book().in_force(on, _NOW_KNOWN)

    def stated(self, number: str, origin: str, on: str, *, through: str = "") -> StatedRate:
        """The rate of a number for goods of an origin on a date, as known now."""
        book = self.book()
        key = (number, origin, on, through)
        found = self._stated.get(key)
        if found is None:
            found = self._stated[key] = stated(book, number, origin, on, known_at=_NOW_KNOWN, through=through)
        return found


def refusal_of(refused: Refused, file_name: str, what: str = "tariff", citation: str = WHOLE) -> Refusal:
    """The first problems of a file as one refusal."""
    first, *others = refused.problems
    more = "; ".join(_short(problem) for problem in others[: _NAMED_MAX - 1])
    left = len(others) - (_NAMED_MAX - 1)
    tail = f" (also {more}{f' and {left} more' if left > 0 else ''})" if others else ""
    return Refusal(
        code=f"{what}-{first.code.replace(' ', '-')}",
        reason=f"{first.reason}{tail}",
        citation=citation,
        remedy=first.action,
        place=f"{file_name} {first.place}",
    )


def _short(problem: Problem) -> str:
    return f"{problem.place}: {problem.reason}"
