"""Random histories in random order: whatever happens, the book balances."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftz_common.contracts.admissions import GoodsAdmitted
from ftz_common.contracts.inventory import (
    CoverGranted,
    CoverRequested,
    Drawn,
    DrawRequested,
    DrawReversed,
    LayerOpened,
    ReservationRequested,
    SuspenseSettled,
)
from ftz_common.values.calendar import parse_instant
from ftz_inventory.domain import shelf
from ftz_inventory.domain.draft import Draft, admitted_by
from ftz_inventory.domain.layer import ELIGIBLE


@pytest.fixture(autouse=True, scope="module")
def small_blocks() -> Iterator[None]:
    """What a ledger is done with goes into blocks of two, so that these histories take from them, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelf, "BLOCK", 2)
        yield


DAYS = [f"05-{day:02}" for day in range(4, 16)]
AT = st.builds(lambda day, hour: f"{day} {hour:02}:00", st.sampled_from(DAYS), st.integers(13, 20))
QUANTITY = st.integers(1, 9).map(str) | st.sampled_from(["0.5", "2.25"])
UINS = ["MUG", "LAMP"]


@dataclass
class History:
    """What happens, each with its time; none of it depends on what came before it."""

    receipts: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    orders: list[tuple[list[tuple[str, str]], str]] = field(default_factory=list)
    parcels: list[tuple[int, list[tuple[int, str]], str]] = field(default_factory=list)
    cancelled: list[tuple[int, int, str]] = field(default_factory=list)
    returned: list[tuple[int, str, str]] = field(default_factory=list)
    grants: list[tuple[str, str, str]] = field(default_factory=list)

    def tellings(self, zone) -> list[tuple[Any, str]]:
        """Everything, as it is said."""
        told: list[tuple[Any, str]] = []
        for n, (uin, quantity, value, status, at) in enumerate(self.receipts):
            told.append((zone.admitted(f"214-{n:03}", at, quantity, value, status=status, uin=uin), at))
        for n, (lines, country) in enumerate(self.orders):
            state = "NJ" if country == "US" else ""
            told.append((zone.ordered(*lines, order=str(n), country=country, state=state), "05-04 12:00"))
        for n, (order, lines, at) in enumerate(self.parcels):
            told.append((zone.shipped(f"P{n}", *lines, order=str(order)), at))
        for parcel, _, at in self.cancelled:
            order = self.parcels[parcel][0]
            told.append((zone.cancelled(parcel=f"P{parcel}", order=str(order)), at))
        for n, (order, quantity, at) in enumerate(self.returned):
            told.append((zone.returned(f"R{n}", (1, quantity), order=str(order)), at))
        for n, (week, quantity, at) in enumerate(self.grants):
            told.append((zone.granted(week, quantity, at, attempt=n + 1), at))
        return told


def histories(*, statuses: str = "PNDZ", countries: tuple[str, ...] = ("US", "US", "DE"), **leave_out: bool):
    """Histories; with statuses and countries limited, or kinds of event left out."""

    @st.composite
    def build(draw: st.DrawFn) -> History:
        some = {name: 0 if leave_out.get(name) is False else 4 for name in ("cancelled", "returned")}
        receipt = st.tuples(
            st.sampled_from(UINS), QUANTITY, st.integers(0, 1000).map(str), st.sampled_from(statuses), AT
        )
        orders = draw(
            st.lists(
                st.tuples(
                    st.lists(st.tuples(st.sampled_from(UINS), QUANTITY), min_size=1, max_size=2),
                    st.sampled_from(countries),
                ),
                min_size=1,
                max_size=4,
            )
        )
        parcels = []
        for order in draw(st.lists(st.integers(0, len(orders) - 1), max_size=8)):
            lines = draw(
                st.lists(
                    st.tuples(st.integers(1, len(orders[order][0])), QUANTITY),
                    min_size=1,
                    max_size=2,
                    unique_by=lambda line: line[0],
                )
            )
            parcels.append((order, lines, draw(AT)))
        cancelled = []
        if parcels and some["cancelled"]:
            chosen = st.lists(st.integers(0, len(parcels) - 1), max_size=some["cancelled"], unique=True)
            cancelled = [(parcel, 0, f"05-{draw(st.integers(10, 20))} 12:00") for parcel in draw(chosen)]
        returned = draw(
            st.lists(st.tuples(st.integers(0, len(orders) - 1), QUANTITY, AT), max_size=some["returned"])
        )
        return History(
            draw(st.lists(receipt, max_size=8)),
            orders,
            parcels,
            cancelled,
            returned,
            draw(
                st.lists(st.tuples(st.sampled_from(["2026-05-03", "2026-05-10"]), QUANTITY, AT), max_size=4)
            ),
        )

    return build()


