"""Random histories of one admission, valid and invalid commands mixed: what holds after each of them."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftz_admissions.domain.admission import Arrive, TakeNumber
from ftz_admissions.domain.announcement import AddDocuments, Announce
from ftz_admissions.domain.discrepancies import ReportDiscrepancy
from ftz_admissions.domain.ending import Withdraw
from ftz_admissions.usecases import ADMISSION
from ftz_common.contracts.admissions import (
    AdmissionAuthorized,
    AdmissionNumbered,
    DiscrepancyReported,
    Document,
    GoodsAdmitted,
    Particulars,
)
from ftz_common.contracts.common import (
    ClockExpired,
    ClockStarted,
    ClockStopped,
    DeadlineSet,
    NumberAssigned,
    NumberRequested,
)
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.filing import FilingRequested
from ftz_common.contracts.reference import DirectDelivery

TYPES = ("A", "A", "D", "O", "T", "Z", "direct")
DIRECT = DirectDelivery(
    applied_on="2026-01-01", effective_from="2026-02-01", reference="PD 1", operator_owns=True
)


def announcement(desk: Any, make: Any, kind: str, status: str, quantity: int) -> Announce:
    frozen = (
        {"frozen_number": "6911103550", "pf_filed_on": "2026-01-15"} if (kind, status) == ("Z", "P") else {}
    )
    line = make.line(status="" if kind == "T" else status, quantity=Decimal(quantity), **frozen)
    command = desk.announcement(line, documents=[make.invoice])
    said = {
        "admission_type": "A" if kind == "direct" else kind,
        "from_zone": "100" if kind == "Z" else "",
        "delivered_on": "2026-05-29" if kind == "Z" else "",
        "found_on": "2026-05-30" if kind == "O" else "",
        "direct_delivery": kind == "direct",
    }
    fields: dict[str, Any] = {f: getattr(command, f) for f in command.__slots__}
    return Announce(**fields | {"particulars": Particulars(**said)})


def number(desk: Any, value: int) -> TakeNumber:
    asked = [f.to for f in desk.of(NumberRequested)] or ["series/admissions/999/214/26"]
    answer = NumberAssigned(to=desk.story.stream, series=asked[-1], number=value, purpose="p")
    return TakeNumber(answer, desk.rules)


def report(desk: Any, form: str, days: int) -> ReportDiscrepancy:
    day = date.fromordinal(desk.now.date().toordinal() - days)
    said: Any = {"form": form, "signed_on": day, "told_on": day, "reference": f"{form}-{days}"}
    return ReportDiscrepancy(line=1, who="p-1", now=desk.now, **said)


@st.composite
def steps(draw: Any) -> list[tuple[Any, ...]]:
    """What happens, in any order; many of these are refused."""
    step = st.one_of(
        st.tuples(
            st.just("announce"),
            st.sampled_from(TYPES),
            st.sampled_from(("P", "N", "D", "Z", "")),
            st.sampled_from((500, 480, 0)),
        ),
        st.tuples(st.just("number"), st.integers(1, 3)),
        st.tuples(st.just("classify")),
        st.tuples(st.just("answer"), st.booleans(), st.integers(1, 3)),
        st.tuples(st.just("count"), st.sampled_from((0, 100, 300, 520)), st.booleans(), st.integers(1, 3)),
        st.tuples(st.just("arrive")),
        st.tuples(st.just("document"), st.sampled_from(("zone-history", "in-bond", "commercial-invoice"))),
        st.tuples(st.just("withdraw")),
        st.tuples(st.just("report"), st.sampled_from(("joint", "5931")), st.integers(0, 3)),
        st.tuples(st.just("due"), st.integers(0, 5)),
        st.tuples(st.just("later"), st.sampled_from((1, 26, 400))),
    )
    announced = draw(st.booleans())  # half of the histories begin as they should, so that they get far
    usual = [("announce", draw(st.sampled_from(TYPES)), draw(st.sampled_from("PNDZ")), 500)]
    usual += [("number", 1), ("classify",), ("answer", True, 1)]
    return [*(usual if announced else []), *draw(st.lists(step, min_size=1, max_size=25))]


def due(desk: Any, which: int) -> DeadlineSet | None:
    clocks = desk.of(DeadlineSet)
    return clocks[which % len(clocks)] if clocks else None


def command_of(desk: Any, make: Any, step: tuple[Any, ...]) -> Any:
    """The command, or None where there is nothing to tell."""
    kind, *rest = step
    commands: dict[str, Any] = {
        "announce": lambda: announcement(desk, make, *rest),
        "number": lambda: number(desk, *rest),
        "classify": lambda: desk.classification(1),
        "answer": lambda: desk.cbp(*rest, desk.story.state.number),
        "count": lambda: desk.count((1, rest[0]), final=rest[1], receipt=f"R-{rest[2]}"),
        "arrive": lambda: Arrive(desk.now, desk.zone.timezone, 15),
        "document": lambda: AddDocuments((Document(kind=rest[0], number="1"),), desk.rules),
        "withdraw": lambda: Withdraw("sold", "p-1", desk.rules),
        "report": lambda: report(desk, *rest),
        "due": lambda: due(desk, *rest),
        "later": lambda: desk.later(hours=rest[0]) and None,
    }
    return commands[kind]()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=steps())
def test_whatever_happens_the_214_stays_in_order(make: Any, history: list[tuple[Any, ...]]) -> None:
    desk = make.desk()
    account = msgspec.structs.replace(desk.zone.accounts[0], direct_delivery=DIRECT)
    desk.zone = msgspec.structs.replace(desk.zone, accounts=[account])
    for step in history:
        command = command_of(desk, make, step)
        if command is None:
            continue
        before = deepcopy(desk.story.state)
        decision = ADMISSION.decide(desk.story.state, command, desk.now)
        assert desk.story.state == before, "deciding changes nothing"
        if isinstance(decision, Refusal):
            assert decision.code
            assert decision.citation
            assert decision.remedy
            continue
        assert decision, "every cause leaves a fact"
        for fact in decision:
            desk.story.state = ADMISSION.evolve(desk.story.state, fact)
            desk.story.facts.append(fact)
        holds(desk)


def holds(desk: Any) -> None:
    """What is true of every admission at every instant."""
    state, goods = desk.story.state, desk.of(GoodsAdmitted)
    for line in state.lines.values():
        mine = [g for g in goods if g.line == line.number]
        assert (
            sum((g.quantity for g in mine), Decimal(0))
            == line.admitted
            <= max(line.announced.quantity, Decimal(500))
        )
        assert sum((g.value for g in mine), Decimal(0)) <= line.announced.value
    places = [(g.line, g.receipt) for g in goods]
    assert len(set(places)) == len(places), "a layer is admitted once"
    assert all(g.status != "" for g in goods), "goods without status are no stock"
    assert all((g.status == "P") == (g.pf_filed_on is not None) for g in goods)
    permitted = state.particulars.direct_delivery or bool(desk.of(AdmissionAuthorized))
    assert permitted or not goods, "nothing is admitted without a permit or an approval"
    attempts = [(f.control, f.attempt) for f in desk.of(FilingRequested)]
    assert len(set(attempts)) == len(attempts), "an attempt is filed once"
    assert len(desk.of(AdmissionNumbered)) <= 2, "one number, and one more when a deposit is completed"
    running: set[tuple[str, str]] = set()
    for fact in desk.story.facts:
        match fact:
            case ClockStarted():
                assert (fact.name, fact.subject) not in running
                running.add((fact.name, fact.subject))
            case ClockStopped():
                running.remove((fact.name, fact.subject))
            case ClockExpired():
                assert (fact.name, fact.subject) in running
            case DiscrepancyReported():
                assert fact.liable_for >= 0
            case _:
                pass
    assert {(c.name, c.subject) for c in state.clocks.values()} == running
