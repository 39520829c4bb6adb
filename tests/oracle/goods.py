"""What left the zone, and of what it was made, read from the facts: quantities and prices as fractions.

what left            19 CFR 146.63(c)(1), 146.71(d): removals, less what was taken back
price                19 CFR 146.65(b)(2): that of the admission, in proportion to the quantity
made goods           19 CFR 146.65(a)(2): content without privilege counts as the article that leaves
privileged content   19 CFR 146.41(e), 146.65(a)(1): at its own number and day of filing
loss, co-products    19 USC 81c(a): an allowance for waste; by relative value at separation
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from tests.oracle.rates import Facts, half_up

Line = dict[str, Any]
_MADE = ("produced", "manipulated")
_MOVED = ("relocated", "held", "released", "status-changed")
_GOODS = ("number", "status", "pf_filed_on", "origin", "unit")


class Book:
    """Every layer by its name, each as what one unit of it holds."""

    def __init__(self, facts: Facts) -> None:
        self.layers = {d["layer"]: d for kind, _, d in facts if kind == "ftz.inventory.layer.opened.v1"}
        self._admitted = {
            (d["admission"], d["line"], d["receipt"]): d
            for kind, _, d in facts
            if kind == "ftz.admissions.goods.admitted.v1"
        }
        self._opened = {s: d for kind, s, d in facts if kind == "ftz.inventory.production.opened.v1"}
        self._taken: dict[str, list[dict[str, Any]]] = {}
        for kind, stream, data in facts:
            if kind == "ftz.inventory.components.taken.v1":
                self._taken.setdefault(stream, []).append(data)
        self._known: dict[str, list[Line]] = {}

    def is_made(self, layer: str) -> bool:
        """Whether it was made in the zone, however it was moved since."""
        fact = self.layers[layer]
        while fact.get("opened_by", "") in _MOVED:
            fact = self.layers[fact["parent"]]
        return fact.get("opened_by", "") in _MADE

    def holds(self, layer: str) -> list[Line]:
        """One unit: its source layers, each with quantity, price and other units."""
        if layer not in self._known:
            self._known[layer] = self._found(layer)
        return self._known[layer]

    def _found(self, name: str) -> list[Line]:
        layer = self.layers[name]
        how = layer.get("opened_by", "")
        if how in _MADE:
            return self._made(layer)
        if how in _MOVED:
            held = self.holds(layer["parent"])
            if how != "status-changed" or self.is_made(name):
                return held
            return [one | _goods(layer) | {"layer": name} for one in held]
        first = (layer["admission"], layer["line"], layer["receipt"])
        source = layer if how or layer.get("returned_from") else self._admitted.get(first, layer)
        whole = Fraction(source["quantity"])
        measures = {m["unit"]: Fraction(m["quantity"]) for m in layer.get("measures", [])}
        price = Fraction(source["value"]) / whole
        return [
            _goods(layer) | {"layer": name, "quantity": Fraction(1), "price": price, "measures": measures}
        ]

    def _production(self, layer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        ((stream, opened),) = (
            (s, o)
            for s, o in self._opened.items()
            if (o["account"], o["production"]) == (layer["account"], layer["receipt"])
        )
        return stream, opened

    def sources(self, made: str) -> list[str]:
        """The layers that its production took of."""
        stream, _ = self._production(self.layers[made])
        return [piece["layer"] for taken in self._taken[stream] for piece in taken["pieces"]]

    def is_waste_allowed(self, made: str) -> bool:
        """Whether privileged goods were lost in making it."""
        stream, opened = self._production(self.layers[made])
        lossy = {c["ledger"] for c in opened["components"] if Fraction(c.get("waste", 0))}
        return any(
            one["status"] == "P"
            for taken in self._taken[stream]
            if taken["ledger"] in lossy
            for piece in taken["pieces"]
            for one in self.holds(piece["layer"])
        )

    def is_one_of_several(self, made: str) -> bool:
        """Whether its production made other goods beside it."""
        return len(self._production(self.layers[made])[1]["outputs"]) > 1

    def _made(self, layer: dict[str, Any]) -> list[Line]:
        """Its share of what was taken, by relative value; what is lost of privileged goods is allowed for."""
        stream, opened = self._production(layer)
        (output,) = (o for o in opened["outputs"] if o["uin"] == layer["uin"])
        worth = sum(Fraction(o.get("relative_value", 1)) for o in opened["outputs"])
        part = Fraction(output.get("relative_value", 1)) / worth / Fraction(output["quantity"])
        components = {c["ledger"]: c for c in opened["components"]}
        found: dict[str, Line] = {}
        for taken in self._taken[stream]:
            component = components[taken["ledger"]]
            kept = 1 - Fraction(component.get("waste", 0)) / Fraction(component["quantity"])
            for piece in taken["pieces"]:
                for one in self.holds(piece["layer"]):
                    allowed = kept if one["status"] == "P" else Fraction(1)
                    times = Fraction(piece["quantity"]) * part * allowed
                    before = found.get(one["layer"])
                    if before is None:
                        before = found[one["layer"]] = one | {"quantity": Fraction(0), "price": Fraction(0)}
                        before["measures"] = dict.fromkeys(one["measures"], Fraction(0))
                    before["quantity"] += one["quantity"] * times
                    before["price"] += one["price"] * times
                    for unit, quantity in one["measures"].items():
                        before["measures"][unit] += quantity * times
        return list(found.values())

    def lines(self, layer: str) -> Iterator[tuple[tuple[str, ...], str, Line]]:
        """What one unit of it adds to the lines of an entry: the line's goods, a name, the amounts.

        The names only say in which order the goods of a line are taken.
        """
        fact, held = self.layers[layer], self.holds(layer)
        if not self.is_made(layer):
            (one,) = held
            if one["status"] != "D":
                yield _key(one), layer, one
            return
        plain = [one for one in held if one["status"] == "N"]
        if plain:
            goods = _goods(fact) | {"status": "N", "pf_filed_on": "", "origin": _greatest(plain)}
            price = sum((one["price"] for one in plain), Fraction(0))
            measures = {m["unit"]: Fraction(m["quantity"]) for m in fact.get("measures", [])}
            same = (fact["origin"], fact["status"]) == (goods["origin"], "N")
            yield (
                _key(goods),
                layer if same else f"{layer}>content",
                goods | {"quantity": Fraction(1), "price": price, "measures": measures},
            )
        for one in held:
            if one["status"] == "P":
                yield _key(one), f"{layer}>{one['layer']}", one


def _goods(said: dict[str, Any]) -> Line:
    return {name: said.get(name) or "" for name in _GOODS}


def _key(goods: dict[str, Any]) -> tuple[str, ...]:
    return tuple(goods[name] for name in _GOODS)


def _greatest(contents: list[Line]) -> str:
    """The origin of the foreign components with the greatest aggregate value."""
    sums: dict[str, Fraction] = {}
    for one in contents:
        sums[one["origin"]] = sums.get(one["origin"], Fraction(0)) + one["price"]
    return min(sums, key=lambda origin: (-sums[origin], origin))


def grouped(book: Book, pieces: list[tuple[str, Fraction]]) -> list[Line]:
    """The lines of goods that left of these layers; a negative quantity was taken back."""
    found: dict[tuple[str, ...], Line] = {}
    for layer, quantity in pieces:
        for key, name, one in book.lines(layer):
            line = found.setdefault(key, dict(zip(_GOODS, key, strict=True)) | {"layers": {}})
            amounts = {"quantity": Fraction(0), "each": one}
            part = line["layers"].setdefault(name, amounts)
            part["quantity"] += quantity * one["quantity"]
    return [line for key in sorted(found) if measured(line := found[key])["quantity"]]


def measured(line: Line) -> Line:
    """Quantity, value and other units of a line from its layers: each in proportion.

    A unit is known of the line when it is known of all its goods.
    """
    parts = [part for part in line["layers"].values() if part["quantity"]]
    line["quantity"] = sum((part["quantity"] for part in parts), Fraction(0))
    paid = Fraction(0)
    known: dict[str, Fraction] = {line["unit"]: line["quantity"]}
    for part in parts:
        each, times = part["each"], part["quantity"] / part["each"]["quantity"]
        paid += each["price"] * times
        for unit, quantity in each["measures"].items():
            known[unit] = known.get(unit, Fraction(0)) + quantity * times
    line["known"] = {
        unit: quantity
        for unit, quantity in known.items()
        if unit == line["unit"] or all(unit in part["each"]["measures"] for part in parts)
    }
    line["value"] = half_up(paid, Fraction(1))
    return line


def moves(facts: Facts) -> list[tuple[int, dict[str, Any]]]:
    """Removals (1) and what was taken back of them (-1)."""
    signs = {"ftz.inventory.stock.drawn.v1": 1, "ftz.inventory.draw.reversed.v1": -1}
    return [(signs[kind], data) for kind, _, data in facts if kind in signs]


def taken(facts: Facts, withdrawals: set[str]) -> list[tuple[str, Fraction]]:
    """Of which layers these removals took how much, and gave how much back."""
    return [
        (piece["layer"], sign * Fraction(piece["quantity"]))
        for sign, moved in moves(facts)
        if moved["withdrawal"] in withdrawals
        for piece in moved["pieces"]
    ]
