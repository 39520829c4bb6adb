"""The story of an entry: its steps, and for each line of the summary what left under it."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

from ftz_common.contracts.duty import (
    EntryCompiled,
    EntryLine,
    EntryLinesCompiled,
    EntryLineTaken,
    EstimateAccepted,
    PricedPiece,
)
from ftz_common.values.exact import ZERO, plain
from ftz_reporting.domain.lookup import Lookup, facts_of
from ftz_reporting.domain.node import Node, cut, told
from ftz_reporting.domain.steps import step
from ftz_reporting.domain.told import Told
from ftz_reporting.domain.trace_goods import name_of
from ftz_reporting.domain.trace_removal import line_node

Goods = tuple[str, str, str | None, str, str]


def entry_children(lookup: Lookup, facts: list[Told]) -> list[Node]:
    """Steps, compiled lines with their withdrawals, and what is in the entry and on no line yet."""
    removals = _removals(facts)
    lines: list[Node] = []
    for part, _ in facts_of(facts, EntryLinesCompiled):
        for line in part.lines:
            node = line_node(lookup, line)
            left = removals.pop(_goods(line), [])
            lines.append(
                Node(title=node.title, at=node.at, details=node.details, children=[*left, *node.children])
            )
    rest = [node for nodes in removals.values() for node in nodes]
    unlined = [Node(title=f"{len(rest)} withdrawals on no line yet", children=cut(rest))] if rest else []
    return [*_steps(facts), *lines, *unlined]


def _goods(of: EntryLine | PricedPiece) -> Goods:
    return of.number, of.status, of.pf_filed_on, of.origin, of.unit


def _removals(facts: list[Told]) -> dict[Goods, list[Node]]:
    """What is in the entry, by what makes a line: what was taken out again is not."""
    quantities: dict[tuple[Goods, str], Decimal] = {}
    first: dict[str, EntryLineTaken] = {}
    for fact, _ in facts_of(facts, EntryLineTaken):
        first.setdefault(fact.withdrawal, fact)
        for piece in fact.pieces:
            key = (_goods(piece), fact.withdrawal)
            quantities[key] = quantities.get(key, ZERO) + (
                -piece.quantity if fact.reversed else piece.quantity
            )
    by_goods: dict[Goods, list[Node]] = {}
    for (goods, withdrawal), quantity in quantities.items():
        if quantity > ZERO:
            taken = first[withdrawal]
            title = f"{plain(quantity)} {goods[-1]} with {name_of(taken.order)}, line {taken.line}"
            node = Node(title=title, at=taken.removed_on, details=[told("withdrawal", withdrawal)])
            by_goods.setdefault(goods, []).append(node)
    return {goods: cut(nodes) for goods, nodes in by_goods.items()}


def _steps(facts: list[Told]) -> Iterator[Node]:
    """The steps of an entry; estimates accepted one after the other are one node."""
    steps = [(t, found[1]) for t in facts if (found := step(t.fact, t.envelope.time)) is not None]
    for is_estimate, group in groupby(steps, key=lambda each: isinstance(each[0].fact, EstimateAccepted)):
        together = list(group)
        if is_estimate and len(together) > 1:
            first, last = together[0][1], together[-1][1]
            title = f"{len(together)} estimates accepted, the last {last.at}"
            yield Node(title=title, at=first.at)
            continue
        for t, found in together:
            if isinstance(t.fact, EntryCompiled) and not t.fact.payable:
                left_out = [Node(title=f"not evaluated: {what}") for what in t.fact.not_evaluated]
                note = told("note", "not payable")
                yield Node(title=found.state, at=found.at, details=[note], children=left_out)
            else:
                yield Node(title=found.state, at=found.at, details=[told("note", found.note)])
