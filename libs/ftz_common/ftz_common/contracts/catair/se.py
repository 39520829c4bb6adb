"""Cargo release (application SE): what asks for the release of a week's estimate, CBP Form 3461.

Of SE only two records are transcribed, from a public source: the zone status SE41 and the tariff number SE61.
The columns of SE10, SE40 and SE50 are **our own** (`assumed`): they hold what the form asks for, so that a
file can be looked at, checked and read back, and are those of nobody's specification. A file with them must
not be transmitted; the broker's software makes its own from the same data (JSON).
"""

from ftz_common.contracts.catair.fields import amount, assumed, code, short_day, text
from ftz_common.contracts.catair.layout import Layout, OnlyWhen, Place, Record, Required, When

_PRIVILEGED = When("status", ("P",))

HEADER = Record(
    "SE10",
    "release header",
    assumed(
        text("action", (5, 5), "A", "M", "A add, R replace, D delete", codes=tuple("ARD")),
        text("filer", (6, 8), "AN", "M", "filer code", length_min=3),
        text(
            "entry_no", (9, 16), "AN", "M", "entry number: seven characters and the check digit", length_min=8
        ),
        code("entry_type", (17, 18), "M", "06 consumption from a zone"),
        code("port", (19, 22), "M", "port of entry, Schedule D"),
        text("importer_ior", (23, 34), "X", "M", "importer of record number"),
        text("firms", (35, 38), "AN", "M", "FIRMS code of the site", length_min=4),
        text(
            "zone_id",
            (39, 47),
            "AN",
            "M",
            "zone, subzone and site",
            pattern=r"[0-9]{3}[A-Z0-9]{4}([A-Z0-9]{2})?",
            shape="a zone number of three digits, then four or six characters",
        ),
        short_day("week", 48, "first day of the week of an estimate", requirement="O"),
    ),
)

LINE = Record(
    "SE40",
    "line",
    assumed(
        amount("line_no", (5, 7), "M", "counts from 001"),
        text("coo", (8, 9), "A", "M", "country of origin", length_min=2, never=("US",)),
    ),
)

ZONE = Record(
    "SE41",
    "zone status",
    (
        text("status", (5, 5), "A", "M", "P, N or D", codes=tuple("PND"), inferred=True),
        short_day(
            "pf_filed_on", 6, "PF filing date, where all goods of the line have one", OnlyWhen(_PRIVILEGED)
        ),
        amount("zone_quantity", (12, 19), "M", "quantity from the zone, whole units over 0", inferred=True),
    ),
)

NUMBER = Record(
    "SE50",
    "tariff number, value and quantity",
    assumed(
        text(
            "hts",
            (5, 14),
            "N",
            "M",
            "tariff number",
            pattern=r"[0-9]{8}([0-9]{2})?",
            shape="eight or ten digits",
        ),
        amount("value", (15, 24), "M", "USD, whole"),
        amount("quantity_1", (25, 36), "C", "quantity", decimals=2),
        text("uom_1", (37, 39), "AN", "C", "its unit", Required(When("quantity_1"))),
    ),
)

CURRENT = Record(
    "SE61",
    "tariff number of today",
    (
        text(
            "hts",
            (5, 14),
            "N",
            "M",
            "number in force today, of PF goods whose own number has ended",
            pattern=r"[0-9]{8}([0-9]{2})?",
            shape="eight or ten digits",
            inferred=True,
        ),
    ),
)

#: The line number has three digits.
LINES_MAX = 999

SE = Layout(
    "SE",
    "cargo release (3461)",
    "SE, July 2026; SE10, SE40, SE50: our own columns",
    {record.id: record for record in (HEADER, LINE, ZONE, NUMBER, CURRENT)},
    (
        Place("SE10", "", 1, 1),
        Place("SE40", "SE10", 1, LINES_MAX, called="lines"),
        Place("SE41", "SE40", 1, 1),
        Place("SE50", "SE40", 1, 1),
        Place("SE61", "SE40", 0, 1),
    ),
    split="several entries",
)
