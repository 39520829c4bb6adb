"""The whole story of an order, shipment, layer, entry, draw or any stream, from the archive's facts.

People type an order number, a shipment number, a 214, a layer or draw id, an entry number or the name of a
stream; several things may be called the same, and then each is named.
"""

from collections.abc import Callable
from typing import NamedTuple

from ftz_common.contracts.alerts import AlertRaised, AlertResolved
from ftz_common.contracts.common import CommandRefused, OutcomeGiven
from ftz_common.contracts.duty import EntryOpened
from ftz_common.contracts.inventory import (
    Drawn,
    DrawReversed,
    DrawSuspended,
    LayerOpened,
    OrderEventTaken,
    OrderRecorded,
    Reserved,
)
from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_common.values.exact import plain
from ftz_common.values.names import stream_parts
from ftz_reporting.domain.lookup import Lookup, facts_of, first_of, type_name
from ftz_reporting.domain.node import Node, cut, told
from ftz_reporting.domain.told import Told
from ftz_reporting.domain.trace_entry import entry_children
from ftz_reporting.domain.trace_goods import admission_node, name_of, opening, source_nodes
from ftz_reporting.domain.trace_removal import in_bond_nodes, withdrawal_node


class Match(NamedTuple):
    """One thing that a typed name may mean: `what` kind it is, its `name`, the stream that tells of it."""

    what: str
    name: str
    stream: str


_SECONDARY = ("layer drawn from", "layer restored")


def matches(lookup: Lookup, text: str) -> list[Match]:
    """What people may mean by `text`, each thing once."""
    name = text.strip()
    found: dict[tuple[str, str], Match] = {}
    if "/" in name and lookup.stream(name):
        kind, *rest = stream_parts(name)
        return [Match(kind, rest[-1] if kind == "withdrawal" else name, name)]
    for named in lookup.named(name):
        if named.what in _SECONDARY:
            continue
        stream = named.told.envelope.stream
        by_name = named.what in ("layer", "draw", "withdrawal")
        found.setdefault((named.what, name if by_name else stream), Match(named.what, name, stream))
    return list(found.values())


def trace(lookup: Lookup, match: Match) -> Node:
    """The story of one thing."""
    tell = _TELL.get(match.what)
    if tell is not None:
        return tell(lookup, match)
    return _anything(lookup, match)


# ---- orders ---------------------------------------------------------------------------------------


def _order(lookup: Lookup, match: Match) -> Node:
    facts = lookup.stream(match.stream)
    about = lookup.referring(match.stream)
    recorded = first_of(facts, OrderRecorded)
    if recorded is None:
        return _anything(lookup, match)
    order, at = recorded
    lines = [
        Node(
            title=f"line {line.line}: {plain(line.quantity)} {line.unit} of {line.uin}",
            children=_order_line(lookup, about, line.line),
        )
        for line in order.lines
    ]
    return Node(
        title=f"{name_of(match.stream)}, {order.disposition}",
        at=at,
        details=[
            told("stream", match.stream),
            told("to", " ".join((order.destination_country, order.destination_state)).strip()),
            told("ship on", order.ship_on),
            told("event", f"{order.event.event} of {order.event.source}"),
        ],
        children=[*lines, *_happened(facts), *_alerts(lookup, about)],
    )


def _parcel(lookup: Lookup, match: Match) -> Node:
    """A parcel: what left with it, and what came back of it."""
    parcel = match.name.casefold()
    left = [
        withdrawal_node(lookup, fact)
        for fact, _ in facts_of(lookup.referring(match.stream), Drawn)
        if fact.parcel.casefold() == parcel
    ]
    told_of = [t for t in lookup.stream(match.stream) if _of_parcel(t, parcel)]
    return Node(
        title=f"parcel {match.name} of {name_of(match.stream)}",
        at=next((t.fact.at for t in told_of), ""),
        children=[*left, *_happened(told_of)],
    )


def _of_parcel(t: Told, parcel: str) -> bool:
    return isinstance(t.fact, OrderEventTaken) and t.fact.reference.casefold() == parcel


