"""Additional duties as this process has read them, and what people import, decide and state about them."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import msgspec

from ftz_common.blobs.port import Blobs
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.reference import GoodsStated, MeasureRuled, MeasuresConfirmed, MeasuresImported
from ftz_common.flow.aggregate import Aggregate, To
from ftz_common.flow.reference import Reference
from ftz_common.values.calendar import parse_instant
from ftz_common.values.names import stream_name
from ftz_duty.domain import measure_record
from ftz_duty.domain.measure import MeasureSet, Met
from ftz_duty.domain.measure_book import KnownSet, MeasureBook
from ftz_duty.domain.measure_check import overlaps
from ftz_duty.domain.measure_file import read_measures
from ftz_duty.domain.measure_record import ImportMeasures, RulingState, SetState
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.schedule import Problem, digits
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.usecases.library import Library, refusal_of

MEASURES = Aggregate(
    "measures", SetState, measure_record.start_set, measure_record.decide_set, measure_record.evolve_set
)
RULING = Aggregate(
    "ruling",
    RulingState,
    measure_record.start_ruling,
    measure_record.decide_ruling,
    measure_record.evolve_ruling,
)

#: Later than anything recorded: the measures as known now.
_NOW_KNOWN = datetime.max.replace(tzinfo=UTC)

#: A heading that no loaded schedule has; a person may accept it.
NEW_HEADING = "heading"


def read_document(content: bytes) -> MeasureSet:
    """The set in the bytes that an import kept; they were whole then."""
    found = read_measures(json.loads(content), accept=("high rate",))
    if isinstance(found, Refused):
        raise ValueError(f"a set of measures was imported and cannot be read: {found.problems[0]}")
    return found


class Measures:
    """Sets by name, what people decided and stated, and the answer for goods."""

    def __init__(self, reference: Reference, blobs: Blobs, tariff: Library) -> None:
        self._reference = reference
        self._blobs = blobs
        self._tariff = tariff
        self._read: dict[str, MeasureSet] = {}
        self._book = MeasureBook()
        self._size = (0, 0)
        self._stated: dict[tuple[StatedRate, str, str, str], StatedRate] = {}
        reference.on_measures = self._fetch

    async def _fetch(self, fact: MeasuresImported) -> None:
        if fact.sha256 not in self._read:
            self._read[fact.sha256] = read_document(await self._blobs.get(fact.sha256))

    def book(self) -> MeasureBook:
        """Every set and ruling read so far."""
        size = (len(self._reference.measures), len(self._reference.rulings))
        if size != self._size:
            self._book = MeasureBook(
                tuple(
                    KnownSet(fact.name, parse_instant(recorded), fact.sha256, self._read[fact.sha256])
                    for fact, recorded in self._reference.measures
                ),
                tuple((ruling, parse_instant(recorded)) for ruling, recorded in self._reference.rulings),
            )
            self._size = size
            self._stated.clear()
        return self._book

    def planned(self, rate: StatedRate, account: str, entered_on: str, through: str = "") -> StatedRate:
        """The rate with what the measures say of such goods of an account, entered on a date (ISO).

        `through`: the last day of the week of the entry; what changes before it is named.
        """
        book = self.book()
        if not book.sets:
            return rate
        key = (rate, account, entered_on, through)
        found = self._stated.get(key)
        if found is None:
            goods = Met(account, rate.number, rate.origin, rate.on, entered_on)
            found = self._stated[key] = replace(rate, plan=book.plan(goods, _NOW_KNOWN, through))
        return found

    # ---- what people do -------------------------------------------------------------------------

    async def import_set(
        self, document: Any, file_name: str, accept: frozenset[str] = frozenset()
    ) -> To | Refusal:
        """Keep a set and announce it. `accept`: "high rate", "heading" (one that the schedule has not)."""
        found = read_measures(document, accept)
        if isinstance(found, Refused):
            return refusal_of(found, file_name, "measures", WHOLE)
        if doubled := self._twice(found):
            return refusal_of(Refused(tuple(doubled)), file_name, "measures", WHOLE)
        if NEW_HEADING not in accept and (unknown := tuple(self._unknown_headings(found))):
            return refusal_of(Refused(unknown), file_name, "measures", WHOLE)
        content = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        digest = sha256(content).hexdigest()
        self._read.setdefault(digest, found)
        await self._blobs.put(content)
        stream = stream_name("measures", found.name)
        return To(MEASURES, stream, ImportMeasures(digest, len(found.measures), file_name))

    def _twice(self, found: MeasureSet) -> list[Problem]:
        """Measures that another loaded set has: by id, or by taking the same duty."""
        others = [
            m for s in self.book().current(_NOW_KNOWN) if s.name != found.name for m in s.measures.measures
        ]
        ids = {m.id for m in others}
        return [
            Problem(
                f"measures[{at}].id", "doubled", f"{m.id!r} is in another set", "give it an id of its own"
            )
            for at, m in enumerate(found.measures)
            if m.id in ids
        ] or list(overlaps([*others, *found.measures]))

    def _unknown_headings(self, found: MeasureSet) -> list[Problem]:
        """Headings that the schedule in force on their first day does not have, where it has chapter 99."""
        problems: list[Problem] = []
        for at, measure in enumerate(found.measures):
            number = digits(measure.heading)
            revision = self._tariff.in_force(date.fromisoformat(measure.scope.first)) if number else None
            if revision is None or number is None or number in revision.schedule.lines:
                continue
            if any(line.startswith("9903") for line in revision.schedule.lines):
                reason = f"{measure.heading} is not in {revision.name!r}, in force on {measure.scope.first}"
                action = "correct it, import the revision that has it, or accept 'heading'"
                problems.append(Problem(f"measures[{at}] ({measure.id})", "heading", reason, action))
        return problems

    def rule(self, ruling: MeasureRuled) -> To | Refusal:
        """A person decides a measure's rate date, or confirms its data."""
        known = {m.id: s.sha256 for s in self.book().current(_NOW_KNOWN) for m in s.measures.measures}
        if ruling.measure not in known:
            return _unknown_measure(ruling.measure)
        if ruling.confirmed:
            ruling = msgspec.structs.replace(ruling, set_sha256=known[ruling.measure])
        return To(RULING, stream_name("ruling", "measure", ruling.measure), ruling)

    def state(self, stated: GoodsStated) -> To | Refusal:
        """A person states a fact about goods."""
        number = digits(stated.number)
        if number is None:
            return Refusal(
                code="unknown-number",
                reason=f"{stated.number!r} is not a tariff number",
                citation="HTSUS general note 3(a)",
                remedy="give the number of the goods, 8 or 10 digits",
                place="number",
            )
        if sum(value is not None for value in (stated.holds, stated.percent, stated.usd_per_unit)) != 1:
            return Refusal(
                code="one-value",
                reason="a fact is a yes or no, a percentage of the value, or dollars per unit",
                citation="19 CFR 141.86, 141.90: what an entry must say of the goods",
                remedy="give exactly one of holds, percent and usd_per_unit (with unit)",
                place="holds",
            )
        stream = stream_name("ruling", "goods", stated.account, number, stated.origin)
        return To(RULING, stream, msgspec.structs.replace(stated, number=number), stated.account)

    def confirm(self, account: str, first: str, last: str, ground: str, who: str) -> To | Refusal:
        """A person answers for the sets loaded now being complete for an account's goods in a period."""
        sets = {known.name: known.sha256 for known in self.book().current(_NOW_KNOWN)}
        if not sets:
            return Refusal(
                code="no-measures",
                reason="no measures are loaded",
                citation="policy: what was not evaluated cannot be answered for",
                remedy="import a set first: `ftz measures import FILE`",
                place="sets",
            )
        fact = MeasuresConfirmed(account=account, sets=sets, first=first, last=last, ground=ground, who=who)
        return To(RULING, stream_name("ruling", "complete", account), fact, account)


WHOLE = "policy: a set of measures is taken whole or not at all; the set in force stays"


def _unknown_measure(name: str) -> Refusal:
    return Refusal(
        code="unknown-measure",
        reason=f"no loaded set has a measure {name!r}",
        citation="policy: a decision names the measure it is about",
        remedy="see GET /v1/duty/measures",
        place="measure",
    )
