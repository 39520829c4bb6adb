"""Types of admission: what each asks for, its number, its clocks, when it becomes stock."""

from typing import Any

import msgspec
import pytest

from ftz_admissions.domain.admission import TakeNumber
from ftz_admissions.domain.announcement import Announce
from ftz_common.contracts.admissions import (
    AdmissionNumbered,
    Document,
    GoodsAdmitted,
    Particulars,
    StatusChangePermitted,
)
from ftz_common.contracts.common import (
    ClockExpired,
    ClockStarted,
    ClockStopped,
    DeadlineSet,
    Noted,
    NumberAssigned,
    NumberRequested,
)
from ftz_common.contracts.filing import FilingRequested


def announced(desk: Any, line: Any, documents: Any = (), **said: Any) -> Announce:
    particulars = Particulars(**said)
    command = desk.announcement(line, documents=documents)
    return Announce(
        **{f: getattr(command, f) for f in command.__slots__ if f != "particulars"}, particulars=particulars
    )


def numbered(desk: Any, kind: str, number: int = 1) -> Any:
    series = f"series/admissions/999/{kind}/26"
    answer = NumberAssigned(to=desk.story.stream, series=series, number=number, purpose="p")
    return desk.tell(TakeNumber(answer, desk.rules))


def clocks(desk: Any) -> list[tuple[str, str]]:
    words = {ClockStarted: "started", ClockStopped: "stopped"}
    words[ClockExpired] = "expired"
    return [(f.name, words[type(f)]) for f in desk.story.facts if type(f) in words]


# ---- temporary deposit (19 CFR 146.35) ----------------------------------------------------------


@pytest.fixture
def deposited(desk: Any, make: Any) -> Any:
    """A deposit that CBP accepted, with 500 counted."""
    desk.tell(announced(desk, make.line(status=""), admission_type="T"))
    numbered(desk, "214-T")
    desk.answered(control="999-26-T00001")
    desk.receive((1, 500))
    return desk


def test_a_deposit_has_its_own_series_and_is_no_stock(deposited: Any) -> None:
    assert [f.to for f in deposited.of(NumberRequested)] == ["series/admissions/999/214-T/26"]
    assert [f.number for f in deposited.of(AdmissionNumbered)] == ["999-26-T00001"]
    assert deposited.of(GoodsAdmitted) == []
    assert clocks(deposited) == [("temporary-deposit", "started")]
    (clock,) = deposited.of(ClockStarted)
    assert clock.act_by == "2026-06-16"  # 1 June + 15 calendar days


@pytest.mark.parametrize("first", ["arrival", "count", "announcement"])
def test_its_clock_runs_from_the_first_word_that_the_goods_are_here(desk: Any, make: Any, first: str) -> None:
    announcement = announced(desk, make.line(status=""), admission_type="T")
    if first == "announcement":
        desk.tell(announcement)
        desk.later(days=1).arrive()
        assert [c.act_by for c in desk.of(ClockStarted)] == ["2026-06-17"]
        return
    if first == "arrival":
        desk.arrive()
    else:
        desk.receive((1, 500))
    assert desk.of(ClockStarted) == []  # nobody said yet that it is a deposit
    desk.tell(announcement)
    assert [c.act_by for c in desk.of(ClockStarted)] == ["2026-06-16"]


def test_the_complete_214_is_numbered_and_filed_anew_and_admits_what_was_counted(
    deposited: Any, make: Any
) -> None:
    deposited.later(days=3).announce(make.line())
    assert numbered(deposited, "214-T", 1)[0].__class__ is Noted  # a late answer of the other series
    numbered(deposited, "214", 7)
    deposited.classify(1)
    filed = deposited.of(FilingRequested)
    assert [(f.admission_type, f.control, f.attempt) for f in filed] == [
        ("T", "999-26-T00001", 1),
        ("A", "999-26-000007", 2),
    ]
    deposited.answered(control="999-26-000007", attempt=2)
    (goods,) = deposited.of(GoodsAdmitted)
    assert (goods.quantity, goods.status, goods.admitted_on) == (500, "N", "2026-06-04")
    assert clocks(deposited) == [("temporary-deposit", "started"), ("temporary-deposit", "stopped")]
    (deadline,) = [d for d in deposited.of(DeadlineSet) if d.name == "clock"]
    assert [type(f) for f in deposited.tell(deadline)] == [Noted]


def test_a_deposit_that_is_not_completed_expires_once_and_stays_open(deposited: Any) -> None:
    (deadline,) = [d for d in deposited.of(DeadlineSet) if d.name == "clock"]
    assert deadline.due_at == "2026-06-17T04:00:00Z"  # the end of 16 June in New York
    (expired,) = deposited.tell(deadline)
    assert (expired.name, expired.act_by) == ("temporary-deposit", "2026-06-16")
    assert "temporary-deposit" in deposited.story.state.clocks


def test_only_a_deposit_becomes_another_type(desk: Any, make: Any) -> None:
    desk.announce()
    refused = desk.refused(announced(desk, make.line(status=""), admission_type="T"))
    assert (refused.code, refused.place) == ("type-differs", "data.admission_type")


# ---- domestic, overage, zone-to-zone ------------------------------------------------------------


def test_domestic_goods_are_admitted_when_counted_whatever_comes_first(desk: Any, make: Any) -> None:
    counted_at = desk.now
    desk.receive((1, 500))
    desk.later(hours=5).tell(announced(desk, make.line(status="D"), admission_type="D"))
    (goods,) = desk.of(GoodsAdmitted)
    assert goods.admitted_at == counted_at.isoformat().replace("+00:00", "Z")
    assert (goods.status, goods.admission_number, goods.number) == ("D", "", "")
    assert desk.of(NumberRequested) == []


