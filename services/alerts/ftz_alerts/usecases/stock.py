"""What is told about the ledgers: draws without stock, cover, time in the zone, movements, counts."""

from collections.abc import Iterable

from ftz_alerts.domain import (
    movement_concerns,
    removal_concerns,
    stock_concerns,
)
from ftz_alerts.domain.risk import Alarm, Concern, Cure, Watch
from ftz_alerts.usecases.risks import alarm, cure, heard, to
from ftz_common.contracts.counts import DifferenceJudged, DifferenceSettled, GoodsDiffer
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.estimating import CoverRunsLow, CoverSuffices
from ftz_common.contracts.exposure import ExposureStated
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
    GoodsBroughtBack,
    GoodsMoved,
    MovementReversed,
    OverageFound,
    OverageSettled,
    PermitUsed,
    StatusChangeRefused,
)
from ftz_common.flow.aggregate import To
from ftz_common.flow.reference import Reference
from ftz_common.values.exact import plain
from ftz_common.values.names import stream_parts


class Stock:
    """One method per fact that is heard."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def draw_suspended(self, fact: DrawSuspended, envelope: Envelope) -> Iterable[To]:
        """Goods left and the book has none."""
        concern = stock_concerns.suspended_draw(fact)
        alarm = Alarm("suspended-draw", fact.draw, concern, heard(envelope), fact.quantity)
        return [to("suspended-draw", (fact.draw,), alarm, envelope)]

    def suspense_settled(self, fact: SuspenseSettled, envelope: Envelope) -> Iterable[To]:
        """Some or all of it is found, or the draw was taken back."""
        done = "admitted goods were found for" if fact.how == "cured" else "the removal was taken back of"
        how = f"{done} {plain(fact.quantity)}"
        cure = Cure("suspended-draw", fact.draw, how, heard(envelope), fact.missing)
        return [to("suspended-draw", (fact.draw,), cure, envelope)]

    def removal_uncovered(self, fact: RemovalUncovered, envelope: Envelope) -> Iterable[To]:
        """Goods left without a permit."""
        concern = stock_concerns.removal_without_cover(fact, envelope.stream)
        alarm = Alarm("removal-without-cover", fact.withdrawal, concern, heard(envelope), fact.quantity)
        return [to("removal-without-cover", (envelope.stream, fact.withdrawal), alarm, envelope)]

    def removal_covered(self, fact: RemovalCovered, envelope: Envelope) -> Iterable[To]:
        """There was cover, and we learned of it late."""
        how = f"cover for {plain(fact.quantity)} had been accepted before they left"
        return [self._covered(fact, how, envelope)]

    def cover_restored(self, fact: CoverRestored, envelope: Envelope) -> Iterable[To]:
        """The removal was taken back, what had no cover first."""
        return [self._covered(fact, "the removal was taken back", envelope)]

    @staticmethod
    def _covered(fact: RemovalCovered | CoverRestored, how: str, envelope: Envelope) -> To:
        cure = Cure("removal-without-cover", fact.withdrawal, how, heard(envelope), fact.uncovered)
        return to("removal-without-cover", (envelope.stream, fact.withdrawal), cure, envelope)

    def cover_runs_low(self, fact: CoverRunsLow, envelope: Envelope) -> Iterable[To]:
        """Little of a permit is left."""
        return [alarm("cover-low", removal_concerns.cover_low(fact, envelope.stream), envelope)]

    def cover_suffices(self, fact: CoverSuffices, envelope: Envelope) -> Iterable[To]:
        """There is more of it again, or it is of a week that is over."""
        return [cure("cover-low", fact.why, envelope)]

    def layer_opened(self, fact: LayerOpened, envelope: Envelope) -> Iterable[To]:
        """The account's limit starts; the limit in force when the layer opened counts for it."""
        days = self._days_max(fact.zone, fact.account)
        if days is None:
            return []
        concern, due_at = stock_concerns.time_in_zone(
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
        return [to("time-in-zone", (layer,), cure, envelope) for layer, cure in emptied.items()]

    def goods_moved(self, fact: GoodsMoved, envelope: Envelope) -> Iterable[To]:
        """Of a layer that a movement emptied, nothing is in the zone too long; what it opened is watched."""
        if not self._ever_limited(fact.zone, fact.account):
            return []
        emptied = {p.layer: self._emptied(p, fact.on, envelope) for p in fact.pieces if p.left == 0}
        return [to("time-in-zone", (layer,), cure, envelope) for layer, cure in emptied.items()]

    def goods_back(self, fact: GoodsBroughtBack | MovementReversed, envelope: Envelope) -> Iterable[To]:
        """They are in the zone since their admission; what a movement opened that did not happen is not."""
        emptied = fact.emptied if isinstance(fact, MovementReversed) else []
        cures = {p.layer: self._emptied(p, fact.on, envelope) for p in emptied}
        return [
            *self._in_again(fact, envelope),
            *(to("time-in-zone", (layer,), cure, envelope) for layer, cure in cures.items()),
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
            concern, due_at = stock_concerns.time_in_zone(
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
        return Cure("time-in-zone", piece.layer, f"the last of the layer left on {day}", heard(envelope))

    @staticmethod
    def _watched(layer: str, concern: Concern, due_at: str, envelope: Envelope) -> To:
        watch = Watch("time-in-zone", layer, concern, heard(envelope), due_at, "time-in-zone")
        return to("time-in-zone", (layer,), watch, envelope)

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

    def overage_found(self, fact: OverageFound, envelope: Envelope) -> Iterable[To]:
        """A 214 or an entry within 5 days, else general order (19 CFR 146.53(d))."""
        concern = movement_concerns.overage(fact, envelope.stream)
        alarm = Alarm("overage", fact.overage, concern, heard(envelope))
        return [to("overage", (envelope.stream, fact.overage), alarm, envelope)]

    def overage_settled(self, fact: OverageSettled, envelope: Envelope) -> Iterable[To]:
        """Something was filed for it, or it was none."""
        cure = Cure("overage", fact.overage, f"{fact.how}: {fact.reference}", heard(envelope))
        return [to("overage", (envelope.stream, fact.overage), cure, envelope)]

    def status_change_refused(self, fact: StatusChangeRefused, envelope: Envelope) -> Iterable[To]:
        """CBP permitted another status and the book cannot follow."""
        concern = movement_concerns.status_change_refused(fact)
        alarm = Alarm("status-change-refused", fact.movement, concern, heard(envelope))
        return [to("status-change-refused", (envelope.stream, fact.movement), alarm, envelope)]

    def exposure_stated(self, fact: ExposureStated, envelope: Envelope) -> Iterable[To]:
        """Goods near the bond, above it, or well below it (19 CFR 146.6(d), 113.73)."""
        if not fact.level:
            how = f"{plain(fact.percent)} % of the bond on {fact.on}"
            return [cure("bond-exposure", how, envelope)]
        return [alarm("bond-exposure", stock_concerns.bond_exposure(fact, envelope.stream), envelope)]

    def permit_used(self, fact: PermitUsed, envelope: Envelope) -> Iterable[To]:
        """Something was done that the CBP 216 does not allow (19 CFR 146.52)."""
        if not fact.beyond:
            return []
        concern = movement_concerns.permit_exceeded(fact, envelope.stream)
        alarm = Alarm("permit-exceeded", fact.movement, concern, heard(envelope))
        return [to("permit-exceeded", (envelope.stream, fact.movement), alarm, envelope)]

    def goods_differ(self, fact: GoodsDiffer, envelope: Envelope) -> Iterable[To]:
        """A count and the book differ, and nothing explains it (19 CFR 146.23(c), 146.53(a))."""
        if fact.line.verdict == "explained":
            return []
        concern = movement_concerns.differ(fact)
        alarm = Alarm("inventory-discrepancy", fact.difference, concern, heard(envelope))
        return [to("inventory-discrepancy", (envelope.stream, fact.difference), alarm, envelope)]

    def difference_judged(self, fact: DifferenceJudged, envelope: Envelope) -> Iterable[To]:
        """A shortage that must be reported at once (19 CFR 146.53(a)(3))."""
        if not fact.report:
            return []
        concern = movement_concerns.report_shortage(fact, envelope.stream)
        alarm = Alarm("inventory-discrepancy", fact.difference, concern, heard(envelope))
        return [to("inventory-discrepancy", (envelope.stream, fact.difference), alarm, envelope)]

    def difference_settled(self, fact: DifferenceSettled, envelope: Envelope) -> Iterable[To]:
        """It was adjusted, reported, or explained after all."""
        cure = Cure(
            "inventory-discrepancy", fact.difference, f"{fact.how}: {fact.reference}", heard(envelope)
        )
        return [to("inventory-discrepancy", (envelope.stream, fact.difference), cure, envelope)]
