"""The steps of an admission and of an entry: which facts are one, and what it says in a list."""

from collections.abc import Callable
from typing import Any

import msgspec

from ftz_common.contracts import admissions, duty
from ftz_common.contracts.fact import Fact
from ftz_common.values.exact import plain


class Step(msgspec.Struct, frozen=True, kw_only=True, tag="step"):
    """Where an admission or an entry is, since when (in the world), and its number if the step gives one."""

    state: str
    at: str
    number: str = ""
    note: str = ""


def _counted(fact: admissions.DiscrepancyFound, at: str) -> Step:
    note = f"line {fact.line}: announced {plain(fact.announced)}, counted {plain(fact.counted)}"
    return Step(state="discrepancy", at=at, note=note)


def _compiled(fact: duty.EntryCompiled, at: str) -> Step:
    note = "" if fact.payable else f"not payable: {'; '.join(fact.not_evaluated)}"
    return Step(state="compiled", at=at, number=fact.entry_number, note=note)


def _refused(state: str) -> Callable[[Any, str], Step]:
    return lambda fact, at: Step(state=state, at=at, note="; ".join(fact.reasons or fact.codes))


def _plain(state: str) -> Callable[[Any, str], Step]:
    return lambda _fact, at: Step(state=state, at=at)


_ADMISSION: dict[type[Fact], Callable[[Any, str], Step]] = {
    admissions.AdmissionDrafted: lambda f, at: Step(state="drafted", at=at, note=f"{len(f.lines)} lines"),
    admissions.AdmissionCorrected: _plain("corrected"),
    admissions.AdmissionNumbered: lambda f, at: Step(state="numbered", at=at, number=f.number),
    admissions.AdmissionHeld: lambda f, at: Step(
        state="held", at=at, note="; ".join(hold.reason for hold in f.holds)
    ),
    admissions.HoldsCleared: _plain("cleared"),
    admissions.AdmissionRejected: _refused("rejected"),
    admissions.AdmissionAuthorized: lambda f, _at: Step(state="authorized", at=f.authorized_at),
    admissions.AdmissionArrived: lambda f, _at: Step(state="arrived", at=f.arrived_at),
    admissions.ReceiptCounted: lambda f, _at: Step(state="received", at=f.counted_at, note=f.receipt),
    admissions.DiscrepancyFound: _counted,
    admissions.AdmissionConcurred: lambda f, _at: Step(
        state="concurred", at=f.concurred_at, note="with discrepancy" if f.with_discrepancy else ""
    ),
}
_ENTRY: dict[type[Fact], Callable[[Any, str], Step]] = {
    duty.EntryOpened: _plain("opened"),
    duty.EntryNumbered: lambda f, at: Step(state="numbered", at=at, number=f.number),
    duty.EstimateAccepted: lambda f, _at: Step(
        state="estimate accepted", at=f.accepted_at, note=f"attempt {f.attempt}"
    ),
    duty.EstimateRejected: _refused("estimate rejected"),
    duty.WeekEnded: lambda f, at: Step(state="week ended", at=at, note=f"summary due {f.summary_due_on}"),
    duty.CompilationWaits: lambda f, at: Step(state="waits", at=at, note="; ".join(f.differences)),
    duty.EntryCompiled: _compiled,
    duty.SummaryAccepted: _plain("summary accepted"),
    duty.SummaryRejected: _refused("summary rejected"),
    duty.EntryCorrectionNeeded: lambda f, at: Step(
        state="correction needed", at=at, note=f"withdrawal {f.withdrawal} of {f.removed_on}"
    ),
}


def step(fact: Fact, at: str) -> tuple[str, Step] | None:
    """("admissions" or "entries", the step that the fact is); None for every other fact.

    `at`: when it happened in the world, where the fact does not say so itself.
    """
    if (made := _ADMISSION.get(type(fact))) is not None:
        return "admissions", made(fact, at)
    if (made := _ENTRY.get(type(fact))) is not None:
        return "entries", made(fact, at)
    return None
