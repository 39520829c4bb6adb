"""What a scenario expects, held against the world it played in: each difference is one sentence."""

from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, cast, get_args

import msgspec

from ftz_cli.scenario import AlertExpected, BalanceExpected, Expected, FactExpected, OutcomeExpected
from ftz_cli.world import World
from ftz_common.contracts.alerts import AlertKind
from ftz_common.contracts.commit import unseal
from ftz_common.contracts.inventory import LayerOpened
from ftz_common.contracts.table import BY_TYPE

Said = tuple[str, str, dict[str, Any]]  #: type, stream, data


async def facts_of(world: World) -> list[Said]:
    """Every fact of every service, in the order of their streams."""
    found: list[Said] = []
    for service in world.services:
        async for stored in service.ports.store.commits():
            commit = unseal(stored)
            for recorded in commit.facts:
                found.append((recorded.type, commit.stream, msgspec.json.decode(recorded.data)))
    return found


async def differences(world: World, expected: Expected) -> list[str]:
    """What is not as the scenario says; empty when everything is."""
    found = list(misspelled(expected))
    facts = await facts_of(world)
    for fact in expected.facts:
        found.extend(_fact(fact, facts))
    for balance in expected.balances:
        found.extend(_balance(balance, facts))
    for outcome in expected.outcomes:
        found.extend(_outcome(outcome, facts))
    for alert in expected.alerts:
        found.extend(_alert(alert, facts))
    return found


def misspelled(expected: Expected) -> Iterator[str]:
    """Facts, fields and alerts that there are none of: what can never be would else be as expected."""
    for fact in expected.facts:
        row = BY_TYPE.get(full_type(fact.fact))
        if row is None:
            yield f"there is no fact {fact.fact}{_near(fact.fact, map(short_type, BY_TYPE))}"
            continue
        yield from _no_fields(fact.fact, row.fact, {**fact.where, **fact.has})
    for balance in expected.balances:
        yield from _no_fields("inventory.layer.opened", LayerOpened, balance.where)
    for alert in expected.alerts:
        if alert.kind not in get_args(AlertKind):
            yield f"there is no alert {alert.kind}{_near(alert.kind, get_args(AlertKind))}"


def _no_fields(fact: str, of: type[Any], names: Iterable[str]) -> Iterator[str]:
    known = (*of.__struct_fields__, "stream")
    for name in names:
        first = name.partition(".")[0]
        if first not in known:
            yield f"{fact} has no field {first}{_near(first, known)}"


def _near(word: str, known: Iterable[str]) -> str:
    found = get_close_matches(word, list(known), 1)
    return f"; did you mean {found[0]}?" if found else " (docs/topics.md has all of them)"


def short_type(full: str) -> str:
    """The short name of a type: ftz.duty.entry.compiled.v1 is duty.entry.compiled."""
    return full.removeprefix("ftz.").rpartition(".v")[0]


def full_type(short: str) -> str:
    """The CloudEvents type of a short name: duty.entry.compiled."""
    return short if short.startswith("ftz.") else f"ftz.{short}.v1"


def field(data: Any, path: str) -> Any:
    """A field by its dotted path; None when it is not there.

    In a list a number is an index, and "number=6912004400,origin=PT" the first item with these fields.
    """
    for part in path.split("."):
        if isinstance(data, list):
            data = _item(data, part)
        elif isinstance(data, dict):
            data = data.get(part)
        else:
            return None
    return data


def _item(items: list[Any], part: str) -> Any:
    if part.isdecimal():
        return items[int(part)] if int(part) < len(items) else None
    wanted = [condition.partition("=") for condition in part.split(",")]
    fits = (
        item
        for item in items
        if isinstance(item, dict) and all(sep and same(item.get(name), value) for name, sep, value in wanted)
    )
    return next(fits, None)


def same(said: Any, wanted: Any) -> bool:
    """Equal as numbers where both are numbers, else as text."""
    if isinstance(said, bool) or said is None:
        return str(wanted).lower() == {True: "true", False: "false", None: ""}[said]
    if isinstance(said, list | dict):
        return said == wanted or (isinstance(said, list) and [str(x) for x in said] == wanted)
    try:
        return Decimal(str(said)) == Decimal(str(wanted))
    except InvalidOperation:
        return str(said) == str(wanted)


def _matching(facts: Iterable[Said], fact_type: str, where: dict[str, Any]) -> list[Said]:
    return [
        (t, stream, data)
        for t, stream, data in facts
        if t == fact_type
        and all(
            same(stream if name == "stream" else field(data, name), value) for name, value in where.items()
        )
    ]


def _because(why: str) -> str:
    return f" ({why})" if why else ""


