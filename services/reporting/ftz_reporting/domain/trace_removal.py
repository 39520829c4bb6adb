"""How goods left: the withdrawal with its layers, its cover, its duty and its entry line."""

from collections.abc import Sequence

from ftz_common.contracts.duty import (
    EntryCompiled,
    EntryCorrectionNeeded,
    EntryLine,
    EntryLinesCompiled,
    EntryLineTaken,
    EntryNumbered,
    InBondArrived,
    InBondLineAdded,
    InBondLineRemoved,
    InBondOpened,
    InBondOverdue,
    PricedPiece,
    WithdrawalExempt,
    WithdrawalPriced,
)
from ftz_common.contracts.inventory import CoverDrawn, Drawn, DrawReversed, RemovalUncovered
from ftz_common.contracts.removals import InBondAuthorized, InBondExtended, InBondLapsed, RemovalUnpermitted
from ftz_common.values.exact import ZERO, plain
from ftz_common.values.names import stream_name
from ftz_reporting.domain.lookup import Lookup, facts_of, last_of
from ftz_reporting.domain.node import Node, told
from ftz_reporting.domain.told import Told
from ftz_reporting.domain.trace_deferral import deferral_nodes
from ftz_reporting.domain.trace_goods import name_of, piece_node, revision_nodes


def withdrawal_node(lookup: Lookup, drawn: Drawn) -> Node:
    """One withdrawal, whole: what it took, under which permit, what it owes, where it is entered."""
    about_order = lookup.referring(drawn.order)
    unit = drawn.pieces[0].unit if drawn.pieces else ""
    quantity = plain(sum((p.quantity for p in drawn.pieces), ZERO))
    return Node(
        title=f"left with parcel {drawn.parcel}: {quantity} {unit} for {drawn.disposition}",
        at=drawn.removed_at,
        details=[
            told("withdrawal", drawn.withdrawal),
            told("draw", drawn.draw),
            told("cured", "a suspended draw" if drawn.cures else ""),
            told("to", drawn.destination_country),
        ],
        children=[
            *(piece_node(lookup, piece) for piece in drawn.pieces),
            *_reversals(about_order, drawn),
            *_cover(about_order, drawn),
            *_duty(lookup, drawn),
        ],
    )


def _reversals(about_order: list[Told], drawn: Drawn) -> list[Node]:
    return [
        Node(
            title=f"taken back before it left: {fact.reason}",
            at=at,
            details=[told(f"to layer {p.layer}", f"{plain(p.quantity)} {p.unit}") for p in fact.pieces],
        )
        for fact, at in facts_of(about_order, DrawReversed)
        if fact.withdrawal == drawn.withdrawal
    ]


def _cover(about_order: list[Told], drawn: Drawn) -> list[Node]:
    covered = [
        Node(
            title=f"under cover: {plain(fact.quantity)}",
            at=at,
            details=[told("remaining", plain(fact.remaining))],
        )
        for fact, at in facts_of(about_order, CoverDrawn)
        if fact.withdrawal == drawn.withdrawal
    ]
    without = [
        Node(
            title=f"WITHOUT COVER: {plain(fact.quantity)} (19 CFR 146.71(a), 146.63(c)(1))",
            at=fact.removed_at,
            details=[told("permitted", plain(fact.permitted))],
        )
        for fact, _ in facts_of(about_order, RemovalUncovered)
        if fact.withdrawal == drawn.withdrawal
    ]
    return covered + without


def _duty(lookup: Lookup, drawn: Drawn) -> list[Node]:
    facts = lookup.stream(stream_name("withdrawal", drawn.withdrawal))
    priced = last_of(facts, WithdrawalPriced)
    nodes: list[Node] = []
    if priced is not None:
        fact, at = priced
        nodes.append(
            Node(
                title=f"priced provisionally, as of {fact.priced_on}",
                at=at,
                children=[_priced_piece(lookup, piece) for piece in fact.pieces],
            )
        )
        nodes += entry_nodes(lookup, fact.entry, drawn.withdrawal, fact.pieces)
    exempt = last_of(facts, WithdrawalExempt)
    if exempt is not None:
        fact, at = exempt
        nodes.append(
            Node(
                title=f"owes nothing here: {fact.why}",
                at=at,
                children=[*in_bond_nodes(lookup, fact.inbond), *deferral_nodes(lookup, fact.deferral)],
            )
        )
    return nodes


def _priced_piece(lookup: Lookup, piece: PricedPiece) -> Node:
    owed = f"USD {plain(piece.duty)}" if piece.duty is not None else f"not priced: {piece.not_priced}"
    return Node(
        title=f"{piece.number}: {owed}",
        details=[
            told("rate", f"{piece.rate_text}, of line {piece.rate_from}" if piece.rate_text else ""),
            told("column", piece.column),
            told("value", f"USD {plain(piece.value)}"),
            told("layer", piece.layer),
        ],
        children=revision_nodes(lookup, piece.revision),
    )


