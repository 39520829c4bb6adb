"""Movements without an order: what they take, what they open, what they refuse, and their undoing."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.inventory import DrawSuspended, LayerOpened, SuspenseSettled
from ftz_common.contracts.movements import GoodsMoved, OpeningRequested, OperationReported
from ftz_common.values.exact import plain
from ftz_inventory.domain import fold, ledger
from ftz_inventory.domain.layer import Which
from ftz_inventory.domain.method import Method
from ftz_inventory.domain.moves import (
    BringBack,
    Local,
    Move,
    PermitSeen,
    Residue,
    ReverseMovement,
)

LOCAL = Local("America/New_York")
PERMIT = PermitSeen(
    "permit/999/acme/216",
    "216",
    ("destroy", "manipulate", "remove-temporarily"),
    "2026-05-01",
    "2027-04-30",
)
ENOUGH: dict[str, dict[str, Any]] = {
    "relocated": {"destination": "B-2"},
    "held": {"hold": "FDA", "reason": "sampling"},
    "status-changed": {"status": "Z", "reference": "214-Z"},
    "temporarily-removed": {"destination": "fair", "due_on": "2026-05-20", "permit": PERMIT},
    "sent-to-zone": {"destination": "888", "reference": "IT1"},
    "destroyed": {"permit": PERMIT},
    "wasted": {"permit": PERMIT},
    "adjusted": {"reason": "count", "approved_by": "boss"},
}


def move(kind: str, quantity: str = "10", *, movement: str = "M1", at: str = "", **more: Any) -> Move:
    fields = ENOUGH.get(kind, {}) | more
    at = at or "2026-05-08T12:00:00Z"
    local = fields.pop("local", LOCAL)
    unit = fields.pop("unit", "EA")
    return Move(local, movement, kind, Decimal(quantity), unit, at, "clerk", **fields)


@pytest.fixture
def book(zone) -> Any:
    """100 N of 4 May, 50 P of 5 May, 30 D of 6 May."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "100", "1000"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "50", "600", status="P"), "05-05")
    paper.hear(zone.admitted("214-3", "05-06", "30", "90", status="D"), "05-06")
    return Book(paper)


class Book:
    """A ledger that takes commands."""

    def __init__(self, paper: Any) -> None:
        self.paper = paper
        self.state = paper.ledger()

    def do(self, command: Any) -> list[Any]:
        """Its facts; the state is after them."""
        decided = ledger.decide(self.state, command, None)  # type: ignore[arg-type]  # decide looks at no clock
        assert not isinstance(decided, Refusal), decided
        for fact in decided:
            fold.evolve(self.state, fact)
        return list(decided)

    def refused(self, command: Any) -> str:
        """The code of its refusal."""
        decided = ledger.decide(self.state, command, None)  # type: ignore[arg-type]  # decide looks at no clock
        assert isinstance(decided, Refusal), decided
        assert decided.citation
        assert decided.remedy
        return decided.code

    @property
    def hand(self) -> dict[str, str]:
        return {pool: plain(quantity) for pool, quantity in sorted(self.state.on_hand.items())}

    @property
    def worth(self) -> Decimal:
        return sum((layer.worth for layer in self.state.layers.values()), Decimal(0))


WHOLE = {"D/EA": "30", "N/EA": "100", "P/EA": "50"}


