"""Document sets and 214s given up (19 CFR 146.32, 146.37(a))."""

from typing import Any

import pytest

from ftz_admissions.domain.document_set import SET, document_set
from ftz_admissions.domain.ending import Withdraw
from ftz_common.contracts.admissions import AdmissionDeleted, AdmissionWithdrawn, Document
from ftz_common.contracts.common import Noted
from ftz_common.contracts.filing import FilingRequested

FULL = ("invoice", "bill-of-lading", "packing-list", "right-to-make-entry", "carrier-release", "isf")


def papers(desk: Any) -> dict[str, bool]:
    return {held.name: held.complete for held in document_set(desk.story.state)}


def test_a_set_is_complete_or_says_what_is_missing(desk: Any, make: Any) -> None:
    desk.announce(make.line(manufacturer="VNEXAMUG123HAN"))
    assert {name for name, complete in papers(desk).items() if not complete} == {
        "CBP 214, permitted",
        "operator's concurrence",
        "bill of lading or air waybill",
        "packing list",
        "right to make entry",
        "carrier's release order",
        "importer security filing",
        "receiving report",
    }
    desk.assign()
    desk.classify(1)
    desk.answered()
    desk.receive((1, 500))
    desk.documents(*(Document(kind=kind, number="1", kept_at="shelf 4") for kind in FULL))
    assert all(papers(desk).values())


@pytest.mark.parametrize(
    ("announcement", "asked", "not_asked"),
    [
        ({"mode": "40"}, "bill of lading or air waybill", "importer security filing"),
        ({"it_number": "IT-1"}, "in-bond document", "history from the other zone"),
        ({"line": {"status": "P"}}, "number and value for privileged lines", "discrepancy report"),
    ],
)
def test_what_is_asked_follows_the_shipment(
    desk: Any, make: Any, announcement: dict[str, Any], asked: str, not_asked: str
) -> None:
    said = {**announcement}
    line = make.line(**said.pop("line", {}))
    desk.announce(line, **said)
    assert asked in papers(desk)
    assert not_asked not in papers(desk)


def test_a_discrepancy_asks_for_its_report(desk: Any) -> None:
    desk.authorize()
    desk.receive((1, 488))
    assert papers(desk)["discrepancy report"] is False


def test_every_paper_of_the_set_cites_its_rule_and_says_who_answers_for_it() -> None:
    assert all(paper.citation for paper in SET)
    assert all((paper.made is None) == bool(paper.kinds) for paper in SET)


# ---- given up -----------------------------------------------------------------------------------


def withdraw(desk: Any) -> Withdraw:
    return Withdraw("sold on the water", "p-1", desk.rules)


def test_a_draft_is_given_up_and_says_why(desk: Any) -> None:
    desk.announce()
    desk.assign()
    said = desk.tell(withdraw(desk))
    assert said == [AdmissionWithdrawn(number="999-26-000001", reason="sold on the water", who="p-1")]
    assert desk.refused(desk.announcement()).code == "withdrawn"
    assert desk.refused(desk.count((1, 5))).code == "withdrawn"
    assert [type(f) for f in desk.tell(withdraw(desk))] == [Noted]


def test_what_cbp_permitted_is_deleted_there(desk: Any) -> None:
    desk.authorize()
    said = desk.tell(withdraw(desk))
    (filing,) = [f for f in said if isinstance(f, FilingRequested)]
    assert (filing.action, filing.attempt, filing.control) == ("D", 2, "999-26-000001")
    assert desk.refused(withdraw(desk)).code == "waits-for-cbp"
    (deleted,) = [f for f in desk.answered(attempt=2) if isinstance(f, AdmissionDeleted)]
    assert deleted.number == "999-26-000001"
    assert desk.story.state.phase == "withdrawn"


def test_a_deletion_that_cbp_refuses_leaves_the_permit(desk: Any) -> None:
    desk.authorize()
    desk.tell(withdraw(desk))
    desk.answered(accepted=False, attempt=2)
    assert desk.story.state.phase == "authorized"
    assert desk.story.state.withdrawn_because == ""
    desk.receive((1, 500))
    assert desk.story.state.concurred_at


def test_goods_that_are_here_are_not_given_up(desk: Any) -> None:
    desk.authorize()
    desk.receive((1, 5), final=False)
    assert desk.refused(withdraw(desk)).code == "goods-counted"


def test_what_is_with_cbp_waits(desk: Any) -> None:
    desk.file()
    assert desk.refused(withdraw(desk)).code == "waits-for-cbp"
