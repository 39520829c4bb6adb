"""The simulated zone: two accounts, three sources, a tariff extract of eight lines, ten parts each."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

ZONE = "999"
TIMEZONE = "America/Chicago"
REVISION, REVISION_2 = "Simulated Revision 1", "Simulated Revision 2"

_HEADER = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,"
    "Column 2 Rate of Duty,Quota Quantity,Additional Duties"
)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate as we reckon it: percent of value, USD per kilogram, USD per piece."""

    percent: Fraction = Fraction(0)
    per_kg: Fraction = Fraction(0)
    per_piece: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class TariffLine:
    """A line of the extract with its rate text and what we make of it; None: a text nobody may guess."""

    number: str
    units: str
    text: str
    rate: Rate | None


LINES = (
    TariffLine("3924.10.40.00", '[""No.""]', "3.4%", Rate(percent=Fraction(34, 1000))),
    TariffLine("6911.10.37.10", '[""doz."",""kg""]', "26%", Rate(percent=Fraction(26, 100))),
    TariffLine("7013.37.10.00", '[""No.""]', "28.5%", Rate(percent=Fraction(285, 1000))),
    TariffLine("9403.60.80.81", '[""No.""]', "Free", Rate()),
    TariffLine(
        "8211.91.20.00",
        '[""No.""]',
        "0.4¢ each + 6.4%",
        Rate(Fraction(64, 1000), Fraction(0), Fraction(4, 1000)),
    ),
    TariffLine("1806.32.90.00", '[""kg""]', "6%", Rate(percent=Fraction(6, 100))),
    TariffLine("0902.10.10.50", '[""kg""]', "6.4¢/kg", Rate(per_kg=Fraction(64, 1000))),
    TariffLine("9102.11.45.00", '[""No.""]', "See general note 77", None),
)
#: Revision 2 raises one rate from the second Monday on.
SECOND = "2026-03-16"
RAISED = {"3924.10.40.00": ("5.5%", Rate(percent=Fraction(55, 1000)))}


def schedule(changed: dict[str, tuple[str, Rate]]) -> bytes:
    """The extract as an official export, in CSV."""
    rows = [_HEADER]
    for line in sorted(LINES, key=lambda each: each.number):
        text = changed[line.number][0] if line.number in changed else line.text
        rows.append(f'"{line.number}","0","Goods of {line.number}","{line.units}","{text}","","90%","",""')
    return ("\n".join(rows) + "\n").encode()


def rate_of(number: str, revision: str) -> Rate | None:
    """What a number costs in a revision."""
    for line in sorted(LINES, key=lambda each: each.number):
        if line.number.replace(".", "") == number.replace(".", ""):
            if revision == REVISION_2 and line.number in RAISED:
                return RAISED[line.number][1]
            return line.rate
    raise KeyError(number)


#: Additional duties: one always, one whose date a person ruled on, one of goods of which a person said yes.
MEASURED = "8211912000"
_ALWAYS = {"source": "a test's own invention", "from": "2025-01-01", "rate_date_policy": "ENTRY_DATE"}
MEASURES: dict[str, Any] = {
    "format": "ftz.measures/1",
    "name": "simulated",
    "measures": [
        _ALWAYS
        | {"id": "always", "programme": "p1", "heading": "9903.80.01", "rate": "7.5%", "origins": ["CN"]},
        _ALWAYS
        | {"id": "ruled", "programme": "p2", "heading": "9903.81.01", "rate": "10%", "numbers": ["6911"]}
        | {"from": "2026-03-10", "rate_date_policy": "MANUAL"},
        _ALWAYS
        | {"id": "said", "programme": "p3", "heading": "9903.82.01", "rate": "25%", "numbers": [MEASURED]}
        | {"only_if": [{"fact": "forged", "is": "yes"}]},
    ],
}