@pytest.mark.parametrize(
    ("kind", "hand"),
    [
        ("relocated", WHOLE),
        ("held", {"!N/EA": "10", "D/EA": "30", "N/EA": "90", "P/EA": "50"}),
        ("status-changed", {"D/EA": "30", "N/EA": "90", "P/EA": "50", "Z/EA": "10"}),
        ("temporarily-removed", WHOLE | {"N/EA": "90"}),
        ("sent-to-zone", WHOLE | {"N/EA": "90"}),
        ("destroyed", WHOLE | {"N/EA": "90"}),
        ("wasted", WHOLE | {"N/EA": "90"}),
        ("adjusted", WHOLE | {"N/EA": "90"}),
    ],
)
def test_what_a_movement_leaves_and_that_it_can_be_taken_back(book, kind, hand) -> None:
    """First in, first out; what stays in the zone keeps its worth; a reversal restores every figure."""
    moved = next(f for f in book.do(move(kind)) if isinstance(f, GoodsMoved))
    assert (moved.kind, plain(moved.quantity), [plain(p.value) for p in moved.pieces]) == (
        kind,
        "10",
        ["100"],
    )
    assert book.hand == hand
    stays = kind in ("relocated", "held", "status-changed")
    assert book.worth == (1690 if stays else 1590)
    assert book.do(move(kind))[0].why == "movement M1 is in the book already"
    book.do(ReverseMovement(LOCAL, "M1", "2026-05-09T12:00:00Z", "clerk", "wrong", "boss"))
    assert (book.hand, book.worth) == (WHOLE, 1690)
    again = ReverseMovement(LOCAL, "M1", "2026-05-09T13:00:00Z", "clerk", "wrong", "boss")
    assert "already" in book.do(again)[0].why


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (move("destroyed", permit=None), "permit-missing"),
        (move("destroyed", at="2026-05-01T03:00:00Z"), "not-in-zone"),
        (move("destroyed", "101", which=Which(status="N")), "not-in-zone"),
        (move("destroyed", "0"), "quantity-out-of-range"),
        (move("destroyed", unit="kg"), "unit-does-not-convert"),
        (move("relocated", destination=""), "field-missing"),
        (move("held", hold=""), "field-missing"),
        (move("released", "1", hold="FDA", reason="over"), "not-in-zone"),
        (move("adjusted", approved_by=""), "field-missing"),
        (move("adjusted", approved_by="clerk"), "approved-by-oneself"),
        (move("adjusted", found=True), "field-missing"),
        (move("adjusted", found=True, reference="5931"), "layer-not-named"),
        (move("sent-to-zone", reference=""), "field-missing"),
        (move("temporarily-removed", due_on=""), "field-missing"),
        (move("status-changed", status="P"), "pf-incomplete"),
        (move("status-changed", status="N", which=Which(status="P")), "pf-not-abandoned"),
        (move("status-changed", status="P", which=Which(status="D")), "pf-foreign-only"),
        (move("status-changed", status="N", which=Which(status="N")), "status-no-such-change"),
        (BringBack(LOCAL, "none", "b", Decimal(1), "2026-05-09T12:00:00Z", "clerk"), "movement-unknown"),
        (ReverseMovement(LOCAL, "none", "2026-05-09T12:00:00Z", "clerk", "x", "boss"), "movement-unknown"),
    ],
)
def test_what_is_refused_names_its_rule(book, command, code) -> None:
    assert book.refused(command) == code
    assert book.hand == WHOLE


@pytest.mark.parametrize(
    ("permit", "why"),
    [
        (PermitSeen("p", "1", ("manipulate",), "2026-05-01", "2026-06-01"), "allows to manipulate"),
        (PermitSeen("p", "1", ("destroy",), "2026-06-01", "2026-07-01"), "holds from 2026-06-01"),
        (PermitSeen("p", "1", ("destroy",), "2026-04-01", "2026-05-07"), "not on 2026-05-08"),
        (PermitSeen("p", "1", ("destroy",), "2026-05-01", "2026-06-01", "2026-05-08"), "was revoked"),
        (PermitSeen("p", "1", ("destroy",), "2026-05-01", "2026-06-01", "", ("LAMP",)), "is for LAMP"),
    ],
)
def test_a_permit_allows_its_activity_on_its_days(book, permit, why) -> None:
    """19 CFR 146.52(a), (b)."""
    decided = ledger.decide(book.state, move("destroyed", permit=permit), None)
    assert isinstance(decided, Refusal)
    assert (decided.code, why in decided.reason) == ("permit-does-not-allow", True)


