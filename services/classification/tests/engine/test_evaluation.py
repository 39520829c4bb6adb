from __future__ import annotations

import pytest

from ftz_classification.engine.evaluation import Answer, ece, evaluate, rank_of_gold, wilson

RANKED = {
    2: ["61", "62"],
    4: ["6109", "6110", "6205"],
    6: ["610910", "611020", "620520"],
    8: ["61091000", "61102020", "62052020"],
    10: ["6109100004", "6110202010", "6205202051"],
}


def said(*gold: str, sure: float = 0.5) -> Answer:
    return Answer(gold, RANKED, dict.fromkeys(RANKED, sure))


@pytest.mark.parametrize(
    ("gold", "level", "place"),
    [
        (("6109100004",), 10, 1),
        (("6110202010",), 10, 2),
        (("6110202010", "6109100004"), 10, 1),  # any accepted number counts
        (("6110202099",), 8, 2),
        (("62052020",), 8, 3),
        (("62052020",), 10, None),  # an eight-digit gold cannot be met at ten
        (("9999999999",), 2, None),
    ],
)
def test_rank_of_the_first_accepted_prefix(gold: tuple[str, ...], level: int, place: int | None) -> None:
    assert rank_of_gold(said(*gold), level) == place


def test_a_line_of_eight_digits_is_the_number_with_two_zeros() -> None:
    answer = Answer(("9102114500",), {**RANKED, 10: ["91021145"]}, dict.fromkeys(RANKED, 0.5))
    assert rank_of_gold(answer, 10) == 1


def test_report_counts_in_percent_and_any_gold() -> None:
    report = evaluate(
        [said("6109100004"), said("6110202010"), said("9503000071"), said("6205202051", "6109100004")],
        possible=lambda code: code != "6205202051",
    )
    assert report["n"] == 4
    assert report["top1"]["10"] == 50.0
    assert report["top5"]["10"] == 75.0
    assert report["impossible"] == pytest.approx(33.33)
    assert report["ci95"]["top1"]["10"] == wilson(2, 4)


def test_nothing_to_evaluate_is_refused() -> None:
    with pytest.raises(ValueError, match="no labelled record"):
        evaluate([], possible=lambda _: True)


@pytest.mark.parametrize(
    ("stated", "right", "expected"),
    [
        ([0.9, 0.9], [True, True], 0.1),
        ([0.9, 0.9], [False, False], 0.9),
        ([0.5, 0.5], [True, False], 0.0),
        ([1.0], [True], 0.0),
    ],
)
def test_calibration_error(stated: list[float], right: list[bool], expected: float) -> None:
    assert ece(stated, right) == pytest.approx(expected)


def test_wilson_interval_holds_the_share_and_stays_in_bounds() -> None:
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 100.0
    low, high = wilson(50, 200)
    assert low < 25.0 < high
