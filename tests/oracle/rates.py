"""Rates as the schedule prints them, read once more: standard library and fractions."""

import csv
import re
from fractions import Fraction
from typing import Any

#: Type, stream and data of every fact of a run.
Facts = list[tuple[str, str, dict[str, Any]]]

COLUMN_TWO = {"CU": "1989-01-01", "KP": "1989-01-01", "RU": "2022-04-09", "BY": "2022-04-09"}


def half_up(amount: Fraction, step: Fraction) -> Fraction:
    """To the next multiple of `step`, a half upwards."""
    return (amount / step + Fraction(1, 2)).__floor__() * step


def cents(amount: Fraction) -> Fraction:
    """Whole cents."""
    return half_up(amount, Fraction(1, 100))


class Schedule:
    """One revision: its first day, and for each number the two columns, inherited from its eight digits."""

    def __init__(self, name: str, first_day: str, text: str) -> None:
        self.name, self.first_day = name, first_day
        self._columns: dict[str, tuple[str, str]] = {}
        for row in csv.DictReader(text.strip().splitlines(), skipinitialspace=True):
            number = row["HTS Number"].strip().replace(".", "")
            rates = row["General Rate of Duty"].strip(), row["Column 2 Rate of Duty"].strip()
            self._columns[number] = rates if any(rates) else self._columns.get(number[:8], rates)

    def rate(self, number: str, origin: str, on: str) -> tuple[str, str]:
        """The column that counts for an origin on a day, and what stands in it."""
        general, second = self._columns[number]
        if origin in COLUMN_TWO and COLUMN_TWO[origin] <= on:
            return "column2", second
        return "general", general


def in_force(schedules: list[Schedule], on: str) -> Schedule:
    """The revision with the last first day that is not after `on`."""
    return max((s for s in schedules if s.first_day <= on), key=lambda s: s.first_day)


def amounts(
    text: str, value: Fraction, quantity: Fraction, unit: str, known: dict[str, Fraction]
) -> list[Fraction | None]:
    """What each part of a rate comes to, exactly; None for a part that wants a unit nobody gave."""
    found: list[Fraction | None] = []
    for part in text.split(" + "):
        if part == "Free":
            found.append(Fraction(0))
        elif percent := re.fullmatch(r"([0-9.]+)%", part):
            found.append(value * Fraction(percent[1]) / 100)
        elif cent := re.fullmatch(r"([0-9.]+)¢/kg", part):
            found.append(known["kg"] * Fraction(cent[1]) / 100 if "kg" in known else None)
        elif dollars := re.fullmatch(r"\$([0-9.]+)/kg", part):
            found.append(known["kg"] * Fraction(dollars[1]) if "kg" in known else None)
        elif each := re.fullmatch(r"([0-9.]+)¢ each", part):
            found.append(quantity * Fraction(each[1]) / 100 if unit == "No." else None)
        else:
            raise ValueError(f"the oracle does not read {text!r}")
    return found
