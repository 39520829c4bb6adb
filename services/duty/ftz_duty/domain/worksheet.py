"""A weekly entry as a worksheet: what is in it, what it owes, and which layers each line came from."""

from decimal import Decimal
from typing import Any

from ftz_common.contracts.duty import EntryCompiled, EntryDocument, EntryLine, StackedMeasure
from ftz_common.values.exact import plain
from ftz_duty.domain.allocation import allocated
from ftz_duty.domain.entry_documents import documents, line_key
from ftz_duty.domain.entry_state import Attempt, EntryState, Group
from ftz_duty.domain.fees import MPF_BOUNDS, MPF_RATE
from ftz_duty.domain.goods_key import goods_key

CORRECTION_RULE = (
    "19 CFR 146.63(c)(1); 81 FR 89482 and 82 FR 2385: within 300 days of the time of entry and up to 15 days"
    " before the scheduled liquidation (not checked against the text); interest on what is owed is CBP's bill"
    " (19 USC 1505(c))"
)


def worksheet(state: EntryState) -> dict[str, Any]:
    """Plain data; money and quantities as text. Lines only once compiled; before that what is held."""
    groups = groups_of_lines(state)
    return {
        "zone": state.zone,
        "account": state.account,
        "week": state.week,
        "number": state.number,
        "phase": _phase(state),
        "summary_due_on": state.summary_due_on,
        "waits": state.waits,
        "filings": [_filing(state, attempt) for attempt in state.attempts],
        "held": [_held(group) for group in _ordered(state)],
        "withdrawals": len(state.taken),
        "summary": _summary(state),
        "lines": [_line(line, groups.get((line.entry_number, line_key(line)))) for line in state.lines],
        "corrections": [
            {
                "withdrawal": c.withdrawal,
                "order": c.order,
                "line": c.line,
                "removed_on": c.removed_on,
                "reversed": c.reversed,
            }
            for c in state.corrections
        ],
        "correction_waits": state.correction_waits,
        "corrected": corrected(state),
    }


def corrected(state: EntryState) -> list[dict[str, Any]]:
    """Each correction that was made: what it corrects, old figures, new figures, what is to pay or claim."""
    return [
        {
            "correction": done.correction,
            "withdrawals": done.withdrawals,
            "who": done.who,
            "why": done.why,
            "file_by": done.file_by,
            "entries": [
                {
                    "entry_number": one.entry_number,
                    "entered_value": {
                        "before": plain(one.entered_value_before),
                        "after": plain(one.entered_value),
                    },
                    "duty": {"before": f"{one.duty_before:f}", "after": f"{one.duty:f}"},
                    "mpf": {"before": f"{one.mpf_before:f}", "after": f"{one.mpf:f}"},
                    "difference": f"{one.difference:f}",
                }
                for one in done.entries
            ],
            "to_pay": f"{max(done.difference, Decimal('0.00')):f}",
            "to_claim": f"{max(-done.difference, Decimal('0.00')):f}",
            "rule": CORRECTION_RULE,
        }
        for done in state.corrected
    ]


def _phase(state: EntryState) -> str:
    if state.compiled is not None:
        filed = state.attempts[-1] if state.attempts and state.attempts[-1].form == "7501" else None
        return filed.result if filed is not None and filed.result != "filed" else "compiled"
    if state.waits:
        return "waits"
    return "ended" if state.ended else "open"


def _ordered(state: EntryState) -> list[Group]:
    return [state.groups[key] for key in sorted(state.groups)]


def groups_of_lines(state: EntryState) -> dict[tuple[str, str], Group]:
    """The goods of each line of the summary, by entry number and line key."""
    on = state.compiled.entry_date if state.compiled is not None else ""
    return {
        (document.number, key): group
        for document in documents(state, on)
        for key, group in document.groups.items()
    }


def _filing(state: EntryState, attempt: Attempt) -> dict[str, Any]:
    return {
        "attempt": attempt.number,
        "entry_number": state.numbers.get(attempt.document, ""),
        "form": attempt.form,
        "supplement": attempt.supplement,
        "result": attempt.result,
        "answered_at": attempt.answered_at,
        "reasons": attempt.reasons,
        "cancelled": [
            {"goods": goods_key(line), "quantity": plain(line.quantity)} for line in attempt.cancelled
        ],
        "lines": [
            {
                "number": line.number,
                "status": line.status,
                "origin": line.origin,
                "quantity": plain(line.quantity),
                "unit": line.unit,
                "value": plain(line.value),
            }
            for line in attempt.lines
        ],
    }