def _in_bond(lookup: Lookup, match: Match) -> Node:
    """An export under bond: its days, its end, and what travels under it."""
    return Node(
        title=f"in-bond of parcel {stream_parts(match.stream)[-1]}",
        details=[told("stream", match.stream)],
        children=[*in_bond_nodes(lookup, match.stream), *_alerts(lookup, lookup.referring(match.stream))],
    )


def _order_line(lookup: Lookup, about: list[Told], line: int) -> list[Node]:
    """What happened to one line, in the order of time."""
    nodes = [
        Node(
            title=f"reserved {plain(fact.quantity)}",
            at=at,
            details=[told("missing", plain(fact.missing) if fact.missing else "")],
        )
        for fact, at in facts_of(about, Reserved)
        if fact.line == line
    ]
    nodes += [withdrawal_node(lookup, fact) for fact, _ in facts_of(about, Drawn) if fact.line == line]
    nodes += [
        Node(title=f"SUSPENDED: the book had none for {plain(fact.quantity)}", at=fact.removed_at)
        for fact, _ in facts_of(about, DrawSuspended)
        if fact.line == line
    ]
    return sorted(nodes, key=lambda node: node.at)


def _happened(facts: list[Told]) -> list[Node]:
    """What the platform told about it, and what a rule refused."""
    nodes = [
        Node(
            title=f"{fact.what} {fact.reference}".strip(), at=fact.at, details=[told("refused", fact.refused)]
        )
        for fact, _ in facts_of(facts, OrderEventTaken)
    ]
    nodes += [
        Node(title=f"refused: {fact.reason}", at=at, details=[told("citation", fact.citation)])
        for fact, at in facts_of(facts, CommandRefused)
    ]
    return nodes


def _alerts(lookup: Lookup, about: list[Told]) -> list[Node]:
    nodes: list[Node] = []
    for raised in [t for t in about if isinstance(t.fact, AlertRaised)]:
        resolved = [
            (fact, at)
            for fact, at in facts_of(lookup.stream(raised.envelope.stream), AlertResolved)
            if at >= raised.envelope.time
        ]
        ends = [Node(title=f"resolved: {fact.how}", at=at) for fact, at in resolved[:1]]
        nodes.append(
            Node(
                title=f"alert {raised.fact.kind}: {raised.fact.message}",
                at=raised.envelope.time,
                children=ends,
            )
        )
    return nodes


# ---- shipments, layers, draws -----------------------------------------------------------------------


def _shipment(lookup: Lookup, match: Match) -> Node:
    node = admission_node(lookup, match.stream)
    about = lookup.referring(match.stream)
    layers = [_layer_brief(lookup, t.fact) for t in about if isinstance(t.fact, LayerOpened)]
    return Node(
        title=node.title,
        at=node.at,
        details=node.details,
        children=[*node.children, *layers, *_alerts(lookup, about)],
    )


def _layer_brief(lookup: Lookup, fact: LayerOpened) -> Node:
    return Node(
        title=f"layer {fact.layer}: line {fact.line}, {plain(fact.quantity)} {fact.unit} of {fact.uin}",
        at=fact.admitted_at,
        details=[
            told("status", fact.status),
            told("value", f"USD {plain(fact.value)}"),
            told("receipt", fact.receipt),
            told("came back from", name_of(fact.returned_from) if fact.returned_from else ""),
        ],
        children=_moves(lookup, fact.layer),
    )


def _moves(lookup: Lookup, layer: str) -> list[Node]:
    """What was taken of a layer and what went back, in the order of the ledger."""
    told_of = [named.told for named in lookup.named(layer) if named.what in _SECONDARY]
    nodes: list[Node] = []
    for t in sorted(told_of, key=lambda t: t.place):
        nodes += _movement(t, layer)
        if isinstance(t.fact, Drawn | DrawReversed):
            taken = isinstance(t.fact, Drawn)
            for piece in t.fact.pieces:
                if piece.layer == layer:
                    verb = "drawn by" if taken else "taken back from"
                    title = f"{plain(piece.quantity)} {piece.unit} {verb} {name_of(t.fact.order)}"
                    left = told("left", plain(piece.left))
                    nodes.append(Node(title=title, at=t.envelope.time, details=[left]))
    return cut(nodes)


