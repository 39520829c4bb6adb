# ruff: noqa: N802  methods are named after the facts they hear
"""Admissions of every type: deposits are no stock, clocks end or run out, reports modify liability."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from tests.simulation.checking import Check

from ftz_common.contracts.commit import Commit
from ftz_common.values.names import stream_name


class Admitting(Check):
    """What the facts of admissions must be, whatever order things came in."""

    def __init__(self, evaluated: Counter[str]) -> None:
        super().__init__(evaluated)
        self.types: dict[str, str] = {}
        self.clocks: dict[tuple[str, str, str], Any] = {}  #: that run, or ran out
        self.ended: set[tuple[str, str, str]] = set()
        self.expired: set[tuple[str, str, str]] = set()
        self.found: dict[tuple[str, int], Any] = {}
        self.reported: dict[tuple[str, int], Any] = {}
        self.withdrawn: set[str] = set()

    def AdmissionDrafted(self, fact: Any, commit: Commit) -> None:
        self.types[commit.stream] = fact.particulars.admission_type

    AdmissionCorrected = AdmissionDrafted

    def GoodsAdmitted(self, fact: Any, commit: Commit) -> None:
        kind = self.types.get(commit.stream, "opening")
        self.expect("a deposit is no stock", kind != "T", fact)
        self.expect("what is given up is not admitted", commit.stream not in self.withdrawn, fact)
        domestic = fact.status == "D" or fact.number != ""
        self.expect("foreign goods have a tariff number", domestic, fact)

    def AdmissionDeleted(self, fact: Any, commit: Commit) -> None:
        self.withdrawn.add(commit.stream)

    def ClockStarted(self, fact: Any, commit: Commit) -> None:
        if not commit.stream.startswith("admission/"):
            return
        place = (commit.stream, fact.name, fact.subject)
        self.expect("a clock is started once", place not in self.clocks and place not in self.ended, place)
        self.clocks[place] = fact

    def ClockStopped(self, fact: Any, commit: Commit) -> None:
        if not commit.stream.startswith("admission/"):
            return
        place = (commit.stream, fact.name, fact.subject)
        self.expect("only a clock that runs is stopped", place in self.clocks, place)
        self.ended.add(place)
        del self.clocks[place]

    def ClockExpired(self, fact: Any, commit: Commit) -> None:
        if not commit.stream.startswith("admission/"):
            return
        place = (commit.stream, fact.name, fact.subject)
        self.expect("only a clock that runs runs out", place in self.clocks, place)
        self.expect("a clock runs out once", place not in self.expired, place)
        self.expired.add(place)

    def DiscrepancyFound(self, fact: Any, commit: Commit) -> None:
        self.found[commit.stream, fact.line] = fact

    def DiscrepancyReported(self, fact: Any, commit: Commit) -> None:
        place = (commit.stream, fact.line)
        found = self.found[place]
        wanted = found.announced if fact.late else found.counted
        self.expect("a report modifies liability if it is in time", fact.liable_for == wanted, fact)
        self.reported[place] = fact

    def LiabilityFixed(self, fact: Any, commit: Commit) -> None:
        report = self.reported.get((commit.stream, fact.line))
        in_time = report is not None and not report.late
        self.expect("the operator answers for the 214 only without a report in time", not in_time, fact)

    def open_clocks(self) -> set[str]:
        """The risks that must stand."""
        return {stream_name("risk", "admission-clock", *place) for place in self.clocks}

    def rest(self, today: date) -> None:
        """No clock is forgotten."""
        for place, clock in self.clocks.items():
            over = date.fromisoformat(clock.act_by) + timedelta(days=1) <= today
            self.expect("a clock that is over ran out", not over or place in self.expired, place, clock)
