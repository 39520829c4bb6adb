"""How shops sell: in dozens, by weight, in kits. Lines become lines of parts in their stock units."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from msgspec import structs

from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import OrderLine, Portion
from ftz_common.contracts.reference import Pack, SkuMapping
from ftz_common.values.exact import ZERO, plain
from ftz_inventory.domain.draft import converted
from ftz_inventory.domain.orders import Line, Order, TakeEvent

#: Lines of a kit's parts are numbered above those that an order can have: 100001, 200001, ... of line 1.
PART_LINES = 100_000


def lines_of(
    line: int,
    uin: str,
    quantity: Decimal,
    unit: str,
    *,
    ships_as: str,
    mapping: SkuMapping | None,
    ledger: Callable[[str], str],
    place: str,
) -> list[OrderLine] | Refusal:
    """The lines that an order's line asks of ledgers.

    A kit ships as separate goods, each of its own classification, or as a set put up for retail sale, which
    is one article of its own number (GRI 3(b)) and was made in the zone under authority (15 CFR 400.14).
    """
    kit = mapping is not None and bool(mapping.parts)
    if kit and not ships_as:
        return _form_missing(line, uin, place)
    if ships_as == "separate":
        if mapping is None or not kit:
            return _no_kit(line, uin, place)
        return [
            OrderLine(
                line=line + PART_LINES * number,
                uin=part.uin,
                ledger=ledger(part.uin),
                quantity=quantity * part.quantity,
                unit=part.unit,
                of_line=line,
                per=part.quantity,
            )
            for number, part in enumerate(mapping.parts, 1)
        ]
    said = OrderLine(line=line, uin=uin, ledger=ledger(uin), quantity=quantity, unit=unit)
    if mapping is None or mapping.unit in ("", unit):
        return [said]
    return _packed(said, mapping, place)


def _packed(said: OrderLine, mapping: SkuMapping, place: str) -> list[OrderLine] | Refusal:
    pack = next((pack for pack in mapping.packs if pack.unit == said.unit), None)
    if pack is None:
        return _no_pack(mapping, said.unit, place)
    per = Decimal(1) if pack.each else pack.quantity
    quantity = _in_stock(said.quantity, per, pack.each, place)
    if isinstance(quantity, Refusal):
        return quantity
    stock = structs.replace(
        said, quantity=quantity, unit=mapping.unit, of_line=said.line, per=per, each=pack.each
    )
    return [stock]


def in_stock_units(order: Order, command: TakeEvent) -> TakeEvent | Refusal:
    """What is said of the order's lines, said of the lines of parts in stock units."""
    if all(line.per == 1 and not line.of_line for line in order.lines.values()):
        return command
    portions: list[Portion] = []
    for place, said in enumerate(command.lines):
        lines = [each for each in lines_for(order, said.line) if said.part in ("", each.uin)]
        for line in lines:
            per, each = (Decimal(1), ZERO) if said.part else (line.per, line.each)
            quantity = _in_stock(said.quantity, per, each, f"data.lines[{place}].quantity")
            if isinstance(quantity, Refusal):
                return quantity
            portions.append(Portion(line=line.line, quantity=quantity, lot=said.lot))
    return replace(command, lines=tuple(portions), said=command.lines)


def _in_stock(quantity: Decimal, per: Decimal, each: Decimal, place: str) -> Decimal | Refusal:
    """The order's quantity in the unit of the stock, exactly or not at all (19 CFR 146.23(b)(4))."""
    if not each:
        return _not_whole(quantity, per, place) or quantity * per
    _, stock = converted("", quantity, each)
    return stock or Refusal(
        code="unit-does-not-convert",
        reason=f"at {plain(each)} each, {plain(quantity)} is no exact number of the stock unit",
        citation="19 CFR 146.23(b)(4)",
        remedy=f"Say a multiple of {plain(each)}, or the quantity in the unit of the stock.",
        place=place,
    )


def lines_for(order: Order, line: int, part: str = "") -> list[Line]:
    """The lines that serve the order's line, or the one of them for a part of a kit."""
    return [
        each
        for each in order.lines.values()
        if line == (each.of_line or each.line) and part in ("", each.uin)
    ]


def said_numbers(lines: Iterable[OrderLine]) -> list[int]:
    """The order's own line numbers, in its order."""
    return list(dict.fromkeys(line.of_line or line.line for line in lines))


def _not_whole(quantity: Decimal, per: Decimal, place: str) -> Refusal | None:
    """A pack holds whole units: a part of one that comes to no whole unit is no exact quantity."""
    stock = quantity * per
    if per == 1 or per % 1 or not stock % 1:
        return None
    return Refusal(
        code="unit-does-not-convert",
        reason=f"{plain(quantity)} packs of {plain(per)} come to {plain(stock)}, which is no whole number",
        citation="19 CFR 146.23(b)(4)",
        remedy="Say whole packs, or the quantity in the unit of the stock.",
        place=place,
    )


def _no_pack(mapping: SkuMapping, unit: str, place: str) -> Refusal:
    known = ", ".join(map(_told, mapping.packs)) or "nothing else"
    return Refusal(
        code="pack-unknown",
        reason=f"{mapping.sku} is kept in {mapping.unit} and sold in {known}, not in {unit}",
        citation="19 CFR 146.23(b)(4)",
        remedy="Order it in one of these units, or add the pack to sku_mappings of the zone file.",
        place=place.replace("quantity", "unit"),
    )


def _told(pack: Pack) -> str:
    return f"{pack.unit} ({plain(pack.each)} each)" if pack.each else f"{pack.unit} ({plain(pack.quantity)})"


def _form_missing(line: int, uin: str, place: str) -> Refusal:
    return Refusal(
        code="kit-form-missing",
        reason=f"line {line} is a kit ({uin}), and nothing says how it ships",
        citation="GRI 3(b), 19 USC 1202; 15 CFR 400.14(a)",
        remedy='Send ships_as: "separate" (drawn by its parts) or "set" (made in the zone as a retail set).',
        place=place.replace("quantity", "ships_as"),
    )


def _no_kit(line: int, uin: str, place: str) -> Refusal:
    return Refusal(
        code="kit-without-parts",
        reason=f"line {line} is to ship as separate goods, and {uin} has no parts",
        citation="19 CFR 146.23(a)",
        remedy="Add its parts to sku_mappings of the zone file, or send ships_as as it is.",
        place=place.replace("quantity", "ships_as"),
    )
