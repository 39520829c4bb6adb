# ruff: noqa: N802  methods are named after the facts they hear
"""Cover lines, kept a second time from the facts alone: what left, what of it had a permit."""

from collections import Counter
from decimal import Decimal
from typing import Any

from tests.simulation.checking import Check

from ftz_common.contracts.commit import Commit

ZERO = Decimal(0)
Place = tuple[str, str]


class Cover(Check):
    """Everything that left for consumption was held against a permit, once."""

    def __init__(self, evaluated: Counter[str]) -> None:
        super().__init__(evaluated)
        self.wanted: dict[Place, Decimal] = {}
        self.counted: dict[Place, Decimal] = {}
        self.uncovered: dict[Place, Decimal] = {}
        self.granted: Counter[tuple[str, str, int]] = Counter()
        self.opened: dict[str, Decimal] = {}
        self.used: dict[str, Decimal] = {}

    def CoverGranted(self, fact: Any, commit: Commit) -> None:
        self.granted[fact.to, fact.entry, fact.attempt] += 1

    def CoverOpened(self, fact: Any, commit: Commit) -> None:
        total = self.opened[commit.stream] = self.opened.get(commit.stream, ZERO) + fact.quantity
        self.expect("a permit is the sum of its releases", total == fact.total, fact)

    def CoverRequested(self, fact: Any, commit: Commit) -> None:
        sign = 1 if fact.what == "remove" else -1
        place = (fact.to, fact.withdrawal)
        self.wanted[place] = self.wanted.get(place, ZERO) + sign * fact.quantity

    def CoverDrawn(self, fact: Any, commit: Commit) -> None:
        self._count(commit.stream, fact.withdrawal, fact.quantity)
        self._use(commit.stream, fact.quantity)

    def RemovalUncovered(self, fact: Any, commit: Commit) -> None:
        self._count(commit.stream, fact.withdrawal, fact.quantity)
        place = (commit.stream, fact.withdrawal)
        self.uncovered[place] = self.uncovered.get(place, ZERO) + fact.quantity

    def RemovalCovered(self, fact: Any, commit: Commit) -> None:
        place = (commit.stream, fact.withdrawal)
        left = self.uncovered[place] = self.uncovered[place] - fact.quantity
        self.expect("what seemed uncovered is covered once", left == fact.uncovered >= 0, fact)
        self._use(commit.stream, fact.quantity)

    def CoverRestored(self, fact: Any, commit: Commit) -> None:
        place = (commit.stream, fact.withdrawal)
        if place not in self.counted:
            return  # it came before its removal, which takes it into account
        before = self.uncovered.get(place, ZERO)
        self.uncovered[place] = fact.uncovered
        self._count(commit.stream, fact.withdrawal, -fact.quantity)
        self._use(commit.stream, -(fact.quantity - (before - fact.uncovered)))

    def CoverClosed(self, fact: Any, commit: Commit) -> None:
        total = self.opened[commit.stream] = self.opened.get(commit.stream, ZERO) - fact.quantity
        self.expect(
            "a permit is the sum of its releases",
            total == fact.total >= self.used.get(commit.stream, ZERO),
            fact,
        )

    def CoverRunsLow(self, fact: Any, commit: Commit) -> None:
        held = (fact.used, fact.total) == (self.used[commit.stream], self.opened[commit.stream])
        self.expect("a permit runs low by its own figures", held and fact.used * 100 >= fact.total * 75, fact)

    def _count(self, cover: str, withdrawal: str, quantity: Decimal) -> None:
        place = (cover, withdrawal)
        self.counted[place] = self.counted.get(place, ZERO) + quantity
        self.expect("no removal is taken back twice from its permit", self.counted[place] >= 0, place)

    def _use(self, cover: str, quantity: Decimal) -> None:
        used = self.used[cover] = self.used.get(cover, ZERO) + quantity
        held = 0 <= used <= self.opened.get(cover, ZERO)
        self.expect("no permit is used beyond what was released", held, cover, used)

    def rest(self) -> None:
        """Every removal was counted by its cover line."""
        for place, quantity in self.wanted.items():
            counted = self.counted.get(place, ZERO)
            self.expect("every removal is counted against its permit", counted == quantity, place, counted)
        for place, count in self.granted.items():
            self.expect("a release is granted once", count == 1, place)