def test_domestic_goods_need_no_permit(book) -> None:
    """19 CFR 146.43(b)."""
    book.do(move("destroyed", "30", permit=None, which=Which(status="D")))
    assert "D/EA" not in book.hand


def test_goods_on_hold_leave_only_by_name(book) -> None:
    book.do(move("held", "100", movement="H1"))
    assert book.refused(move("destroyed", "81")) == "not-in-zone"
    held = next(layer for layer in book.state.layers.values() if layer.holds)
    book.do(move("destroyed", "100", which=Which(layer=held.id)))
    assert book.hand == {"D/EA": "30", "P/EA": "50"}


def test_goods_named_by_their_hold_leave_and_no_others(book) -> None:
    book.do(move("held", "30", movement="H1"))
    assert book.refused(move("destroyed", "31", which=Which(hold="FDA"))) == "not-in-zone"
    assert book.refused(move("destroyed", "1", which=Which(hold="detained"))) == "not-in-zone"
    book.do(move("destroyed", "30", which=Which(hold="FDA")))
    assert book.refused(move("destroyed", "1", movement="M9", which=Which(hold="FDA"))) == "not-in-zone"


def test_released_goods_cure_what_left_while_they_were_on_hold(zone) -> None:
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10", "100"), "05-04")
    book = Book(paper)
    book.do(move("held", "10", movement="H1", at="2026-05-05T12:00:00Z"))
    paper.tell(zone.ordered(("MUG", "4")), "05-07")
    paper.tell(zone.shipped("P1", (1, "4")), "05-08")
    assert len(paper.said(DrawSuspended)) == 1
    facts = book.do(
        move("released", "10", movement="H2", hold="FDA", reason="over", at="2026-05-09T12:00:00Z")
    )
    assert [f.how for f in facts if isinstance(f, SuspenseSettled)] == ["cured"]
    assert book.hand == {"N/EA": "6"}


def test_recoverable_waste_of_privileged_goods_is_nonprivileged(book) -> None:
    """19 CFR 146.42(b): of its own class, worth the price paid for it."""
    residue = Residue(
        "ledger/999/site-1/acme/SCRAP", "SCRAP", Decimal(7), "kg", Decimal(12), "7204490000", "r"
    )
    facts = book.do(move("wasted", "5", which=Which(status="P"), residue=residue))
    asked = next(f for f in facts if isinstance(f, OpeningRequested))
    scrap = asked.layer
    assert (scrap.status, scrap.pf_filed_on, scrap.number, scrap.value) == ("N", None, "7204490000", 12)
    assert (scrap.uin, scrap.admission_number, scrap.opened_by) == ("SCRAP", "214-2", "wasted")
    assert [f.to for f in facts if isinstance(f, OperationReported)] == [PERMIT.stream]


def test_what_is_left_of_goods_is_other_goods(book) -> None:
    """19 CFR 146.42(a), (b): under the same number the movement would stand twice in one ledger."""
    itself = Residue("ledger/999/site-1/acme/MUG", "MUG", Decimal(1), "kg", Decimal(2), "7204490000", "r")
    assert book.refused(move("wasted", "5", residue=itself)) == "residue-is-the-goods"


def test_an_election_keeps_the_admission_and_freezes_the_day(book) -> None:
    """19 CFR 146.41(b), 146.65(a)(1)."""
    facts = book.do(move("status-changed", "40", status="P", filed_on="2026-05-08", which=Which(status="N")))
    opened = next(f for f in facts if isinstance(f, LayerOpened))
    assert (opened.status, opened.pf_filed_on, opened.value) == ("P", "2026-05-08", 400)
    assert (opened.admission_number, opened.admitted_on, opened.opened_on) == (
        "214-1",
        "2026-05-04",
        "2026-05-08",
    )


