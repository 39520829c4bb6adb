"""Whatever the services do can be said in a scenario file, and whatever they say can be expected in one."""

import ast
from typing import get_args

import pytest
from tests.architecture.refusals import ROOT, product_files

from ftz_cli.expect import full_type, misspelled, short_type
from ftz_cli.scenario import AlertExpected, BalanceExpected, Expected, FactExpected
from ftz_common.contracts.alerts import AlertKind
from ftz_common.contracts.table import BY_TYPE

PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def test_every_fact_and_every_alert_can_be_expected() -> None:
    facts = [FactExpected(fact=short_type(name)) for name in BY_TYPE]
    alerts = [AlertExpected(kind=kind) for kind in get_args(AlertKind)]
    assert [full_type(each.fact) for each in facts] == list(BY_TYPE)
    assert list(misspelled(Expected(facts=facts, alerts=alerts))) == []


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (
            Expected(facts=[FactExpected(fact="duty.entry.compild", count=0)]),
            "did you mean duty.entry.compiled?",
        ),
        (
            Expected(facts=[FactExpected(fact="duty.entry.compiled", where={"wek": "2026-03-01"}, count=0)]),
            "has no field wek; did you mean week?",
        ),
        (
            Expected(balances=[BalanceExpected("acme", "MUG", "0", where={"lott": "1"})]),
            "has no field lott; did you mean lot?",
        ),
        (Expected(alerts=[AlertExpected(kind="overages", raised=0)]), "did you mean overage?"),
    ],
)
def test_what_is_misspelled_is_said_though_nothing_of_it_was_to_happen(expected: Expected, said: str) -> None:
    (found,) = misspelled(expected)
    assert found.endswith(said)


def _commands() -> dict[str, str]:
    """Classes that a decider of a domain takes, which are no facts: name and file."""
    facts = {row.fact.__name__ for row in BY_TYPE.values()}
    found: dict[str, str] = {}
    for path in product_files():
        if "domain" not in path.parts or "cbp_sandbox" in str(path):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == "decide":
                cases = [c for m in ast.walk(node) if isinstance(m, ast.Match) for c in m.cases]
                patterns = [p for c in cases for p in ast.walk(c.pattern) if isinstance(p, ast.MatchClass)]
                names = {p.cls.id for p in patterns if isinstance(p.cls, ast.Name)}
                found |= dict.fromkeys(names - facts, path.name)
    return found


def test_every_command_of_a_decider_is_asked_by_somebody() -> None:
    """By a use case or an API, which events, calls and facts of a scenario reach."""
    asked: set[str] = set()
    for path in product_files():
        if "domain" not in path.parts:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
            asked |= {f.id if isinstance(f, ast.Name) else getattr(f, "attr", "") for f in calls}
    commands = _commands()
    assert len(commands) > 30
    assert {name: where for name, where in commands.items() if name not in asked} == {}


def test_events_calls_and_questions_are_listed() -> None:
    assert "`POST /v1/inventory/movements/waste`" in PAGE
    assert "`GET /v1/inventory/balances`" in PAGE
    assert "`order.shipped`" in PAGE
