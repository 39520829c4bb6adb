"""What people say of exports and of status, drawn from the seed: permits, statements, type 08, elections.

Many of these come too late, too early, or for goods that are gone: part of it.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random  # noqa: TID251 the simulator's own seeded randomness
from typing import Any

from tests.simulation.admitting import Admitting
from tests.simulation.goods import Goods
from tests.simulation.inputs import weekly_permit
from tests.simulation.leaving import Deferred, Leaving
from tests.simulation.zone import ZONE, part_of

from ftz_admissions.domain.transfer import CancelTransfer
from ftz_common.contracts.admissions import AdmissionLine, Document
from ftz_common.contracts.common import EventRef
from ftz_common.contracts.duty import EstimateLine
from ftz_common.contracts.envelope import instant_text
from ftz_common.flow.aggregate import To
from ftz_common.flow.service import Service
from ftz_common.values.calendar import week_start
from ftz_common.values.names import stream_parts
from ftz_duty.domain.deferral import ClaimWaiver, DateExportation, Deposit, FileDeferral, StateCondition
from ftz_duty.domain.export_statement import FileStatement, statement
from ftz_duty.usecases import DEFERRAL, EXPORT_PERMIT

Ask = Callable[[str, str, Callable[[Service], Any]], None]
WHO = "person-3"
#: Weeks begin on a Sunday here.
WEEK_STARTS = 6


def cases(service: Service) -> Any:
    """The use cases of a service, as its API has them."""
    arm = next(iter({**service.arms.facts, **service.arms.foreign}.values()))
    return arm.__self__


class Leavers:
    """Draws, burst by burst, what people do about goods that leave, and about their status."""

    def __init__(self, seed: int, goods: Goods, admitting: Admitting, leaving: Leaving, ask: Ask) -> None:
        self.random = Random(f"exports of {seed}")
        self.goods, self.admitting, self.leaving = goods, admitting, leaving
        self._ask = ask
        self._number = 0
        self._supplements: dict[str, int] = {}
        self._transferred: list[tuple[str, str]] = []

    def _tell(self, service: str, asked: Callable[[Service], Any]) -> None:
        self._number += 1
        self._ask(service, f"leave-{self._number}", asked)

    def burst(self, at: datetime) -> None:
        """Some words at an instant."""
        today = at.date()
        for account in ("acme", "bolt"):
            if self.random.random() < 0.45:
                self._permit(account, at)
        for permit in sorted(self.leaving.permitted):
            if self.random.random() < 0.3:
                self._state(permit)
        for place in sorted(self.leaving.clocks):
            if place[1] == "in-bond-removal" and self.random.random() < 0.4:
                self._extend(place[0], date.fromisoformat(self.leaving.clocks[place].act_by))
        for stream in sorted(self.leaving.deferrals):
            if self.random.random() < 0.5:
                self._defer(stream, self.leaving.deferrals[stream], today)
        if self.random.random() < 0.5:
            self._elect()
        for stream in sorted(self.admitting.types):
            if self.random.random() < 0.04:
                self._way(stream, today)

    def settle(self, today: date) -> None:
        """What is still open at the end is stated, most of it."""
        for permit in sorted(self.leaving.permitted):
            if self.random.random() < 0.7:
                self._state(permit)
        for stream in sorted(self.leaving.deferrals):
            self._defer(stream, self.leaving.deferrals[stream], today)

    # ---- the weekly export permit ---------------------------------------------------------------

    def _permit(self, account: str, at: datetime) -> None:
        """A permit for this week or the next, for goods as the book has them; again: a supplement."""
        week = week_start(at.date(), WEEK_STARTS) + timedelta(days=self.random.choice((0, 0, 7)))
        number = weekly_permit(account, week)
        known = self._supplements.get(number, 0)
        self._supplements[number] = known + 1
        layers = [
            layer.fact
            for ledger in sorted(self.goods.of_ledger)
            for layer in self.goods.of_ledger[ledger]
            if layer.fact.account == account and layer.fact.status != "D"
        ]
        goods = {(f.number, f.status, f.origin, f.unit) for f in layers}
        chosen = [key for key in sorted(goods) if self.random.random() < 0.7]
        if not chosen:
            return
        lines = tuple(
            EstimateLine(
                number=key[0],
                status=key[1],
                origin=key[2],
                unit=key[3],
                quantity=Decimal(self.random.choice((1, 4, 20, 200))),
            )
            for key in chosen
        )
        said = f"{number}-S{known}" if known else number
        approved = instant_text(at - timedelta(hours=self.random.choice((1, 1, 30))))
        self._tell(
            "duty",
            lambda s: cases(s).removals.approve_permit(
                ZONE, account, week, number=said, approved_at=approved, lines=lines, who=WHO
            ),
        )

    def _state(self, permit: str) -> None:
        """File the week's statement; somebody who has looked at it explains what differs."""
        _, zone, account, _ = stream_parts(permit)
        looks = self.random.random() < 0.8

        async def asked(service: Service) -> To:
            _, found = await service.journal.state(EXPORT_PERMIT, permit)
            words = {d.id: f"explained: {d.what}" for d in statement(found).differences} if looks else {}
            return To(EXPORT_PERMIT, permit, FileStatement(words, WHO), account, zone)

        self._tell("duty", asked)

    def _extend(self, inbond: str, until: date) -> None:
        account = stream_parts(inbond)[1]
        more = until + timedelta(days=self.random.choice((0, 3, 10)))
        self._tell(
            "duty",
            lambda s: cases(s).removals.extend(
                ZONE, account, inbond, remove_by=more, reason="no truck", who=WHO
            ),
        )

    # ---- entry type 08 --------------------------------------------------------------------------

    def _defer(self, stream: str, deferred: Deferred, today: date) -> None:
        """The next word of a parcel for Canada or Mexico, or, now and then, one out of turn."""
        removed = date.fromisoformat(deferred.first.removed_on or today.isoformat())
        exported = min(removed + timedelta(days=self.random.choice((0, 1, 4))), today)
        if deferred.dated is not None:
            exported = date.fromisoformat(deferred.dated.exported_on)
        words: list[Any] = [
            StateCondition(self.random.random() < 0.85, "cut and sewn under 216-A", WHO),
            DateExportation(exported.isoformat(), "B3-1", self.random.random() < 0.1, WHO),
            ClaimWaiver(
                entry_number="CA-1",
                imported_on=exported.isoformat(),
                tariff_number="6912.00",
                rate="8%",
                paid=Decimal(self.random.choice(("0", "3.33", "250"))),
                currency="CAD",
                usd_per_unit=Decimal("0.7215"),
                rate_source="published, for that day",
                who=WHO,
            ),
            FileDeferral(WHO),
            None,
        ]
        word = self._turn(words, deferred)
        if word is None:
            self._deposit(stream, today)
        else:
            account = stream_parts(stream)[1]
            self._tell("duty", lambda s: cases(s).deferrals.asked(ZONE, account, stream, word))

    def _turn(self, words: list[Any], deferred: Deferred) -> Any:
        if self.random.random() < 0.25:
            return self.random.choice(words)
        if deferred.dated is None:
            return self.random.choice(words[:2])
        if deferred.assessed is None:
            return words[1]  # the same date again asks for the duty again
        return self.random.choice(words[2:])

    def _deposit(self, stream: str, today: date) -> None:
        share = self.random.choice((1, 1, 2))

        async def asked(service: Service) -> Any:
            _, state = await service.journal.state(DEFERRAL, stream)
            owed = (state.owed or Decimal(1)) - state.deposited
            amount = (owed / share).quantize(Decimal("0.01"))
            word = Deposit(amount, today.isoformat(), "ACH-1", WHO)
            return cases(service).deferrals.asked(ZONE, stream_parts(stream)[1], stream, word)

        self._tell("duty", asked)

    # ---- elections on a 214, and the way to the zone --------------------------------------------

    def _elect(self) -> None:
        """Another status on a 214 of its own, for goods that are there, or were."""
        layers = [
            layer
            for ledger in sorted(self.goods.of_ledger)
            for layer in self.goods.of_ledger[ledger]
            if layer.fact.status == "N" and "kg" in {m.unit for m in layer.fact.measures}
        ]
        if not layers:
            return
        layer = self.random.choice(layers)
        f = layer.fact
        if not _is_ours(f.account, f.uin):
            return
        some = Decimal(self.random.choice((1, 2, 30)))
        line = AdmissionLine(
            line=1,
            uin=f.uin,
            quantity=some,
            unit=f.unit,
            value=Decimal("10") * some,
            charges=Decimal(0),
            status=self.random.choice("PPZ"),
            origin=f.origin,
            layer=f.layer if self.random.random() < 0.5 else "",
        )
        papers = tuple(Document(kind=k, number=f"E-{self._number}") for k in ("invoice", "packing-list"))
        name = f"C{self._number}"
        self._tell(
            "admissions",
            lambda s: cases(s).change_status(
                zone=ZONE,
                account=f.account,
                change=name,
                lines=(line,),
                documents=papers,
                bill="",
                who=WHO,
                why="elected",
                event=EventRef(source="person", event=name),
            ),
        )

    def _way(self, stream: str, today: date) -> None:
        """CBP permits the way from the port, or the permit is given back."""
        mine = [each for each in self._transferred if each[0] == stream]
        if mine and self.random.random() < 0.5:
            number = mine[-1][1]
            self._tell(
                "admissions",
                lambda s: cases(s).on_admission(stream, CancelTransfer(number, "by rail", WHO), ZONE),
            )
            return
        number, kind = f"W-{self._number}", self.random.choice(("permit-to-transfer", "in-bond", "in-bond"))
        self._transferred.append((stream, number))
        asked_on = today - timedelta(days=self.random.choice((0, 1, 1, 28)))
        self._tell(
            "admissions",
            lambda s: cases(s).transferred(
                stream, ZONE, kind=kind, number=number, carrier="party-cartman", asked_on=asked_on, who=WHO
            ),
        )


def _is_ours(account: str, uin: str) -> bool:
    try:
        part_of(account, uin)
    except StopIteration:
        return False
    return True