@pytest.mark.parametrize(
    ("change", "filed_on", "frozen"),
    [
        (("N", "Z", "election"), None, False),  # a day is said, but only P has one
        (("P", "N", "waste"), None, False),
        (("P", "P", "casualty"), "2026-05-01", True),  # 19 CFR 146.41(e)
    ],
)
def test_only_privileged_goods_have_a_filing_date_and_theirs_stays(book, change, filed_on, frozen) -> None:
    source, target, cause = change
    said = {"filed_on": "2026-05-08", "number": "7204490000", "revision": "r-2", "cause": cause}
    facts = book.do(move("status-changed", "5", status=target, which=Which(status=source), **said))
    moved, opened = (next(f for f in facts if isinstance(f, of)) for of in (GoodsMoved, LayerOpened))
    number = moved.pieces[0].number if frozen else "7204490000"
    assert (opened.status, opened.pf_filed_on, opened.number) == (target, filed_on, number)


def test_what_fire_left_of_privileged_goods_is_privileged(book) -> None:
    """CBP Foreign-Trade Zones Manual 9.7(g); no permit is asked of a fire."""
    left = Residue("ledger/999/site-1/acme/SHARDS", "SHARDS", Decimal(1), "kg", Decimal(2), "7204490000", "r")
    said = {"cause": "casualty", "permit": None, "residue": left}
    assert book.refused(move("wasted", "120", **said)) == "casualty-of-several"
    facts = book.do(move("wasted", "5", which=Which(status="P"), **said))
    piece = facts[0].pieces[0]
    opened = next(f for f in facts if isinstance(f, OpeningRequested)).layer
    assert (opened.status, opened.pf_filed_on, opened.number) == ("P", "2026-05-01", piece.number)
    facts = book.do(move("wasted", "5", movement="M2", which=Which(status="N"), **said))
    assert next(f for f in facts if isinstance(f, OpeningRequested)).layer.status == "N"


def test_a_temporary_removal_comes_back_in_parts_to_its_layers(book) -> None:
    book.do(move("temporarily-removed", "120"))
    assert book.hand == {"D/EA": "30", "P/EA": "30"}
    back = book.do(BringBack(LOCAL, "M1", "b1", Decimal(60), "2026-05-09T12:00:00Z", "clerk"))[0]
    assert [(p.admission_number, plain(p.quantity)) for p in back.pieces] == [
        ("214-2", "20"),
        ("214-1", "40"),
    ]
    assert "already" in book.do(BringBack(LOCAL, "M1", "b1", Decimal(60), "2026-05-09T12:00:00Z", "c"))[0].why
    too_much = BringBack(LOCAL, "M1", "b2", Decimal(61), "2026-05-09T12:00:00Z", "clerk")
    assert book.refused(too_much) == "more-than-is-out"
    reverse = ReverseMovement(LOCAL, "M1", "2026-05-09T12:00:00Z", "clerk", "wrong", "boss")
    assert book.refused(reverse) == "movement-unknown"
    book.do(BringBack(LOCAL, "M1", "b3", Decimal(0), "2026-05-10T12:00:00Z", "clerk"))
    assert (book.hand, book.worth) == (WHOLE, 1690)


@pytest.mark.parametrize(
    ("method", "taken"),
    [
        (Method(), ["214-1 100", "214-2 50", "214-3 10"]),
        (Method("FOFI"), ["214-1 100", "214-2 50", "214-3 10"]),
        (Method("FIFO", "UIN+status"), ["214-3 30", "214-1 100", "214-2 30"]),
        (Method("FIFO", "UIN+status+origin"), ["214-3 30", "214-1 100", "214-2 30"]),
    ],
)
def test_the_inventory_method_says_what_leaves_first(book, method, taken) -> None:
    """19 CFR 146.23(a): FIFO over the UIN, or within status (domestic first), or foreign first."""
    local = Local("America/New_York", method=method)
    moved = next(f for f in book.do(move("destroyed", "160", local=local)) if isinstance(f, GoodsMoved))
    assert [f"{p.admission_number} {plain(p.quantity)}" for p in moved.pieces] == taken