def _movement(t: Told, layer: str) -> list[Node]:
    """What a movement without an order did to a layer (19 CFR 146.23(b))."""
    if not isinstance(t.fact, GoodsMoved | GoodsBroughtBack | MovementReversed):
        return []
    fact = t.fact
    what = fact.kind if isinstance(fact, GoodsMoved | MovementReversed) else "brought back"
    undone = "taken back: " if isinstance(fact, MovementReversed) else ""
    pieces = [*fact.pieces, *(fact.emptied if isinstance(fact, MovementReversed) else [])]
    return [
        Node(
            title=f"{undone}{plain(piece.quantity)} {piece.unit} {what} by movement {fact.movement}",
            at=t.envelope.time,
            details=[told("left", plain(piece.left)), told("who", fact.who)],
        )
        for piece in pieces
        if piece.layer == layer
    ]


def _layer(lookup: Lookup, match: Match) -> Node:
    opened = opening(lookup, match.name)
    if opened is None:
        return _anything(lookup, match)
    brief = _layer_brief(lookup, opened.fact)
    children = [*source_nodes(lookup, match.name), *brief.children]
    details = [told("stream", match.stream), *brief.details]
    return Node(title=brief.title, at=brief.at, details=details, children=children)


def _draw(lookup: Lookup, match: Match) -> Node:
    facts = [named.told.fact for named in lookup.named(match.name)]
    drawn = [f for f in facts if isinstance(f, Drawn) and match.name in (f.draw, f.withdrawal)]
    suspended = [f for f in facts if isinstance(f, DrawSuspended) and f.draw == match.name]
    nodes = [
        Node(title=f"SUSPENDED: the book had none for {plain(f.quantity)}", at=f.removed_at)
        for f in suspended
    ]
    seen: dict[str, Drawn] = {f.withdrawal: f for f in drawn}
    order = next((f.order for f in (*drawn, *suspended)), "")
    return Node(
        title=f"{match.what} {match.name}: {name_of(order)}",
        details=[told("ledger", match.stream), told("order", order)],
        children=[*nodes, *(withdrawal_node(lookup, f) for f in seen.values())],
    )


# ---- entries ----------------------------------------------------------------------------------------


def _entry(lookup: Lookup, match: Match) -> Node:
    facts = lookup.stream(match.stream)
    opened = first_of(facts, EntryOpened)
    if opened is None:
        return _anything(lookup, match)
    return Node(
        title=name_of(match.stream),
        at=opened[1],
        details=[told("stream", match.stream), told("importer of record", opened[0].importer_of_record)],
        children=[*entry_children(lookup, facts), *_alerts(lookup, lookup.referring(match.stream))],
    )


# ---- anything else ------------------------------------------------------------------------------------


def _anything(lookup: Lookup, match: Match) -> Node:
    facts = [t for t in lookup.stream(match.stream) if not isinstance(t.fact, OutcomeGiven)]
    return Node(
        title=f"{match.what} {match.name}" if match.name != match.stream else match.stream,
        details=[told("stream", match.stream)],
        children=cut([Node(title=type_name(t), at=t.envelope.time, details=_said(t)) for t in facts]),
    )


def _said(t: Told) -> list[tuple[str, str]]:
    """The short fields of a fact."""
    if t.fact is None:
        return [("note", "a newer build wrote this fact")]
    pairs = ((name, getattr(t.fact, name)) for name in t.fact.__struct_fields__)
    return [told(name, value) for name, value in pairs if isinstance(value, str | int) and value != ""]


_TELL: dict[str, Callable[[Lookup, Match], Node]] = {
    "order": _order,
    "parcel": _parcel,
    "in-bond": _in_bond,
    "inbond": _in_bond,
    "shipment": _shipment,
    "214": _shipment,
    "admission": _shipment,
    "layer": _layer,
    "draw": _draw,
    "withdrawal": _draw,
    "entry": _entry,
}
