"""The way from port to zone, and 214s that are replaced after CBP's permit (19 CFR 18.1, 146.32)."""

from datetime import date
from typing import Any

import pytest

from ftz_admissions.domain.announcement import Announce
from ftz_admissions.domain.transfer import CancelTransfer, RecordTransfer
from ftz_common.contracts.admissions import (
    GoodsAdmitted,
    Particulars,
    TransferRecorded,
)
from ftz_common.contracts.catair.admission import e214_of
from ftz_common.contracts.common import ClockStarted, ClockStopped, Noted
from ftz_common.contracts.filing import FilingRequested


def transfer(desk: Any, kind: Any = "permit-to-transfer", asked: str = "2026-06-01", **more: Any) -> Any:
    said: dict[str, Any] = {"number": "PTT-1", "carrier": "cartman-1", "who": "p-1", "now": desk.now}
    return RecordTransfer(kind=kind, asked_on=date.fromisoformat(asked), **said | more)


def test_an_in_bond_has_thirty_days_and_ends_with_the_arrival(desk: Any) -> None:
    desk.authorize()
    desk.tell(transfer(desk, "in-bond", number="IT-1"))
    (clock,) = desk.of(ClockStarted)
    assert (clock.name, clock.subject, clock.act_by) == ("in-bond-transit", "IT-1", "2026-07-01")
    desk.later(days=3).arrive()
    assert [c.subject for c in desk.of(ClockStopped)] == ["IT-1"]


def test_a_permit_to_transfer_is_recorded_once(desk: Any) -> None:
    desk.authorize()
    (said,) = desk.tell(transfer(desk))
    assert isinstance(said, TransferRecorded)
    assert [type(f) for f in desk.tell(transfer(desk))] == [Noted]


@pytest.mark.parametrize(
    ("came", "more", "code"),
    [
        ({"port_of_unlading": "1401"}, {}, "transfer-other-port"),
        ({"arrival_date": "2026-06-07"}, {}, "transfer-too-early"),  # six days before
        ({}, {"asked": "2026-06-02"}, "time-in-future"),
    ],
)
def test_refused(desk: Any, came: dict[str, str], more: dict[str, str], code: str) -> None:
    desk.file(**came)
    desk.answered()
    assert desk.refused(transfer(desk, **more)).code == code


def test_five_days_before_arrival_are_early_enough(desk: Any) -> None:
    desk.file(arrival_date="2026-06-06")
    desk.answered()
    assert isinstance(desk.tell(transfer(desk))[0], TransferRecorded)


def test_nothing_moves_before_the_permit(desk: Any) -> None:
    desk.file()
    assert desk.refused(transfer(desk)).code == "transfer-before-permit"


def test_a_transfer_is_given_back_before_arrival_only(desk: Any) -> None:
    desk.authorize()
    desk.tell(transfer(desk, "in-bond", number="IT-1"))
    assert desk.refused(CancelTransfer("IT-9", "slip", "p-1")).code == "transfer-unknown"
    desk.tell(CancelTransfer("IT-1", "by truck instead", "p-1"))
    assert desk.story.state.clocks == {}
    desk.tell(transfer(desk, number="PTT-2"))
    desk.arrive()
    assert desk.refused(CancelTransfer("PTT-2", "late", "p-1")).code == "arrived-already"


# ---- replacement after the permit ---------------------------------------------------------------


def replacement(desk: Any, make: Any, **said: Any) -> Announce:
    command = desk.announcement(make.line(value=make.line().value * 2))
    fields: dict[str, Any] = {f: getattr(command, f) for f in command.__slots__}
    return Announce(**fields | {"particulars": Particulars(**said)})


def test_a_permitted_214_is_replaced_with_its_reasons(desk: Any, make: Any) -> None:
    desk.authorize()
    desk.later(days=1).tell(replacement(desk, make, reasons=["07", "08"], remarks="value per new invoice"))
    desk.classify(1)
    filing = desk.of(FilingRequested)[-1]
    assert (filing.action, filing.attempt, filing.reasons) == ("R", 2, ["07", "08"])
    text = e214_of(filing).text.splitlines()
    assert text[1][57:61] == "0708"  # record 11, positions 58 to 61
    assert text[2].startswith("12VALUE PER NEW INVOICE")
    desk.answered(attempt=2)
    desk.receive((1, 500))
    (goods,) = desk.of(GoodsAdmitted)
    assert goods.value == 2000


@pytest.mark.parametrize(
    ("said", "code"),
    [({}, "already-authorized"), ({"reasons": ["08"]}, "remarks-missing")],
)
def test_without_reasons_it_stands(desk: Any, make: Any, said: dict[str, Any], code: str) -> None:
    desk.authorize()
    assert desk.refused(replacement(desk, make, **said)).code == code


def test_what_is_counted_is_not_replaced(desk: Any, make: Any) -> None:
    desk.authorize()
    desk.receive((1, 5), final=False)
    assert desk.refused(replacement(desk, make, reasons=["07"])).code == "already-authorized"
