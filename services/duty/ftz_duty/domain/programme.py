"""Special tariff programmes and column 2 countries: dated facts of the general notes to the HTSUS.

Whether goods qualify for a programme is the claimant's statement; here is only what refuses a claim on its
face.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Programme:
    """`countries` of origin (ISO 3166 alpha-2) for agreements whose parties are fixed; None when lists
    change.
    """

    name: str
    citation: str
    countries: frozenset[str] | None = None


def _agreement(name: str, note: int, countries: str) -> Programme:
    return Programme(name, f"HTSUS general note {note}", frozenset(countries.split()))


PROGRAMMES: dict[str, Programme] = {
    "A": Programme("Generalized System of Preferences", "HTSUS general note 4"),
    "A*": Programme("Generalized System of Preferences, some countries excluded", "HTSUS general note 4(d)"),
    "A+": Programme(
        "Generalized System of Preferences, least-developed countries", "HTSUS general note 4(b)"
    ),
    "AU": _agreement("Australia FTA", 28, "AU"),
    "B": Programme("Automotive Products Trade Act", "HTSUS general note 5"),
    "BH": _agreement("Bahrain FTA", 30, "BH"),
    "C": Programme("Agreement on Trade in Civil Aircraft", "HTSUS general note 6"),
    "CL": _agreement("Chile FTA", 26, "CL"),
    "CO": _agreement("Colombia Trade Promotion Agreement", 34, "CO"),
    "D": Programme("African Growth and Opportunity Act", "HTSUS general note 16"),
    "E": Programme("Caribbean Basin Economic Recovery Act", "HTSUS general note 7"),
    "E*": Programme("Caribbean Basin Economic Recovery Act, some goods excluded", "HTSUS general note 7(d)"),
    "IL": Programme("Israel Free Trade Area", "HTSUS general note 8"),
    "JO": _agreement("Jordan Free Trade Area", 18, "JO"),
    "JP": _agreement("Japan Trade Agreement", 36, "JP"),
    "K": Programme("Agreement on Trade in Pharmaceutical Products", "HTSUS general note 13"),
    "KR": _agreement("Korea FTA", 33, "KR"),
    "L": Programme("Uruguay Round concessions on intermediate chemicals for dyes", "HTSUS general note 14"),
    "MA": _agreement("Morocco FTA", 27, "MA"),
    "NP": Programme("Nepal Preference Program", "19 U.S.C. 4454", frozenset({"NP"})),
    "OM": _agreement("Oman FTA", 31, "OM"),
    "P": _agreement("Dominican Republic-Central America FTA", 29, "CR DO GT HN NI SV"),
    "P+": _agreement(
        "Dominican Republic-Central America FTA, see the provision named", 29, "CR DO GT HN NI SV"
    ),
    "PA": _agreement("Panama Trade Promotion Agreement", 35, "PA"),
    "PE": _agreement("Peru Trade Promotion Agreement", 32, "PE"),
    "R": Programme("Caribbean Basin Trade Partnership Act", "HTSUS general note 17"),
    "S": _agreement("United States-Mexico-Canada Agreement", 11, "CA MX"),
    "S+": _agreement("United States-Mexico-Canada Agreement, see the provision named", 11, "CA MX"),
    "SG": _agreement("Singapore FTA", 25, "SG"),
}


@dataclass(frozen=True, slots=True)
class ColumnTwoCountry:
    """A country whose products take the column 2 rates on entries from `since` to the day before `until`."""

    country: str
    since: date
    until: date | None
    citation: str

    def applies(self, origin: str, on: date) -> bool:
        return origin == self.country and self.since <= on and (self.until is None or on < self.until)


# The HTSUS itself begins on 1 January 1989; Cuba and North Korea stood in column 2 before it.
COLUMN_TWO: tuple[ColumnTwoCountry, ...] = (
    ColumnTwoCountry("CU", date(1989, 1, 1), None, "HTSUS general note 3(b)"),
    ColumnTwoCountry("KP", date(1989, 1, 1), None, "HTSUS general note 3(b)"),
    ColumnTwoCountry("RU", date(2022, 4, 9), None, "HTSUS general note 3(b); Pub. L. 117-110"),
    ColumnTwoCountry("BY", date(2022, 4, 9), None, "HTSUS general note 3(b); Pub. L. 117-110"),
)
