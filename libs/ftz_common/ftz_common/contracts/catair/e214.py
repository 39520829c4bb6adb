"""The e214 (application FT): every record and field that is known, in one table.

Positions, classes and conditions are those of a public transcription of CATAIR e214 version 3.1.3 (August
2026); CBP's own document was not at hand, and nothing here should be transmitted before it is compared with
it. A field marked `inferred` has a class or a requirement that the transcription does not say. Not
transcribed, and therefore not built: the fields of the envelope A, B, Y, Z (the broker's ABI software makes
it, with application id FT), CBP's output records, and everything of the FZ transactions (permit to transfer,
arrival, concurrence, post-admission correction).
"""

from ftz_common.contracts.catair.fields import amount, code, day, text
from ftz_common.contracts.catair.layout import (
    BlankWhen,
    Differs,
    Field,
    FileRule,
    Layout,
    NeedsRecord,
    NotAfter,
    OncePer,
    OnlyWhen,
    Place,
    Record,
    RecordOnlyWhen,
    Required,
    ShapeWhen,
    When,
)

VERSION = "e214 3.1.3"
APPLICATION = "FT"

#: A regular · C status change · D domestic · O overage · T temporary deposit · Z zone-to-zone.
ADMISSION_TYPES = ("A", "C", "D", "O", "T", "Z")
REASONS = ("01", "02", "03", "04", "05", "06", "07", "08", "09", "10")

_NO_CONVEYANCE = When("20.admission_type", ("D", "O", "Z"))
_STATUS_CHANGE = When("20.admission_type", ("C",))
_VESSEL = When("20.mot", ("10", "11"))
_AIR = When("20.mot", ("40", "41"))
_DELETED = When("10.action", ("D",))


HEADER = Record(
    "10",
    "admission header",
    (
        text("action", (3, 3), "A", "M", "A add, D delete, R replace, S status change", codes=tuple("ADRS")),
        text(
            "zone_id",
            (4, 12),
            "AN",
            "M",
            "zone, subzone and site: 3+2+2 or, expanded, 3+3+3",
            ShapeWhen(When("expanded", ("N",)), r".{7}", "seven characters when not expanded"),
            ShapeWhen(When("expanded", ("Y",)), r".{9}", "nine characters when expanded"),
            pattern=r"[0-9]{3}.{4}(.{2})?",
            shape="a zone number of three digits, then 2+2 or 3+3 characters",
        ),
        code("year", (13, 14), "M", "year of the number"),
        text("control_no", (15, 22), "AN", "M", "control number", length_min=2),
        text("expanded", (23, 23), "A", "M", "zone id has nine characters", codes=("Y", "N")),
        code("port", (24, 27), "M", "port of the zone, Schedule D"),
        text("direct_delivery", (28, 28), "A", "M", "direct delivery, 19 CFR 146.39", codes=("Y", "N")),
        text("filer", (29, 31), "AN", "M", "filer code", length_min=3),
        text("routing", (32, 40), "AN", "O", "routing of the filer's office", inferred=True),
        text("operator_ior", (41, 52), "X", "M", "operator's importer of record number"),
        text("firms", (53, 56), "AN", "M", "FIRMS code of the site", length_min=4),
        text(
            "applicant_ior",
            (57, 68),
            "X",
            "C",
            "applicant's importer of record number, if it is not the operator's",
            Differs("operator_ior"),
        ),
    ),
)

REPLACEMENT = Record(
    "11",
    "replacement",
    (
        text("contact", (3, 42), "X", "O", "who can be asked", inferred=True),
        text("phone", (43, 57), "X", "O", "under which number", inferred=True),
        code(
            "reason",
            (58, 59),
            "M",
            "01 conveyance changed, 02 deleted, 03 bill changed, 04 deleted, 05 tariff number changed, "
            "06 deleted, 07 quantity, 08 other, 09 permit to transfer cancelled or added, "
            "10 temporary deposit replaced",
            codes=REASONS,
        ),
        *(
            code(f"reason_{n}", (56 + 2 * n, 57 + 2 * n), "O", "a further reason", codes=REASONS)
            for n in range(2, 9)
        ),
    ),
)

REMARKS = Record("12", "remarks", (text("remarks", (3, 80), "X", "M", "in words", inferred=True),))