def test_an_overage_is_filed_with_its_bill_and_stops_its_clock(desk: Any, make: Any) -> None:
    said = {"admission_type": "O", "found_on": "2026-05-29"}
    command = announced(desk, make.line(), documents=[make.invoice], **said)
    bare = msgspec.structs.replace(command.conveyance, bill="")
    desk.tell(Announce(**{f: getattr(command, f) for f in command.__slots__} | {"conveyance": bare}))
    numbered(desk, "214", 12)
    desk.classify(1)
    (filing,) = desk.of(FilingRequested)
    assert filing.conveyance.bill == "X123ADJ260529012"
    assert clocks(desk) == [("overage", "started"), ("overage", "stopped")]
    desk.answered(control="999-26-000012")
    (goods,) = desk.of(GoodsAdmitted)
    assert (goods.receipt, goods.quantity, goods.admitted_on) == ("found", 500, "2026-06-01")


def test_privileged_goods_from_another_zone_keep_number_revision_and_date(desk: Any, make: Any) -> None:
    desk.revisions = [make.revision("2025-A", "2025-01-01"), make.revision("2026-A", "2026-01-01")]
    line = make.line(status="P", frozen_number="6911103550", pf_filed_on="2025-11-03")
    desk.tell(announced(desk, line, admission_type="Z", from_zone="100", delivered_on="2026-05-29"))
    desk.assign()
    desk.classify(1)
    desk.answered()
    desk.receive((1, 500))
    (goods,) = desk.of(GoodsAdmitted)
    assert (goods.number, goods.revision, goods.pf_filed_on) == ("6911103550", "2025-A", "2025-11-03")
    (clock,) = desk.of(ClockStarted)
    assert clock.act_by == "2026-06-12"  # ten working days after Friday, 29 May
    desk.documents(Document(kind="zone-history", number="H-1"))
    assert clocks(desk) == [("zone-history", "started"), ("zone-history", "stopped")]


def test_a_frozen_number_waits_for_the_schedule_of_its_day(desk: Any, make: Any) -> None:
    line = make.line(status="P", frozen_number="6911103550", pf_filed_on="2025-11-03")
    desk.tell(announced(desk, line, admission_type="Z", from_zone="100"))
    desk.assign()
    desk.classify(1)
    assert [h.code for h in desk.story.state.holds] == ["revision-unknown"]
    desk.revisions.insert(0, make.revision("2025-A", "2025-01-01"))
    desk.documents(make.invoice)
    assert desk.story.state.line(1).classified.revision == "2025-A"
    assert desk.story.state.phase == "filed"


# ---- PF election (19 CFR 146.41(c)) -------------------------------------------------------------


def test_an_election_without_noted_invoice_or_value_is_held(desk: Any, make: Any) -> None:
    procedures = msgspec.structs.replace(desk.zone.procedures, pf_documents=["noted-invoice"])
    desk.zone = msgspec.structs.replace(desk.zone, procedures=procedures)
    desk.file(make.line(status="P", value=make.line().charges), make.line(2))
    (hold,) = desk.story.state.holds
    assert hold.code == "pf-incomplete"
    assert "noted-invoice" in hold.reason
    assert "value of line 1" in hold.reason
    assert "line 2" not in hold.reason
    desk.later(days=1).announce(make.line(status="P"), make.line(2))
    desk.later(days=1).documents(Document(kind="noted-invoice", number="N-1"))
    (filing,) = desk.of(FilingRequested)
    assert filing.filed_on == "2026-06-03"  # the day on which the application is complete


# ---- status change (19 CFR 146.41(b), 146.44(b)) ------------------------------------------------


def test_a_status_change_tells_the_ledger_and_counts_nothing(desk: Any, make: Any) -> None:
    lines = [make.line(1, status="P", layer="layer-1"), make.line(2, uin="CUP", status="Z")]
    command = announced(desk, lines[0], admission_type="C", who="p-1", why="rates rise")
    desk.tell(
        Announce(
            **{f: getattr(command, f) for f in command.__slots__}
            | {"lines": tuple(lines), "documents": (make.invoice,)}
        )
    )
    desk.assign(4)
    desk.classify(1)
    desk.classify(2, uin="CUP")
    (filing,) = desk.of(FilingRequested)
    assert [(line.existing_status, line.status) for line in filing.lines] == [("N", "P"), ("N", "Z")]
    desk.later(hours=30).answered(control="999-26-000004")
    told = desk.of(StatusChangePermitted)
    assert [(t.to, t.movement, t.layer, t.status, t.filed_on) for t in told] == [
        ("ledger/999/site-1/acme/MUG", "999-26-000004/1", "layer-1", "P", "2026-06-01"),
        ("ledger/999/site-1/acme/CUP", "999-26-000004/2", "", "Z", "2026-06-01"),
    ]
    assert desk.of(GoodsAdmitted) == []
    assert desk.story.state.concurred_at


@pytest.mark.parametrize("status", ["N", "D"])
def test_by_a_214_only_p_and_z_are_elected(desk: Any, make: Any, status: str) -> None:
    refused = desk.refused(announced(desk, make.line(status=status), admission_type="C"))
    assert (refused.code, refused.place) == ("status-not-of-type", "data.lines[0].status")
