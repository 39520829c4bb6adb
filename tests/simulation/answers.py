# ruff: noqa: N802  methods are named after the facts they hear
"""What was asked and who was answered: outcomes, numbers, classifications, filings, alerts."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from tests.simulation.admitting import Admitting
from tests.simulation.checking import Check
from tests.simulation.cover import Cover
from tests.simulation.goods import Goods
from tests.simulation.inputs import Plan
from tests.simulation.leaving import Leaving

from ftz_common.contracts import table
from ftz_common.contracts.commit import Commit, fact_id
from ftz_common.values.names import stream_parts

_REQUESTED = "ftz.admissions.classification.requested.v1"


class Outcomes(Check):
    """Every input has exactly one final outcome, given by exactly one stream."""

    def __init__(self, evaluated: Counter[str], plan: Plan) -> None:
        super().__init__(evaluated)
        self._plan = plan
        self.given: dict[tuple[str, str], list[Any]] = {}
        self.doors: Counter[str] = Counter()  #: refused at the door, by stream
        self.codes: Counter[str] = Counter()
        self.results: Counter[str] = Counter()

    def OutcomeGiven(self, fact: Any, commit: Commit) -> None:
        self.given.setdefault((fact.source, fact.event), []).append((commit.stream, fact))
        self.codes[fact.code] += bool(fact.code)
        self.results[fact.result] += 1

    def IntakeRefused(self, fact: Any, commit: Commit) -> None:
        self.doors[commit.stream] += 1
        self.codes[fact.code] += 1
        self.expect("a refusal says what to do", bool(fact.reason and fact.remedy and fact.citation), fact)

    def CommandRefused(self, fact: Any, commit: Commit) -> None:
        self.codes[fact.code] += 1
        self.expect("a refusal says what to do", bool(fact.reason and fact.remedy and fact.citation), fact)

    def rest(self) -> None:
        """The census of what was sent against what was answered."""
        sent: dict[tuple[str, str], list[str]] = {}
        nameless = {e.body for e in self._plan.events if not e.id}
        for event in self._plan.events:
            if event.id:
                sent.setdefault((event.source, event.id), []).append(event.expect)
        for name, expected in sent.items():
            given = self.given.get(name, [])
            self.expect("every input is answered", bool(given), name)
            self._final(name, expected, given)
        self.expect(
            "nothing is answered that nobody sent", set(self.given) <= set(sent), set(self.given) - set(sent)
        )
        refused = sum(1 for s in self.doors if s.startswith("intake/"))
        unnamed = refused - sum(
            1 for given in self.given.values() for s, _ in given if s.startswith("intake/")
        )
        self.expect("every nameless input is refused once", unnamed == len(nameless), unnamed, len(nameless))

    def _final(self, name: tuple[str, str], expected: list[str], given: list[Any]) -> None:
        twins = len(expected) > 1
        takers = {stream for stream, fact in given if fact.code != "same-id-other-body"}
        self.expect("an input is answered by one stream", len(takers) == 1, name, takers)
        first = [fact for _, fact in given if fact.code != "same-id-other-body"]
        if twins:
            second = [fact for _, fact in given if fact.code == "same-id-other-body"]
            self.expect("the same id with another body is refused once", len(second) == 1, name, second)
        want = expected[0]
        if want and not twins:
            last = first[-1]
            self.expect("an input ends as it must", want in (last.result, last.code), name, want, last)


class Numbers(Check):
    """Series without gaps; whoever asked was answered, once and always the same."""

    def __init__(self, evaluated: Counter[str]) -> None:
        super().__init__(evaluated)
        self.last: Counter[str] = Counter()
        self.asked: set[tuple[str, str]] = set()
        self.taken: dict[tuple[str, str], int] = {}
        self.numbered: dict[str, int] = {}
        self.to_classify: dict[str, Any] = {}
        self.classified: Counter[str] = Counter()
        self.described: dict[str, str] = {}
        self.reviews: set[str] = set()  #: a person must decide
        self.decided: dict[str, str] = {}
        self.filed: dict[tuple[str, int], Any] = {}
        self.taken_by_cbp: dict[tuple[str, int], Any] = {}

    def NumberRequested(self, fact: Any, commit: Commit) -> None:
        self.asked.add((fact.to, fact.purpose))

    def NumberTaken(self, fact: Any, commit: Commit) -> None:
        self.last[commit.stream] += 1
        self.expect("a series has no gap", fact.number == self.last[commit.stream], commit.stream, fact)
        place = (commit.stream, fact.purpose)
        self.expect("one number for one purpose", place not in self.taken, place)
        self.taken[place] = fact.number

    def AdmissionNumbered(self, fact: Any, commit: Commit) -> None:
        name = f"{commit.stream}#deposit" if "-T" in fact.number else commit.stream
        self.expect("a 214 is numbered once", name not in self.numbered, name)
        self.numbered[name] = fact.control

    def SeriesContinued(self, fact: Any, commit: Commit) -> None:
        self.expect("a series goes on before its first number", not self.last[commit.stream], fact)
        self.last[commit.stream] = fact.last

    def EntryNumbered(self, fact: Any, commit: Commit) -> None:
        name = f"{commit.stream}#{fact.document}"
        self.expect("an entry is numbered once", name not in self.numbered, name)
        self.numbered[name] = fact.control

    def ClassificationRequested(self, fact: Any, commit: Commit) -> None:
        for index, recorded in enumerate(commit.facts):
            if recorded.type == _REQUESTED:
                said = table.decoder(_REQUESTED).decode(recorded.data)
                self.to_classify[fact_id(commit, index)] = said.to

    def ClassificationAnswered(self, fact: Any, commit: Commit) -> None:
        self.classified[fact.request] += 1
        self.expect("a request is answered once", self.classified[fact.request] == 1, fact)
        self.expect(
            "only what was asked is answered", self.to_classify.get(fact.request) == commit.stream, fact
        )

    def PartRecorded(self, fact: Any, commit: Commit) -> None:
        self.described[commit.stream] = fact.facts_digest

    def Classified(self, fact: Any, commit: Commit) -> None:
        self.decided[commit.stream] = fact.facts_digest
        self.reviews.discard(commit.stream)

    def ReviewOpened(self, fact: Any, commit: Commit) -> None:
        self.reviews.add(commit.stream)

    def FilingRequested(self, fact: Any, commit: Commit) -> None:
        place = (fact.control, fact.attempt)
        self.expect("an attempt is filed once", place not in self.filed, place)
        self.filed[place] = fact

    def FilingTaken(self, fact: Any, commit: Commit) -> None:
        place = (fact.control, fact.attempt)
        self.expect("CBP takes a filing once", place not in self.taken_by_cbp, place)
        self.taken_by_cbp[place] = fact

    def rest(self) -> None:
        """Nobody waits for an answer that was to come."""
        for place in self.asked:
            self.expect("every number that was asked for is given", place in self.taken, place)
        for place in self.filed:
            self.expect("every filing reached CBP", place in self.taken_by_cbp, place)
        for request, part in self.to_classify.items():
            stands = part in self.decided and self.decided[part] == self.described[part]
            if stands and part not in self.reviews:
                done = self.classified[request] == 1
                self.expect("who waits for a decision is answered", done, request, part)


class Alerts(Check):
    """Raised once until resolved; at rest exactly what should stand does."""

    def __init__(
        self, evaluated: Counter[str], goods: Goods, cover: Cover, admitting: Admitting, leaving: Leaving
    ) -> None:
        super().__init__(evaluated)
        self._goods, self._cover, self._admitting, self._leaving = goods, cover, admitting, leaving
        self.standing: dict[str, set[str]] = {}
        self.held: dict[str, bool] = {}
        self.overdue: set[str] = set()
        self.arrived: set[str] = set()

    def _stand(self, fact: Any) -> set[str]:
        return self.standing.setdefault(fact.kind, set())

    def AlertRaised(self, fact: Any, commit: Commit) -> None:
        self.expect("an alert is raised once", commit.stream not in self._stand(fact), commit.stream)
        self._stand(fact).add(commit.stream)

    def AlertRestated(self, fact: Any, commit: Commit) -> None:
        self.expect("only what stands is restated", commit.stream in self._stand(fact), commit.stream)

    def AlertResolved(self, fact: Any, commit: Commit) -> None:
        self.expect("only what stands is resolved", commit.stream in self._stand(fact), commit.stream)
        self._stand(fact).discard(commit.stream)

    def AdmissionHeld(self, fact: Any, commit: Commit) -> None:
        self.held[commit.stream] = True

    def HoldsCleared(self, fact: Any, commit: Commit) -> None:
        self.held[commit.stream] = False

    AdmissionRejected = AdmissionAuthorized = HoldsCleared

    def InBondOverdue(self, fact: Any, commit: Commit) -> None:
        self.overdue.add(commit.stream)

    def InBondArrived(self, fact: Any, commit: Commit) -> None:
        self.arrived.add(commit.stream)

    def rest(self, today: date) -> None:
        """What stands is what is wrong."""
        suspended = {name for name, draw in self._goods.draws.items() if draw.suspended}
        self._compare("suspended-draw", suspended)
        lacking = {withdrawal for (_, withdrawal), left in self._cover.uncovered.items() if left}
        self._compare("removal-without-cover", lacking)
        self._compare("admission-held", {stream for stream, held in self.held.items() if held})
        self._same("admission-clock", self._admitting.open_clocks())
        self._same("removal-clock", self._leaving.open_clocks())
        self._same("removal-without-permit", self._leaving.without_permit())
        self._compare("in-bond-overdue", self.overdue - self.arrived)
        long = {
            name
            for name, layer in self._goods.layers.items()
            if layer.left
            and layer.fact.account == "acme"
            and date.fromisoformat(layer.fact.admitted_on) + timedelta(days=21) <= today
        }
        self._compare("time-in-zone", long)

    def _compare(self, kind: str, truth: set[str]) -> None:
        said = {stream_parts(stream)[-1] for stream in self.standing.get(kind, set())}
        self._agree(kind, said, truth)

    def _same(self, kind: str, truth: set[str]) -> None:
        """As `_compare`, by the whole name of the risk."""
        self._agree(kind, self.standing.get(kind, set()), truth)

    def _agree(self, kind: str, said: set[str], truth: set[str]) -> None:
        name = f"alerts of {kind} are what is wrong"
        self.expect(name, said == truth, "said and not so:", said - truth, "so and not said:", truth - said)
