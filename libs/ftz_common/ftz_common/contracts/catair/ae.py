"""The entry summary (application AE): the records and fields of a weekly zone entry, CBP Form 7501.

Positions are those of a public transcription of CATAIR AE (July 2026), which names the fields that a zone's
entry needs and leaves out others; CBP's own document was not at hand, and nothing here should be transmitted
before it is compared with it. `inferred`: class or requirement is ours. `assumed`: the columns are ours. Not
transcribed, and therefore not built: the envelope A, B, Y, Z, party and reference records, and CBP's output
records. Of the totals 88 and 90 only what they sum is transcribed; their columns are ours.
"""

from ftz_common.contracts.catair.fields import amount, assumed, code, short_day, text
from ftz_common.contracts.catair.layout import (
    Layout,
    OnlyWhen,
    Place,
    Record,
    Required,
    When,
)

_PRIVILEGED = When("status", ("P",))

HEADER = Record(
    "10",
    "summary header",
    (
        text("action", (3, 3), "A", "M", "A add, R replace, D delete", codes=tuple("ARD"), inferred=True),
        text("filer", (4, 6), "AN", "M", "filer code", length_min=3, inferred=True),
        text(
            "entry_no",
            (9, 16),
            "AN",
            "M",
            "entry number: seven characters and the check digit",
            length_min=8,
            inferred=True,
        ),
        code("port", (18, 21), "M", "port of entry, Schedule D", inferred=True),
        code("entry_type", (34, 35), "M", "06 consumption from a zone, 08 duty deferral", inferred=True),
        code("mot", (36, 37), "O", "mode of transport; blank for goods from a zone", inferred=True),
        text("cargo_release", (40, 40), "AN", "O", "certified for cargo release", inferred=True),
        text("live", (44, 44), "AN", "O", "live entry", inferred=True),
        text("payment_type", (51, 51), "AN", "O", "how it is paid", inferred=True),
        short_day("statement_date", 52, "preliminary statement", requirement="O"),
        text("pga", (68, 68), "AN", "O", "F: a weekly entry from a zone", inferred=True),
    ),
)

IMPORTER = Record(
    "11",
    "importer and zone",
    (
        text("importer_ior", (3, 14), "X", "M", "importer of record number", inferred=True),
        text("consignee", (15, 26), "X", "O", "consignee's number, if it is another", inferred=True),
        short_day("entry_date", 42, "estimated date of entry", requirement="M"),
        short_day("import_date", 48, "imported; blank for goods from a zone", requirement="O"),
        text("state", (61, 62), "A", "O", "US state of destination", length_min=2, inferred=True),
        text(
            "zone_id",
            (63, 71),
            "AN",
            "M",
            "zone, subzone and site: NNNXXXXXX",
            pattern=r"[0-9]{3}[A-Z0-9]{4}([A-Z0-9]{2})?",
            shape="a zone number of three digits, then four or six characters",
            inferred=True,
        ),
    ),
)

LINE = Record(
    "40",
    "line",
    (
        amount("line_no", (5, 7), "M", "counts from 001", inferred=True),
        text("set", (8, 8), "A", "O", "X set header, V component of a set", codes=("X", "V"), inferred=True),
        text("coo", (9, 10), "A", "M", "country of origin", length_min=2, never=("US",), inferred=True),
        text("country_export", (11, 12), "A", "O", "country of export", length_min=2, inferred=True),
        text("spi", (25, 26), "AN", "O", "special programme indicator", inferred=True),
        amount("charges", (27, 36), "O", "USD, whole", inferred=True),
        amount("gross_kg", (42, 51), "O", "gross weight, kg", inferred=True),
        text("fee_exemption", (58, 58), "AN", "O", "exemption from the fee", inferred=True),
    ),
)

ZONE = Record(
    "41",
    "zone status",
    (
        text("status", (3, 3), "A", "M", "P, N or D", codes=tuple("PND"), inferred=True),
        short_day("pf_filed_on", 4, "PF filing date", Required(_PRIVILEGED), OnlyWhen(_PRIVILEGED)),
        amount("zone_quantity", (10, 19), "M", "quantity from the zone, whole units over 0", inferred=True),
    ),
)

