"""Random histories of movements, valid and invalid commands mixed: the book balances after each."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.movements import GoodsMoved
from ftz_common.contracts.production import ComponentsRequested, ComponentsReturned, PermitShown
from ftz_inventory.domain import fold, ledger
from ftz_inventory.domain.allocating import Allocate, EndAllocation, Wanted
from ftz_inventory.domain.consuming import Consume, GiveBack
from ftz_inventory.domain.moves import (
    BringBack,
    FindOverage,
    Local,
    Move,
    PermitSeen,
    ReceiveFromZone,
    ReverseMovement,
    SendHistory,
    SettleOverage,
    Travelled,
)
from ftz_inventory.domain.stock import Which

LOCAL = Local("America/New_York")
SHOWN = PermitShown(
    stream="permit/999/acme/216",
    number="216",
    activities=["destroy", "manipulate", "manufacture", "remove-temporarily"],
    valid_from="2026-05-01",
    valid_to="2027-04-30",
)
PERMIT = PermitSeen(SHOWN.stream, SHOWN.number, tuple(SHOWN.activities), SHOWN.valid_from, SHOWN.valid_to)
#: What each movement must say besides goods and time.
ENOUGH: dict[str, dict[str, Any]] = {
    "relocated": {"destination": "B-2"},
    "held": {"hold": "FDA", "reason": "sampling"},
    "released": {"hold": "FDA", "reason": "over"},
    "temporarily-removed": {"destination": "fair", "due_on": "2026-05-20", "permit": PERMIT},
    "sent-to-zone": {"destination": "888", "reference": "IT1"},
    "destroyed": {"permit": PERMIT},
    "wasted": {"permit": PERMIT},
    "adjusted": {"reason": "count", "approved_by": "boss"},
    "found": {"reason": "found", "approved_by": "boss", "found": True, "reference": "5931"},
    "elected": {"status": "P", "reference": "214-P", "filed_on": "2026-05-08", "number": "6912004810"},
    "restricted": {"status": "Z", "reference": "214-Z"},
    "ordered": {"status": "N", "cause": "board-order", "reference": "7", "authorisation": "order 7"},
    "lost": {"status": "N", "cause": "identity-lost", "reference": "7", "authorisation": "PD-77"},
}
KINDS = {"found": "adjusted", "elected": "status-changed", "restricted": "status-changed"} | {
    "ordered": "status-changed",
    "lost": "status-changed",
}
#: Said of a movement, an overage or an allocation that may be there, or of goods from elsewhere.
OTHERS = (
    *("reverse", "back", "history", "received", "overage", "settled"),
    *("allocated", "unallocated", "taken", "returned"),
)
DAYS = ("05-05", "05-08", "05-09")
STEP = st.tuples(
    st.sampled_from((*ENOUGH, *OTHERS)),
    st.integers(1, 60),
    st.sampled_from(("", "P", "N", "D", "Z")),
    st.integers(0, 9),
    st.sampled_from(DAYS),
    st.sampled_from((Which(), Which(), Which(lot="214-1/1"), Which(hold="FDA"))),
)


def movement(kind: str, number: int, quantity: int, which: Which, at: str) -> Move:
    """One that says all that its kind asks for; whether the goods are there is another matter."""
    name, of = f"M{number}", KINDS.get(kind, kind)
    return Move(LOCAL, name, of, Decimal(quantity), "EA", at, "clerk", which=which, **ENOUGH[kind])


def word(kind: str, number: int, quantity: int, about: tuple[str, str], at: str) -> Any:
    """What is said besides movements. `about`: a movement that may be there, and a status."""
    some, (name, status) = Decimal(quantity), about
    filed = "2026-02-03" if status == "P" else None
    travelled = Travelled(some, "EA", Decimal("99.99"), status or "N", filed, "PT", "6912004810", "r")
    admission = ("admission/acme/zone/Z", "999-26-000099", "888")
    wanted = (Wanted(1, some, "EA"), Wanted(2, Decimal(7), "EA"))
    here: dict[str, Any] = {"to": "ledger/999/site-1/acme/MUG", "at": at, "who": "clerk"}
    asked = ComponentsRequested(
        **here,
        reply_to="production/999/acme/P",
        movement=f"P{number}",
        kind="consumed",
        quantity=some,
        unit="EA",
        permit=SHOWN,
    )
    words = {
        "reverse": ReverseMovement(LOCAL, name, at, "clerk", "wrong", "boss"),
        "back": BringBack(LOCAL, name, f"b{number}", some, at, "clerk"),
        "history": SendHistory(name, at, "clerk"),
        "received": ReceiveFromZone(LOCAL, f"Z{number}", at, "clerk", *admission, (travelled,)),
        "overage": FindOverage(LOCAL, f"O{number % 3}", some, "EA", at[:10], "clerk"),
        "settled": SettleOverage(f"O{number % 3}", "entered", "Z99-1", "clerk"),
        "allocated": Allocate(f"A{number % 3}", wanted, "consumption", "2026-05-30T12:00:00Z", "clerk"),
        "unallocated": EndAllocation(f"A{number % 3}"),
        "taken": Consume(asked, LOCAL),
        "returned": GiveBack(ComponentsReturned(**here, movement=name, reason="refused"), LOCAL),
    }
    return words[kind]


class Book:
    """A ledger with all that it ever heard."""

    def __init__(self, paper: Any) -> None:
        self.state = paper.ledger()
        self.facts: list[Any] = list(paper.stories["ledger/999/site-1/acme/MUG"].facts)
        self.made: list[str] = []

    def told(self, command: Any) -> bool:
        """Decided and folded; False when it was refused, with its rule and what to do."""
        decided = ledger.decide(self.state, command, None)  # type: ignore[arg-type]  # decide looks at no clock
        if isinstance(decided, Refusal):
            assert decided.citation
            assert decided.remedy
            return False
        for fact in decided:
            fold.evolve(self.state, fact)
        self.facts += decided
        self.made += [f.movement for f in decided if isinstance(f, GoodsMoved)]
        return True


def check(zone: Any, book: Book) -> None:
    """Sums are sums of layers, nothing is negative; facts alone give the same, and so does the balance."""
    state = book.state
    hand: dict[str, Decimal] = {}
    for layer in state.layers.values():
        assert layer.left > 0
        assert layer.worth >= 0
        hand[layer.pool] = hand.get(layer.pool, Decimal(0)) + layer.left
    assert hand == state.on_hand
    assert state.worth == sum((layer.worth for layer in state.layers.values()), Decimal(0))
    spent = [state.layer(name) for name in state.spent.keys()]  # noqa: SIM118 a shelf, no dict
    assert all(not layer.left and not layer.worth for layer in spent)
    for pool in state.pools.values():
        ranks = [state.layers[name].rank for name in pool]
        assert ranks == sorted(ranks, reverse=True)
    again = ledger.start(("ledger", "999", "site-1", "acme", "MUG"))
    for fact in book.facts:
        fold.evolve(again, fact)
    assert again == state
    days = [f"2026-05-{day:02}" for day in range(3, 13)]
    zone.check_balances(state, book.facts, [*days, "2026-12-31"])


def worth(book: Book) -> tuple[dict[str, Decimal], Decimal]:
    """What is there, by pool, and what it is worth."""
    return {pool: quantity for pool, quantity in book.state.on_hand.items() if quantity}, book.state.worth


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, max_size=16))
def test_any_history_of_movements_balances_and_can_be_undone(zone, steps) -> None:
    """Valid and invalid commands mixed; then every movement is taken back, last first: all is as it was."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "100", "1000"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "50", "777.77", status="P"), "05-05")
    paper.hear(zone.admitted("214-3", "05-06", "30", "90", status="D"), "05-06")
    book = Book(paper)
    before = worth(book)
    for number, (kind, quantity, status, pick, day, which) in enumerate(steps):
        name = book.made[pick % len(book.made)] if book.made else "none"
        at = f"2026-{day}T12:00:00Z"
        if kind in ENOUGH:
            meant = replace(which, status=status)
            book.told(movement(kind, number, quantity, meant, at))
        else:
            book.told(word(kind, number, quantity, (name, status), at))
        check(zone, book)
    for allocation in ("A0", "A1", "A2"):
        book.told(EndAllocation(allocation))
    if not any(book.state.movement(name).backs for name in book.made):
        for name in reversed(book.made):
            book.told(ReverseMovement(LOCAL, name, "2026-05-10T12:00:00Z", "clerk", "all", "boss"))
        check(zone, book)
        assert worth(book) == before


