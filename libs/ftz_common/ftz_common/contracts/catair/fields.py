"""Short names for the kinds of fields that a layout has."""

from dataclasses import replace

from ftz_common.contracts.catair.layout import Condition, Field, FieldClass, Requirement


def text(
    name: str,
    columns: tuple[int, int],
    of: FieldClass,
    requirement: Requirement,
    meaning: str,
    *conditions: Condition,
    codes: tuple[str, ...] = (),
    never: tuple[str, ...] = (),
    pattern: str = "",
    shape: str = "",
    length_min: int = 1,
    counts_per: str = "",
    inferred: bool = False,
) -> Field:
    """Text of a class: letters and codes."""
    return Field(
        name,
        *columns,
        of,
        requirement,
        meaning,
        codes=codes,
        never=never,
        pattern=pattern,
        shape=shape,
        length_min=length_min,
        counts_per=counts_per,
        conditions=conditions,
        inferred=inferred,
    )


def code(
    name: str,
    columns: tuple[int, int],
    requirement: Requirement,
    meaning: str,
    *conditions: Condition,
    codes: tuple[str, ...] = (),
    inferred: bool = False,
) -> Field:
    """Digits that are a code, not an amount: all columns or none."""
    return text(
        name,
        columns,
        "N",
        requirement,
        meaning,
        *conditions,
        codes=codes,
        length_min=columns[1] - columns[0] + 1,
        inferred=inferred,
    )


def amount(
    name: str,
    columns: tuple[int, int],
    requirement: Requirement,
    meaning: str,
    *conditions: Condition,
    decimals: int = 0,
    inferred: bool = False,
) -> Field:
    """An amount with implied decimals."""
    return Field(
        name,
        *columns,
        "N",
        requirement,
        meaning,
        decimals=decimals,
        conditions=conditions,
        inferred=inferred,
    )


def day(name: str, start: int, meaning: str, *conditions: Condition, inferred: bool = True) -> Field:
    """A day, CCYYMMDD."""
    return Field(
        name,
        start,
        start + 7,
        "N",
        "C",
        meaning,
        length_min=8,
        date_form="CCYYMMDD",
        conditions=conditions,
        inferred=inferred,
    )


def short_day(
    name: str, start: int, meaning: str, *conditions: Condition, requirement: Requirement = "C"
) -> Field:
    """A day, MMDDYY, of this century."""
    return Field(
        name,
        start,
        start + 5,
        "N",
        requirement,
        meaning,
        length_min=6,
        date_form="MMDDYY",
        conditions=conditions,
        inferred=True,
    )


def assumed(*fields: Field) -> tuple[Field, ...]:
    """Fields whose columns are ours, because no transcription has them."""
    return tuple(replace(field, assumed=True, inferred=True) for field in fields)