def test_foreign_first_leaves_older_domestic_goods(zone) -> None:
    """FOFI: foreign layers are taken to be used before domestic ones, whichever are older."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "10", status="D"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "10"), "05-05")
    local = Local("America/New_York", method=Method("FOFI"))
    facts = Book(paper).do(move("destroyed", "10", local=local))
    assert [p.admission_number for p in facts[0].pieces] == ["214-2"]


def test_by_zone_lot_only_what_is_named_leaves(book) -> None:
    """19 CFR 146.23(a)(1): specific identification."""
    local = Local("America/New_York", method=Method("LOT"))
    assert book.refused(move("destroyed", local=local)) == "not-in-zone"
    facts = book.do(move("destroyed", local=local, which=Which(lot="214-2/1")))
    assert [p.admission_number for p in facts[0].pieces] == ["214-2"]


# ---- what was never entered -----------------------------------------------------------------------------


def sent_back(zone: Any, quantity: str) -> Any:
    """Of so many that left, 10 came back: 100 N and then 50 P leave first."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "100", "1000"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "50", "600", status="P", hts="6912004810"), "05-05")
    paper.tell(zone.ordered(("MUG", "100")), "05-06")
    paper.tell(zone.shipped("P1", (1, "100")), "05-06")
    paper.tell(zone.ordered(("MUG", quantity), order="2"), "05-07")
    paper.tell(zone.shipped("P2", (1, quantity), order="2"), "05-07")
    paper.tell(zone.returned("RMA-1", (1, "10"), order="2"), "05-08")
    return Book(paper)


def never_entered(status: str, **more: Any) -> Move:
    return move(
        "status-changed",
        status=status,
        cause="never-entered",
        reference="claim-1",
        which=Which(status="D"),
        at="2026-05-09T12:00:00Z",
        **more,
    )


def test_what_was_never_entered_is_what_it_was(zone: Any) -> None:
    """Privileged goods come back privileged, with their filing date, number and 214 (19 CFR 146.71(d))."""
    book = sent_back(zone, "20")
    refused = ledger.decide(book.state, never_entered("N"), None)  # type: ignore[arg-type]  # no clock
    assert isinstance(refused, Refusal)
    assert (refused.code, "was P" in refused.reason) == ("status-not-the-last", True)
    opened = next(fact for fact in book.do(never_entered("P")) if isinstance(fact, LayerOpened))
    found = (opened.status, opened.pf_filed_on, opened.number, opened.admission_number, opened.admitted_on)
    assert found == ("P", "2026-05-01", "6912004810", "214-2", "2026-05-08")


def test_what_was_made_of_goods_of_another_ledger_is_what_it_is(zone: Any) -> None:
    """Scrap is kept under a UIN of its own: the layer it came from is in another book."""
    book = sent_back(zone, "20")
    (layer, *_) = book.state.layers.values()
    scrap = replace(layer, parent="a layer of another ledger", opened_by="wasted")
    assert book.state.before_entry(scrap) is scrap


def test_goods_that_left_from_two_kinds_of_layers_were_neither(zone: Any) -> None:
    """Nobody can say which of them came back: nothing is guessed."""
    paper = zone.Paper()
    paper.hear(zone.admitted("214-1", "05-04", "100", "1000"), "05-04")
    paper.hear(zone.admitted("214-2", "05-05", "50", "600", status="P"), "05-05")
    paper.tell(zone.ordered(("MUG", "120")), "05-06")
    paper.tell(zone.shipped("P1", (1, "120")), "05-06")
    paper.tell(zone.returned("RMA-1", (1, "10")), "05-08")
    for status in ("N", "P"):
        refused = ledger.decide(Book(paper).state, never_entered(status), None)  # type: ignore[arg-type]  # no clock
        assert isinstance(refused, Refusal)
        assert (refused.code, "not known" in refused.reason) == ("status-not-the-last", True)
