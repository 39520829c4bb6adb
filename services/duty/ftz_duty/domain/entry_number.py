"""Entry numbers: filer code, seven digits, check digit (19 CFR 142.3a(a): eleven characters, used once)."""

import re

_FILER = re.compile(r"[A-Z0-9]{3}")


def entry_number(filer: str, year: str, control: int) -> str:
    """The number of an entry: `Z99-2600007-3`. `year`: two digits; `control`: from the gapless series.

    Without a filer code of three characters there is no check digit, and CBP would take no such number.
    """
    digits = f"{year}{control:05d}"
    if not _FILER.fullmatch(filer):
        return f"{filer}-{digits}"
    return f"{filer}-{digits}-{check_digit(filer + digits)}"


def check_digit(text: str) -> int:
    """The eleventh character: letters count as digits, every second one from the right is doubled.

    A to I count 1 to 9, J to R 1 to 9, S to Z 2 to 9; a doubled digit over nine counts its cross sum; the
    check digit fills the sum up to the next ten. † 19 CFR 142.3a says that there is one, not how it is
    made, and CBP's appendix was not at hand: compare it with a number that CBP has taken.
    """
    total = 0
    for at, digit in enumerate(_worth(c) for c in reversed(text)):
        doubled = digit * 2 if at % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10


def _worth(character: str) -> int:
    if character.isdigit():
        return int(character)
    at = ord(character) - ord("A")
    return (at + 1 if at >= 18 else at) % 9 + 1
