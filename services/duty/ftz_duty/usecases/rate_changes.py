"""Rates that will change for goods on hand, as what this process has read says."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from ftz_duty.domain.measure_book import KnownSet, MeasureBook
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.rate_change import Ahead, Held, days_of_change, differ
from ftz_duty.domain.tariff import TariffBook
from ftz_duty.usecases.library import Library
from ftz_duty.usecases.measures import Measures

_NOW_KNOWN = datetime.max.replace(tzinfo=UTC)
_DAY = timedelta(days=1)
#: Kinds of goods whose answer is kept while nothing new is loaded.
_KEPT_MAX = 20_000


class RateChanges:
    """Looks at both days of each coming change; the answers are kept until something else is loaded."""

    def __init__(self, library: Library, measures: Measures) -> None:
        self._library = library
        self._measures = measures
        self._books: tuple[TariffBook | None, MeasureBook | None] = (None, None)
        self._kept: dict[tuple[str, Held, date], tuple[Ahead, ...]] = {}

    def ahead(self, account: str, goods: Iterable[Held], today: date) -> tuple[Ahead, ...]:
        """Changes after `today` for these goods of an account."""
        tariff, measures = self._library.book(), self._measures.book()
        if tariff is not self._books[0] or measures is not self._books[1]:
            self._books = (tariff, measures)
            self._kept.clear()
        if len(self._kept) > _KEPT_MAX:
            self._kept.clear()
        sets = measures.current(_NOW_KNOWN)
        found: list[Ahead] = []
        for held in goods:
            key = (account, held, today)
            if key not in self._kept:
                self._kept[key] = tuple(self._of(tariff, sets, account, held, today))
            found.extend(self._kept[key])
        return tuple(found)

    def _of(
        self, tariff: TariffBook, sets: list[KnownSet], account: str, held: Held, today: date
    ) -> Iterable[Ahead]:
        for day in days_of_change(tariff, sets, held, today):
            before = (date.fromisoformat(day) - _DAY).isoformat()
            was, becomes = self._terms(account, held, before), self._terms(account, held, day)
            if was.revision and differ(was, becomes):
                yield Ahead(held, day, was, becomes)

    def _terms(self, account: str, held: Held, entered_on: str) -> StatedRate:
        on = held.pf_filed_on or entered_on
        return self._measures.planned(self._library.stated(held.number, held.origin, on), account, entered_on)
