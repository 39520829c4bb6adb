"""How much of a schedule's rate texts is understood, per column and part of the schedule."""

from typing import TypedDict

from ftz_duty.domain.rate import Rate, Reference, SpecialRates
from ftz_duty.domain.rate_text import Unread, read_rate, read_special
from ftz_duty.domain.schedule import Column, Schedule

_COLUMNS: tuple[Column, ...] = ("general", "column2", "special")
_PARTS = ("1_97", "98", "99")
_ADDITIONAL = "additional_99"


class Group(TypedDict):
    """`cells` = `understood` + `references` + the number of `refused`."""

    cells: int
    understood: int
    references: int
    refused: list[str]


def parse_report(schedule: Schedule) -> dict[str, Group]:
    """Counts by group: `general_1_97`, `column2_1_97`, `special_1_97`, the same for 98 and 99,
    `additional_99`.

    A cell here is one distinct text that is not empty: `6.8%` counts once per group however many lines have
    it. Understood: it yields an amount or asks for a named fact. Reference: it only points to another line or
    note; a Special cell is a reference when all of its rates are. Refused: texts that nobody may price on,
    sorted.
    """
    texts: dict[str, set[str]] = {f"{column}_{part}": set() for part in _PARTS for column in _COLUMNS}
    texts[_ADDITIONAL] = set()
    for line in schedule:
        part = line.number[:2] if line.number[:2] in _PARTS else "1_97"
        for column in _COLUMNS:
            texts[f"{column}_{part}"].add(line.cell(column).text)
        if line.additional.text:
            texts[_ADDITIONAL].add(line.additional.text)
    return {
        group: _counted(found - {""}, special=group.startswith("special")) for group, found in texts.items()
    }


def _counted(texts: set[str], *, special: bool) -> Group:
    counted = Group(cells=len(texts), understood=0, references=0, refused=[])
    for text in sorted(texts):
        read = read_special(text) if special else read_rate(text)
        if isinstance(read, Unread):
            counted["refused"].append(text)
        elif all(isinstance(rate, Reference) for rate in _rates(read)):
            counted["references"] += 1
        else:
            counted["understood"] += 1
    return counted


def _rates(read: Rate | SpecialRates) -> list[Rate]:
    return [segment.rate for segment in read.segments] if isinstance(read, SpecialRates) else [read]