def in_bond_nodes(lookup: Lookup, in_bond: str) -> list[Node]:
    """Where an export under bond goes, by when it must have left, what travels, and how it ended."""
    if not in_bond:
        return []
    nodes: list[Node] = []
    for fact, at in ((t.fact, t.envelope.time) for t in lookup.stream(in_bond)):
        match fact:
            case InBondOpened():
                title = f"in-bond to {fact.destination_country}, due {fact.due_on}"
                nodes.append(Node(title=title, at=at, details=[told("order", name_of(fact.order))]))
            case InBondLineAdded():
                nodes.append(
                    Node(title=f"{plain(fact.quantity)} {fact.unit}, USD {plain(fact.value)}", at=at)
                )
            case InBondLineRemoved():
                title = f"did not travel: {plain(fact.quantity)} {fact.unit}, USD {plain(fact.value)}"
                nodes.append(Node(title=title, at=at))
            case InBondAuthorized():
                under = f" under weekly permit {fact.under}" if fact.under else ""
                by = f", to leave the zone by {fact.remove_by}" if fact.remove_by else ""
                title = (
                    f"{fact.kind} {fact.number} to port {fact.port}{under}{by}: {fact.liable} answers for it"
                )
                said = [told("must say", words) for words in fact.endorsements]
                nodes.append(Node(title=title, at=fact.authorized_at, details=said))
            case InBondExtended():
                title = f"until {fact.remove_by} to leave the zone (19 CFR 146.71(c)): {fact.reason}"
                nodes.append(Node(title=title, at=at))
            case InBondLapsed():
                title = (
                    f"LAPSED on {fact.remove_by}: the goods are in the zone as before (19 CFR 146.71(c), (d))"
                )
                nodes.append(Node(title=title, at=at))
            case InBondOverdue():
                nodes.append(Node(title=f"OVERDUE since {fact.due_on}", at=at))
            case InBondArrived():
                nodes.append(Node(title=f"closed at port {fact.port_of_exit}", at=fact.closed_at))
            case _:
                pass
    for fact, _ in facts_of(lookup.referring(in_bond), RemovalUnpermitted):
        nodes.append(Node(title=f"WITHOUT PERMIT: {fact.why}", at=fact.removed_at))
    return nodes


def entry_nodes(lookup: Lookup, entry: str, withdrawal: str, pieces: Sequence[PricedPiece]) -> list[Node]:
    """The entry that holds a withdrawal, with the compiled lines that its pieces went into."""
    facts = lookup.stream(entry)
    corrections = [
        Node(title=f"CORRECTION NEEDED: {name_of(entry)} was compiled without it (19 CFR 146.63(c))", at=at)
        for fact, at in facts_of(facts, EntryCorrectionNeeded)
        if fact.withdrawal == withdrawal
    ]
    taken = [fact for fact, _ in facts_of(facts, EntryLineTaken) if fact.withdrawal == withdrawal]
    if not taken:
        return corrections
    held = sum(((-p.quantity if t.reversed else p.quantity) for t in taken for p in t.pieces), ZERO)
    if held <= ZERO:
        return [Node(title=f"not in the {name_of(entry)}: it was taken back"), *corrections]
    numbered = last_of(facts, EntryNumbered)
    number = numbered[0].number if numbered else "no number yet"
    compiled = last_of(facts, EntryCompiled)
    if compiled is None:
        state = Node(title="not compiled yet: the line follows when the week has ended")
        return [Node(title=f"{name_of(entry)}: {number}", children=[state])]
    goods = {(p.number, p.status, p.pf_filed_on, p.origin, p.unit) for p in pieces}
    lines = [
        line_node(lookup, line)
        for part, _ in facts_of(facts, EntryLinesCompiled)
        for line in part.lines
        if (line.number, line.status, line.pf_filed_on, line.origin, line.unit) in goods
    ]
    fact, at = compiled
    return [
        Node(
            title=f"{name_of(entry)}: {number}",
            at=at,
            details=[
                told("entry date", fact.entry_date),
                told("owed in all", _owed(fact)),
                told("covers", fact.covers),
            ],
            children=lines,
        ),
        *corrections,
    ]


def line_node(lookup: Lookup, line: EntryLine) -> Node:
    """A line of the summary."""
    owed = f"USD {line.duty:.2f}" if line.duty is not None else f"not priced: {line.not_priced}"
    return Node(
        title=f"entry line {line.line}: {line.number} {line.status} {line.origin}, duty {owed}",
        details=[
            told("quantity", f"{plain(line.quantity)} {line.unit}"),
            told("entered value", f"USD {plain(line.entered_value)}"),
            told("rate", f"{line.rate_text}, of line {line.rate_from}" if line.rate_text else ""),
            told("how", line.how),
            told("not evaluated", line.chapter_99),
        ],
        children=revision_nodes(lookup, line.revision),
    )


def _owed(fact: EntryCompiled) -> str:
    """Never a sum for the whole while a line has no figure."""
    found = f"USD {fact.total:.2f}, of it MPF USD {fact.mpf:.2f}"
    if not fact.unpriced:
        return found
    return f"not known: {fact.unpriced} of {fact.line_count} lines have no duty figure; the others {found}"