def _fact(expected: FactExpected, facts: list[Said]) -> list[str]:
    matching = _matching(facts, full_type(expected.fact), expected.where)
    what = f"{expected.fact} where {expected.where}" if expected.where else expected.fact
    if expected.count is not None and len(matching) != expected.count:
        return [f"{what}: expected {expected.count}, found {len(matching)}{_because(expected.why)}"]
    if expected.count is None and not matching:
        return [f"{what}: expected, not found{_because(expected.why)}"]
    found: list[str] = []
    for fact_type, stream, data in matching:
        for name, value in expected.has.items():
            said = field(data, name)
            if not same(said, value) and not (said is None and same(_unsaid(fact_type, data, name), value)):
                is_so = f"{name} is {said!r}, expected {value!r}"
                found.append(f"{what} in {stream}: {is_so}{_because(expected.why)}")
    return found


def _unsaid(fact_type: str, data: dict[str, Any], name: str) -> Any:
    """What a field stands at that a fact leaves out because it is as always; None when there is none."""
    fact = msgspec.convert(data, BY_TYPE[fact_type].fact, strict=False)
    return field(_whole(fact), name)


def _whole(said: Any) -> Any:
    """With every field, also those left out."""
    if isinstance(said, msgspec.Struct):
        return {name: _whole(getattr(said, name)) for name in said.__struct_fields__}
    return [_whole(each) for each in cast("list[Any]", said)] if isinstance(said, list) else said


#: Facts that take out of layers (-1) or give back to them (1).
_SIGNS = {
    "ftz.inventory.stock.drawn.v1": -1,
    "ftz.inventory.draw.reversed.v1": 1,
    "ftz.inventory.goods.moved.v1": -1,
    "ftz.inventory.goods.broughtback.v1": 1,
    "ftz.inventory.movement.reversed.v1": 1,
}


def _balance(expected: BalanceExpected, facts: list[Said]) -> list[str]:
    """Quantity and worth of the layers that are meant, from what opened them and what moved since."""
    until = expected.as_of or "9999-12-31"
    wanted = expected.where | ({"status": expected.status} if expected.status else {})
    total, worth = Decimal(0), Decimal(0)
    meant: set[str] = set()
    for fact_type, _, data in facts:
        if fact_type != "ftz.inventory.layer.opened.v1" or not _of(expected, data):
            continue
        if all(same(field(data, name), value) for name, value in wanted.items()):
            meant.add(data["layer"])
            if (data.get("opened_on") or data["admitted_on"]) <= until:
                total, worth = total + Decimal(data["quantity"]), worth + Decimal(data["value"])
    for fact_type, _, data in facts:
        if fact_type not in _SIGNS or (data.get("removed_on") or data.get("on", "")) > until:
            continue
        sign = _SIGNS[fact_type]
        moved = [(sign, piece) for piece in data.get("pieces", [])]
        moved += [(-sign, piece) for piece in data.get("emptied", [])]
        for by, piece in moved:
            if piece["layer"] in meant:
                total += by * Decimal(piece["quantity"])
                worth += by * Decimal(piece["value"])
    what = " ".join(x for x in (expected.account, expected.uin, expected.status, expected.as_of) if x)
    what += f" where {expected.where}" if expected.where else ""
    found: list[str] = []
    if total != Decimal(expected.quantity):
        found.append(f"balance of {what}: {total}, expected {expected.quantity}{_because(expected.why)}")
    if expected.value and worth != Decimal(expected.value):
        found.append(f"value of {what}: {worth}, expected {expected.value}{_because(expected.why)}")
    return found


def _of(expected: BalanceExpected, layer: dict[str, Any]) -> bool:
    return (layer["account"], layer["uin"]) == (expected.account, expected.uin)


def _outcome(expected: OutcomeExpected, facts: list[Said]) -> list[str]:
    """The last answer of each stream that answered: the one that took the event, and where it came again."""
    last = {
        stream: data
        for fact_type, stream, data in facts
        if fact_type.endswith(".outcome.given.v1")
        and (data["source"], data["event"]) == (expected.source, expected.event)
    }
    said = list(last.values())
    what = f"outcome of {expected.source} {expected.event}"
    if not said:
        return [f"{what}: none, expected {expected.result}{_because(expected.why)}"]
    results = {(d["result"], d.get("code", "")) for d in said}
    if not any(r == expected.result and expected.code in ("", c) for r, c in results):
        return [
            f"{what}: {sorted(results)}, expected {expected.result} {expected.code}{_because(expected.why)}"
        ]
    return []


def _alert(expected: AlertExpected, facts: list[Said]) -> list[str]:
    raised = [
        d["subject"] for t, _, d in facts if t == "ftz.alerts.alert.raised.v1" and d["kind"] == expected.kind
    ]
    resolved = [
        d["subject"]
        for t, _, d in facts
        if t == "ftz.alerts.alert.resolved.v1" and d["kind"] == expected.kind
    ]
    found: list[str] = []
    if expected.raised is not None and len(raised) != expected.raised:
        counted = f"{len(raised)} raised, expected {expected.raised}"
        found.append(f"alerts {expected.kind}: {counted}{_because(expected.why)}")
    still = len(raised) - len(resolved)
    if expected.open is not None and still != expected.open:
        found.append(
            f"alerts {expected.kind}: {still} open, expected {expected.open}{_because(expected.why)}"
        )
    return found
