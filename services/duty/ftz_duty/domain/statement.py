"""The statement of a week: what its entries pay by ACH, by accounting class (19 CFR 24.25, 142.12(b)).

Nothing is on it that nobody should pay yet: an entry with a line without figure, or that was not evaluated
whole, or whose summary CBP has not accepted, is listed apart with its reason.
"""

from decimal import Decimal
from typing import Any

from ftz_common.contracts.duty import EntryDocument
from ftz_duty.domain.entry_state import SUMMARY_FORM, EntryState

#: Accounting class of the merchandise processing fee of a formal entry, as entry summaries have it.
MPF_CLASS = "499"
RULE = "19 CFR 24.25 (statement, ACH), 142.12(b) (estimated duties with the summary, ten working days)"


def statement(state: EntryState) -> dict[str, Any]:
    """Plain data; money as text in cents. Empty lists before the week is compiled."""
    compiled, opened = state.compiled, state.opened
    documents = compiled.documents if compiled is not None else []
    ready: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    for document in documents:
        why = _held(state, document)
        if why:
            held.append({"entry_number": document.entry_number, "why": why})
        else:
            ready.append(_line(document))
    total = sum((Decimal(line["total"]) for line in ready), Decimal("0.00"))
    return {
        "zone": state.zone,
        "account": state.account,
        "week": state.week,
        "filer": opened.filer if opened else "",
        "importer_of_record": opened.importer_of_record if opened else "",
        "pay_by": state.summary_due_on,
        "entries": ready,
        "total": f"{total:.2f}",
        "held": held,
        "rule": RULE,
    }


def _line(document: EntryDocument) -> dict[str, Any]:
    classes = [{"class": "duty", "amount": f"{document.duty:.2f}"}]
    if document.mpf:
        classes.append({"class": MPF_CLASS, "amount": f"{document.mpf:.2f}"})
    return {
        "entry_number": document.entry_number,
        "entry_date": document.entry_date,
        "classes": classes,
        "total": f"{document.duty + document.mpf:.2f}",
    }


def _held(state: EntryState, document: EntryDocument) -> str:
    """Why an entry is not on the statement; "" when it is."""
    if document.unpriced:
        return f"{document.unpriced} lines have no duty figure"
    if document.not_filed:
        return f"its summary is not filed: {document.not_filed}"
    filed = [a for a in state.attempts if a.form == SUMMARY_FORM and a.document == document.document]
    if not any(a.result == "accepted" for a in filed):
        said = filed[-1].result if filed else "not filed"
        return f"CBP has not accepted its summary: {said}"
    compiled = state.compiled
    if compiled is not None and not compiled.payable:
        return f"not payable: {'; '.join(compiled.not_evaluated)}"
    if state.corrections:
        return f"{len(state.corrections)} removals came to light or were taken back since: correct it first"
    return ""
