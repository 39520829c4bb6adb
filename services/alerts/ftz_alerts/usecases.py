"""From what is heard to the risk it concerns: a stream per risk, risk/<kind>/<subject...>."""

from collections.abc import Iterable
from decimal import Decimal

from ftz_alerts.domain import concerns, movement_concerns, removal_concerns, risk
from ftz_alerts.domain.concerns import name_of
from ftz_alerts.domain.risk import Alarm, Command, Concern, Cure, Watch
from ftz_common.contracts.admissions import (
    AdmissionAuthorized,
    AdmissionClockExpired,
    AdmissionClockStarted,
    AdmissionClockStopped,
    AdmissionHeld,
    AdmissionRejected,
    DiscrepancyFound,
    DiscrepancyReported,
    HoldsCleared,
    LiabilityFixed,
)
from ftz_common.contracts.alerts import AlertKind
from ftz_common.contracts.counts import DifferenceJudged, DifferenceSettled, GoodsDiffer
from ftz_common.contracts.duty import (
    CompilationWaits,
    EntryCompiled,
    EntryCorrectionNeeded,
    EstimateAccepted,
    EstimateRejected,
    HarborFeePaid,
    HarborFeeStated,
    InBondArrived,
    InBondOverdue,
    SummaryAccepted,
    SummaryRejected,
)
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.inventory import (
    CoverRestored,
    Drawn,
    DrawReversed,
    DrawSuspended,
    LayerOpened,
    Piece,
    RemovalCovered,
    RemovalUncovered,
    SuspenseSettled,
)
from ftz_common.contracts.movements import (
    ClockExpired,
    ClockStopped,
    GoodsBroughtBack,
    GoodsMoved,
    MovementReversed,
    OverageFound,
    OverageSettled,
    PermitUsed,
)
from ftz_common.contracts.removals import (
    InBondAuthorized,
    InBondLapsed,
    RemovalClockExpired,
    RemovalClockStarted,
    RemovalClockStopped,
    RemovalPermitted,
    RemovalUnpermitted,
)
from ftz_common.flow.aggregate import Aggregate, To
from ftz_common.flow.reference import Reference
from ftz_common.values.exact import plain
from ftz_common.values.names import stream_name, stream_parts

RISK = Aggregate(kind="risk", state=risk.Risk, start=risk.start, decide=risk.decide, evolve=risk.evolve)
AGGREGATES = (RISK,)


def _heard(envelope: Envelope, attempt: int = 0) -> tuple[int, ...]:
    """The place of a word in the stream that said it; an answer to a later attempt is later."""
    return (attempt, envelope.streamversion, envelope.factindex)


def _to(kind: AlertKind, subject: tuple[str, ...], command: Command, envelope: Envelope) -> To:
    stream = stream_name("risk", kind, *subject)
    return To(RISK, stream, command, account=envelope.account, zone=envelope.zone)


def _alarm(kind: AlertKind, concern: Concern, envelope: Envelope, attempt: int = 0) -> To:
    """The stream that speaks is the subject."""
    alarm = Alarm(kind, envelope.stream, concern, _heard(envelope, attempt))
    return _to(kind, (envelope.stream,), alarm, envelope)


def _cure(kind: AlertKind, how: str, envelope: Envelope, attempt: int = 0) -> To:
    cure = Cure(kind, envelope.stream, how, _heard(envelope, attempt))
    return _to(kind, (envelope.stream,), cure, envelope)


def _clock_subject(
    fact: AdmissionClockStarted | AdmissionClockStopped | AdmissionClockExpired, envelope: Envelope
) -> str:
    return " ".join(part for part in (envelope.stream, fact.name, fact.subject) if part)


