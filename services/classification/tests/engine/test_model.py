"""Training is reproducible, a model survives storing, versions are promoted and rolled back by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftz_classification.engine.index import Index
from ftz_classification.engine.memory import Memory
from ftz_classification.engine.model import (
    Model,
    ModelUnreadable,
    before,
    history,
    load,
    promote,
    promoted,
    save,
    version_of,
)
from ftz_classification.engine.ranker import relevance
from ftz_classification.engine.records import Record
from ftz_classification.engine.scoring import score_records
from ftz_classification.engine.training import TooFewRecords, train


def test_the_same_training_gives_the_same_version(index: Index, memory: Memory, model: Model) -> None:
    again = train(index, memory, {"test": True}, folds=2, rounds=8)
    assert again.version == model.version


def test_other_inputs_give_another_version(model: Model) -> None:
    assert version_of([model.whole], model.snapshot, {"a": 1}) != version_of(
        [model.whole], model.snapshot, {"a": 2}
    )


def test_too_few_records_are_refused(index: Index, records: list[Record]) -> None:
    with pytest.raises(TooFewRecords, match="ftz classify learn"):
        train(index, Memory(records[:3]), {})


def test_every_record_is_in_the_snapshot_and_judged_unseen(
    index: Index, memory: Memory, model: Model, records: list[Record], encoder: object
) -> None:
    assert set(model.snapshot) == {record.facts.digest() for record in records}
    report = score_records(index, memory, model, encoder, records[:20])  # type: ignore[arg-type] # stand-in encoder
    assert report["cross_fitted"] == 20
    assert "not seen it" in report["note"]
    assert report["impossible"] == 0.0
    assert report["items_per_second"] > 0
    assert report["rss_mb"] > 0
    assert set(report["top1"]) == {"2", "4", "6", "8", "10"}


def test_a_model_survives_storing(
    index: Index, memory: Memory, model: Model, records: list[Record], tmp_path: Path
) -> None:
    again = load(save(model, tmp_path))
    assert again.version == model.version
    one = score_records(index, Memory(records), model, None, records[:10])
    two = score_records(index, Memory(records), again, None, records[:10])
    assert one["top5"] == two["top5"]
    assert one["ece"] == two["ece"]


def test_promote_and_roll_back_by_version(index: Index, memory: Memory, model: Model, tmp_path: Path) -> None:
    other = train(index, memory, {"test": "other"}, folds=2, rounds=2)
    for made in (model, other):
        save(made, tmp_path)
    assert promoted(tmp_path) is None
    with pytest.raises(ModelUnreadable, match="nothing was in force"):
        before(tmp_path)
    promote(tmp_path, model.version, "A. Broker", "first", "2026-03-01T00:00:00Z")
    promote(tmp_path, other.version, "A. Broker", "trial", "2026-03-02T00:00:00Z", shadow={"n": 20})
    assert before(tmp_path) == model.version
    promote(tmp_path, before(tmp_path), "A. Broker", "rolled back", "2026-03-03T00:00:00Z", back=True)
    assert promoted(tmp_path) == model.version
    assert load(tmp_path / model.version).version == model.version
    assert [(entry["from"], entry["to"], entry["back"]) for entry in history(tmp_path)] == [
        (None, model.version, False),
        (model.version, other.version, False),
        (other.version, model.version, True),
    ]
    with pytest.raises(ModelUnreadable, match="nothing was in force"):
        before(tmp_path)  # before the first there was none: rolling back twice does not swing


def test_a_model_that_cannot_be_read_is_not_put_in_force(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "card.json").write_text("{}")
    with pytest.raises(ModelUnreadable, match="format"):
        promote(tmp_path, "broken", "A. Broker", "", "2026-03-01T00:00:00Z")
    assert promoted(tmp_path) is None


def test_an_unknown_version_is_not_promoted(tmp_path: Path) -> None:
    with pytest.raises(ModelUnreadable, match="there are: none"):
        promote(tmp_path, "x", "A. Broker", "", "2026-03-01T00:00:00Z")


@pytest.mark.parametrize("content", ['{"format": "ftz.model/9"}', "{", "{}"])
def test_an_unreadable_model_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "card.json").write_text(content)
    with pytest.raises(ModelUnreadable):
        load(tmp_path)


@pytest.mark.parametrize(
    ("gold", "code", "levels"),
    [
        (("6109100012",), "6109100012", 5),
        (("6109100012",), "6109100004", 4),
        (("6109100012",), "6109901007", 2),
        (("6109100012",), "6205202051", 0),
        (("6109100012", "6205202051"), "6205202051", 5),
        (("9102114500",), "91021145", 5),
        (("62052020",), "6205202051", 4),
    ],
)
def test_relevance_is_the_levels_matched(gold: tuple[str, ...], code: str, levels: int) -> None:
    assert relevance(gold, code) == levels
