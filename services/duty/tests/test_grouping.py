"""From withdrawals to entry lines: whatever comes and goes, every layer stands in the lines exactly once."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ftz_common.contracts.duty import EstimateLine, PricedPiece
from ftz_common.values.exact import to_dollars
from ftz_common.values.names import stream_name
from ftz_duty.domain.entry_documents import Release, divided, line_key
from ftz_duty.domain.entry_state import EntryState
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.summary import entry_lines

DAY = "2026-03-07"


@dataclass(frozen=True)
class Left:
    """A withdrawal of one piece; `back`: how much of it was taken back before the goods left."""

    piece: PricedPiece
    back: int


@st.composite
def withdrawals(draw: st.DrawFn, desk: Any) -> list[Left]:
    """Of a few layers, numbers, statuses, filing dates and units: what makes lines one or two."""
    found: list[Left] = []
    for _ in range(draw(st.integers(1, 12))):
        status = draw(st.sampled_from("PN"))
        quantity = draw(st.integers(1, 40))
        piece = desk.priced(
            str(quantity),
            f"{draw(st.integers(0, 10**6)) * quantity / 100:.2f}",
            layer=f"l-{draw(st.integers(0, 4))}",
            number=draw(st.sampled_from(("6912004810", "6912004890"))),
            origin=draw(st.sampled_from(("PT", "CN"))),
            unit=draw(st.sampled_from(("No.", "kg"))),
            status=status,
            pf_filed_on=draw(st.sampled_from(("2026-01-05", "2026-02-05"))) if status == "P" else None,
            counts=draw(st.sampled_from(("both", "cover", "line"))),
        )
        found.append(Left(piece, draw(st.integers(0, quantity))))
    return found


def portion(piece: PricedPiece, quantity: int) -> PricedPiece:
    """A part of a piece, at its share of the value."""
    value = piece.value * quantity / piece.quantity
    return msgspec.structs.replace(piece, quantity=Decimal(quantity), value=value)


Sums = dict[tuple[str, str], tuple[Decimal, Decimal]]


def expected(left: list[Left]) -> Sums:
    """By line and layer: quantity and value that stayed out."""
    found: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for each in left:
        if each.piece.counts == "cover":
            continue
        stays = portion(each.piece, int(each.piece.quantity) - each.back)
        sums = found[_key(each.piece), each.piece.layer]
        sums[0] += stays.quantity
        sums[1] += stays.value
    return {key: (sums[0], sums[1]) for key, sums in found.items() if sums[0] or sums[1]}


def _key(piece: PricedPiece) -> str:
    return stream_name(piece.number, piece.status, piece.pf_filed_on or "", piece.origin, piece.unit)


@given(data=st.data(), rooms=st.lists(st.integers(0, 60), min_size=1, max_size=3))
def test_no_layer_is_lost_or_stands_twice(desk_of: Any, data: st.DataObject, rooms: list[int]) -> None:
    """19 CFR 146.63(c)(1): the summary reports what was removed, all of it, whichever entry it is under."""
    left = data.draw(withdrawals(desk_of))
    state = EntryState("999", "acme", "2026-03-08")
    acts = [(f"w-{at}", each.piece, 1) for at, each in enumerate(left)]
    acts += [(f"w-{at}", portion(each.piece, each.back), -1) for at, each in enumerate(left) if each.back]
    for withdrawal, piece, sign in data.draw(st.permutations(acts)):
        state.add(withdrawal, [piece], sign)
    released = [
        Release(n, f"n-{n}", DAY, tuple(_asked(each.piece, room) for each in left))
        for n, room in enumerate(rooms, start=1)
    ]
    found: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for document in divided(state.groups, released):
        lines = entry_lines(document.groups.values(), _rates(left), DAY, "")
        assert sorted(map(line_key, lines)) == sorted(document.groups)
        assert [line.layers for line in lines] == [
            len(document.groups[line_key(line)].layers) for line in lines
        ]
        for line in lines:
            group = document.groups[line_key(line)]
            assert line.quantity == sum(share.quantity for share in group.layers.values())
            assert line.entered_value == to_dollars(sum(share.value for share in group.layers.values()))
            for name, share in group.layers.items():
                found[line_key(line), name][0] += share.quantity
                found[line_key(line), name][1] += share.value
    assert {key: (sums[0], sums[1]) for key, sums in found.items()} == expected(left)


def _asked(piece: PricedPiece, quantity: int) -> EstimateLine:
    return EstimateLine(
        number=piece.number,
        status=piece.status,
        origin=piece.origin,
        unit=piece.unit,
        quantity=Decimal(quantity),
    )


def _rates(left: list[Left]) -> tuple[StatedRate, ...]:
    return tuple(
        StatedRate(p.number, p.origin, p.pf_filed_on or DAY, "rev 4", "general", "9.8%", p.number[:8])
        for p in (each.piece for each in left)
    )