def play(zone, history: History, chance, *, twice: bool = False, receipts_first: bool = False):
    """Tell it in a random order, delivering letters in between in a random order."""
    paper = zone.Paper()
    told = history.tellings(zone)
    chance.shuffle(told)
    if receipts_first:
        told.sort(key=lambda each: not isinstance(each[0], GoodsAdmitted))
    for each, at in told:
        if isinstance(each, GoodsAdmitted | CoverGranted):
            paper.mail.append((each, zone.instant(at)))
        else:
            paper.post(each, at)
        if receipts_first or chance.random() < 0.5:
            paper.deliver(chance.randrange)
        if twice:
            known = (GoodsAdmitted, CoverGranted, DrawRequested, ReservationRequested)
            paper.mail += [letter for letter in paper.mail if isinstance(letter[0], known)]
    paper.deliver(chance.randrange)
    return paper


def ledgers(paper) -> list[Any]:
    return [story for stream, story in paper.stories.items() if stream.startswith("ledger/")]


def eligible(layer: Any, of: Any, unit: str) -> bool:
    return (
        layer.status in ELIGIBLE[of.disposition]
        and layer.unit == unit
        and admitted_by(layer, of.removed_at, of.removed_on)
    )


def check_layers(story) -> None:
    """Opened is left and drawn, in quantity and in value; nothing is ever below zero."""
    opened: dict[str, LayerOpened] = {}
    out: dict[str, Decimal] = defaultdict(Decimal)
    worth: dict[str, Decimal] = defaultdict(Decimal)
    for fact in story.facts:
        if isinstance(fact, LayerOpened):
            assert fact.layer not in opened
            opened[fact.layer] = fact
        if isinstance(fact, Drawn | DrawReversed):
            sign = 1 if isinstance(fact, Drawn) else -1
            for piece in fact.pieces:
                out[piece.layer] += sign * piece.quantity
                worth[piece.layer] += sign * piece.value
                assert piece.quantity > 0
                assert piece.value >= 0
                assert piece.left == opened[piece.layer].quantity - out[piece.layer] >= 0
    state = story.state
    assert opened.keys() == state.layers.keys() | set(state.spent.keys())
    on_hand: dict[str, Decimal] = defaultdict(Decimal)
    for name, first in opened.items():
        layer = state.layer(name)
        assert layer.left == first.quantity - out[name]
        assert layer.worth == first.value - worth[name] >= 0
        assert (layer.left == 0) == (name in state.spent)
        assert layer.left or not layer.worth
        on_hand[layer.pool] += layer.left
    assert {k: v for k, v in on_hand.items() if v} == state.on_hand
    pools = [state.layers[name] for pool in state.pools.values() for name in pool]
    assert sorted(layer.id for layer in pools) == sorted(state.layers)
    for pool in state.pools.values():
        ranks = [state.layers[name].rank for name in pool]
        assert ranks == sorted(ranks, reverse=True)


def check_first_in_first_out(story) -> None:
    """Every piece was there when it left, and nothing older that could have left was passed over."""
    layers: dict[str, Any] = {}
    left: dict[str, Decimal] = {}
    for fact in story.facts:
        if isinstance(fact, LayerOpened):
            layers[fact.layer], left[fact.layer] = story.state.layer(fact.layer), fact.quantity
        elif isinstance(fact, Drawn):
            for piece in fact.pieces:
                left[piece.layer] -= piece.quantity
            youngest = max(layers[piece.layer].rank for piece in fact.pieces)
            for name, layer in layers.items():
                if eligible(layer, fact, fact.pieces[0].unit) and layer.rank < youngest:
                    assert left[name] == 0
            for piece in fact.pieces:
                layer = layers[piece.layer]
                assert parse_instant(layer.admitted_at) <= parse_instant(fact.removed_at)
                assert layer.status in ELIGIBLE[fact.disposition]
        elif isinstance(fact, DrawReversed):
            for piece in fact.pieces:
                left[piece.layer] += piece.quantity


def check_draws(paper, story) -> None:
    """What was asked is drawn, suspended or taken back; nothing is suspended beside what could serve it."""
    state = story.state
    asked = {r.draw: r.quantity for r in paper.said(DrawRequested) if r.to == story.stream}
    back: dict[str, Decimal] = defaultdict(Decimal)
    for fact in story.facts:
        if isinstance(fact, DrawReversed):
            back[fact.draw] += sum(piece.quantity for piece in fact.pieces)
        if isinstance(fact, SuspenseSettled) and fact.how == "reversed":
            back[fact.draw] += fact.quantity
    draws = {draw.id: draw for draw in state.every_draw()}
    assert asked.keys() == draws.keys()
    for name, draw in draws.items():
        held = sum((take.quantity for take in draw.takes), Decimal(0))
        assert asked[name] == held + draw.suspended + back[name]
        assert (draw.suspended > 0) == (name in state.suspended)
        if draw.suspended:
            assert not [layer for layer in state.layers.values() if eligible(layer, draw, draw.unit)]
    for _, demand in state.every_demand():
        held = sum((take.quantity for draw in demand.draws for take in draws[draw].takes), Decimal(0))
        assert 0 <= demand.returned <= held
    removals = [parse_instant(state.draws[name].removed_at) for name in state.suspended]
    assert removals == sorted(removals)


