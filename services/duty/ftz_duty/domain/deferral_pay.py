"""Claim of a waiver, filing and deposit of an entry type 08 (19 CFR 181.53(a)(2)(iii), (a)(3))."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from ftz_common.contracts.deferral import DeferralDeposited, DeferralFiled, WaiverClaimed
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO, plain, to_cents
from ftz_duty.domain.deferral_state import DeferralState
from ftz_duty.domain.removal_clock import Clock

CLAIM = "19 CFR 181.53(a)(3), (b)(4), (d)"
ENTRY_TYPE = "08"


@dataclass(frozen=True, slots=True)
class ClaimWaiver:
    """Evidence of duty paid to Canada or Mexico. `usd_per_unit`: of the currency; 1 for US dollars."""

    entry_number: str
    imported_on: str
    tariff_number: str
    rate: str
    paid: Decimal
    currency: str
    usd_per_unit: Decimal
    rate_source: str
    who: str


@dataclass(frozen=True, slots=True)
class FileDeferral:
    """A person filed the 7501."""

    who: str


@dataclass(frozen=True, slots=True)
class Deposit:
    """A person deposited duty and fee."""

    amount: Decimal
    paid_on: str
    reference: str
    who: str


def _today(state: DeferralState, at: datetime) -> str:
    first = state.first
    return PortCalendar.of(first.timezone if first else "UTC").local_date(at).isoformat()


def claimed(
    state: DeferralState, command: ClaimWaiver, at: datetime, clock: Clock
) -> Sequence[Fact] | Refusal:
    """Waived is the lesser of the duty here and the duty paid there (19 CFR 181.53(b)(4))."""
    dated, assessed, owed = state.dated, state.assessed, state.owed
    if dated is None or assessed is None or owed is None:
        return _unassessed(state)
    if dated.deferral_program:
        return _no(
            "deferral-program",
            "the goods are in a duty-deferral programme there: nothing is waived",
            "19 CFR 181.53(a)(2)(iii)(C)",
            "deposit the duty; claim drawback when they are withdrawn (181.53(a)(3)(iii))",
        )
    today = _today(state, at)
    if today > dated.deposit_by:
        return _no(
            "claim-late",
            f"the sixty days from exportation ended on {dated.deposit_by}",
            "19 CFR 181.53(a)(3)(i), (d)",
            "deposit the full duty",
        )
    if state.claim is not None:
        return _no("claim-made", "a waiver is claimed already", CLAIM, "correct the entry with CBP")
    paid_usd = to_cents(Fraction(command.paid) * Fraction(command.usd_per_unit))
    waived = min(assessed.waivable, paid_usd)
    left = owed - waived
    claim = WaiverClaimed(
        entry_number=command.entry_number,
        imported_on=command.imported_on,
        tariff_number=command.tariff_number,
        rate=command.rate,
        paid=command.paid,
        currency=command.currency,
        usd_per_unit=command.usd_per_unit,
        rate_source=command.rate_source,
        paid_usd=paid_usd,
        waived=waived,
        owed=left,
        claimed_on=today,
        who=command.who,
    )
    done = state.deposited >= left and not state.settled
    return [claim, clock.stopped("nothing is left to deposit")] if done else [claim]


def filed(
    state: DeferralState, command: FileDeferral, at: datetime, clock: Clock
) -> Sequence[Fact] | Refusal:
    """The 7501 is filed with a number, on an assessment that leaves nothing open."""
    dated, assessed, owed = state.dated, state.assessed, state.owed
    if dated is None or assessed is None or owed is None or not state.number:
        return _unassessed(state)
    if state.filed is not None:
        return _no("deferral-filed", f"filed on {state.filed.filed_on}", clock.citation, "nothing to do")
    today = _today(state, at)
    return [
        DeferralFiled(
            number=state.number,
            entry_type=ENTRY_TYPE,
            duty=assessed.duty,
            waived=state.claim.waived if state.claim else ZERO,
            mpf=assessed.mpf,
            owed=owed,
            filed_on=today,
            in_time=today <= dated.file_by,
            who=command.who,
        ),
        clock.stopped(f"filed on {today}"),
    ]


def deposited(state: DeferralState, command: Deposit, at: datetime, clock: Clock) -> Sequence[Fact] | Refusal:
    """Deposited within sixty days of exportation, without the waived part (19 CFR 181.53(a)(2)(iii)(C))."""
    owed = state.owed
    if owed is None:
        return _unassessed(state)
    left = owed - state.deposited
    if command.amount <= 0 or command.amount > left:
        return _no(
            "amount-not-owed",
            f"${plain(command.amount)} is not within the ${plain(left)} that are open",
            clock.citation,
            f"enter what was paid, at most {plain(left)}",
            "amount",
        )
    if command.paid_on > _today(state, at):
        return _no("paid-ahead", f"{command.paid_on} has not come", clock.citation, "give the day", "paid_on")
    paid = DeferralDeposited(
        amount=command.amount,
        paid_on=command.paid_on,
        reference=command.reference,
        open=left - command.amount,
        who=command.who,
    )
    return [paid, clock.stopped(f"deposited on {command.paid_on}")] if paid.open == 0 else [paid]


def _unassessed(state: DeferralState) -> Refusal:
    found = state.assessed
    why = "the date of exportation is not known" if state.dated is None else "the duty is not assessed yet"
    if found is not None and found.open_questions:
        why = "; ".join(found.open_questions)
    elif found is not None and found.unpriced:
        why = "; ".join(line.not_priced for line in found.lines if line.not_priced)
    return _no(
        "deferral-not-assessed",
        why,
        "19 CFR 181.53(b)(4)",
        "record the exportation (POST .../exportations); again once what is missing is there",
    )


def _no(code: str, reason: str, citation: str, remedy: str, place: str = "") -> Refusal:
    return Refusal(code=code, reason=reason, citation=citation, remedy=remedy, place=place)
