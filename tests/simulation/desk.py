# ruff: noqa: N802  methods are named after the facts they hear
"""What people see on their desks, and what their words must come to: estimates, cancellations, fees."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.simulation.checking import Check

from ftz_common.contracts.commit import Commit
from ftz_common.values.exact import to_cents

ZERO = Decimal(0)


class Desk(Check):
    """Kept from the facts: what waits for a person, and what a person may name."""

    def __init__(self, evaluated: Counter[str]) -> None:
        super().__init__(evaluated)
        self.numbers: dict[str, dict[str, int]] = {}  #: numbers of released entries, by week
        self.drafts: dict[str, dict[str, int]] = {}  #: by estimator: the draft of each week that waits
        self.quarters: dict[str, Any] = {}  #: the last statement of each harbor fee
        self._numbered: dict[tuple[str, int], str] = {}
        self._attempts: dict[tuple[str, int], int] = {}
        self._permitted: dict[tuple[str, int], Decimal] = {}
        self._withdrawn: dict[tuple[str, int], Decimal] = {}
        self._paid: Counter[str] = Counter()

    def EntryNumbered(self, fact: Any, commit: Commit) -> None:
        self._numbered[commit.stream, fact.document] = fact.number

    def EstimateAdded(self, fact: Any, commit: Commit) -> None:
        place = (commit.stream, fact.attempt)
        self._attempts[place] = fact.document
        self._permitted[place] = sum((line.quantity for line in fact.lines), ZERO)

    def EstimateAccepted(self, fact: Any, commit: Commit) -> None:
        document = self._attempts[commit.stream, fact.attempt]
        number = self._numbered.get((commit.stream, document), "")
        if number:
            self.numbers.setdefault(commit.stream, {})[number] = document

    def EntryCancelled(self, fact: Any, commit: Commit) -> None:
        self.numbers.get(commit.stream, {}).pop(fact.entry_number, None)
        for each in fact.attempts:
            parts = sum((line.quantity for line in (*each.lines, *each.left)), ZERO)
            before = self._permitted[commit.stream, each.attempt]
            whole = parts == before
            self.expect("a cancelled estimate is what left and what did not", whole, fact, before)

    def EstimateDrafted(self, fact: Any, commit: Commit) -> None:
        for reason in fact.reasons:
            held = ZERO <= reason.quantity <= reason.on_hand
            self.expect("no more is estimated than is on hand", held, reason)
        if fact.confirm == "person":
            self.drafts.setdefault(commit.stream, {})[fact.week] = fact.draft

    def EstimateMade(self, fact: Any, commit: Commit) -> None:
        self.drafts.get(commit.stream, {}).pop(fact.week, None)

    def HarborFeeStated(self, fact: Any, commit: Commit) -> None:
        self.quarters[commit.stream] = fact
        fees = [to_cents(Fraction(port.value) * Fraction("0.00125")) for port in fact.ports]
        by_port = [port.fee for port in fact.ports] == fees and fact.fee == sum(fees, ZERO)
        self.expect("a harbor fee is 0.125 % by port", by_port, fact)

    def HarborFeePaid(self, fact: Any, commit: Commit) -> None:
        self._paid[commit.stream] += fact.amount
        left = self.quarters[commit.stream].fee - self._paid[commit.stream]
        self.expect("what is paid of a harbor fee is open no more", fact.open == left, fact, left)
