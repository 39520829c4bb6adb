"""What people do at their desks, drawn from the seed: reports, answers, confirmations, corrections, payments.

Many of these come too late, twice, or for something that is over: part of it.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random  # noqa: TID251 the simulator's own seeded randomness
from typing import Any

from msgspec.structs import replace
from tests.simulation.admitting import Admitting
from tests.simulation.desk import Desk
from tests.simulation.leavers import Ask, cases
from tests.simulation.money import Money
from tests.simulation.zone import MEASURED, MEASURES, ZONE

from ftz_admissions.domain.zone_manual import KeepManual
from ftz_common.contracts.reference import CurrencyRated, GoodsStated, MeasureRuled
from ftz_common.flow.aggregate import To
from ftz_common.flow.service import Service
from ftz_common.values.names import stream_name, stream_parts
from ftz_duty.domain.entry_cancel import CancelEntry
from ftz_duty.domain.entry_correct import CorrectSummary
from ftz_duty.domain.estimate_confirm import ConfirmEstimate
from ftz_duty.domain.harbor_quarter import PayHarborFee
from ftz_duty.usecases import CURRENCY, ENTRY, ESTIMATES, HARBOR

WHO = "person-5"


class Clerks:
    """Draws their words burst by burst from what lies on the desk."""

    def __init__(self, seed: int, admitting: Admitting, money: Money, desk: Desk, ask: Ask) -> None:
        self.random = Random(f"desks of {seed}")
        self._admitting, self._money, self._desk = admitting, money, desk
        self._ask = ask
        self._number = 0

    def _tell(self, service: str, asked: Callable[[Service], Any]) -> None:
        self._number += 1
        self._ask(service, f"desk-{self._number}", asked)

    def _chance(self, probability: float) -> bool:
        return self.random.random() < probability

    # ---- before goods come ----------------------------------------------------------------------

    def begin(self) -> None:
        """A set of additional duties, and the rate of a currency."""
        self._tell("duty", lambda s: cases(s).measures.import_set(MEASURES, "simulated.yaml"))
        rated = CurrencyRated(
            currency="EUR",
            usd=Decimal("1.10"),
            first="2026-01-01",
            last="2026-03-31",
            source="published",
            who=WHO,
        )
        asked = To(CURRENCY, stream_name("currency", "EUR"), rated)
        self._tell("duty", lambda _s: asked)

    def decide(self) -> None:
        """What the measures ask of people: a date for one, a fact for another; and that they are complete."""
        ruled = MeasureRuled(measure="ruled", policy="ENTRY_DATE", confirmed=True, ground="counsel", who=WHO)
        self._tell("duty", lambda s: cases(s).measures.rule(ruled))
        for account in ("acme", "bolt"):
            for origin in ("CN", "VN", "DE", "MX"):
                said = GoodsStated(
                    account=account, number=MEASURED, origin=origin, fact="forged", ground="papers", who=WHO
                )
                holds = _holds(said, origin)
                self._tell("duty", lambda s, holds=holds: cases(s).measures.state(holds))
            self._tell(
                "duty",
                lambda s, account=account: cases(s).measures.confirm(
                    account, "2027-01-01", "2027-12-31", "looked at", WHO
                ),
            )

    # ---- burst by burst -------------------------------------------------------------------------

    def burst(self, at: datetime) -> None:
        """Some words at an instant."""
        self._differences(at.date())
        if self._chance(0.15):
            self._manual(at.date())
        for estimator, drafts in sorted(self._desk.drafts.items()):
            for week, draft in sorted(drafts.items()):
                if self._chance(0.6):
                    self._confirm(estimator, week, draft)
        self._entries(at)
        for quarter in sorted(self._desk.quarters):
            if self._chance(0.5):
                self._pay(quarter, at.date())

    def settle(self, at: datetime) -> None:
        """At the end: what came to light is corrected, and the quarter is paid."""
        for entry in sorted(self._money.late):
            self._correct(entry)
        for quarter in sorted(self._desk.quarters):
            self._pay(quarter, at.date())

    def _differences(self, today: date) -> None:
        for (stream, line), found in sorted(self._admitting.found.items(), key=lambda item: item[0]):
            if not self._chance(0.1):
                continue
            on = max(date.fromisoformat(found.identified_on), today - timedelta(days=1))
            told = {"line": line, "reference": f"L-{self._number}", "who": WHO}
            if found.counted < found.announced:
                said = told | {"reported_on": on}
                self._tell(
                    "admissions",
                    lambda s, stream=stream, said=said: cases(s).shortage_reported(stream, ZONE, **said),
                )
            elif found.counted > found.announced:
                said = told | {"how": self.random.choice(("admitted", "entered", "general-order")), "on": on}
                self._tell(
                    "admissions",
                    lambda s, stream=stream, said=said: cases(s).overage_answered(stream, ZONE, **said),
                )

    def _manual(self, today: date) -> None:
        kept = KeepManual(
            version=f"{self.random.randint(1, 4)}",
            language="en",
            effective_from=today.isoformat(),
            sha256="0" * 64,
            kept_at="shelf 1",
            sent_on=(today - timedelta(days=self.random.choice((0, 3)))).isoformat(),
            who=WHO,
        )
        self._tell("admissions", lambda s: cases(s).keep_manual(ZONE, kept))

    def _confirm(self, estimator: str, week: str, draft: int) -> None:
        account = stream_parts(estimator)[2]
        confirmed = ConfirmEstimate(week=week, draft=draft, who=WHO, why="looked at")
        asked = To(ESTIMATES, estimator, confirmed, account, ZONE)
        self._tell("duty", lambda _s: asked)

    def _entries(self, at: datetime) -> None:
        for entry, numbers in sorted(self._desk.numbers.items()):
            if numbers and entry not in self._money.compiled and self._chance(0.05):
                number = self.random.choice(sorted(numbers))
                word = CancelEntry(number, "notice 1", at - timedelta(hours=2), WHO, "for goods still here")
                asked = To(ENTRY, entry, word, stream_parts(entry)[2], ZONE)
                self._tell("duty", lambda _s, asked=asked: asked)
        for entry in sorted(self._money.late):
            if self._chance(0.4):
                self._correct(entry)

    def _correct(self, entry: str) -> None:
        asked = To(ENTRY, entry, CorrectSummary(WHO, "came to light"), stream_parts(entry)[2], ZONE)
        self._tell("duty", lambda _s: asked)

    def _pay(self, quarter: str, today: date) -> None:
        fee = self._desk.quarters[quarter].fee
        amount = self.random.choice((fee, fee / 2)).quantize(Decimal("0.01"))
        paid = PayHarborFee(amount, today.isoformat(), f"ACH-{self._number}", WHO)
        asked = To(HARBOR, quarter, paid, "", ZONE)
        self._tell("duty", lambda _s: asked)


def _holds(said: GoodsStated, origin: str) -> GoodsStated:
    """Of goods of one origin it is so, of the others not."""
    return replace(said, holds=origin == "VN")
