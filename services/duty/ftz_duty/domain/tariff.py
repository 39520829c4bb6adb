"""The tariff through time: revisions of the schedule by the date they take effect and the time we learned of
them.

`as_of` is the date whose law counts (the entry date of non-privileged goods, the filing date of privileged
ones, 19 CFR 146.65(a)); `known_at` cuts off what was recorded later, so that a past answer can be given
again.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from ftz_duty.domain.programme import COLUMN_TWO, PROGRAMMES, ColumnTwoCountry
from ftz_duty.domain.rate import Rate
from ftz_duty.domain.rate_text import Unread, read_rate, read_special
from ftz_duty.domain.schedule import Cell, Column, Line, Problem, Schedule, Unknown, dotted
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.domain.schedule_diff import NO_CONCORDANCE, Concordance, shrunk, successors

_GENERAL_NOTE_3A = "HTSUS general note 3(a)"
_GENERAL_NOTE_3C = "HTSUS general note 3(c)"


@dataclass(frozen=True, slots=True)
class Revision:
    """One import: `sha256` names the file's bytes, `recorded_at` (with offset) when it became known here."""

    name: str
    effective_from: date
    recorded_at: datetime
    sha256: str
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Quote:
    """The rate for a number, where its text stands, and why this column.

    `unchecked` names what the rate rests on and nobody here has verified.
    """

    line: Line
    revision: str
    column: Column
    cell: Cell
    rate: Rate
    citations: tuple[str, ...]
    programme: str = ""
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoRate:
    """No rate, why not, under which rule, and what to do; numbers to look at when the number is at fault."""

    code: str
    reason: str
    citation: str
    action: str
    successors: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TariffBook:
    """All revisions in the order in which they were recorded."""

    revisions: tuple[Revision, ...] = ()
    concordance: Concordance = field(default_factory=lambda: NO_CONCORDANCE, repr=False)
    column_two: tuple[ColumnTwoCountry, ...] = COLUMN_TWO

    def add(self, revision: Revision, accept: Collection[str] = ()) -> "TariffBook | Refused":
        """The book with one more revision; refused when something about it is odd and its code is not
        accepted.

        Codes that a person may accept: `high rate` (doubts of the schedule), `older` (takes effect before
        what is loaded), `replaces` (same name or date, other bytes: a correction). `loaded` and `clock`
        cannot be accepted.
        """
        never = {"loaded", "clock"}
        problems = [
            problem
            for problem in (*self._oddities(revision), *revision.schedule.doubts)
            if problem.code in never or problem.code not in accept
        ]
        return Refused(tuple(problems)) if problems else replace(self, revisions=(*self.revisions, revision))

    def _oddities(self, revision: Revision) -> Iterator[Problem]:
        place = f"revision {revision.name!r}"
        if revision.recorded_at.tzinfo is None:
            yield Problem(place, "clock", "recorded_at has no offset", "pass an aware time")
            return
        for known in self.revisions:
            if known.recorded_at > revision.recorded_at:
                reason = f"{known.name!r} was recorded later, at {known.recorded_at.isoformat()}"
                yield Problem(place, "clock", reason, "what was known is never rewritten: record it now")
            if (known.name, known.sha256, known.effective_from) == (
                revision.name, revision.sha256, revision.effective_from,
            ):  # fmt: skip
                yield Problem(
                    place, "loaded", "the same file is loaded under this name and date", "nothing to do"
                )
            elif known.name == revision.name or known.effective_from == revision.effective_from:
                reason = f"{known.name!r} of {known.effective_from} is loaded with other bytes"
                yield Problem(place, "replaces", reason, "accept 'replaces' if this corrects it")
        newest = max((known.effective_from for known in self.revisions), default=revision.effective_from)
        if revision.effective_from < newest:
            reason = f"it takes effect on {revision.effective_from}, before what is loaded ({newest})"
            yield Problem(place, "older", reason, "accept 'older' to fill in the past")
        before = self.in_force(revision.effective_from, revision.recorded_at)
        if before is not None and (reason := shrunk(before.schedule, revision.schedule)):
            action = (
                f"compare it with {before.name!r} (ftz tariff diff), then accept 'shrunk' or import it whole"
            )
            yield Problem(place, "shrunk", reason, action)

    def in_force(self, as_of: date, known_at: datetime) -> Revision | None:
        """The revision in force on a date, as known at a time; of several for one date the last recorded."""
        known = [
            revision
            for revision in self.revisions
            if revision.recorded_at <= known_at and revision.effective_from <= as_of
        ]
        return max(known, key=lambda revision: (revision.effective_from, revision.recorded_at), default=None)

    def rate(
        self, number: str, origin: str, programme: str, as_of: date, known_at: datetime
    ) -> Quote | NoRate:
        """The rate of duty of chapters 1 to 99 for goods of an origin (ISO 3166 alpha-2), or why there is
        none.

        `programme` is the symbol claimed ("KR", "S+"), "" for none. Column 2 goes by origin and date, the
        Special column only to a claimed programme that the cell lists, else column 1 General (HTSUS general
        note 3).
        """
        revision = self.in_force(as_of, known_at)
        if revision is None:
            return self._uncovered(as_of, known_at)
        found = revision.schedule.find(number)
        if isinstance(found, Unknown):
            return NoRate(
                "unknown number",
                f"{found.reason} ({revision.name})",
                _GENERAL_NOTE_3A,
                "classify the goods again under a line of this revision",
                successors(found.number, revision.schedule, self.concordance),
                tuple(line.number for line in found.nearest),
            )
        if len(found.number) < 8:
            nearest = revision.schedule.nearest(found.number)
            return NoRate(
                "not a rate line",
                f"{dotted(found.number)} is a heading: rates stand on lines of eight digits",
                _GENERAL_NOTE_3A,
                "take the line below it that describes the goods",
                nearest=tuple(line.number for line in nearest),
            )
        if not (len(origin) == 2 and origin.isascii() and origin.isalpha() and origin.isupper()):
            reason = f"origin {origin!r} is not a country code of two capital letters"
            return NoRate(
                "origin", reason, "19 CFR 134.1(b)", "give the ISO 3166 code of the country of origin"
            )
        return self._column(revision, found, origin, programme, as_of)

    def _uncovered(self, as_of: date, known_at: datetime) -> NoRate:
        known = [revision for revision in self.revisions if revision.recorded_at <= known_at]
        first = min((revision.effective_from for revision in known), default=None)
        reason = f"no revision of the schedule covers {as_of} as known at {known_at.isoformat()}"
        if first is not None:
            reason += f": the first takes effect on {first}"
        action = "import the revision that was in force (ftz tariff import)"
        return NoRate("no revision", reason, "19 CFR 146.65(a)", action)

    def _column(
        self, revision: Revision, line: Line, origin: str, programme: str, as_of: date
    ) -> Quote | NoRate:
        second = next((row for row in self.column_two if row.applies(origin, as_of)), None)
        if second is not None and programme:
            reason = f"products of {origin} take column 2 rates on {as_of}: no programme can be claimed"
            return NoRate("programme", reason, second.citation, f"drop the claim for {programme}")
        if second is not None:
            return _quoted(revision, line, "column2", (second.citation,))
        if programme:
            return _special(revision, line, origin, programme)
        return _quoted(revision, line, "general", (_GENERAL_NOTE_3A,))


