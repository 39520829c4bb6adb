"""The simulated CBP: its rules, its moods, and that an attempt is answered as it was decided."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from ftz_cbp_sandbox.domain.behaviour import Behaviour, Match, behaviour_of
from ftz_cbp_sandbox.domain.filing import Filing, TakeFiling
from ftz_cbp_sandbox.domain.judgement import Checks, findings
from ftz_cbp_sandbox.handlers import arms
from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_cbp_sandbox.usecases import FILING, UseCases
from ftz_common.contracts import table
from ftz_common.contracts.common import DeadlineSet, Noted
from ftz_common.contracts.filing import (
    Conveyance,
    FilingAnswered,
    FilingLine,
    FilingRequested,
    FilingTaken,
)
from ftz_common.flow.clock import PlayedClock
from ftz_common.testing.heard import heard
from ftz_common.testing.story import Story

AT = datetime(2026, 6, 3, 14, tzinfo=UTC)
TODAY = date(2026, 6, 3)
ANY = frozenset[str]()
ENVELOPE = heard()
LINE = FilingLine(
    line=1,
    number="6911103710",
    description="mug",
    quantity=Decimal(500),
    unit="pcs",
    value=Decimal(1000),
    status="N",
    origin="VN",
)
CAME = Conveyance(
    mode="11",
    carrier="ABCD",
    bill="BILL-1",
    port_of_unlading="4601",
    export_date="2026-05-01",
    import_date="2026-05-28",
)


def filing(kind: Any = "214", line: dict[str, Any] | None = None, **changes: Any) -> FilingRequested:
    base = FilingRequested(
        kind=kind,
        control="999-26-000001",
        attempt=1,
        reply_to="admission/acme/shop/S-1",
        port="4601",
        firms="X123",
        filer="p-4",
        importer_of_record="p-2",
        lines=[msgspec.structs.replace(LINE, **(line or {}))],
        conveyance=CAME if kind == "214" else None,
        period_from="" if kind == "214" else "2026-05-31",
    )
    return msgspec.structs.replace(base, **changes)


def came(**changes: Any) -> Conveyance:
    return msgspec.structs.replace(CAME, **changes)


def codes(request: FilingRequested, today: date = TODAY, ports: frozenset[str] = ANY) -> list[str]:
    return [code for code, _ in findings(request, today, Checks(ports))]


# ---- rules --------------------------------------------------------------------------------------

ACCEPTED: list[FilingRequested] = [
    filing(),
    filing(conveyance=came(export_date="2026-05-28")),  # the same day
    filing(line={"number": "91021110"}),
    *(filing(line={"status": status}) for status in "PNDZ"),
    filing("3461"),
    filing("3461", line={"value": Decimal(0)}),  # an estimate is of quantities
    filing("7501", period_from="2026-05-24"),
    filing("3461", period_from=""),  # definite goods: no week
    filing("7501", period_from=""),
    filing("7501", period_from="2026-05-24", lines=[]),  # a week without removals
]
REJECTED: list[tuple[FilingRequested, str]] = [
    (filing(conveyance=came(export_date="2026-05-29")), "export-after-import"),
    (filing(conveyance=came(import_date="2026-02-30")), "date-unreadable"),
    (filing(conveyance=came(bill="")), "bill-missing"),
    (filing(conveyance=None), "conveyance-missing"),
    (filing(conveyance=came(port_of_unlading="46O1")), "port-unknown"),
    (filing(port="460"), "port-unknown"),
    (filing(firms="X12"), "firms-unknown"),
    (filing(filer=""), "party-missing"),
    (filing(importer_of_record=""), "party-missing"),
    (filing(line={"quantity": Decimal(0)}), "quantity-zero"),
    (filing(line={"value": Decimal(0)}), "value-zero"),
    (filing(line={"status": "X"}), "status-unknown"),
    (filing(line={"number": "6911"}), "number-unreadable"),
    (filing(line={"origin": "Vietnam"}), "origin-unknown"),
    (filing(lines=[]), "no-lines"),
    (filing(lines=[LINE, LINE]), "line-twice"),
    (filing("3461", lines=[]), "no-lines"),
    (filing("3461", period_from="next week"), "period-missing"),
    (filing("3461", period_from="2026-05-24"), "estimate-too-late"),
    (filing("7501"), "summary-too-early"),
    (filing("3461", line={"quantity": Decimal(0)}), "quantity-zero"),
    (filing("7501", period_from="2026-05-24", line={"value": Decimal(-1)}), "value-zero"),
]


@pytest.mark.parametrize("request_", ACCEPTED)
def test_accepted(request_: FilingRequested) -> None:
    assert codes(request_) == []


@pytest.mark.parametrize(("request_", "code"), REJECTED)
def test_rejected(request_: FilingRequested, code: str) -> None:
    assert codes(request_) == [code]


@pytest.mark.parametrize(
    ("kind", "day", "code"),
    [
        ("3461", date(2026, 6, 6), []),  # the last day of the week
        ("3461", date(2026, 6, 7), ["estimate-too-late"]),
        ("7501", date(2026, 6, 6), ["summary-too-early"]),
        ("7501", date(2026, 6, 7), []),
    ],
)
def test_a_week_has_seven_days(kind: str, day: date, code: list[str]) -> None:
    assert codes(filing(kind), day) == code


def test_a_list_of_ports_is_the_ports_there_are() -> None:
    assert codes(filing(), ports=frozenset({"4601"})) == []
    assert codes(filing(), ports=frozenset({"2704"})) == ["port-unknown"]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = filing(conveyance=came(bill="", export_date="2026-06-01"), line={"quantity": Decimal(0)})
    assert codes(wrong) == ["bill-missing", "export-after-import", "quantity-zero"]


# ---- answers ------------------------------------------------------------------------------------


def play(do: Any = None, hours: int = 0, request: FilingRequested | None = None, prompt: int = 0) -> Story:
    """Take a filing and let every deadline fire."""
    behaviour = Behaviour(Match(), do, hours, "simulated") if do else None
    story = Story(FILING, "filing/999-26-000001/1")
    pending = story.tell(TakeFiling(request or filing(), behaviour, Checks(), prompt), AT)
    while due := [f for f in pending if isinstance(f, DeadlineSet)]:
        pending = story.tell(due[0], datetime.fromisoformat(due[0].due_at))
    return story


def times(story: Story) -> list[timedelta]:
    return [datetime.fromisoformat(f.due_at) - AT for f in story.facts if isinstance(f, DeadlineSet)]


def answers(story: Story) -> list[FilingAnswered]:
    return [f for f in story.facts if isinstance(f, FilingAnswered)]


@pytest.mark.parametrize(
    ("do", "hours", "prompt", "at"),
    [
        (None, 0, 0, [0]),
        (None, 0, 2, [2]),
        ("late", 30, 2, [30]),
        ("twice", 5, 0, [0, 5]),
        ("never", 0, 0, []),
        ("reject", 0, 0, [0]),
        ("reject", 12, 2, [12]),
    ],
)
def test_when_it_answers(do: Any, hours: int, prompt: int, at: list[int]) -> None:
    story = play(do, hours, prompt=prompt)
    assert times(story) == [timedelta(hours=h) for h in at]
    assert len(answers(story)) == len(at)
    assert all(a.accepted is (do != "reject") for a in answers(story))


def test_an_answer_goes_to_who_filed_and_names_number_and_attempt() -> None:
    (answer,) = answers(play())
    assert (answer.to, answer.kind, answer.control, answer.attempt) == (
        "admission/acme/shop/S-1",
        "214",
        "999-26-000001",
        1,
    )


def test_two_answers_say_the_same() -> None:
    first, second = answers(play("twice", 5))
    assert first == second


def test_a_rejection_by_rule_has_its_codes_and_reasons() -> None:
    (answer,) = answers(play(request=filing(conveyance=came(bill=""))))
    assert not answer.accepted
    assert answer.codes == ["bill-missing"]
    assert answer.reasons == ["no bill of lading or air waybill"]


def test_a_configured_rejection_has_its_code_before_those_of_the_rules() -> None:
    (answer,) = answers(play("reject", request=filing(conveyance=came(bill=""))))
    assert answer.codes == ["simulated", "bill-missing"]


def test_the_same_attempt_again_and_a_deadline_too_many_change_nothing() -> None:
    story = play()
    assert isinstance(story.tell(TakeFiling(filing(), None), AT)[0], Noted)
    deadline = next(f for f in story.facts if isinstance(f, DeadlineSet))
    assert isinstance(story.tell(deadline, AT)[0], Noted)


def test_the_week_is_judged_by_the_local_date_that_the_filing_says() -> None:
    late = datetime(2026, 6, 7, 2, tzinfo=UTC)  # still Saturday in New York
    story = Story(FILING, "filing/1/1")
    taken = story.tell(TakeFiling(filing("3461", filed_on="2026-06-06"), None), late)[0]
    assert isinstance(taken, FilingTaken)
    assert taken.accepted
    other = Story(FILING, "filing/1/1").tell(TakeFiling(filing("3461"), None), late)[0]
    assert isinstance(other, FilingTaken)
    assert not other.accepted


def test_an_answer_about_a_thousand_wrong_lines_stays_small() -> None:
    lines = [msgspec.structs.replace(LINE, line=n, quantity=Decimal(0)) for n in range(1, 1000)]
    (answer,) = answers(play(request=filing(lines=lines)))
    assert answer.codes == ["quantity-zero"]
    assert len(answer.reasons) == 50


# ---- configuration ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        (Match(), True),
        (Match(kind="214"), True),
        (Match(kind="3461"), False),
        (Match(control="999-26-"), True),
        (Match(control="999-26-000002"), False),
        (Match(bill="BILL-1"), True),
        (Match(bill="BILL"), False),
        (Match(attempt=1), True),
        (Match(kind="214", attempt=2), False),
    ],
)
def test_a_behaviour_matches_by_every_field_it_names(match: Match, fits: bool) -> None:
    assert match.fits(filing()) is fits


def test_the_first_behaviour_that_fits_counts() -> None:
    late, never = Behaviour(Match(kind="214"), "late", 30), Behaviour(Match(), "never")
    assert behaviour_of([late, never], filing()) is late
    assert behaviour_of([late, never], filing("3461")) is never
    assert behaviour_of([late], filing("3461")) is None


def test_behaviours_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = '[{"match": {"kind": "214", "control": "999-26-000001"}, "do": "late", "hours": 30}]'
    monkeypatch.setenv("FTZ_CBP_BEHAVIOURS", rules)
    cases = UseCases(SandboxSettings(), PlayedClock(AT))
    (asked,) = cases.filing_requested(filing(), ENVELOPE)
    assert (asked.stream, asked.command.behaviour.do) == ("filing/999-26-000001/1", "late")
    (asked,) = cases.filing_requested(filing("3461"), ENVELOPE)
    assert asked.command.behaviour is None


@pytest.mark.parametrize(
    "behaviour",
    [
        {"match": {}, "do": "late"},
        {"match": {}, "do": "never", "code": "x"},
        {"match": {"shipment": "S"}, "do": "never"},
        {"match": {}, "do": "vanish"},
        {"match": {}, "do": "late", "hours": -1},
    ],
)
def test_a_behaviour_that_makes_no_sense_is_refused(behaviour: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SandboxSettings.model_validate({"behaviours": [behaviour]})


def test_a_filing_caused_by_something_old_is_answered_from_today_on() -> None:
    """A count told a day late files a supplement today: an answer of yesterday would hide a violation."""
    today = AT + timedelta(days=1)
    story = Story(FILING, "filing/999-26-000001/1")
    story.tell(TakeFiling(filing(), None, Checks(), 2, today), AT)
    assert times(story) == [timedelta(days=1, hours=2)]
    (asked,) = UseCases(SandboxSettings(), PlayedClock(today)).filing_requested(filing(), ENVELOPE)
    assert asked.command.now == today


def test_every_row_heard_has_an_arm_and_no_arm_is_idle() -> None:
    made = arms(UseCases(SandboxSettings(), PlayedClock(AT)))
    assert set(made.facts) == {row.fact for row in table.ROWS if "cbp" in row.heard_by}
    assert made.foreign == {}


def test_the_state_survives_a_snapshot() -> None:
    state = play().state
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=Filing) == state
    assert msgspec.json.decode(msgspec.json.encode(state), type=Filing) == state
