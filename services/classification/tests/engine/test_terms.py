"""Our own lists name numbers that exist, and the figures of the whole engine hold on the public sets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ftz_classification.engine.query import expansions
from ftz_classification.engine.records import read_records
from ftz_classification.engine.reference import operator_references, own_references
from ftz_classification.engine.schedule import Schedule, read_schedule
from ftz_classification.engine.scoring import score_records
from ftz_classification.engine.usual import usual
from ftz_classification.engine.workspace import Workspace


def test_our_terms_are_clean() -> None:
    found = own_references()
    assert len(found) > 5_000
    assert all(item.prefix.isdigit() and len(item.prefix) in (2, 4, 6, 8, 10) for item in found)
    assert not [item for item in found if item.prefix[:2] in ("98", "99")]


def test_words_of_trade_lead_to_words_of_the_schedule() -> None:
    assert "man-mad" in expansions()["polyester"] or "man" in expansions()["polyester"]
    assert all(expansions().values())


def test_the_longest_prefix_gives_the_weight(schedule: Schedule) -> None:
    weights = usual(schedule)
    assert weights[schedule.position("6109100040")] == 3.0
    assert weights.min() == 0.0


def test_missing_lists_give_no_terms(tmp_path: Path) -> None:
    assert operator_references(tmp_path) == []


@pytest.mark.data
def test_every_number_we_name_exists(data: Path) -> None:
    whole = read_schedule(data / "hts_2026_rev4.csv")
    assert sorted({item.prefix for item in own_references() if not len(whole.under(item.prefix))}) == []


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_figures_on_unseen_rulings(data: Path, tmp_path: Path) -> None:
    """Out of fold; a prepared FTZ_CLASSIFY_DIR saves the minutes of embedding and training."""
    workspace = Workspace(Path(os.getenv("FTZ_CLASSIFY_DIR") or tmp_path), data)
    cache = workspace.cache()
    records, files = workspace.labelled()
    made = workspace.model_for(workspace.inputs(files)) or workspace.train()
    encoder = None if cache is None else cache.encoder
    asked = read_records(data / "atlas_validation.jsonl")
    report = score_records(workspace.index(), workspace.memory(records), made, encoder, asked)
    assert report["cross_fitted"] == report["n"] == 200
    assert report["impossible"] == 0.0
    if encoder is not None:
        assert report["top1"]["10"] >= 18.0
        assert report["top1"]["6"] >= 31.0
        assert report["top5"]["10"] >= 38.0
        assert report["top5"]["6"] >= 57.0
        assert report["top5"]["2"] >= 95.0
        assert max(report["ece"].values()) <= 0.10
