"""Where goods often end: our own list of much-used numbers, a prior the ranker weighs (terms/usual.csv)."""

from __future__ import annotations

import csv
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ftz_classification.engine.schedule import Schedule

SOURCE = resources.files("ftz_classification.engine") / "terms" / "usual.csv"


def usual(schedule: Schedule) -> NDArray[np.float32]:
    """Weight 0 to 3 of each line, shape (n,): how often goods are found there, in our experience.

    A prefix gives its weight to every line under it; the longest prefix that names a line wins.
    """
    out = np.zeros(len(schedule), dtype=np.float32)
    with SOURCE.open(encoding="utf-8") as stream:
        rows = [(row["number"], float(row["weight"])) for row in csv.DictReader(stream)]
    for number, weight in sorted(rows, key=lambda row: len(row[0])):
        span = schedule.under(number)
        out[span.start : span.stop] = weight
    return out