class UseCases:
    """One method per fact that is heard."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    # ---- suspended draws ------------------------------------------------------------------------

    def draw_suspended(self, fact: DrawSuspended, envelope: Envelope) -> Iterable[To]:
        """Goods left and the book has none."""
        concern = concerns.suspended_draw(fact)
        alarm = Alarm("suspended-draw", fact.draw, concern, _heard(envelope), fact.quantity)
        return [_to("suspended-draw", (fact.draw,), alarm, envelope)]

    def suspense_settled(self, fact: SuspenseSettled, envelope: Envelope) -> Iterable[To]:
        """Some or all of it is found, or the draw was taken back."""
        done = "admitted goods were found for" if fact.how == "cured" else "the removal was taken back of"
        how = f"{done} {plain(fact.quantity)}"
        cure = Cure("suspended-draw", fact.draw, how, _heard(envelope), fact.missing)
        return [_to("suspended-draw", (fact.draw,), cure, envelope)]

    # ---- cover, per cover line and withdrawal --------------------------------------------------------

    def removal_uncovered(self, fact: RemovalUncovered, envelope: Envelope) -> Iterable[To]:
        """Goods left without a permit."""
        concern = concerns.removal_without_cover(fact, envelope.stream)
        alarm = Alarm("removal-without-cover", fact.withdrawal, concern, _heard(envelope), fact.quantity)
        return [_to("removal-without-cover", (envelope.stream, fact.withdrawal), alarm, envelope)]

    def removal_covered(self, fact: RemovalCovered, envelope: Envelope) -> Iterable[To]:
        """There was cover, and we learned of it late."""
        how = f"cover for {plain(fact.quantity)} had been accepted before they left"
        return [self._covered(fact, how, envelope)]

    def cover_restored(self, fact: CoverRestored, envelope: Envelope) -> Iterable[To]:
        """The removal was taken back, what had no cover first."""
        return [self._covered(fact, "the removal was taken back", envelope)]

    @staticmethod
    def _covered(fact: RemovalCovered | CoverRestored, how: str, envelope: Envelope) -> To:
        cure = Cure("removal-without-cover", fact.withdrawal, how, _heard(envelope), fact.uncovered)
        return _to("removal-without-cover", (envelope.stream, fact.withdrawal), cure, envelope)

    # ---- admissions -----------------------------------------------------------------------------

    def admission_held(self, fact: AdmissionHeld, envelope: Envelope) -> Iterable[To]:
        """The 214 waits for something."""
        return [_alarm("admission-held", concerns.admission_held(fact, envelope.stream), envelope)]

    def holds_cleared(self, fact: HoldsCleared, envelope: Envelope) -> Iterable[To]:
        """Nothing holds it any more."""
        del fact
        return [_cure("admission-held", "nothing holds the 214 any more", envelope)]

    def admission_rejected(self, fact: AdmissionRejected, envelope: Envelope) -> Iterable[To]:
        """CBP answered, so that no answer is no hold any more; but it said no."""
        concern = concerns.admission_rejected(fact, envelope.stream)
        return [
            _alarm("admission-rejected", concern, envelope, fact.attempt),
            _cure("admission-held", f"CBP answered attempt {fact.attempt}", envelope),
        ]

    def admission_authorized(self, fact: AdmissionAuthorized, envelope: Envelope) -> Iterable[To]:
        """CBP permits the admission: neither held nor rejected."""
        how = f"CBP permitted the admission at {fact.authorized_at}"
        return [
            _cure("admission-rejected", how, envelope, fact.attempt),
            _cure("admission-held", how, envelope),
        ]

    def admission_clock_started(self, fact: AdmissionClockStarted, envelope: Envelope) -> Iterable[To]:
        """Something is due by a day that the law sets."""
        return [self._clock(fact, concerns.admission_clock(fact, envelope.stream), envelope)]

    def admission_clock_expired(self, fact: AdmissionClockExpired, envelope: Envelope) -> Iterable[To]:
        """The day passed without it."""
        return [self._clock(fact, concerns.admission_clock(fact, envelope.stream), envelope)]

    def admission_clock_stopped(self, fact: AdmissionClockStopped, envelope: Envelope) -> Iterable[To]:
        """It was done."""
        cure = Cure("admission-clock", _clock_subject(fact, envelope), fact.how, _heard(envelope))
        return [_to("admission-clock", (envelope.stream, fact.name, fact.subject), cure, envelope)]

    @staticmethod
    def _clock(
        fact: AdmissionClockStarted | AdmissionClockExpired, concern: risk.Concern, envelope: Envelope
    ) -> To:
        alarm = Alarm("admission-clock", _clock_subject(fact, envelope), concern, _heard(envelope))
        return _to("admission-clock", (envelope.stream, fact.name, fact.subject), alarm, envelope)

    def discrepancy_found(self, fact: DiscrepancyFound, envelope: Envelope) -> Iterable[To]:
        """Counted and announced differ; a person reports it (19 CFR 146.37(c))."""
        if fact.counted == fact.announced:
            how = f"a later count of line {fact.line} closes the difference"
            return [self._discrepancy_cured(fact.line, how, envelope)]
        return [self._discrepancy(fact.line, concerns.receipt_discrepancy(fact, envelope.stream), envelope)]

    def discrepancy_reported(self, fact: DiscrepancyReported, envelope: Envelope) -> Iterable[To]:
        """A report in time ends it; a late one is on record, and the alert stands."""
        if fact.late:
            concern = concerns.reported_late(fact, envelope.stream)
            return [self._discrepancy(fact.line, concern, envelope)]
        how = f"reported on {fact.told_on}: {fact.form} {fact.reference}"
        return [self._discrepancy_cured(fact.line, how, envelope)]

    def liability_fixed(self, fact: LiabilityFixed, envelope: Envelope) -> Iterable[To]:
        """Every clock for a report is over."""
        return [self._discrepancy(fact.line, concerns.liability_fixed(fact, envelope.stream), envelope)]

    @staticmethod
    def _discrepancy(line: int, concern: risk.Concern, envelope: Envelope) -> To:
        alarm = Alarm("receipt-discrepancy", f"{envelope.stream} line {line}", concern, _heard(envelope))
        return _to("receipt-discrepancy", (envelope.stream, str(line)), alarm, envelope)

    @staticmethod
    def _discrepancy_cured(line: int, how: str, envelope: Envelope) -> To:
        cure = Cure("receipt-discrepancy", f"{envelope.stream} line {line}", how, _heard(envelope))
        return _to("receipt-discrepancy", (envelope.stream, str(line)), cure, envelope)

    # ---- exports ----------------------------------------------------------------------------------

    def in_bond_overdue(self, fact: InBondOverdue, envelope: Envelope) -> Iterable[To]:
        """Its days are over."""
        return [_alarm("in-bond-overdue", concerns.in_bond_overdue(fact, envelope.stream), envelope)]

    def in_bond_arrived(self, fact: InBondArrived, envelope: Envelope) -> Iterable[To]:
        """The goods left the country."""
        how = f"left the country at port {fact.port_of_exit} at {fact.closed_at}"
        return [_cure("in-bond-overdue", how, envelope)]

    def in_bond_authorized(self, fact: InBondAuthorized, envelope: Envelope) -> Iterable[To]:
        """A new application stands where one had lapsed."""
        return [_cure("in-bond-lapsed", f"application {fact.number} was authorised", envelope)]

    def in_bond_lapsed(self, fact: InBondLapsed, envelope: Envelope) -> Iterable[To]:
        """Nothing left within the days of its application."""
        return [_alarm("in-bond-lapsed", removal_concerns.in_bond_lapsed(fact, envelope.stream), envelope)]

    def removal_clock_runs(
        self, fact: RemovalClockStarted | RemovalClockExpired, envelope: Envelope
    ) -> Iterable[To]:
        """Something is due by a day that the law sets, or was."""
        concern = removal_concerns.removal_clock(fact, envelope.stream)
        subject = (envelope.stream, fact.name, fact.subject)
        alarm = Alarm("removal-clock", " ".join(filter(None, subject)), concern, _heard(envelope))
        return [_to("removal-clock", subject, alarm, envelope)]

    def removal_clock_stopped(self, fact: RemovalClockStopped, envelope: Envelope) -> Iterable[To]:
        """It was done."""
        subject = (envelope.stream, fact.name, fact.subject)
        cure = Cure("removal-clock", " ".join(filter(None, subject)), fact.how, _heard(envelope))
        return [_to("removal-clock", subject, cure, envelope)]

    def removal_unpermitted(self, fact: RemovalUnpermitted, envelope: Envelope) -> Iterable[To]:
        """Goods left for export without a permit."""
        concern = removal_concerns.removal_without_permit(fact, envelope.stream)
        quantity = sum((line.quantity for line in fact.lines), Decimal(0))
        alarm = Alarm("removal-without-permit", fact.withdrawal, concern, _heard(envelope), quantity)
        return [_to("removal-without-permit", (envelope.stream, fact.withdrawal), alarm, envelope)]

    def removal_permitted(self, fact: RemovalPermitted, envelope: Envelope) -> Iterable[To]:
        """They had one, or did not leave."""
        cure = Cure("removal-without-permit", fact.withdrawal, fact.how, _heard(envelope), fact.left)
        return [_to("removal-without-permit", (envelope.stream, fact.withdrawal), cure, envelope)]

    # ---- harbor maintenance fee -------------------------------------------------------------------

    def harbor_fee_stated(self, fact: HarborFeeStated, envelope: Envelope) -> Iterable[To]:
        """A quarter is over (or more of it came to light), and something of its fee is open."""
        if fact.fee <= fact.paid:
            return [_cure("harbor-fee", "nothing of the fee is open", envelope)]
        return [_alarm("harbor-fee", concerns.harbor_fee(fact), envelope)]

    def harbor_fee_paid(self, fact: HarborFeePaid, envelope: Envelope) -> Iterable[To]:
        """The form is filed and paid; in part it stays open."""
        if fact.open:
            return []
        return [_cure("harbor-fee", f"paid on {fact.paid_on}, {fact.reference}", envelope)]

    # ---- time in the zone -------------------------------------------------------------------------

    def layer_opened(self, fact: LayerOpened, envelope: Envelope) -> Iterable[To]:
        """The account's limit starts; the limit in force when the layer opened counts for it."""
        days = self._days_max(fact.zone, fact.account)
        if days is None:
            return []
        concern, due_at = concerns.time_in_zone(
            uin=fact.uin,
            layer=fact.layer,
            number=fact.admission_number,
            admitted_on=fact.admitted_on,
            days_max=days,
            timezone=fact.timezone,
            admission=fact.admission,
        )
        return [self._watched(fact.layer, concern, due_at, envelope)]

    def drawn(self, fact: Drawn, envelope: Envelope) -> Iterable[To]:
        """Of a layer that is empty, nothing is in the zone too long."""
        if not self._ever_limited(fact.zone, fact.account):
            return []
        emptied = {p.layer: self._emptied(p, fact.removed_on, envelope) for p in fact.pieces if p.left == 0}
        return [_to("time-in-zone", (layer,), cure, envelope) for layer, cure in emptied.items()]

    def goods_moved(self, fact: GoodsMoved, envelope: Envelope) -> Iterable[To]:
        """Of a layer that a movement emptied, nothing is in the zone too long; what it opened is watched."""
        if not self._ever_limited(fact.zone, fact.account):
            return []
        emptied = {p.layer: self._emptied(p, fact.on, envelope) for p in fact.pieces if p.left == 0}
        return [_to("time-in-zone", (layer,), cure, envelope) for layer, cure in emptied.items()]

    def goods_back(self, fact: GoodsBroughtBack | MovementReversed, envelope: Envelope) -> Iterable[To]:
        """They are in the zone since their admission; what a movement opened that did not happen is not."""
        emptied = fact.emptied if isinstance(fact, MovementReversed) else []
        cures = {p.layer: self._emptied(p, fact.on, envelope) for p in emptied}
        return [
            *self._in_again(fact, envelope),
            *(_to("time-in-zone", (layer,), cure, envelope) for layer, cure in cures.items()),
        ]

    def draw_reversed(self, fact: DrawReversed, envelope: Envelope) -> Iterable[To]:
        """What went back is in the zone since its admission."""
        return self._in_again(fact, envelope)

    def _in_again(
        self, fact: DrawReversed | GoodsBroughtBack | MovementReversed, envelope: Envelope
    ) -> Iterable[To]:
        days = self._days_max(fact.zone, fact.account)
        zone = self._reference.zones.get(fact.zone)
        if days is None or zone is None:
            return []
        uin = stream_parts(envelope.stream)[-1]
        back: dict[str, To] = {}
        for piece in fact.pieces:
            concern, due_at = concerns.time_in_zone(
                uin=uin,
                layer=piece.layer,
                number=piece.admission_number,
                admitted_on=piece.admitted_on,
                days_max=days,
                timezone=zone.timezone,
                admission=piece.admission,
            )
            back[piece.layer] = self._watched(piece.layer, concern, due_at, envelope)
        return list(back.values())

    @staticmethod
    def _emptied(piece: Piece, day: str, envelope: Envelope) -> Cure:
        return Cure("time-in-zone", piece.layer, f"the last of the layer left on {day}", _heard(envelope))

    @staticmethod
    def _watched(layer: str, concern: Concern, due_at: str, envelope: Envelope) -> To:
        watch = Watch("time-in-zone", layer, concern, _heard(envelope), due_at, "time-in-zone")
        return _to("time-in-zone", (layer,), watch, envelope)

    def _days_max(self, zone: str, account: str) -> int | None:
        found = self._reference.account(zone, account)
        return found.days_in_zone_max if found else None

    def _ever_limited(self, zone: str, account: str) -> bool:
        """True when any document of the zone ever limited this account, so that a watch may run."""
        return any(
            a.id == account and a.days_in_zone_max is not None
            for applied in self._reference.history.get(zone, [])
            for a in applied.document.accounts
        )

    # ---- movements ---------------------------------------------------------------------------------

    def overage_found(self, fact: OverageFound, envelope: Envelope) -> Iterable[To]:
        """A 214 or an entry within 5 days, else general order (19 CFR 146.53(d))."""
        concern = movement_concerns.overage(fact, envelope.stream)
        alarm = Alarm("overage", fact.overage, concern, _heard(envelope))
        return [_to("overage", (envelope.stream, fact.overage), alarm, envelope)]

    def overage_settled(self, fact: OverageSettled, envelope: Envelope) -> Iterable[To]:
        """Something was filed for it, or it was none."""
        cure = Cure("overage", fact.overage, f"{fact.how}: {fact.reference}", _heard(envelope))
        return [_to("overage", (envelope.stream, fact.overage), cure, envelope)]

    def clock_expired(self, fact: ClockExpired, envelope: Envelope) -> Iterable[To]:
        """A history, a temporary removal or an overage is late."""
        concern = movement_concerns.overdue(fact, envelope.stream)
        alarm = Alarm("movement-overdue", fact.subject, concern, _heard(envelope))
        return [_to("movement-overdue", (envelope.stream, fact.name, fact.subject), alarm, envelope)]

    def clock_stopped(self, fact: ClockStopped, envelope: Envelope) -> Iterable[To]:
        """What was waited for happened."""
        cure = Cure("movement-overdue", fact.subject, fact.how, _heard(envelope))
        return [_to("movement-overdue", (envelope.stream, fact.name, fact.subject), cure, envelope)]

    def permit_used(self, fact: PermitUsed, envelope: Envelope) -> Iterable[To]:
        """Something was done that the CBP 216 does not allow (19 CFR 146.52)."""
        if not fact.beyond:
            return []
        concern = movement_concerns.permit_exceeded(fact, envelope.stream)
        alarm = Alarm("permit-exceeded", fact.movement, concern, _heard(envelope))
        return [_to("permit-exceeded", (envelope.stream, fact.movement), alarm, envelope)]

    # ---- counts ------------------------------------------------------------------------------------

    def goods_differ(self, fact: GoodsDiffer, envelope: Envelope) -> Iterable[To]:
        """A count and the book differ, and nothing explains it (19 CFR 146.23(c), 146.53(a))."""
        if fact.line.verdict == "explained":
            return []
        concern = movement_concerns.differ(fact)
        alarm = Alarm("inventory-discrepancy", fact.difference, concern, _heard(envelope))
        return [_to("inventory-discrepancy", (envelope.stream, fact.difference), alarm, envelope)]

    def difference_judged(self, fact: DifferenceJudged, envelope: Envelope) -> Iterable[To]:
        """A shortage that must be reported at once (19 CFR 146.53(a)(3))."""
        if not fact.report:
            return []
        concern = movement_concerns.report_shortage(fact, envelope.stream)
        alarm = Alarm("inventory-discrepancy", fact.difference, concern, _heard(envelope))
        return [_to("inventory-discrepancy", (envelope.stream, fact.difference), alarm, envelope)]

    def difference_settled(self, fact: DifferenceSettled, envelope: Envelope) -> Iterable[To]:
        """It was adjusted, reported, or explained after all."""
        cure = Cure(
            "inventory-discrepancy", fact.difference, f"{fact.how}: {fact.reference}", _heard(envelope)
        )
        return [_to("inventory-discrepancy", (envelope.stream, fact.difference), cure, envelope)]

    # ---- entries ----------------------------------------------------------------------------------

    def compilation_waits(self, fact: CompilationWaits, envelope: Envelope) -> Iterable[To]:
        """The entry and inventory's count differ."""
        return [_alarm("entry-waits", concerns.entry_waits(fact, envelope.stream), envelope)]

    def entry_compiled(self, fact: EntryCompiled, envelope: Envelope) -> Iterable[To]:
        """They agree. A summary that we cannot file ourselves is still due."""
        agreed = _cure("entry-waits", f"entry {fact.entry_number} is compiled", envelope)
        if not fact.not_filed or fact.line_count == 0:
            return [agreed]
        return [
            agreed,
            _alarm("summary-not-filed", concerns.summary_not_filed(fact, envelope.stream), envelope),
        ]

    def entry_correction_needed(self, fact: EntryCorrectionNeeded, envelope: Envelope) -> Iterable[To]:
        """A removal of a compiled week came to light, or was taken back."""
        concern = concerns.entry_correction(fact, envelope.stream)
        alarm = Alarm("entry-correction", fact.withdrawal, concern, _heard(envelope))
        return [_to("entry-correction", (envelope.stream, fact.withdrawal), alarm, envelope)]

    def estimate_rejected(self, fact: EstimateRejected, envelope: Envelope) -> Iterable[To]:
        """Nothing may leave under this attempt."""
        concern = concerns.estimate_rejected(fact, envelope.stream)
        return [_alarm("estimate-rejected", concern, envelope, fact.attempt)]

    def estimate_accepted(self, fact: EstimateAccepted, envelope: Envelope) -> Iterable[To]:
        """A later attempt was accepted (an earlier one's late answer cures nothing)."""
        how = f"CBP accepted estimate {fact.attempt} at {fact.accepted_at}"
        return [_cure("estimate-rejected", how, envelope, fact.attempt)]

    def summary_rejected(self, fact: SummaryRejected, envelope: Envelope) -> Iterable[To]:
        """The summary is not filed."""
        concern = concerns.summary_rejected(fact, envelope.stream)
        return [_alarm("summary-rejected", concern, envelope, fact.attempt)]

    def summary_accepted(self, fact: SummaryAccepted, envelope: Envelope) -> Iterable[To]:
        """The summary is filed."""
        how = f"CBP accepted the summary of {name_of(envelope.stream)} at {fact.accepted_at}"
        return [
            _cure("summary-rejected", how, envelope, fact.attempt),
            _cure("summary-not-filed", how, envelope),
        ]