def check_promises(story) -> None:
    """What is kept is the sum of what is kept for each; nobody waits while something is free for them."""
    state = story.state
    kept: dict[str, Decimal] = defaultdict(Decimal)
    for name, demand in state.every_demand():
        assert demand.kept >= 0
        assert not demand.kept or demand.gone + demand.kept <= demand.asked
        assert (demand.missing > 0) == (name in state.short)
        kept[f"{demand.disposition}/{demand.unit}"] += demand.kept
    assert {k: v for k, v in kept.items() if v} == state.kept
    draft = Draft(state)
    for name in state.short:
        assert draft.available(state.demands[name].disposition, state.demands[name].unit) == 0


def check_cover(paper) -> None:
    """Covered and uncovered are what left; what left is what the ledgers drew and did not take back."""
    asked: dict[str, Decimal] = defaultdict(Decimal)
    for fact in paper.said(CoverRequested):
        asked[fact.to] += fact.quantity if fact.what == "remove" else -fact.quantity
    for stream, quantity in asked.items():
        cover = paper.stories[stream].state
        assert cover.removed == quantity
        assert cover.used + cover.lacking == cover.removed
        assert cover.lacking == sum((r.uncovered for r in cover.removals.values()), Decimal(0))
        assert cover.total == sum((r.quantity for r in cover.releases), Decimal(0))
        slack = Decimal(0)
        for release in cover.releases:
            slack += release.quantity - release.used
            assert slack >= 0


SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SETTINGS
@given(history=histories(), chance=st.randoms(use_true_random=False), twice=st.booleans())
def test_every_history_balances(zone, history, chance, twice) -> None:
    paper = play(zone, history, chance, twice=twice)
    for story in ledgers(paper):
        check_layers(story)
        check_first_in_first_out(story)
        check_draws(paper, story)
        check_promises(story)
        zone.check_balances(story.state, story.facts, [f"2026-{day}" for day in ("05-01", *DAYS, "06-01")])
    check_cover(paper)


def stock(paper) -> dict[str, Decimal]:
    """What is in each ledger, less what is suspended."""
    return {
        story.stream: sum(story.state.on_hand.values(), Decimal(0))
        - sum((draw.suspended for draw in story.state.every_draw()), Decimal(0))
        for story in ledgers(paper)
    }


def lacking(paper) -> dict[str, tuple[Decimal, Decimal]]:
    """What left each week in all, and what of it had no cover."""
    return {
        stream: (story.state.removed, story.state.lacking)
        for stream, story in paper.stories.items()
        if stream.startswith("cover/") and story.state.removed
    }


@SETTINGS
@given(history=histories(returned=False), chance=st.randoms(use_true_random=False))
def test_the_order_of_telling_changes_no_balance(zone, history, chance) -> None:
    """In order of the list, one at a time; and shuffled, letters in any order."""
    first = zone.Paper()
    for each, at in history.tellings(zone):
        if isinstance(each, GoodsAdmitted | CoverGranted):
            first.hear(each, at)
        else:
            first.tell(each, at)
    assert stock(play(zone, history, chance)) == stock(first)


@SETTINGS
@given(
    history=histories(statuses="N", countries=("US",), cancelled=False, returned=False),
    chance=st.randoms(use_true_random=False),
)
def test_without_reversals_every_layer_ends_the_same(zone, history, chance) -> None:
    """Enough goods, all in the book before anything left: FIFO and cover end the same in any order."""
    history.receipts += [(uin, "1000", "1000", "N", "") for uin in UINS]
    early = [f"05-0{1 + n % 3} 12:00" for n in range(len(history.receipts))]
    history.receipts = [(*receipt[:-1], at) for receipt, at in zip(history.receipts, early, strict=True)]
    first, second = (play(zone, history, chance, receipts_first=True) for _ in range(2))
    for story in ledgers(first):
        other = second.stories[story.stream]
        assert {k: v.left for k, v in story.state.layers.items()} == {
            k: v.left for k, v in other.state.layers.items()
        }
    assert lacking(first) == lacking(second)


@SETTINGS
@given(
    layers=st.lists(QUANTITY, min_size=1, max_size=4),
    parts=st.lists(QUANTITY, min_size=1, max_size=5),
)
def test_a_draw_in_parts_is_one_draw(zone, layers, parts) -> None:
    whole = str(sum(map(Decimal, parts)))
    papers = []
    for parcels in ([whole], parts):
        paper = zone.Paper()
        for n, quantity in enumerate(layers):
            paper.hear(zone.admitted(f"214-{n}", "05-04", quantity, "1000"), "05-04")
        paper.tell(zone.ordered(("MUG", whole)), "05-07")
        for n, quantity in enumerate(parcels):
            paper.tell(zone.shipped(f"P{n}", (1, quantity)), "05-08")
        papers.append(paper)
    one, many = (paper.ledger() for paper in papers)
    assert {k: (v.left, v.worth) for k, v in one.layers.items()} == {
        k: (v.left, v.worth) for k, v in many.layers.items()
    }
    values = [sum(p.value for d in paper.said(Drawn) for p in d.pieces) for paper in papers]
    assert values[0] == values[1]
