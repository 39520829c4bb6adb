"""What has a price is explained and reckoned again: values step by step, the harbor fee from its layers."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ftz_cli.main import app

CASE = Path(__file__).parents[1] / "golden" / "cases" / "value-announced.yaml"

HARBOR = CASE.with_name("duty-32-harbor-quarter.yaml")


def test_a_quarter_of_the_harbor_fee_is_reckoned_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTZ_VAR", str(tmp_path))
    assert CliRunner().invoke(app, ["run", str(HARBOR), "--once"]).exit_code == 0
    result = CliRunner().invoke(app, ["verify", "--json"])
    found = json.loads(result.stdout)
    assert (result.exit_code, found["problems"]) == (0, [])
    assert found["evaluated"]["harbor maintenance fee again from the layers"] > 2


def test_explain_and_trace_show_how_a_value_came_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTZ_VAR", str(tmp_path))
    assert CliRunner().invoke(app, ["run", str(CASE), "--once"]).exit_code == 0
    result = CliRunner().invoke(app, ["explain", "999/acme/2026-03-08", "1", "--json"])
    assert result.exit_code == 0, result.output
    ((name, steps),) = json.loads(result.stdout)["values"].items()
    assert name.startswith("214 ")
    assert name.endswith(", line 1")
    assert steps[0] == "$21600"
    assert steps[1].startswith("admission-sale $22000 = 20000 EUR × 1.1")
    assert [step.split(" ")[0] for step in steps[2:]] == [
        "assist",
        "packing",
        "international-freight",
        "insurance",
        "us-inland-freight",
    ]
    shown = CliRunner().invoke(app, ["explain", "999/acme/2026-03-08", "1"])
    assert "international-freight $-2000" in " ".join(shown.output.split())
    traced = CliRunner().invoke(app, ["trace", "S1"])
    assert "value of line 1" in traced.output
    assert CliRunner().invoke(app, ["verify"]).exit_code == 0
