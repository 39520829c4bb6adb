"""Each cent of an entry back to layer, revision, measure, rule and citation.

Everything is read from what the entry holds: its lines with their rates and stack, and the shares of its
layers. Amounts are made again from rate text, value and quantity, so an explanation that does not add up to
the line says so instead of hiding it.
"""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from ftz_common.contracts.duty import EntryLine
from ftz_common.values.exact import plain
from ftz_common.values.names import stream_name
from ftz_duty.domain.allocation import amounts_of
from ftz_duty.domain.deferral_state import DeferralState
from ftz_duty.domain.entry_documents import line_key
from ftz_duty.domain.entry_state import EntryState, Group
from ftz_duty.domain.fees import CITATION as FEE_CITATION
from ftz_duty.domain.worksheet import corrected, groups_of_lines, worksheet

STATUS_RULES = {
    "P": "privileged foreign: number and rate of the PF filing date (19 CFR 146.65(a)(1))",
    "N": "non-privileged foreign: condition and rate at the time of entry (19 CFR 146.65(a)(2), 141.69)",
    "Z": "zone-restricted: not for consumption (19 CFR 146.44)",
}
VALUE_RULE = (
    "dutiable value: the price paid for admission, in shares of its layers (19 CFR 146.65(b)), whole dollars"
)


def explained(state: EntryState, line: int | None = None) -> dict[str, Any]:
    """An entry, or one line of it, as plain data. `lines` is empty when the entry has no such line."""
    sheet = worksheet(state)
    groups = groups_of_lines(state)
    lines = [known for known in state.lines if line is None or known.line == line]
    return {
        "entry": stream_name("entry", state.zone, state.account, state.week),
        "number": state.number,
        "phase": sheet["phase"],
        "entry_date": _entry_date(state),
        "summary": sheet["summary"],
        "fee": _fee(state),
        "corrected": corrected(state),
        "lines": [_line(known, groups.get((known.entry_number, line_key(known)))) for known in lines],
    }


def explained_parcel(state: DeferralState) -> dict[str, Any]:
    """A parcel for Canada or Mexico (entry type 08), in the same shape; `waiver` says what it takes off."""
    found, dated = state.assessed, state.dated
    groups = {line_key(group): group for group in state.groups}
    owed = state.owed
    return {
        "entry": state.stream,
        "number": state.number,
        "phase": "filed" if state.filed else "assessed" if found else "not assessed",
        "entry_date": {
            "date": dated.exported_on if dated else "",
            "rule": "the date of exportation: importation there (19 CFR 181.53(a)(1)(i))",
        },
        "summary": None
        if found is None
        else {
            "total": "not known" if owed is None else f"{owed:f}",
            "covers": found.covers,
            "not_evaluated": [*found.not_evaluated, *found.open_questions],
        },
        "fee": None
        if found is None
        else {
            "mpf": f"{found.mpf:f}",
            "on": plain(found.entered_value),
            "fee_year": str(found.fee_year),
            "rule": f"never waived (19 CFR 181.53(a)(2)(i)(C); {FEE_CITATION})",
            "of": "",
        },
        "waiver": _waiver(state),
        "corrected": [],
        "lines": [_line(line, groups.get(line_key(line))) for line in (found.lines if found else [])],
    }


def _waiver(state: DeferralState) -> dict[str, str] | None:
    claim, found = state.claim, state.assessed
    if claim is None or found is None:
        return None
    paid = f"{plain(claim.paid)} {claim.currency} × {plain(claim.usd_per_unit)} ({claim.rate_source})"
    return {
        "waived": f"{claim.waived:f}",
        "how": f"the lesser of ${found.waivable:f} duty here and {paid} = ${claim.paid_usd:f} paid there",
        "rule": "duty waived up to what was paid there (19 USC 81c(a); 19 CFR 181.53(b)(4))",
        "source": f"entry {claim.entry_number} of {claim.imported_on}",
    }


def _entry_date(state: EntryState) -> dict[str, str]:
    compiled = state.compiled
    if compiled is None or not compiled.entry_date:
        return {"date": "", "rule": "no entry date yet (19 CFR 141.68)"}
    if state.decided_on:
        return {"date": compiled.entry_date, "rule": "the summary serves as the entry (19 CFR 141.68(b))"}
    rule = "CBP's first release of the week's estimate (19 CFR 141.68(a)(1), 146.63(c)(1))"
    return {"date": compiled.entry_date, "rule": rule}


def _fee(state: EntryState) -> dict[str, str] | None:
    compiled = state.compiled
    if compiled is None:
        return None
    return {
        "mpf": f"{compiled.mpf:f}",
        "on": plain(compiled.entered_value),
        "fee_year": str(compiled.fee_year),
        "rule": f"once per entry, by the fiscal year of the entry date ({FEE_CITATION})",
        "of": ", ".join(
            f"{d.entry_number}: {d.mpf:f} on {plain(d.entered_value)}" for d in compiled.documents
        ),
    }


def _line(line: EntryLine, group: Group | None) -> dict[str, Any]:
    amounts = amounts_of(line, group) if group is not None else []
    found = sum((Decimal(amount.duty) for amount in amounts), Decimal("0.00"))
    return {
        "line": line.line,
        "entry_number": line.entry_number,
        "number": line.number,
        "origin": line.origin,
        "status": line.status,
        "status_rule": STATUS_RULES.get(line.status, ""),
        "pf_filed_on": line.pf_filed_on,
        "quantity": f"{plain(line.quantity)} {line.unit}",
        "entered_value": plain(line.entered_value),
        "value_rule": VALUE_RULE,
        "duty": None if line.duty is None else f"{line.duty:f}",
        "not_priced": line.not_priced,
        "amounts": [asdict(amount) for amount in amounts],
        "adds_up": line.duty is None or found == line.duty,
        "not_owed": [
            {"heading": s.heading, "measure": s.measure, "result": s.result, "why": s.why, "source": s.source}
            for s in line.stack
            if s.duty is None
        ],
    }
