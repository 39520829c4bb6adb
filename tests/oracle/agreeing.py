"""Two engines agree on a run: every entry, parcel, value and harbor fee, to the cent."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, cast

from tests.oracle import deferral, fees, goods, law, rates
from tests.oracle.reading import (
    announced_in,
    compiled,
    line_of,
    literally,
    measures_of,
    read_line,
    schedules_of,
)

#: How far a quantity of content may be off; any difference in money is a cent at least.
_STEP = Fraction(1, 10**6)


def agree(facts: law.Facts, scenario: dict[str, Any], seen: Counter[str] | None = None) -> None:
    """Every entry, parcel, value and harbor fee of a run. `seen`: what was compared is counted there."""
    seen = Counter() if seen is None else seen
    for entry in law.weeks(facts):
        if not law.lines_of(facts, entry):
            continue
        made = compiled(facts, entry)
        if made is None and not _is_over(entry, scenario):
            continue
        own = literally(facts, entry, scenario)
        seen["cent of an endless quantity"] += _tipped(made, own)
        assert _alike(made, own), (entry, made, own)
        seen.update(_kinds(made))
    _agree_on_parcels(facts, scenario, seen)
    _agree_on_values(facts, scenario, seen)
    _agree_on_harbor_fees(facts, scenario, seen)
    book = goods.Book(facts)
    seen.update(kind for layer in book.layers for kind in _contents(book, layer))


def _is_over(entry: str, scenario: dict[str, Any]) -> bool:
    """Whether the run went on until the week was ended and its grace was over."""
    done = date.fromisoformat(entry.rsplit("/", maxsplit=1)[-1]) + timedelta(days=10)
    return scenario["until"][:10] >= done.isoformat()


def _tipped(made: list[dict[str, Any]] | None, own: list[dict[str, Any]] | None) -> int:
    """Thirds of a unit are kept to six places, and may tip half a cent of a specific rate: taken over."""
    count = 0
    for theirs, ours in zip(made or [], own or [], strict=False):
        for one, other in zip(theirs["lines"], ours["lines"], strict=False):
            endless = 10**6 % other["quantity"].denominator != 0
            if endless and None not in (one["duty"], other["duty"]):
                tipped = one["duty"] - other["duty"]
                if abs(tipped) == Fraction(1, 100):
                    other["duty"] += tipped
                    ours["duty"] += tipped
                    count += 1
    return count


def _alike(one: Any, other: Any) -> bool:
    """The same; but quantities of content are kept to the sixth place, and may be one step off it."""
    match one, other:
        case (dict(), dict()):
            mine, theirs = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
            return mine.keys() == theirs.keys() and all(_alike(mine[name], theirs[name]) for name in mine)
        case (list(), list()):
            mine, theirs = cast("list[Any]", one), cast("list[Any]", other)
            return len(mine) == len(theirs) and all(map(_alike, mine, theirs))
        case (Fraction(), Fraction()):
            return abs(one - other) <= _STEP
        case _:
            return one == other


def _agree_on_parcels(facts: law.Facts, scenario: dict[str, Any], seen: Counter[str]) -> None:
    for parcel in deferral.parcels(facts):
        own = deferral.assessment_of(facts, parcel, schedules_of(scenario), measures_of(scenario))
        said = [d for kind, s, d in facts if (kind, s) == ("ftz.duty.deferral.assessed.v1", parcel)]
        if own is None:
            assert said[-1:], parcel
            assert said[-1].get("open_questions"), (parcel, said)
            seen["parcel that waits for a person"] += 1
            continue
        names = ("entered_value", "duty", "waivable", "mpf")
        theirs = {name: Fraction(said[-1][name]) for name in names}
        assert theirs == {name: own[name] for name in names}, parcel
        lines = [line_of(x) for x in said[-1]["lines"]], [read_line(x) for x in own["lines"]]
        assert _alike(*lines), (parcel, lines)
        seen["parcel assessed"] += 1
        for claimed in (d for k, s, d in facts if (k, s) == ("ftz.duty.deferral.waiver-claimed.v1", parcel)):
            assert (Fraction(claimed["waived"]), Fraction(claimed["owed"])) == (own["waived"], own["owed"])
            seen["waiver"] += 1


def _agree_on_values(facts: law.Facts, scenario: dict[str, Any], seen: Counter[str]) -> None:
    bodies = [step["call"] for step in scenario["steps"] if "call" in step]
    said = [
        c["body"] | {"currency": c["path"].split("/")[-1]}
        for c in bodies
        if c["path"].startswith("/v1/duty/currencies/") and not c.get("status")
    ]
    announced = announced_in(scenario)
    for kind, stream, admitted in facts:
        if kind != "ftz.admissions.goods.admitted.v1" or stream not in announced:
            continue
        came = announced[stream]
        (line,) = (x for x in came["lines"] if int(x["line"]) == admitted["line"])
        if "valuation" in line and Fraction(line["quantity"]) == Fraction(admitted["quantity"]):
            own = fees.line_value(line["valuation"], came["export_date"], said)
            assert Fraction(admitted["value"]) == rates.half_up(own, Fraction(1, 10**6)), (stream, line)
            seen["line worth what its price and costs come to"] += 1


def _agree_on_harbor_fees(facts: law.Facts, scenario: dict[str, Any], seen: Counter[str]) -> None:
    own = fees.harbor_fees(facts, announced_in(scenario))
    stated: dict[str, dict[str, Any]] = {}
    for kind, _, said in facts:
        if kind == "ftz.duty.harborfee.stated.v1":
            stated[said["first"]] = said
    for first, said in stated.items():
        ports = {
            p["port"]: (p["admissions"], Fraction(p["value"]), Fraction(p["fee"])) for p in said["ports"]
        }
        assert ports == own[first], first
        assert Fraction(said["fee"]) == sum(fee for _, _, fee in own[first].values())
        seen["harbor fee"] += 1


def _contents(book: goods.Book, layer: str) -> Iterator[str]:
    if not book.is_made(layer):
        return
    if book.is_waste_allowed(layer):
        yield "loss allowed for"
    if book.is_one_of_several(layer):
        yield "co-product"
    for one in book.holds(layer):
        yield "content with privilege" if one["status"] == "P" else "content without privilege"
    if any(book.is_made(source) for source in book.sources(layer)):
        yield "content of content"


def _kinds(made: list[dict[str, Any]] | None) -> Iterator[str]:
    yield "entry" if made is not None else "entry that waits for a person"
    yield from ("supplemental entry" for _ in (made or [])[1:])
    for line in (line for one in made or [] for line in one["lines"]):
        yield f"line in status {line['goods'][1]}"
        yield f"line of {line['rate'][1]}"
        yield f"line by the {line['rate'][0]} revision"
        yield from (f"measure {result}" for result, _ in line["stack"].values())
