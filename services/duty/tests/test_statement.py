"""The statement of a week: what is paid by ACH, and what is held back and why."""

from decimal import Decimal
from typing import Any

from ftz_common.contracts.duty import EntryCompiled, EntryDocument
from ftz_duty.domain.entry_state import SUMMARY_FORM, Attempt, EntryState
from ftz_duty.domain.statement import statement


def state_of(*results: str, payable: bool = True, unpriced: int = 0) -> EntryState:
    """A compiled week with an entry for each result of its summary."""
    state = EntryState("999", "acme", "2026-03-08")
    documents = [
        EntryDocument(
            document=at,
            entry_number=f"n-{at}",
            entry_date="2026-03-07",
            fee_year=2026,
            first_line=at,
            line_count=1,
            entered_value=Decimal(1000),
            duty=Decimal("100.00"),
            unpriced=unpriced,
            mpf=Decimal("33.58"),
        )
        for at in range(1, len(results) + 1)
    ]
    state.attempts = [
        Attempt(at, SUMMARY_FORM, False, [], at, result) for at, result in enumerate(results, start=1)
    ]
    state.compiled = EntryCompiled(
        zone="999",
        account="acme",
        week="2026-03-08",
        entry_number="n-1",
        entry_date="2026-03-07",
        fee_year=2026,
        revision="r",
        line_count=len(results),
        parts=1,
        entered_value=Decimal(0),
        duty=Decimal(0),
        unpriced=unpriced,
        mpf=Decimal(0),
        total=Decimal(0),
        covers="all",
        payable=payable,
        not_evaluated=[] if payable else ["a measure: line 1"],
        summary_due_on="2026-03-27",
        documents=documents,
    )
    return state


def test_accepted_entries_pay_duty_and_fee_by_class() -> None:
    found = statement(state_of("accepted", "accepted"))
    assert found["entries"][0]["classes"] == [
        {"class": "duty", "amount": "100.00"},
        {"class": "499", "amount": "33.58"},
    ]
    assert (found["total"], found["held"]) == ("267.16", [])


def test_what_nobody_should_pay_yet_is_held_with_its_reason() -> None:
    def held(state: EntryState) -> list[Any]:
        found = statement(state)
        assert found["total"] == f"{Decimal('133.58') * len(found['entries']):.2f}"
        return [h["why"] for h in found["held"]]

    assert held(state_of("accepted", "filed")) == ["CBP has not accepted its summary: filed"]
    assert held(state_of("accepted", unpriced=1)) == ["1 lines have no duty figure"]
    assert held(state_of("accepted", payable=False)) == ["not payable: a measure: line 1"]
    assert statement(EntryState("999", "acme", "2026-03-08"))["entries"] == []