CONVEYANCE = Record(
    "20",
    "conveyance",
    (
        text(
            "admission_type",
            (3, 3),
            "A",
            "M",
            "A regular, C status change, D domestic, O overage, T temporary deposit, Z zone-to-zone",
            codes=ADMISSION_TYPES,
        ),
        code("mot", (4, 5), "C", "mode of transport", BlankWhen(_NO_CONVEYANCE)),
        text("scac", (6, 9), "AN", "C", "carrier", BlankWhen(_NO_CONVEYANCE), length_min=2, inferred=True),
        text("name", (10, 32), "X", "C", "conveyance", BlankWhen(_NO_CONVEYANCE), inferred=True),
        text(
            "voyage", (33, 47), "X", "C", "voyage, flight or trip", BlankWhen(_NO_CONVEYANCE), inferred=True
        ),
        day("export_date", 48, "exported", BlankWhen(_NO_CONVEYANCE), NotAfter("import_date")),
        day("import_date", 56, "imported", BlankWhen(_NO_CONVEYANCE)),
        code("port_unlading", (64, 67), "C", "Schedule D", BlankWhen(_NO_CONVEYANCE), inferred=True),
        day("sched_arrival", 68, "arrival as scheduled", BlankWhen(_NO_CONVEYANCE)),
    ),
)

BILL = Record(
    "40",
    "bill",
    (
        text(
            "bill",
            (3, 37),
            "AN",
            "M",
            "bill of lading or air waybill; an overage has FIRMS code, ADJ, YYMMDD and three digits",
            ShapeWhen(
                When("20.admission_type", ("O",)),
                r"[A-Z0-9]{4}ADJ[0-9]{9}",
                "FIRMS code, ADJ, YYMMDD and three digits, for an overage",
            ),
            length_min=6,
        ),
        text("house", (38, 57), "AN", "C", "house air waybill", OnlyWhen(_AIR), inferred=True),
        amount("quantity", (58, 67), "C", "packages"),
        text("country_export", (68, 69), "A", "C", "country of export", length_min=2, inferred=True),
        code(
            "load_port", (70, 74), "C", "foreign port of lading, Schedule K", OnlyWhen(_VESSEL), inferred=True
        ),
    ),
)

IN_BOND = Record("41", "in-bond", (text("it_number", (3, 37), "AN", "M", "I.T. number", inferred=True),))
CARRIER = Record(
    "42",
    "bonded carrier",
    (text("carrier_ior", (3, 14), "X", "M", "importer of record number; type 2 bond", inferred=True),),
)
CONTAINER = Record(
    "43", "container", (text("container", (3, 17), "AN", "M", "container number", inferred=True),)
)

LINE = Record(
    "50",
    "line",
    (
        Field("line_no", 3, 7, "N", "M", "counts from 00001 per bill", decimals=0, counts_per="40"),
        text(
            "hts",
            (8, 17),
            "AN",
            "M",
            "tariff number",
            pattern=r"[0-9]{10}",
            shape="ten digits",
            inferred=True,
        ),
        text("spi", (18, 18), "AN", "O", "special programme indicator", inferred=True),
        text("spi_country", (19, 20), "A", "O", "its country", length_min=2, inferred=True),
        text("spi_secondary", (21, 21), "AN", "O", "X set header, V component of a set", inferred=True),
        text(
            "coo",
            (22, 23),
            "A",
            "M",
            "country of origin; of Canadian goods the province",
            length_min=2,
            never=("CA",),
        ),
        amount("quantity_1", (24, 35), "M", "statistical quantity", decimals=2),
        text("uom_1", (36, 38), "AN", "C", "its unit", Required(When("quantity_1")), inferred=True),
        amount("quantity_2", (39, 50), "C", "second quantity", Required(When("uom_2")), decimals=2),
        text("uom_2", (51, 53), "AN", "C", "its unit", Required(When("quantity_2")), inferred=True),
        text("quota", (54, 56), "AN", "O", "quota", inferred=True),
        text("pn_disclaimer", (57, 57), "A", "O", "no prior notice is needed", codes=("Y",)),
    ),
)

