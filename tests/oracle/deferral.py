"""Goods changed in the zone that go to Canada or Mexico (entry type 08), read literally.

date          19 CFR 181.53(a)(1)(i): the day of importation there is that of exportation
assessed      19 CFR 181.53(b)(4), 146.65: as if entered that day; privileged goods as of their filing
waived        19 USC 81c(a); 19 CFR 181.53(b)(4): the lesser of the duty here and the duty paid there
never waived  19 CFR 181.53(a)(2)(i)(C): the fee; 181.42(a): antidumping and countervailing duty
"""

from fractions import Fraction
from typing import Any

from tests.oracle.goods import Book, grouped, moves, taken
from tests.oracle.law import decided, price_line, statements, summed
from tests.oracle.measures import Measures
from tests.oracle.rates import Facts, Schedule, cents

PARTNERS = ("CA", "MX")


def parcels(facts: Facts) -> list[str]:
    """The parcels for Canada or Mexico whose exportation is dated, as streams."""
    return sorted(s for kind, s, _ in facts if kind == "ftz.duty.deferral.exported.v1")


def _last(facts: Facts, kind: str, stream: str) -> dict[str, Any] | None:
    said = [d for k, s, d in facts if (k, s) == (f"ftz.duty.deferral.{kind}.v1", stream)]
    return said[-1] if said else None


def assessment_of(
    facts: Facts, parcel: str, schedules: list[Schedule], measures: Measures
) -> dict[str, Any] | None:
    """What is owed on a parcel and what of it is waived; None when a person must say something first."""
    mine = {
        moved["withdrawal"]
        for _, moved in moves(facts)
        if moved.get("destination_country") in PARTNERS
        and f"{moved['order'].replace('order/', 'deferral/', 1)}/{moved['parcel']}" == parcel
    }
    exported = _last(facts, "exported", parcel)
    assert exported is not None
    on = exported["exported_on"]
    lines = grouped(Book(facts), taken(facts, mine))
    in_force = decided(facts, measures)
    for line in lines:
        said = statements(facts, parcel.split("/")[1], line["number"], line["origin"])
        if not price_line(line, said, on, schedules, in_force):
            return None
    found = summed(on, lines)
    cases = {m["id"] for m in in_force if "dumping" in m["programme"] or "countervailing" in m["programme"]}
    kept = sum(
        (duty for line in lines for name, (_, duty) in line["stack"].items() if duty and name in cases),
        Fraction(0),
    )
    claim = _last(facts, "waiver-claimed", parcel)
    paid = cents(Fraction(claim["paid"]) * Fraction(claim["usd_per_unit"])) if claim else Fraction(0)
    found["waivable"] = found["duty"] - kept
    found["waived"] = Fraction(0) if exported["deferral_program"] else min(found["waivable"], paid)
    found["owed"] = found["duty"] + found["mpf"] - found["waived"]
    return found