NUMBER = Record(
    "50",
    "tariff number, duty, value and quantities",
    (
        text(
            "hts",
            (3, 12),
            "N",
            "M",
            "tariff number; a heading of chapter 99 stands before the goods' own",
            pattern=r"[0-9]{8}([0-9]{2})?",
            shape="eight or ten digits",
            inferred=True,
        ),
        amount("duty", (14, 23), "M", "USD", decimals=2, inferred=True),
        amount("value", (25, 34), "C", "USD, whole", inferred=True),
        amount("quantity_1", (36, 47), "C", "first quantity", decimals=2, inferred=True),
        text("uom_1", (48, 50), "AN", "C", "its unit", Required(When("quantity_1")), inferred=True),
        amount("quantity_2", (51, 62), "C", "second quantity", decimals=2, inferred=True),
        text("uom_2", (63, 65), "AN", "C", "its unit", Required(When("quantity_2")), inferred=True),
        amount("quantity_3", (66, 77), "C", "third quantity", decimals=2, inferred=True),
        text("uom_3", (78, 80), "AN", "C", "its unit", Required(When("quantity_3")), inferred=True),
    ),
)

CASE = Record(
    "53",
    "antidumping or countervailing case",
    (
        text("case", (3, 12), "AN", "M", "case number: A570999 or A570999000", length_min=7, inferred=True),
        text("bond", (13, 13), "A", "O", "B bond, C cash", codes=("B", "C"), inferred=True),
        amount("rate", (14, 21), "C", "deposit rate, per cent", decimals=2, inferred=True),
        text("rate_kind", (22, 22), "A", "O", "A ad valorem, S specific", codes=("A", "S"), inferred=True),
        amount("value", (25, 34), "C", "USD, whole", inferred=True),
        amount("quantity", (35, 46), "C", "quantity", decimals=4, inferred=True),
        amount("duty", (47, 56), "M", "USD", decimals=2, inferred=True),
    ),
)

LINE_FEE = Record(
    "62",
    "fee of a line",
    (
        code(
            "fee_class", (3, 5), "M", "499 merchandise processing", codes=("499", "501", "311"), inferred=True
        ),
        amount("fee", (6, 13), "M", "USD", decimals=2, inferred=True),
    ),
)

FEES = Record(
    "89",
    "fees of the entry",
    assumed(
        code("fee_class", (3, 5), "M", "499 merchandise processing", codes=("499", "501", "311")),
        amount("fee", (6, 16), "M", "USD, within its least and most", decimals=2),
    ),
)

CASE_TOTALS = Record(
    "88",
    "antidumping and countervailing totals",
    assumed(
        amount("antidumping", (3, 13), "M", "USD, of the cases that begin with A", decimals=2),
        amount("countervailing", (14, 24), "M", "USD, of the cases that begin with C", decimals=2),
    ),
)

TOTALS = Record(
    "90",
    "grand totals",
    assumed(
        amount("value", (3, 14), "M", "USD, whole: the value of all lines"),
        amount("duty", (15, 25), "M", "USD, of all records 50", decimals=2),
        amount("fees", (26, 36), "M", "USD, of record 89", decimals=2),
        amount("cases", (37, 47), "M", "USD, of record 88", decimals=2),
    ),
)


def _opaque(identifier: str, title: str) -> Record:
    begins = len(identifier) + 1
    return Record(
        identifier, title, (text("rest", (begins, 80), "X", "O", "not transcribed", inferred=True),)
    )


RECORDS = {
    record.id: record
    for record in (
        _opaque("A", "envelope: begin of transmission"),
        _opaque("B", "envelope: begin of application block"),
        HEADER,
        IMPORTER,
        LINE,
        ZONE,
        NUMBER,
        CASE,
        LINE_FEE,
        CASE_TOTALS,
        FEES,
        TOTALS,
        _opaque("Y", "envelope: end of application block"),
        _opaque("Z", "envelope: end of transmission"),
    )
}

#: The line number has three digits.
LINES_MAX = 999
#: Numbers of one line: what the transcription says is no limit; eight is what CBP Form 7501 prints.
NUMBERS_MAX = 8

AE = Layout(
    "AE",
    "entry summary (7501)",
    "AE, July 2026",
    RECORDS,
    (
        Place("A", "", 0, 1),
        Place("B", "", 0, 1),
        Place("10", "", 1, 1),
        Place("11", "10", 1, 1),
        Place("40", "10", 1, LINES_MAX, called="lines"),
        Place("41", "40", 1, 1),
        Place("50", "40", 1, NUMBERS_MAX, called="tariff numbers in one line"),
        Place("53", "40", 0, 2, called="cases in one line"),
        Place("62", "40", 0, None),
        Place("88", "10", 0, 1),
        Place("89", "10", 0, 1),
        Place("90", "10", 0, 1),
        Place("Y", "", 0, 1),
        Place("Z", "", 0, 1),
    ),
    split="several entries",
)