VALUES = Record(
    "51",
    "values",
    (
        amount("weight", (3, 12), "C", "gross weight, kg", inferred=True),
        amount("value", (13, 24), "M", "USD, whole", inferred=True),
        amount("charges", (25, 34), "C", "aggregate charges, USD, whole", inferred=True),
        text("zone_status", (35, 35), "A", "M", "P, N, D or Z", codes=tuple("PNDZ"), inferred=True),
        amount("hmf", (36, 43), "C", "harbor maintenance fee, USD", decimals=2, inferred=True),
        text(
            "existing_status",
            (44, 44),
            "A",
            "C",
            "status it has",
            Required(_STATUS_CHANGE),
            OnlyWhen(_STATUS_CHANGE),
            codes=("N",),
        ),
        text(
            "requested_status",
            (45, 45),
            "A",
            "C",
            "status it asks for",
            Required(_STATUS_CHANGE),
            OnlyWhen(_STATUS_CHANGE),
            codes=("P", "Z"),
        ),
        amount(
            "affected_quantity",
            (46, 57),
            "C",
            "how much of it",
            Required(_STATUS_CHANGE),
            OnlyWhen(_STATUS_CHANGE),
            inferred=True,
        ),
        text(
            "inventory_uom",
            (58, 60),
            "AN",
            "C",
            "in the unit of the inventory",
            Required(_STATUS_CHANGE),
            OnlyWhen(_STATUS_CHANGE),
            inferred=True,
        ),
    ),
)

DESCRIPTION = Record(
    "60",
    "description and reference",
    (
        text("description", (3, 47), "X", "C", "of the goods", inferred=True),
        text(
            "qualifier",
            (48, 50),
            "A",
            "C",
            "MID manufacturer, STL and ALU licences, DIA",
            Required(When("reference")),
            codes=("MID", "STL", "ALU", "DIA"),
            length_min=3,
        ),
        text(
            "reference",
            (51, 72),
            "X",
            "C",
            "what the qualifier says",
            Required(When("qualifier")),
            inferred=True,
        ),
    ),
)
LINE_REMARKS = Record("61", "remarks", (text("remarks", (3, 80), "X", "M", "in words", inferred=True),))


def _envelope(letter: str, title: str) -> Record:
    return Record(letter, title, (text("rest", (2, 80), "X", "O", "not transcribed", inferred=True),))


RECORDS: dict[str, Record] = {
    record.id: record
    for record in (
        _envelope("A", "envelope: begin of transmission"),
        _envelope("B", "envelope: begin of application block"),
        HEADER,
        REPLACEMENT,
        REMARKS,
        CONVEYANCE,
        BILL,
        IN_BOND,
        CARRIER,
        CONTAINER,
        LINE,
        VALUES,
        DESCRIPTION,
        LINE_REMARKS,
        _envelope("Y", "envelope: end of application block"),
        _envelope("Z", "envelope: end of transmission"),
    )
}

CONVEYANCES_MAX = 999
BILLS_MAX = 9_999
LINES_MAX = 9_999

#: The order of records, and how many of each.
PLACES: tuple[Place, ...] = (
    Place("A", "", 0, 1),
    Place("B", "", 0, 1),
    Place("10", "", 1, None),
    Place("11", "10", 0, 1),
    Place("12", "10", 0, 10, called="remarks"),
    Place("20", "10", 1, CONVEYANCES_MAX, unless=_DELETED, called="conveyances"),
    Place("40", "20", 1, BILLS_MAX, called="bills"),
    Place("41", "40", 0, None),
    Place("42", "40", 0, None),
    Place("43", "40", 0, None),
    Place("50", "40", 1, LINES_MAX, called="lines"),
    Place("51", "50", 1, 1),
    Place("60", "50", 0, None),
    Place("61", "50", 0, None),
    Place("Y", "", 0, 1),
    Place("Z", "", 0, 1),
)

RULES: tuple[FileRule, ...] = (
    NeedsRecord(When("10.action", ("R",)), "11", "10"),
    RecordOnlyWhen("11", When("10.action", ("R",))),
    *(
        NeedsRecord(When(f"11.{field.name}", ("08",)), "12", "10")
        for field in REPLACEMENT.fields
        if field.name.startswith("reason")
    ),
    OncePer("60", "qualifier", "MID", "50"),
)

E214 = Layout(APPLICATION, "admission (e214)", VERSION, RECORDS, PLACES, RULES, split="several admissions")