def _quoted(revision: Revision, line: Line, column: Column, citations: tuple[str, ...]) -> Quote | NoRate:
    cell = line.cell(column)
    if not cell.text:
        return _stateless(revision, line, column)
    rate = read_rate(cell.text)
    if isinstance(rate, Unread):
        return _unread(line, cell, rate)
    return Quote(line, revision.name, column, cell, rate, citations)


def _special(revision: Revision, line: Line, origin: str, programme: str) -> Quote | NoRate:
    cell = line.special
    if not cell.text:
        return _stateless(revision, line, "special")
    special = read_special(cell.text)
    if isinstance(special, Unread):
        return _unread(line, cell, special)
    rate = special.rate(programme)
    if rate is None:
        listed = ", ".join(special.programmes())
        reason = f"{dotted(line.number)} does not list {programme} in its Special cell, only {listed}"
        return NoRate("programme", reason, _GENERAL_NOTE_3C, "claim a programme that is listed, or none")
    known = PROGRAMMES.get(programme)
    citations = (_GENERAL_NOTE_3C,) if known is None else (_GENERAL_NOTE_3C, known.citation)
    if known is not None and known.countries is not None and origin not in known.countries:
        parties = ", ".join(sorted(known.countries))
        reason = f"{programme} ({known.name}) is for goods of {parties}, not of {origin}"
        return NoRate("programme", reason, known.citation, "correct the origin or drop the claim")
    claim = f"that the goods qualify for {programme}" + (f" ({known.name})" if known else "")
    return Quote(line, revision.name, "special", cell, rate, citations, programme, (claim,))


def _stateless(revision: Revision, line: Line, column: Column) -> NoRate:
    stated = [other for other in ("general", "special", "column2", "additional") if line.cell(other).text]
    reason = f"{dotted(line.number)} states no {column} rate in {revision.name}"
    if stated:
        reason += f", only: {', '.join(stated)}"
    action = "use the line that the goods' column has a rate for, or enter under chapters 1 to 97 alone"
    return NoRate("no rate stated", reason, _GENERAL_NOTE_3A, action)


def _unread(line: Line, cell: Cell, unread: Unread) -> NoRate:
    at = dotted(cell.stated_at or line.number)
    reason = f"the rate {unread.text!r} of {at} is not understood: {unread.reason}"
    action = "have a licensed broker compute the duty; report the text so that it can be added"
    return NoRate("unread rate", reason, _GENERAL_NOTE_3A, action)
