"""What a fact can be found by: the streams it refers to, and the names that people type.

Pure functions of one fact, so that rows can be written in any order, twice, and by two instances.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from ftz_common.contracts.admissions import AdmissionDrafted, AdmissionNumbered
from ftz_common.contracts.classification import Classified, PartRecorded
from ftz_common.contracts.duty import EntryNumbered, InBondOpened
from ftz_common.contracts.fact import Fact, Row
from ftz_common.contracts.inventory import (
    Drawn,
    DrawReversed,
    DrawSuspended,
    LayerOpened,
    OrderEventTaken,
    OrderRecorded,
)
from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_common.contracts.reference import TariffRevisionImported
from ftz_common.contracts.removals import ExportPermitApproved, InBondAuthorized


def references(row: Row, fact: Fact, stream: str) -> Iterator[str]:
    """The other streams that the reference fields of a fact of `stream` name, each once."""
    seen = {stream, ""}
    for name in row.references:
        target: str = getattr(fact, name)
        if target not in seen:
            seen.add(target)
            yield target


def name_key(name: str) -> str:
    """A typed name as rows are found by it: without regard to case, without spaces around."""
    return quote(name.strip().casefold(), safe="")


def _drawn(fact: Drawn) -> list[tuple[str, str]]:
    layers = {piece.layer: None for piece in fact.pieces}
    return [
        ("withdrawal", fact.withdrawal),
        ("draw", fact.draw),
        *(("layer drawn from", name) for name in layers),
    ]


def _reversed(fact: DrawReversed) -> list[tuple[str, str]]:
    layers = {piece.layer: None for piece in fact.pieces}
    return [("layer restored", name) for name in layers]


def _moved(fact: GoodsMoved | GoodsBroughtBack | MovementReversed) -> list[tuple[str, str]]:
    verb = "layer drawn from" if isinstance(fact, GoodsMoved) else "layer restored"
    found = [(verb, piece.layer) for piece in fact.pieces]
    if isinstance(fact, MovementReversed):
        found += [("layer drawn from", piece.layer) for piece in fact.emptied]
    return list(dict.fromkeys(found))


_NAMES: dict[type[Fact], Callable[[Any], list[tuple[str, str]]]] = {
    Drawn: _drawn,
    DrawReversed: _reversed,
    GoodsMoved: _moved,
    GoodsBroughtBack: _moved,
    MovementReversed: _moved,
    OrderRecorded: lambda f: [("order", f.order)],
    LayerOpened: lambda f: [("layer", f.layer)],
    DrawSuspended: lambda f: [("draw", f.draw)],
    AdmissionDrafted: lambda f: [("shipment", f.shipment)],
    AdmissionNumbered: lambda f: [("214", f.number)],
    EntryNumbered: lambda f: [("entry", f.number)],
    InBondOpened: lambda f: [("in-bond", f.parcel)],
    InBondAuthorized: lambda f: [("in-bond", f.number)],
    ExportPermitApproved: lambda f: [("export permit", f.number)],
    OrderEventTaken: lambda f: [("parcel", f.reference)] if f.what == "shipped" else [],
    PartRecorded: lambda f: [("part", f.uin)],
    Classified: lambda f: [("decision", f.decision)],
    TariffRevisionImported: lambda f: [("revision", f.revision)],
}


def names(fact: Fact) -> list[tuple[str, str]]:
    """(what it names, name), each name once, for what people know the fact's subject by."""
    named = _NAMES.get(type(fact))
    return named(fact) if named else []