def added(number: str, origin: str, entered_on: str) -> list[Fraction]:
    """The shares of the value that these measures add."""
    found = [Fraction(75, 1000)] if origin == "CN" else []
    if number.startswith("6911") and entered_on >= "2026-03-10":
        found.append(Fraction(10, 100))
    if number.replace(".", "") == MEASURED and origin == "VN":
        found.append(Fraction(25, 100))
    return found


@dataclass(frozen=True, slots=True)
class PartOf:
    """A part of an account: its number as the expert decides it."""

    account: str
    sku: str
    uin: str
    number: str
    origin: str
    kilograms: str


ACCOUNTS = ("acme", "bolt")
SHOPS = {"acme": "acme-shop", "bolt": "bolt-shop"}
DOCK = "dock"
#: SKUs as shops write them.
_NAMES = ("MUG/BLUE 01", "mug/blue 01", "plate-ø26", "50% off%", "a b", "x", "knife#7", "thé", "watch", "box")
MAPPED = {("acme", "box"): "UIN-BOX-1"}
#: Goods of this origin and heading must be privileged foreign.
PF_REQUIRED = ("7013", "CN")


def parts() -> list[PartOf]:
    """The parts of both accounts."""
    found: list[PartOf] = []
    for turn, account in enumerate(ACCOUNTS):
        for index, name in enumerate(_NAMES):
            number = LINES[(index + turn) % len(LINES)].number
            origin = ("CN", "VN", "DE", "MX")[(index * 3 + turn) % 4]
            uin = MAPPED.get((account, name), name)
            found.append(PartOf(account, name, uin, number, origin, f"0.{index + 1}5"))
    return found


def part_of(account: str, uin: str) -> PartOf:
    """The part of an account by the zone's name."""
    return next(p for p in parts() if (p.account, p.uin) == (account, uin))


#: The port director lets acme's own goods be received before their 214.
DIRECT = {
    "applied_on": "2026-01-01",
    "effective_from": "2026-02-01",
    "reference": "PD-1",
    "operator_owns": True,
}


#: bolt's estimates are reckoned from what left, and a person confirms them.
CAREFUL = {"basis": "history", "weeks": 2, "confirm": "person", "warn_percent": 75}


def document() -> dict[str, Any]:
    """The zone as its operator describes it."""

    def account(name: str) -> dict[str, Any]:
        parties = {k: f"party-{name}-{k}" for k in ("applicant", "importer_of_record", "owner", "filer")}
        return {
            "id": name,
            "parties": parties,
            "master_source": SHOPS[name],
            "days_in_zone_max": 20 if name == "acme" else None,
            "direct_delivery": DIRECT if name == "acme" else None,
            "estimate": CAREFUL if name == "bolt" else None,
        }

    return {
        "zone": ZONE,
        "name": "Simulated zone",
        "port": "3901",
        "timezone": TIMEZONE,
        "operator": "party-operator",
        "site": {"id": "site-1", "name": "Simulated site", "firms": "Z999"},
        "accounts": [account(name) for name in ACCOUNTS],
        "sources": [
            *({"name": SHOPS[a], "accounts": [a], "issuers": [SHOPS[a]]} for a in ACCOUNTS),
            {"name": DOCK, "accounts": list(ACCOUNTS), "issuers": [DOCK, *SHOPS.values()]},
        ],
        "procedures": {
            "required_documents": ["invoice", "packing-list"],
            "in_bond_days_max": 10,
            "estimate": {"warn_percent": 75},
        },
        "sku_mappings": [
            {"account": a, "issuer": SHOPS[a], "sku": sku, "uin": uin} for (a, sku), uin in MAPPED.items()
        ]
        + [{"account": a, "issuer": DOCK, "sku": sku, "uin": uin} for (a, sku), uin in MAPPED.items()],
        "pf_required": [
            {
                "measure": "simulated",
                "prefixes": [PF_REQUIRED[0]],
                "origins": [PF_REQUIRED[1]],
                "effective_from": "2026-01-01",
                "citation": "policy: simulated",
            }
        ],
    }


CENT = Decimal("0.01")