def test_every_word_is_understood_and_obeyed_once(zone) -> None:
    """None of the vocabulary is refused always: each is obeyed in a history made for it."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "100", "1000"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "50", "777.77", status="P"), "05-05")
    paper.hear(zone.admitted("214-3", "05-06", "30", "90", status="D"), "05-06")
    book = Book(paper)
    at = "2026-05-08T12:00:00Z"
    of = {"elected": "N", "restricted": "N", "lost": "D", "ordered": "Z", "found": "P"}
    first = ("held", "released", "restricted")
    for number, kind in enumerate((*first, *(k for k in ENOUGH if k not in first))):
        which = Which(lot="214-2/1") if kind == "found" else Which(status=of.get(kind, ""))
        if kind == "found":
            assert book.told(movement("adjusted", 90, 5, Which(lot="214-2/1"), at))
        assert book.told(movement(kind, number, 2, which, at)), kind
        check(zone, book)
    out = {f.kind: f.movement for f in book.facts if isinstance(f, GoodsMoved)}
    names = {"back": out["temporarily-removed"], "history": out["sent-to-zone"], "reverse": out["destroyed"]}
    for number, kind in enumerate(("reverse", "back", "history", "received"), 20):
        assert book.told(word(kind, number, 2, (names.get(kind, ""), "N"), at)), kind
    for kind in ("overage", "settled", "allocated", "unallocated"):
        assert book.told(word(kind, 30, 2, ("", "N"), at)), kind
    assert book.told(word("taken", 40, 2, ("", "N"), at))
    assert book.told(word("returned", 41, 2, ("P40", "N"), at))
    check(zone, book)
