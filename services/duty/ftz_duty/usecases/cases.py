"""What duty does about each fact: looks up zone and tariff, and puts what it found into a command."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from ftz_common.blobs.port import Blobs
from ftz_common.contracts.admissions import DiscrepancyFound
from ftz_common.contracts.common import NumberAssigned, NumberRequested
from ftz_common.contracts.counts import GoodsDiffer
from ftz_common.contracts.duty import (
    EntryLineOffered,
    EstimateLine,
    EstimateProposed,
    EstimatesConfigured,
    PricesRequested,
    RemovalsNoted,
)
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.filing import FilingAnswered
from ftz_common.contracts.inventory import (
    CoverTotalled,
    Drawn,
    DrawReversed,
    LayerOpened,
    Piece,
    ReservationReleased,
    Reserved,
)
from ftz_common.contracts.movements import GoodsBroughtBack, GoodsMoved, MovementReversed
from ftz_common.contracts.reference import Account, ZoneDocument
from ftz_common.flow.aggregate import Aggregate, To, Waiting
from ftz_common.flow.clock import Clock
from ftz_common.flow.reference import Reference
from ftz_common.flow.series import SERIES
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import ZERO
from ftz_common.values.names import derived_id, stream_name, stream_parts
from ftz_duty.domain import currency, difference, entry, estimates, harbor_quarter, revision, withdrawal
from ftz_duty.domain.currency import CurrencyState
from ftz_duty.domain.difference import DifferenceState, PriceDifference, PriceShortage, piece_of
from ftz_duty.domain.entry import Told
from ftz_duty.domain.entry_compile import Compile
from ftz_duty.domain.entry_definite import OrderGoods
from ftz_duty.domain.entry_state import EntryState
from ftz_duty.domain.estimates import CountDemand, CountLayer, EstimatorState
from ftz_duty.domain.goods_key import ENTERABLE, entry_stream, estimator_stream
from ftz_duty.domain.harbor_quarter import CountCargo, QuarterState
from ftz_duty.domain.made_goods import parts_of
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.rate_change import Ahead, Held
from ftz_duty.domain.removal_settings import RemovalSettings
from ftz_duty.domain.revision import ImportRevision, RevisionState
from ftz_duty.domain.schedule import Line, Unknown, dotted
from ftz_duty.domain.withdrawal import PriceDraw, TakeBack, WithdrawalState
from ftz_duty.usecases.deferrals import DEFERRAL, Deferrals
from ftz_duty.usecases.library import Library, Unreadable
from ftz_duty.usecases.measures import MEASURES, RULING, Measures
from ftz_duty.usecases.rate_changes import RateChanges
from ftz_duty.usecases.removals import EXPORT_PERMIT, INBOND, Removals

TARIFF = Aggregate("tariff", RevisionState, revision.start, revision.decide, revision.evolve)
WITHDRAWAL = Aggregate("withdrawal", WithdrawalState, withdrawal.start, withdrawal.decide, withdrawal.evolve)
ESTIMATES = Aggregate("estimates", EstimatorState, estimates.start, estimates.decide, estimates.evolve)
ENTRY = Aggregate("entry", EntryState, entry.start, entry.decide, entry.evolve)
CURRENCY = Aggregate("currency", CurrencyState, currency.start, currency.decide, currency.evolve)
HARBOR = Aggregate("harbor", QuarterState, harbor_quarter.start, harbor_quarter.decide, harbor_quarter.evolve)
DIFFERENCE = Aggregate("difference", DifferenceState, difference.start, difference.decide, difference.evolve)
AGGREGATES = (
    CURRENCY,
    HARBOR,
    TARIFF,
    MEASURES,
    RULING,
    WITHDRAWAL,
    INBOND,
    EXPORT_PERMIT,
    DEFERRAL,
    ESTIMATES,
    ENTRY,
    SERIES,
    DIFFERENCE,
)


class UseCases:
    """One method per arm, and what people ask for."""

    def __init__(self, reference: Reference, blobs: Blobs, clock: Clock) -> None:
        self.reference = reference
        self._clock = clock
        self.library = Library(reference, blobs)
        self.measures = Measures(reference, blobs, self.library)
        self.rate_changes = RateChanges(self.library, self.measures)
        self.removals = Removals(reference)
        self.deferrals = Deferrals(reference, self.library, self.measures)

    # ---- tariff ---------------------------------------------------------------------------------

    async def import_tariff(
        self,
        name: str,
        effective_from: str,
        content: bytes,
        file_name: str,
        *,
        extract: bool = False,
        accept: frozenset[str] = frozenset(),
    ) -> To | Refusal:
        """Keep an official schedule export (CSV or JSON) and announce it; refused by name and place.

        `extract` allows a file with some chapters only; `accept` holds what a person agreed to: "older",
        "replaces", "high rate".
        """
        try:
            taken_from = date.fromisoformat(effective_from)
        except ValueError:
            return Refusal(
                code="effective-date",
                reason=f"{effective_from!r} is not a date",
                citation="19 CFR 141.69",
                remedy="write the first day in force as YYYY-MM-DD",
                place="effective_from",
            )
        if not name.strip():
            return Refusal(
                code="revision-name",
                reason="the revision has no name",
                citation="policy: a revision's name stands for one file and one date",
                remedy='name it as its publisher does, such as "2026 HTSA Revision 4"',
                place="revision",
            )
        found = await self.library.add(
            name, taken_from, content, file_name, self._clock.now(), extract=extract, accept=accept
        )
        if isinstance(found, Unreadable):
            return found.refusal
        return To(
            TARIFF,
            stream_name("tariff", name),
            ImportRevision(effective_from, found.sha256, found.lines, file_name, "replaces" in accept),
        )

    def tariff_line(self, number: str, on: date) -> tuple[str, Line] | Refusal:
        """The revision in force on a date and its line, or what is missing."""
        revision = self.library.in_force(on)
        if revision is None:
            return Refusal(
                code="no-revision",
                reason=f"no revision of the schedule in force on {on} is imported",
                citation="19 CFR 146.65(a)",
                remedy="import it: `ftz tariff import FILE --revision NAME --effective DATE`",
                place="on",
            )
        found = revision.schedule.find(number)
        if isinstance(found, Unknown):
            near = ", ".join(dotted(line.number) for line in found.nearest)
            return Refusal(
                code="unknown-number",
                reason=f"{found.reason} ({revision.name})",
                citation="HTSUS general note 3(a)",
                remedy=f"nearest lines: {near}" if near else "give 4, 6, 8 or 10 digits",
                place="number",
            )
        return revision.name, found

    # ---- withdrawals ----------------------------------------------------------------------------

    def price_draw(self, fact: Drawn, envelope: Envelope) -> Iterable[To]:
        """Goods left: what they owe, with the rates of the filing date (PF) or of the removal day (NPF)."""
        settings = self._removal_settings(fact.zone, fact.account)
        rates = tuple(
            self._piece_rate(piece, fact.removed_on, fact.account) for piece, _ in parts_of(fact.pieces)
        )
        yield self._to_withdrawal(fact.withdrawal, PriceDraw(fact, rates, settings), fact.account, fact.zone)

    def take_back(self, fact: DrawReversed, envelope: Envelope) -> Iterable[To]:
        """A draw was taken back, whole or in part."""
        settings = self._removal_settings(fact.zone, fact.account)
        yield self._to_withdrawal(fact.withdrawal, TakeBack(fact, settings), fact.account, fact.zone)

    def _to_withdrawal(self, withdrawal_id: str, command: object, account: str, zone: str) -> To:
        return To(WITHDRAWAL, stream_name("withdrawal", withdrawal_id), command, account, zone)

    def _piece_rate(self, piece: Piece, removed_on: str, account: str) -> StatedRate:
        if piece.status == "D":
            return StatedRate(piece.number, piece.origin, removed_on)
        self.library.must_know(piece.revision)
        on = piece.pf_filed_on if piece.status == "P" and piece.pf_filed_on else removed_on
        return self.measures.planned(self.library.stated(piece.number, piece.origin, on), account, removed_on)

    def price_difference(self, fact: GoodsDiffer, envelope: Envelope) -> Iterable[To]:
        """A count did not find goods: what they would have owed (19 CFR 146.53(a)(3))."""
        pieces = [piece_of(content) for content in fact.line.pieces]
        if pieces:
            rates = tuple(self._piece_rate(piece, fact.found_on, fact.account) for piece in pieces)
            stream = stream_name("difference", fact.difference)
            yield To(DIFFERENCE, stream, PriceDifference(fact, rates), fact.account, fact.zone)

    def price_shortage(self, fact: DiscrepancyFound, envelope: Envelope) -> Iterable[To]:
        """A receipt lacks goods: what they would have owed, that day (19 CFR 146.53(a)(3))."""
        if fact.missing is not None:
            rate = self._piece_rate(piece_of(fact.missing), fact.identified_on, envelope.account)
            name = derived_id(envelope.stream, str(fact.line), str(fact.counted))
            command = PriceShortage(envelope.stream, fact, fact.missing, rate)
            yield To(DIFFERENCE, stream_name("difference", name), command, envelope.account, envelope.zone)

    # ---- estimates ------------------------------------------------------------------------------

    def count_layer(self, fact: LayerOpened, envelope: Envelope) -> Iterable[To]:
        """A layer was opened: estimates count it in, unless it only changed its place."""
        if fact.opened_by in SAME_GOODS:
            return
        settings = self._estimate_settings(fact.zone, fact.account)
        now = self._clock.now()
        ahead = self._ahead(fact, PortCalendar.of(settings.timezone).local_date(now))
        stream = estimator_stream(fact.zone, fact.account)
        yield To(ESTIMATES, stream, CountLayer(fact, settings, now, ahead), fact.account, fact.zone)
        if quarter := harbor_quarter.harbor_stream(fact.zone, fact):
            yield To(HARBOR, quarter, CountCargo(fact), fact.account, fact.zone)

    def count_reserved(self, fact: Reserved, envelope: Envelope) -> Iterable[To]:
        """An order line is to ship: where estimates look at orders, it is counted whole, kept or missing."""
        if fact.period:
            yield from self._order_goods(fact, fact.goods, ZERO, envelope)
        elif fact.disposition == "consumption":
            whole = fact.quantity + fact.missing
            yield from self._count_demand(fact.reservation, fact.ship_on, envelope, to=whole)

    def count_released(self, fact: ReservationReleased, envelope: Envelope) -> Iterable[To]:
        """An order line, or a part of it, is not wanted any more."""
        if fact.period:
            yield from self._order_goods(fact, [], fact.quantity, envelope)
        else:
            by = fact.quantity + fact.missing
            yield from self._count_demand(fact.reservation, "", envelope, by=by)

    def _order_goods(
        self,
        fact: Reserved | ReservationReleased,
        lines: Iterable[EstimateLine],
        less: Decimal,
        envelope: Envelope,
    ) -> Iterable[To]:
        """Definite goods are entered before they leave, under the period of their order (146.62(a))."""
        _, zone, _, account, _ = stream_parts(envelope.stream)
        settings = self._removal_settings(zone, account)
        lead = self._zone(zone).procedures.estimate_lead_hours
        command = OrderGoods(fact.reservation, fact.order, fact.line, tuple(lines), less, settings, lead)
        yield To(ENTRY, entry_stream(zone, account, fact.period), command, account, zone)

    def _count_demand(
        self,
        reservation: str,
        ship_on: str,
        envelope: Envelope,
        *,
        to: Decimal | None = None,
        by: Decimal = ZERO,
    ) -> Iterable[To]:
        _, zone, _, account, uin = stream_parts(envelope.stream)
        weekly = self.reference.entry_period(zone, account) == "weekly"
        if not weekly or self.reference.estimate_policy(zone, account).basis != "history":
            return
        settings = self._estimate_settings(zone, account)
        command = CountDemand(reservation, uin, ship_on, to, by, settings, self._clock.now())
        yield To(ESTIMATES, estimator_stream(zone, account), command, account, zone)

    def _estimate_settings(self, zone_number: str, account_id: str) -> EstimatesConfigured:
        zone, account = self._zone(zone_number), self._account(zone_number, account_id)
        return EstimatesConfigured(
            timezone=zone.timezone,
            week_starts=zone.procedures.week_starts,
            estimate_lead_hours=zone.procedures.estimate_lead_hours,
            compile_grace_days=zone.procedures.compile_grace_days,
            port=zone.port,
            firms=zone.site.firms,
            filer=account.parties.filer,
            importer_of_record=account.parties.importer_of_record,
            closures=zone.closures,
            summary_clock=zone.procedures.summary_clock,
            zone_id=zone.site.zone_id,
            importer_ior=account.importer_ior,
            policy=self.reference.estimate_policy(zone_number, account_id),
            entry_period=self.reference.entry_period(zone_number, account_id),
        )

    def _ahead(self, layer: LayerOpened, today: date) -> tuple[Ahead, ...]:
        """Changes of the rate of such goods that are known already."""
        if layer.status not in ENTERABLE:
            return ()
        self.library.must_know(layer.revision)
        filed = layer.pf_filed_on or "" if layer.status == "P" else ""
        goods = Held(layer.number, layer.status, layer.origin, layer.unit, filed)
        return self.rate_changes.ahead(layer.account, [goods], today)

    def count_movement(
        self, fact: GoodsMoved | GoodsBroughtBack | MovementReversed, envelope: Envelope
    ) -> Iterable[To]:
        """Goods left their layers by a movement, or are in them again: estimates count them out, or in."""
        lines: list[EstimateLine] = []
        if not (isinstance(fact, GoodsMoved | MovementReversed) and fact.kind in SAME_GOODS):
            sign = 1 if isinstance(fact, GoodsMoved) else -1
            lines += [_counted(piece, sign) for piece in fact.pieces if piece.status in ENTERABLE]
            if isinstance(fact, MovementReversed):
                lines += [_counted(piece, 1) for piece in fact.emptied if piece.status in ENTERABLE]
        if lines:
            stream = estimator_stream(fact.zone, fact.account)
            noted = RemovalsNoted(to=stream, reference=fact.movement, lines=lines)
            yield To(ESTIMATES, stream, noted, fact.account, fact.zone)

    def count_removals(self, fact: RemovalsNoted, envelope: Envelope) -> Iterable[To]:
        """Goods left for good: estimates count them out."""
        yield To(ESTIMATES, fact.to, fact, envelope.account, envelope.zone)

    # ---- entries --------------------------------------------------------------------------------

    def to_entry(
        self, fact: EstimateProposed | EntryLineOffered | CoverTotalled, envelope: Envelope
    ) -> Iterable[To]:
        """An estimate, a withdrawal or inventory's count, for the entry that it names."""
        yield self._tell_entry(fact.to, fact, envelope)

    def _tell_entry(self, stream: str, fact: Any, envelope: Envelope) -> To:
        return To(ENTRY, stream, Told(fact, self._clock.now()), envelope.account, envelope.zone)

    def answer_filing(self, fact: FilingAnswered, envelope: Envelope) -> Iterable[To]:
        """CBP's answer to a 3461 or a 7501; a 214's is for admissions."""
        if fact.kind != "214":
            yield self._tell_entry(fact.to, fact, envelope)

    def give_number(self, fact: NumberRequested, envelope: Envelope) -> Iterable[To]:
        """A series of ours is asked for its next number."""
        yield To(SERIES, fact.to, fact, envelope.account, envelope.zone)

    def take_number(self, fact: NumberAssigned, envelope: Envelope) -> Iterable[To]:
        """The series answered an entry."""
        if stream_parts(fact.to)[0] == DEFERRAL.kind:
            yield from self.deferrals.take_number(fact, envelope)
        else:
            yield self._tell_entry(fact.to, fact, envelope)

    def state_rates(self, fact: PricesRequested, envelope: Envelope) -> Iterable[To]:
        """An entry asks for the rates of its lines, to be compiled."""
        in_force = self.library.revision_on(fact.entry_date)
        rates = tuple(
            replace(
                self.measures.planned(
                    self.library.stated(w.number, w.origin, w.on, through=fact.through),
                    envelope.account,
                    w.entered or fact.entry_date,
                    fact.through,
                ),
                entered=w.entered,
            )
            for w in fact.wanted
        )
        command = Compile(fact.round, in_force, rates)
        yield self._tell_entry(envelope.stream, command, envelope)

    # ---- what the zone says ---------------------------------------------------------------------

    def _zone(self, zone: str) -> ZoneDocument:
        found = self.reference.zones.get(zone)
        if found is None:
            raise Waiting(f"zone {zone} is not read yet")
        return found

    def _account(self, zone: str, account: str) -> Account:
        found = self.reference.account(zone, account)
        if found is None:
            raise Waiting(f"account {account} of zone {zone} is not read yet")
        return found

    def _removal_settings(self, zone_number: str, account_id: str) -> RemovalSettings:
        zone, account = self._zone(zone_number), self._account(zone_number, account_id)
        return RemovalSettings(
            timezone=zone.timezone,
            week_starts=zone.procedures.week_starts,
            port=zone.port,
            firms=zone.site.firms,
            filer=account.parties.filer,
            importer_of_record=account.parties.importer_of_record,
            compile_grace_days=zone.procedures.compile_grace_days,
            in_bond_days_max=zone.procedures.in_bond_days_max,
            closures=tuple(zone.closures),
            summary_clock=zone.procedures.summary_clock,
            export_permits=zone.procedures.export_permits,
            zone_id=zone.site.zone_id,
            importer_ior=account.importer_ior,
        )


#: Movements after which the same goods are on hand, under the same line of an estimate.
SAME_GOODS = ("relocated", "held", "released")


def _counted(piece: Piece, sign: int) -> EstimateLine:
    return EstimateLine(
        number=piece.number,
        status=piece.status,
        origin=piece.origin,
        unit=piece.unit,
        quantity=sign * piece.quantity,
        value=sign * piece.value,
    )
