"""The commands from files alone, as an operator runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ftz_classification.engine.records import Record
from ftz_classification.engine.schedule import Schedule
from ftz_cli.classify import app

HERE = Path(__file__).parent
RUN = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, schedule: Schedule, records: list[Record]) -> Path:
    """A data folder: the small schedule and a training file in ATLAS form."""
    made = tmp_path_factory.mktemp("data")
    (made / "hts_2026.csv").write_bytes((HERE / "schedule.csv").read_bytes())
    write(made / "atlas_validation.jsonl", records)
    return made


def write(path: Path, records: list[Record]) -> Path:
    lines = []
    for record in records:
        user = f"What is the HTS US Code for {record.facts.title}?"
        number = record.numbers[0]
        answer = f"HTS US Code -> {number[:4]}.{number[4:6]}.{number[6:]}"
        roles = [{"role": "user", "content": user}, {"role": "assistant", "content": answer}]
        lines.append(json.dumps({"messages": roles}) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    cache = tmp_path_factory.mktemp("cache")

    def invoke(*arguments: str):
        quick = ["--rounds", "3"] if arguments[0] in ("eval", "train") else []
        places = ["--no-vectors", "--data", str(folder), "--cache", str(cache)]
        return RUN.invoke(app, [*arguments, *quick, *places])

    return invoke


def test_eval_prepares_all_by_itself_and_prints_one_json_object(run, folder: Path) -> None:
    found = run("eval", str(folder / "atlas_validation.jsonl"), "--json")
    assert found.exit_code == 0, found.output
    report = json.loads(found.stdout)
    assert {
        "n",
        "top1",
        "top5",
        "top10",
        "ece",
        "coverage",
        "impossible",
        "items_per_second",
        "rss_mb",
    } <= set(report)
    assert set(report["top1"]) == set(report["ece"]) == {"2", "4", "6", "8", "10"}
    assert report["impossible"] == 0.0
    assert report["cross_fitted"] == report["n"]
    assert "fold" in found.stderr


def test_a_second_eval_trains_nothing(run, folder: Path) -> None:
    run("eval", str(folder / "atlas_validation.jsonl"), "--json")
    again = run("eval", str(folder / "atlas_validation.jsonl"), "--json")
    assert "fold" not in again.stderr


def test_unseen_records_are_judged_by_the_whole_model(run, tmp_path: Path, records: list[Record]) -> None:
    fresh = tmp_path / "fresh.jsonl"
    fresh.write_text(
        '{"messages": [{"role": "user", "content": "What is the HTS US Code for a cotton shirt?"}, '
        '{"role": "assistant", "content": "HTS US Code -> 6205.20.2051"}]}\n'
    )
    report = json.loads(run("eval", str(fresh), "--json").stdout)
    assert report["cross_fitted"] == 0
    assert "note" not in report


def test_learn_then_train_then_promote_then_roll_back(run, tmp_path: Path, records: list[Record]) -> None:
    first = run("train").output.split("--version ")[1].split()[0]
    extra = write(tmp_path / "more.jsonl", records[:5])
    learned = run("learn", str(extra))
    assert "learned 5 records" in learned.output
    second = run("train", "--promote-by", "A. Broker", "--why", "trial")
    assert "in force:" in second.output
    assert first not in second.output.split("in force:")[1]
    back = run("train", "--version", first, "--promote-by", "A. Broker", "--why", "roll back")
    assert f"in force: {first}" in back.output


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "no labelled record"), ("{\n", "line 1: not JSON"), ('{"messages": []}\n', "line 1")],
)
def test_a_bad_file_is_refused_with_its_place(run, tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content)
    found = run("eval", str(path))
    assert found.exit_code == 2
    assert reason in found.stderr


def test_a_folder_without_a_schedule_is_refused(tmp_path: Path) -> None:
    found = RUN.invoke(app, ["data", "--no-vectors", "--data", str(tmp_path), "--cache", str(tmp_path)])
    assert found.exit_code == 2
    assert "hts.usitc.gov" in found.stderr


def test_an_unknown_version_is_refused(run) -> None:
    found = run("train", "--version", "nope", "--promote-by", "A. Broker")
    assert found.exit_code == 2
    assert "no model 'nope'" in found.stderr


def test_a_language_model_that_is_not_set_up_is_refused(run, folder: Path) -> None:
    found = run("eval", str(folder / "atlas_validation.jsonl"), "--llm")
    assert found.exit_code == 2
    assert "FTZ_LLM_URL" in found.stderr


def test_a_language_model_that_is_not_there_changes_no_figure(
    run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTZ_LLM_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("FTZ_LLM_MODEL", "any")
    file = str(folder / "atlas_validation.jsonl")
    plain, told = (json.loads(run("eval", file, "--json", *more).stdout) for more in ([], ["--llm"]))
    assert (plain["top1"], plain["ece"]) == (told["top1"], told["ece"])
    assert (told["adviser"]["heard"], told["adviser"]["asked"]) == (0, told["n"])
    assert any("left alone" in why for why in told["adviser"]["not_heard"])
