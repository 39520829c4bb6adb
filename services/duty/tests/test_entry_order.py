"""Whatever order withdrawals, reversals and counts come in, the summary is the same, and its cents close."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftz_common.contracts.duty import EntryCompiled, EntryLinesCompiled
from ftz_common.flow.folding import begin
from ftz_common.values.exact import ZERO
from ftz_duty.domain.allocation import allocated
from ftz_duty.domain.entry_state import EntryState
from ftz_duty.domain.goods_key import goods_key
from ftz_duty.usecases import ENTRY

NUMBERS = ("6912004810", "6911103750", "6302600020")

_exact = st.decimals(min_value="0.01", max_value="5000", places=2)
_piece = st.fixed_dictionaries(
    {
        "number": st.sampled_from(NUMBERS),
        "status": st.sampled_from(["N", "P"]),
        "origin": st.sampled_from(["PT", "CN"]),
        "layer": st.sampled_from(["a", "b", "c", "d"]),
        "quantity": st.integers(1, 50).map(str),
        "value": _exact.map(str),
        "kilos": st.sampled_from(["0.35", "0.4", "1"]),
    }
)
_week = st.lists(st.lists(_piece, min_size=1, max_size=3, unique_by=lambda p: p["layer"]), max_size=6)


def _offers(desk: Any, week: list[list[dict[str, str]]]) -> list[Any]:
    return [
        desk.offer(
            f"w-{i}",
            *(
                desk.priced(
                    piece["quantity"],
                    piece["value"],
                    number=piece["number"],
                    status=piece["status"],
                    pf_filed_on="2026-01-05" if piece["status"] == "P" else None,
                    origin=piece["origin"],
                    layer=f"{piece['layer']}-{piece['number']}",
                    measures=[desk.measure("kg", piece["kilos"])],
                )
                for piece in pieces
            ),
        )
        for i, pieces in enumerate(week)
    ]


def _compiled(desk: Any, offers: list[Any], reversals: list[Any], order: list[int]) -> Any:
    story = desk.released()
    told = [*offers, *reversals]
    for place in order:
        story.tell(told[place], desk.at("2026-03-10"))
    left: dict[str, dict[str, Decimal]] = {f"{desk.mug}/N/PT/No.": {}}
    for offer in told:
        sign = -1 if offer.reversed else 1
        for piece in offer.pieces:
            by_withdrawal = left.setdefault(goods_key(piece), {})
            by_withdrawal[offer.withdrawal] = (
                by_withdrawal.get(offer.withdrawal, ZERO) + sign * piece.quantity
            )
    for key, by_withdrawal in left.items():
        total = str(sum(by_withdrawal.values(), ZERO))
        count = sum(quantity != 0 for quantity in by_withdrawal.values())
        story.tell(desk.total(total, count, key), desk.at("2026-03-16"))
    story.closed()
    story.rates = dict(zip(NUMBERS, ("$2.35/doz. + 7%", "33 1/3%", "0.2¢/kg + 4%"), strict=True))
    if story.state.compiled is None:
        story.answer_prices()
    return story


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(week=_week, data=st.data())
def test_the_order_of_offers_and_reversals_does_not_change_the_summary(
    desk: Any, week: list[list[dict[str, str]]], data: st.DataObject
) -> None:
    offers = _offers(desk, week)
    back = data.draw(st.lists(st.sampled_from(offers), unique_by=id)) if offers else []
    reversals = [msgspec.structs.replace(offer, reversed=True) for offer in back]
    straight = list(range(len(offers) + len(reversals)))
    one = _compiled(desk, offers, reversals, straight)
    other = _compiled(desk, offers, reversals, data.draw(st.permutations(straight)))
    assert one.all(EntryLinesCompiled) == other.all(EntryLinesCompiled)
    assert one.last(EntryCompiled) == other.last(EntryCompiled)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(week=_week)
def test_the_cents_of_a_line_are_those_of_its_layers_and_the_lines_those_of_the_entry(
    desk: Any, week: list[list[dict[str, str]]]
) -> None:
    offers = _offers(desk, week)
    story = _compiled(desk, offers, [], list(range(len(offers))))
    state: EntryState = story.state
    for line in state.lines:
        group = next(
            g
            for g in state.groups.values()
            if (g.number, g.status, g.origin) == (line.number, line.status, line.origin)
        )
        shares = allocated(line, group)
        assert set(shares) == set(group.layers)
        assert sum(shares.values(), ZERO) == line.duty
    compiled = story.last(EntryCompiled)
    assert compiled.duty == sum((line.duty or ZERO for line in state.lines), ZERO)
    assert compiled.entered_value == sum((line.entered_value for line in state.lines), ZERO)
    removed = sum((p.quantity for offer in offers for p in offer.pieces), ZERO)
    assert sum((line.quantity for line in state.lines), ZERO) == removed


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(week=_week)
def test_facts_alone_give_the_state_and_a_snapshot_of_it_is_whole(
    desk: Any, week: list[list[dict[str, str]]]
) -> None:
    offers = _offers(desk, week)
    story = _compiled(desk, offers, [], list(range(len(offers))))
    folded = begin(ENTRY, story.stream).state
    for fact in story.facts:
        folded = ENTRY.evolve(folded, fact)
    assert folded == story.state
    body = msgspec.json.encode(story.state)
    assert msgspec.json.decode(body, type=EntryState) == story.state


@pytest.mark.parametrize("portion", ["4", "10"])
def test_a_part_taken_back_leaves_the_rest_and_a_whole_one_leaves_nothing(desk: Any, portion: str) -> None:
    story = desk.released()
    story.tell(desk.offer("w-1", desk.priced("10", "50")), desk.at("2026-03-10"))
    story.tell(desk.offer("w-2", desk.priced("7", "35")), desk.at("2026-03-10"))
    back = desk.priced(portion, str(5 * int(portion)))
    story.tell(desk.offer("w-1", back, reversed=True), desk.at("2026-03-11"))
    left = 17 - int(portion)
    story.tell(desk.total(str(left), 2 if portion == "4" else 1), desk.at("2026-03-16"))
    story.closed()
    story.answer_prices()
    assert [(line.quantity, line.entered_value) for line in story.lines()] == [(left, 5 * left)]