def _held(group: Group) -> dict[str, Any]:
    return {
        "number": group.number,
        "status": group.status,
        "pf_filed_on": group.pf_filed_on,
        "origin": group.origin,
        "quantity": plain(group.quantity),
        "unit": group.unit,
        "value": plain(group.value),
        "layers": len(group.layers),
    }


def _summary(state: EntryState) -> dict[str, Any] | None:
    compiled = state.compiled
    if compiled is None:
        return None
    bounds = next((b for b in MPF_BOUNDS if b.fiscal_year == compiled.fee_year), None)
    return {
        "entry_date": compiled.entry_date,
        "revision": compiled.revision,
        "entered_value": plain(compiled.entered_value),
        "duty": f"{compiled.duty:f}",
        "mpf": f"{compiled.mpf:f}",
        "mpf_basis": _mpf_basis(compiled.fee_year, bounds.source) if bounds else "",
        "total": f"{compiled.total:f}",
        "owed": f"{compiled.total:f}" if not compiled.unpriced else "not known",
        "owed_says": _owed_says(compiled),
        "unpriced": compiled.unpriced,
        "covers": compiled.covers,
        "payable": compiled.payable,
        "not_evaluated": compiled.not_evaluated,
        "not_filed": compiled.not_filed,
        "documents": [_document(document) for document in compiled.documents],
    }


def _owed_says(compiled: EntryCompiled) -> str:
    """What the total is: all that is owed, or only what could be reckoned."""
    if not compiled.unpriced:
        return "duty of every line, and the fee"
    return (
        f"{compiled.unpriced} of {compiled.line_count} lines have no duty figure: `total` is the duty of the"
        " others and the fee, not what is owed"
    )


def _document(document: EntryDocument) -> dict[str, Any]:
    """One entry of the week: its own number, date and fee."""
    bounds = next((b for b in MPF_BOUNDS if b.fiscal_year == document.fee_year), None)
    return {
        "document": document.document,
        "entry_number": document.entry_number,
        "entry_date": document.entry_date,
        "lines": document.line_count,
        "entered_value": plain(document.entered_value),
        "duty": f"{document.duty:f}",
        "unpriced": document.unpriced,
        "mpf": f"{document.mpf:f}",
        "mpf_basis": _mpf_basis(document.fee_year, bounds.source) if bounds else "",
        "not_filed": document.not_filed,
    }


def _mpf_basis(year: int, source: str) -> str:
    bounds = next(b for b in MPF_BOUNDS if b.fiscal_year == year)
    percent = MPF_RATE * 100
    rate = f"{percent.numerator}/{percent.denominator} %"
    return f"{rate}, at least {bounds.least}, at most {bounds.most} (fiscal year {year}, {source})"


def _line(line: EntryLine, group: Group | None) -> dict[str, Any]:
    shares = allocated(line, group) if group is not None else {}
    return {
        "line": line.line,
        "entry_number": line.entry_number,
        "number": line.number,
        "status": line.status,
        "pf_filed_on": line.pf_filed_on,
        "origin": line.origin,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "measures": [{"unit": m.unit, "quantity": plain(m.quantity)} for m in line.measures],
        "entered_value": plain(line.entered_value),
        "revision": line.revision,
        "column": line.column,
        "rate_text": line.rate_text,
        "rate_from": line.rate_from,
        "duty": None if line.duty is None else f"{line.duty:f}",
        "how": line.how,
        "not_priced": line.not_priced,
        "chapter_99": line.chapter_99,
        "stack": [shown(entry) for entry in line.stack],
        "layers": [
            {
                "layer": name,
                "admission": share.admission,
                "quantity": plain(share.quantity),
                "value": plain(share.value),
                "duty": f"{shares[name]:f}" if name in shares else None,
            }
            for name, share in sorted(group.layers.items())
        ]
        if group is not None
        else [],
    }


def shown(entry: StackedMeasure) -> dict[str, Any]:
    """One additional duty, as plain data."""
    return {
        "measure": entry.measure,
        "programme": entry.programme,
        "heading": entry.heading,
        "rate": entry.rate,
        "result": entry.result,
        "why": entry.why,
        "on": entry.on,
        "duty": None if entry.duty is None else plain(entry.duty),
        "how": entry.how,
        "confirmed": entry.confirmed,
        "drawback": entry.drawback,
        "source": entry.source,
    }
