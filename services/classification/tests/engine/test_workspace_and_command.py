"""The commands from files alone, as an operator runs them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ftz_classification.engine import curve
from ftz_classification.engine.facts import PartFacts
from ftz_classification.engine.records import Record
from ftz_classification.engine.schedule import Schedule
from ftz_classification.engine.training import train
from ftz_classification.senders.engine_process import Loaded
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


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory, records: list[Record]) -> Path:
    """A data folder with every record said twice, in other words."""
    made = tmp_path_factory.mktemp("larger")
    (made / "hts_2026.csv").write_bytes((HERE / "schedule.csv").read_bytes())
    write(made / "atlas_validation.jsonl", [*records, *more(records)])
    return made


@pytest.fixture
def alone(larger: Path, tmp_path: Path):
    """The commands on a cache of their own."""

    def invoke(*arguments: str):
        quick = ["--rounds", "3"] if arguments[0] in ("eval", "train") else []
        plain = ["--no-vectors"] if arguments[0] in ("learn", "train", "eval", "shadow", "drift") else []
        places = ["--data", str(larger), "--cache", str(tmp_path / "cache")]
        return RUN.invoke(app, [*arguments, *quick, *plain, *places])

    return invoke


def version_in(output: str) -> str:
    return output.split("not in force: ")[1].split(".", maxsplit=1)[0]


def test_from_freezing_to_rolling_back(alone, larger: Path, tmp_path: Path, records: list[Record]) -> None:
    """Records are frozen, two models trained without them, compared, promoted and rolled back by name."""
    by = ("--by", "A. Broker", "--why", "trial")
    assert "not in force" in alone("train").output
    assert "frozen: 20 records" in alone("freeze", "--count", "20").output
    refused = alone("freeze")
    assert (refused.exit_code, "--again" in refused.stderr) == (2, True)

    first = version_in(alone("train").output)
    nothing = alone("shadow", first)
    assert (nothing.exit_code, "no other model in force" in nothing.stderr) == (2, True)
    assert alone("promote", first, *by).exit_code == 0, (
        "nothing is in force: there is nothing to compare with"
    )

    extra = write(tmp_path / "more.jsonl", more(more(records[:5])))
    assert "learned 5 records" in alone("learn", str(extra)).output
    told = alone("train").output
    second = version_in(told)
    assert second != first
    assert f"ftz classify shadow {second}" in told
    refused = alone("promote", second, *by)
    assert (refused.exit_code, f"ftz classify shadow {second}" in refused.stderr) == (2, True)

    compared = alone("shadow", second, "--json")
    assert compared.exit_code in (0, 1), compared.output
    report = json.loads(compared.stdout)
    assert (report["new"], report["old"], report["n"]) == (second, first, 20)
    assert report["cross_fitted"] == {"new": 0, "old": 0}, "neither was trained on what is frozen"
    assert set(report["levels"]["top1.6"]) == {"old", "new", "gained", "lost", "p"}
    assert report["new_figures"]["impossible"] == 0.0
    assert "by chance" in alone("shadow", second).output

    assert f"in force: {second}" in alone("promote", second, *by).output
    assert f"in force: {first}" in alone("rollback", "--by", "B. Broker", "--why", "worse").output
    listed = json.loads(alone("models", "--json").stdout)
    assert [one["version"] for one in listed["models"] if one["in_force"]] == [first]
    said = [(entry["to"], entry["who"], entry["back"]) for entry in listed["history"]]
    assert said == [
        (first, "A. Broker", False),
        (second, "A. Broker", False),
        (first, "B. Broker", True),
    ]
    assert listed["history"][1]["shadow"]["old"] == first, "the history holds what was compared"
    refused = alone("rollback", "--by", "B. Broker")
    assert (refused.exit_code, "nothing was in force before" in refused.stderr) == (2, True)
    service = Loaded(tmp_path / "cache", larger, vectors=False)
    asked = [{"title": "plush toy", "attributes": {}, "account": "acme", "part": "T"}]
    content = (HERE / "schedule.csv").read_bytes()
    assert service.propose("a", content, asked)[0]["model"] == service.told()["model"] == first
    assert f"in force: {second}" in alone("rollback", "--to", second, "--by", "B. Broker").output
    assert service.propose("a", content, asked)[0]["model"] == second, "taken up while it runs"
    assert "B. Broker" in alone("models").output


def more(records: list[Record]) -> list[Record]:
    return [replace(one, facts=PartFacts(title=f"another {one.facts.title}")) for one in records]


def test_a_model_without_comparison_is_promoted_only_when_said_so(alone, records: list[Record]) -> None:
    alone("train")
    first = json.loads(alone("models", "--json").stdout)["models"][0]["version"]
    alone("promote", first, "--by", "A. Broker")
    alone("freeze", "--count", "20")
    second = version_in(alone("train").output)
    assert alone("promote", second, "--by", "A. Broker").exit_code == 2
    assert alone("promote", second, "--by", "A. Broker", "--without-shadow").exit_code == 0
    assert json.loads(alone("models", "--json").stdout)["history"][-1]["shadow"] is None
    assert alone("promote", second, "--by", " ").exit_code == 2, "a person promotes"


def test_drift_on_the_training_records_and_on_strange_ones(
    alone, larger: Path, tmp_path: Path, records: list[Record]
) -> None:
    refused = alone("drift", str(larger / "atlas_validation.jsonl"))
    assert (refused.exit_code, "no model is in force" in refused.stderr) == (2, True)
    alone("promote", version_in(alone("train").output), "--by", "A. Broker")
    same = alone("drift", str(larger / "atlas_validation.jsonl"), "--json")
    report = json.loads(same.stdout)
    assert (same.exit_code, report["verdict"]) == (0, "steady"), report
    assert all(row["index"] < 0.01 for row in report["signals"].values())
    strange = [
        replace(one, facts=PartFacts(title=f"{n} qwx zzgy vrrm {n}k plonk"), numbers=("9503000073",))
        for n, one in enumerate(records)
    ]
    found = alone("drift", str(write(tmp_path / "strange.jsonl", strange)))
    assert found.exit_code == 1
    assert found.output.rstrip().endswith("drifted")
    few = alone("drift", str(write(tmp_path / "few.jsonl", records[:5])))
    assert (few.exit_code, "30 are the fewest" in few.stderr) == (2, True)


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


def test_an_unknown_version_is_refused(alone) -> None:
    found = alone("promote", "nope", "--by", "A. Broker")
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


def test_the_learning_curve_says_how_many_decisions_taught_each_row(
    folder: Path, tmp_path: Path, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows at 0, 126, 252, 317; a record among the decisions is judged without its fold; what is taught by
    the same records is trained once."""
    shop = [
        json.dumps({"product_name": f"shop {one.facts.title}", "hs_code": one.numbers[0], "task_id": n})
        for n, one in enumerate(records)
    ]
    data = tmp_path / "data"
    data.mkdir()
    for name in ("hts_2026.csv", "atlas_validation.jsonl"):
        (data / name).write_bytes((folder / name).read_bytes())
    dev = data / "hscodecomp_dev.jsonl"
    dev.write_text("\n".join(shop) + "\n", encoding="utf-8")
    places = ["--data", str(data), "--cache", str(tmp_path / "c"), "--no-vectors", "--rounds", "2"]
    trained: list[int] = []
    monkeypatch.setattr(
        curve,
        "train",
        lambda index, memory, *rest, **more: (
            trained.append(len(memory)) or train(index, memory, *rest, **more)
        ),
    )
    found = RUN.invoke(app, ["eval", str(dev), "--curve", "--json", *places])
    assert found.exit_code == 0, found.output
    report = json.loads(found.stdout)
    rows = {row["decisions"]: row["trained_on"] for row in report["curve"]}
    assert set(rows) == {0, 126, 252, 317}
    assert rows[0] == 0.0
    assert rows[126] == rows[317] == pytest.approx(len(records) * 4 / 5, abs=0.1)
    assert (report["cross_fitted"], report["n"]) == (len(records), len(records))
    assert len(trained) == 6, "once without decisions, once for each fold"
    assert min(trained) == len(records), "the rulings"
    assert all(row["impossible"] == 0.0 for row in report["curve"])


def test_speed_is_told_for_memory_and_the_whole_way(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftz_cli.classify.one_core", lambda: False)  # this process goes on after it
    found = run("speed", "--json")
    report = json.loads(found.stdout)
    assert report["exact_per_cpu_second"] > 5_000, "the figure that is promised, in processor time"
    assert report["parts_per_second"] > 0
    assert 50 < report["rss_mb"] < 2_000
    assert "exact memory" in run("speed").stdout
