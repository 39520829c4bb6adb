"""The contract table: who says which fact, on which topic, under which key, and who hears it.

Topic catalogue, AsyncAPI files, README picture, consumer tests and trace-edge tests are made from it.
This is the one place in `ftz_common` that names services. `reporting` archives every row and is not
repeated in `heard_by`; reference facts are read by every process.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from ftz_common.contracts import (
    admissions,
    alerts,
    allocations,
    classification,
    common,
    corrections,
    counts,
    deferral,
    duty,
    estimating,
    exposure,
    filing,
    inventory,
    movements,
    platform,
    production,
    rates,
    reference,
    removals,
)
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.fact import Fact, Owner, Row, keyed_by
from ftz_common.values.names import stream_name

SERVICES: tuple[Owner, ...] = ("admissions", "classification", "inventory", "duty", "reporting", "alerts")
REFERENCE = "ftz.reference.v1"
OUTCOMES = "ftz.outcomes.{source}.v1"
INTAKE = "ftz.shipments.{source}.v1"

_TO = keyed_by("to")


def home(owner: str) -> str:
    """The topic of an owner's own facts."""
    return f"ftz.{owner}.v1"


def commands(owner: str) -> str:
    """The topic of what is asked of an owner's streams, keyed by the stream that must act."""
    return f"ftz.{owner}.commands.v1"


def _outcome_key(fact: Any, _stream: str) -> str:
    return stream_name("event", fact.source, fact.event)


def _common(
    owner: Owner, *, intake: bool, series: bool, clocks: bool = True, refuses: bool = True
) -> Iterator[Row]:
    if clocks:
        yield Row(
            common.DeadlineSet,
            f"ftz.{owner}.deadline.set.v1",
            owner,
            home(owner),
            (),
            public=False,
            deadline=True,
        )
    if refuses:
        yield Row(common.CommandRefused, f"ftz.{owner}.command.refused.v1", owner, home(owner), ())
    yield Row(common.Noted, f"ftz.{owner}.cause.noted.v1", owner, home(owner), (), public=False)
    if intake:
        yield Row(common.OutcomeGiven, f"ftz.{owner}.outcome.given.v1", owner, OUTCOMES, (), _outcome_key)
        yield Row(common.IntakeRefused, f"ftz.{owner}.intake.refused.v1", owner, home(owner), ())
    if series:
        asked, to = commands(owner), ("to", "reply_to")
        yield Row(
            common.NumberRequested, f"ftz.{owner}.number.requested.v1", owner, asked, (owner,), _TO, False, to
        )
        yield Row(common.NumberTaken, f"ftz.{owner}.number.taken.v1", owner, home(owner), ())
        yield Row(
            common.NumberAssigned,
            f"ftz.{owner}.number.assigned.v1",
            owner,
            asked,
            (owner,),
            _TO,
            False,
            ("to",),
        )


def _own(owner: Owner, noun_verb: str, fact: type[Fact], *heard_by: str, refs: tuple[str, ...] = ()) -> Row:
    return Row(fact, f"ftz.{owner}.{noun_verb}.v1", owner, home(owner), heard_by, references=refs)


def _ask(owner: Owner, noun_verb: str, fact: type[Fact], of: Owner, refs: tuple[str, ...] = ()) -> Row:
    return Row(fact, f"ftz.{owner}.{noun_verb}.v1", owner, commands(of), (of,), _TO, False, ("to", *refs))


def _admissions() -> Iterator[Row]:
    yield Row(reference.ZoneApplied, "ftz.admissions.zone.applied.v1", "admissions", REFERENCE, ())
    yield from _common("admissions", intake=True, series=True)
    yield _own("admissions", "manual.kept", admissions.ManualKept)
    yield _own("admissions", "admission.drafted", admissions.AdmissionDrafted)
    yield _own("admissions", "admission.corrected", admissions.AdmissionCorrected)
    yield _own("admissions", "documents.added", admissions.DocumentsAdded)
    yield _own("admissions", "admission.numbered", admissions.AdmissionNumbered)
    yield _ask(
        "admissions",
        "classification.requested",
        admissions.ClassificationRequested,
        "classification",
        ("reply_to",),
    )
    yield _own("admissions", "line.classified", admissions.LineClassified)
    yield _ask(
        "admissions", "statuschange.permitted", admissions.StatusChangePermitted, "inventory", ("admission",)
    )
    yield _own("admissions", "admission.held", admissions.AdmissionHeld, "alerts")
    yield _own("admissions", "holds.cleared", admissions.HoldsCleared, "alerts")
    yield _own("admissions", "filing.requested", filing.FilingRequested, "cbp", refs=("reply_to",))
    yield _own("admissions", "admission.rejected", admissions.AdmissionRejected, "alerts")
    yield _own("admissions", "admission.authorized", admissions.AdmissionAuthorized, "alerts")
    yield _own("admissions", "admission.arrived", admissions.AdmissionArrived)
    yield _own("admissions", "receipt.counted", admissions.ReceiptCounted)
    yield _own("admissions", "receipt.kept", admissions.ReceiptKept)
    yield _own("admissions", "goods.admitted", admissions.GoodsAdmitted, "inventory", refs=("ledger",))
    yield _ask("admissions", "daily.offered", admissions.DailyOffered, "admissions", ("reply_to",))
    yield _own("admissions", "daily.recorded", admissions.DailyRecorded, refs=("admission",))
    yield _ask("admissions", "daily.told", admissions.DailyTold, "admissions", ("daily",))
    yield _own("admissions", "receipt.listed", admissions.ReceiptListed, refs=("daily",))
    yield _own("admissions", "discrepancy.found", admissions.DiscrepancyFound, "duty", "alerts")
    yield _own("admissions", "series.continued", common.SeriesContinued)
    yield _own("admissions", "opening.begun", admissions.OpeningBalanceBegun)
    yield _own("admissions", "opening.part-taken", admissions.OpeningPartTaken)
    yield _own("admissions", "opening.completed", admissions.OpeningBalanceCompleted)
    yield _own("admissions", "transfer.recorded", admissions.TransferRecorded)
    yield _own("admissions", "transfer.cancelled", admissions.TransferCancelled)
    yield _own("admissions", "discrepancy.reported", admissions.DiscrepancyReported, "alerts")
    yield _own("admissions", "shortage.judged", admissions.ShortageJudged, "alerts")
    yield _own("admissions", "shortage.reported", admissions.ShortageReported, "alerts")
    yield _own("admissions", "overage.answered", admissions.OverageAnswered)
    yield _own("admissions", "liability.fixed", admissions.LiabilityFixed, "alerts")
    yield _own("admissions", "admission.withdrawn", admissions.AdmissionWithdrawn)
    yield _own("admissions", "admission.deleted", admissions.AdmissionDeleted)
    yield _own("admissions", "admission.concurred", admissions.AdmissionConcurred)
    yield _own("admissions", "clock.started", common.ClockStarted, "alerts")
    yield _own("admissions", "clock.stopped", common.ClockStopped, "alerts")
    yield _own("admissions", "clock.expired", common.ClockExpired, "alerts")


def _classification() -> Iterator[Row]:
    yield from _common("classification", intake=True, series=False, clocks=False)
    yield _own("classification", "part.recorded", classification.PartRecorded)
    yield _own("classification", "part.questioned", classification.PartQuestioned)
    yield _own("classification", "request.waiting", classification.RequestWaiting, refs=("reply_to",))
    yield _own("classification", "review.opened", classification.ReviewOpened)
    yield _own("classification", "number.proposed", classification.NumberProposed)
    yield _own("classification", "question.asked", classification.QuestionAsked)
    yield _own("classification", "review.rejected", classification.ReviewRejected)
    yield _own("classification", "decision.held", classification.DecisionHeld)
    yield _own("classification", "concordance.imported", classification.ConcordanceImported)
    yield _own("classification", "part.classified", classification.Classified)
    yield _ask(
        "classification", "classification.answered", classification.ClassificationAnswered, "admissions"
    )


def _inventory() -> Iterator[Row]:
    yield from _common("inventory", intake=True, series=False)
    yield _own("inventory", "order.recorded", inventory.OrderRecorded)
    yield _own("inventory", "order.waiting", inventory.OrderEventWaits)
    yield _own("inventory", "order.taken", inventory.OrderEventTaken)
    yield _ask("inventory", "reservation.requested", inventory.ReservationRequested, "inventory", ("order",))
    yield _ask("inventory", "draw.requested", inventory.DrawRequested, "inventory", ("order",))
    yield _ask("inventory", "release.requested", inventory.ReleaseRequested, "inventory", ("order",))
    yield _ask("inventory", "reversal.requested", inventory.ReversalRequested, "inventory", ("order",))
    yield _ask("inventory", "return.requested", inventory.ReturnRequested, "inventory", ("order",))
    yield _ask("inventory", "order.answered", inventory.OrderLineAnswered, "inventory")
    yield _own("inventory", "order.moved", inventory.OrderLineMoved)
    yield _own("inventory", "layer.opened", inventory.LayerOpened, "duty", "alerts", refs=("admission",))
    yield _own("inventory", "stock.reserved", inventory.Reserved, "duty", refs=("order",))
    yield _own("inventory", "stock.released", inventory.ReservationReleased, "duty", refs=("order",))
    yield _own("inventory", "stock.drawn", inventory.Drawn, "duty", "alerts", refs=("order",))
    yield _own("inventory", "draw.suspended", inventory.DrawSuspended, "alerts", refs=("order",))
    yield _own("inventory", "suspense.settled", inventory.SuspenseSettled, "alerts")
    yield _own("inventory", "draw.reversed", inventory.DrawReversed, "duty", "alerts", refs=("order",))
    yield _own("inventory", "reversal.waiting", inventory.ReversalWaits)
    yield _own("inventory", "reversal.takenup", inventory.ReversalTakenUp)
    yield _own("inventory", "return.waiting", inventory.ReturnWaits)
    yield _ask("inventory", "cover.requested", inventory.CoverRequested, "inventory", ("order",))
    yield _own("inventory", "cover.opened", inventory.CoverOpened, refs=("entry",))
    yield _own("inventory", "cover.extended", inventory.CoverExtended)
    yield _own("inventory", "cover.drawn", inventory.CoverDrawn, refs=("order",))
    yield _own("inventory", "removal.uncovered", inventory.RemovalUncovered, "alerts", refs=("order",))
    yield _own("inventory", "removal.covered", inventory.RemovalCovered, "alerts")
    yield _own("inventory", "cover.restored", inventory.CoverRestored, "alerts")
    yield _own("inventory", "cover.counted", inventory.CoverCounted)
    yield _own("inventory", "cover.runs-low", estimating.CoverRunsLow, "alerts")
    yield _own("inventory", "cover.closed", estimating.CoverClosed, refs=("entry",))
    yield _own("inventory", "cover.suffices", estimating.CoverSuffices, "alerts")
    yield _ask("inventory", "cover.totalled", inventory.CoverTotalled, "duty", ("cover",))


def _in_zone() -> Iterator[Row]:
    """Of inventory: what happens to goods besides orders."""
    yield _own("inventory", "goods.moved", movements.GoodsMoved, "duty", "alerts")
    yield _own("inventory", "goods.broughtback", movements.GoodsBroughtBack, "duty", "alerts")
    yield _own("inventory", "movement.reversed", movements.MovementReversed, "duty", "alerts")
    yield _own("inventory", "history.sent", movements.ZoneHistorySent)
    yield _own("inventory", "overage.found", movements.OverageFound, "alerts")
    yield _own("inventory", "overage.settled", movements.OverageSettled, "alerts")
    yield _own("inventory", "clock.expired", common.ClockExpired, "alerts")
    yield _own("inventory", "clock.stopped", common.ClockStopped, "alerts")
    yield _own(
        "inventory", "statuschange.refused", movements.StatusChangeRefused, "alerts", refs=("admission",)
    )
    yield _ask("inventory", "opening.requested", movements.OpeningRequested, "inventory")
    yield _own("inventory", "permit.granted", movements.PermitGranted)
    yield _own("inventory", "permit.revoked", movements.PermitRevoked)
    yield _ask("inventory", "operation.reported", movements.OperationReported, "inventory", ("ledger",))
    yield _own("inventory", "permit.used", movements.PermitUsed, "alerts", refs=("ledger",))
    yield _own("inventory", "production.opened", production.ProductionOpened)
    yield _ask(
        "inventory", "components.requested", production.ComponentsRequested, "inventory", ("reply_to",)
    )
    yield _ask("inventory", "components.answered", production.ComponentsAnswered, "inventory", ("ledger",))
    yield _own("inventory", "components.taken", production.ComponentsTaken, refs=("ledger",))
    yield _ask("inventory", "components.returned", production.ComponentsReturned, "inventory")
    yield _own("inventory", "production.refused", production.ProductionRefused)
    yield _own("inventory", "production.finished", production.ProductionFinished)
    yield _own("inventory", "stock.allocated", allocations.StockAllocated)
    yield _own("inventory", "allocation.ended", allocations.AllocationEnded)
    yield _own("inventory", "count.planned", counts.CountPlanned)
    yield _own("inventory", "goods.counted", counts.GoodsCounted)
    yield _own("inventory", "count.compared", counts.CountCompared)
    yield _own("inventory", "goods.differ", counts.GoodsDiffer, "duty", "alerts", refs=("count",))
    yield _own("inventory", "difference.judged", counts.DifferenceJudged, "alerts")
    yield _own("inventory", "difference.settled", counts.DifferenceSettled, "alerts")
    yield _own("inventory", "exposure.added", exposure.ExposureAdded, refs=("ledger",))
    yield _own("inventory", "exposure.stated", exposure.ExposureStated, "alerts")
    yield _own("inventory", "exposure.due", exposure.ExposureDue)


def _duty() -> Iterator[Row]:
    yield Row(reference.TariffRevisionImported, "ftz.duty.tariff.imported.v1", "duty", REFERENCE, ())
    yield Row(reference.MeasuresImported, "ftz.duty.measures.imported.v1", "duty", REFERENCE, ())
    yield Row(reference.MeasureRuled, "ftz.duty.measure.ruled.v1", "duty", REFERENCE, ())
    yield Row(reference.GoodsStated, "ftz.duty.goods.stated.v1", "duty", REFERENCE, ())
    yield Row(reference.MeasuresConfirmed, "ftz.duty.measures.confirmed.v1", "duty", REFERENCE, ())
    yield Row(reference.CurrencyRated, "ftz.duty.currency.rated.v1", "duty", REFERENCE, ())
    yield from _common("duty", intake=True, series=True)
    yield _own("duty", "withdrawal.priced", duty.WithdrawalPriced, refs=("order", "entry"))
    yield _own("duty", "withdrawal.exempt", duty.WithdrawalExempt, refs=("order", "inbond", "deferral"))
    yield _own("duty", "withdrawal.reversed", duty.WithdrawalReversed)
    yield _ask("duty", "entryline.offered", duty.EntryLineOffered, "duty", ("order",))
    yield from _estimates()
    yield _own("duty", "ratechange.ahead", rates.RateChangeAhead, "alerts")
    yield _own("duty", "ratechange.ended", rates.RateChangeEnded, "alerts")
    yield _own("duty", "entry.opened", duty.EntryOpened)
    yield _own("duty", "goods.ordered", duty.GoodsOrdered, refs=("order",))
    yield _own("duty", "removal.extended", duty.RemovalExtended)
    yield _own("duty", "entry.numbered", duty.EntryNumbered)
    yield _own("duty", "estimate.added", duty.EstimateAdded)
    yield _own("duty", "filing.requested", filing.FilingRequested, "cbp", refs=("reply_to",))
    yield _own("duty", "estimate.accepted", duty.EstimateAccepted, "alerts")
    yield _own("duty", "entrydate.decided", duty.EntryDateDecided)
    yield _own("duty", "estimate.rejected", duty.EstimateRejected, "alerts")
    yield _ask("duty", "cover.granted", inventory.CoverGranted, "inventory", ("entry",))
    yield _own("duty", "entryline.taken", duty.EntryLineTaken, refs=("order",))
    yield _own("duty", "cover.noted", duty.CoverNoted, refs=("cover",))
    yield _own("duty", "week.ended", duty.WeekEnded)
    yield _own("duty", "compilation.waits", duty.CompilationWaits, "alerts")
    yield _own("duty", "prices.requested", duty.PricesRequested, "duty")
    yield _own("duty", "entrylines.compiled", duty.EntryLinesCompiled)
    yield _own("duty", "entry.compiled", duty.EntryCompiled, "alerts")
    yield _own("duty", "summary.accepted", duty.SummaryAccepted, "alerts")
    yield _own("duty", "summary.rejected", duty.SummaryRejected, "alerts")
    yield _own("duty", "entry.correction-needed", duty.EntryCorrectionNeeded, "alerts", refs=("order",))
    yield from _corrections()
    yield _ask("duty", "removals.noted", duty.RemovalsNoted, "duty")
    yield _ask("duty", "inbondline.offered", duty.InBondLineOffered, "duty", ("order",))
    yield _ask("duty", "shortage.priced", admissions.ShortagePriced, "admissions")
    yield _ask("duty", "difference.priced", counts.DifferencePriced, "inventory")
    yield _own("duty", "inbond.opened", duty.InBondOpened, refs=("order",))
    yield _own("duty", "inbondline.added", duty.InBondLineAdded)
    yield _own("duty", "inbondline.removed", duty.InBondLineRemoved)
    yield _own("duty", "inbond.waiting", duty.InBondCloseWaits)
    yield _own("duty", "inbond.closed", duty.InBondArrived, "alerts")
    yield _own("duty", "inbond.overdue", duty.InBondOverdue, "alerts")
    yield _own("duty", "harborcargo.admitted", duty.VesselCargoAdmitted)
    yield _own("duty", "harborfee.stated", duty.HarborFeeStated, "alerts")
    yield _own("duty", "harborfee.paid", duty.HarborFeePaid, "alerts")
    yield from _removals()
    yield from _deferrals()


def _estimates() -> Iterator[Row]:
    yield _own("duty", "estimates.configured", duty.EstimatesConfigured)
    yield _own("duty", "stock.estimated", duty.StockEstimated)
    yield _ask("duty", "estimate.proposed", duty.EstimateProposed, "duty")
    yield _own("duty", "estimate.made", duty.EstimateMade)
    yield _own("duty", "week.counted", estimating.WeekCounted)
    yield _own("duty", "demand.counted", estimating.DemandCounted)
    yield _own("duty", "estimate.drafted", estimating.EstimateDrafted)


def _corrections() -> Iterator[Row]:
    """Of an entry: what is mended after its summary."""
    yield _own("duty", "entry.cancelled", corrections.EntryCancelled)
    yield _ask("duty", "cover.withdrawn", corrections.CoverWithdrawn, "inventory", ("entry",))
    yield _own("duty", "correction.opened", corrections.CorrectionOpened)
    yield _own("duty", "correction.waits", corrections.CorrectionWaits)
    yield _own("duty", "correctedlines.compiled", corrections.CorrectedLines)
    yield _own("duty", "entry.corrected", corrections.EntryCorrected, "alerts")


def _removals() -> Iterator[Row]:
    yield _own("duty", "clock.started", common.ClockStarted, "alerts")
    yield _own("duty", "clock.stopped", common.ClockStopped, "alerts")
    yield _own("duty", "clock.expired", common.ClockExpired, "alerts")
    yield _own("duty", "inbond.authorized", removals.InBondAuthorized, "alerts")
    yield _own("duty", "inbond.extended", removals.InBondExtended)
    yield _own("duty", "inbond.lapsed", removals.InBondLapsed, "alerts")
    yield _ask("duty", "export.moved", removals.ExportMoved, "duty", ("inbond",))
    yield _own("duty", "exportpermit.approved", removals.ExportPermitApproved)
    yield _own("duty", "export.counted", removals.ExportCounted, refs=("inbond",))
    yield _own("duty", "export.manifested", removals.ExportManifested, refs=("inbond",))
    yield _own("duty", "removal.unpermitted", removals.RemovalUnpermitted, "alerts", refs=("inbond",))
    yield _own("duty", "removal.permitted", removals.RemovalPermitted, "alerts", refs=("inbond",))
    yield _own("duty", "exportweek.ended", removals.ExportWeekEnded)
    yield _own("duty", "exportinbonds.listed", removals.ExportInBondsListed)
    yield _own("duty", "exportstatement.filed", removals.ExportStatementFiled)
    yield _own("duty", "exportstatement.reopened", removals.ExportStatementReopened)


def _deferrals() -> Iterator[Row]:
    yield _ask("duty", "deferralline.offered", deferral.DeferralLineOffered, "duty", ("order",))
    yield _own("duty", "deferralline.taken", deferral.DeferralLineTaken)
    yield _own("duty", "deferral.condition-stated", deferral.ConditionStated)
    yield _own("duty", "deferral.exported", deferral.ExportationDated)
    yield _own("duty", "deferral.prices-requested", deferral.DeferralPricesRequested, "duty")
    yield _own("duty", "deferral.numbered", deferral.DeferralNumbered)
    yield _own("duty", "deferral.assessed", deferral.DeferralAssessed)
    yield _own("duty", "deferral.waiver-claimed", deferral.WaiverClaimed)
    yield _own("duty", "deferral.filed", deferral.DeferralFiled)
    yield _own("duty", "deferral.deposited", deferral.DeferralDeposited)


def _alerts() -> Iterator[Row]:
    yield from _common("alerts", intake=False, series=False)
    yield _own("alerts", "risk.noted", alerts.RiskNoted, refs=("about",))
    yield _own("alerts", "risk.cleared", alerts.RiskCleared)
    yield _own("alerts", "alert.raised", alerts.AlertRaised, refs=("about",))
    yield _own("alerts", "alert.restated", alerts.AlertRestated, refs=("about",))
    yield _own("alerts", "alert.resolved", alerts.AlertResolved)


def _cbp() -> Iterator[Row]:
    yield from _common("cbp", intake=False, series=False, refuses=False)
    yield _own("cbp", "filing.taken", filing.FilingTaken, refs=("reply_to",))
    yield Row(
        filing.FilingAnswered,
        "ftz.cbp.filing.answered.v1",
        "cbp",
        home("cbp"),
        ("admissions", "duty"),
        _TO,
        references=("to",),
    )


ROWS: tuple[Row, ...] = (
    *_admissions(),
    *_classification(),
    *_inventory(),
    *_in_zone(),
    *_duty(),
    *_alerts(),
    *_cbp(),
)

BY_TYPE: dict[str, Row] = {row.type: row for row in ROWS}
BY_FACT: dict[tuple[str, type[Fact]], Row] = {(row.owner, row.fact): row for row in ROWS}


@dataclass(frozen=True, slots=True)
class Reroute:
    """A fact that must act on another stream than its own: the same bytes, under the key `field` names."""

    type: str
    topic: str
    field: str


#: What stateless routers send on (embedded: a key function on the cursor).
REROUTES: tuple[Reroute, ...] = (
    Reroute("ftz.admissions.goods.admitted.v1", commands("inventory"), "ledger"),
)


@cache
def decoder(fact_type: str) -> msgspec.json.Decoder[Any]:
    """The decoder of a type's data; raises KeyError for a type that this build does not know."""
    return msgspec.json.Decoder(BY_TYPE[fact_type].fact)


def topic_of(row: Row, fact: Any) -> str:
    """The topic of one fact: the row's, with the fact's source in the outcome topics."""
    return row.topic.format(source=fact.source) if "{" in row.topic else row.topic


def places(envelope: Envelope) -> list[tuple[str, str]]:
    """Where a fact stands when nothing needs to send it on: (topic, key), and again for each reroute.

    A type that this build does not know stands on its owner's topic, for its consumers to park.
    """
    row = BY_TYPE.get(envelope.type)
    if row is None:
        return [(home(envelope.type.split(".")[1]), envelope.stream)]
    rerouted = [r for r in REROUTES if r.type == envelope.type]
    if row.sequenced and not rerouted and "{" not in row.topic:
        return [(row.topic, envelope.stream)]
    fact = decoder(envelope.type).decode(envelope.data)
    return [
        (topic_of(row, fact), row.key(fact, envelope.stream)),
        *((r.topic, getattr(fact, r.field)) for r in rerouted),
    ]


def subscribed(service: str) -> tuple[str, ...]:
    """The fact topics that a service reads: those with a row it hears, sorted."""
    topics = {row.topic for row in ROWS if service in row.heard_by}
    rerouted = {r.type: r.topic for r in REROUTES}
    for row in ROWS:
        if service in row.heard_by and row.type in rerouted:
            topics.add(rerouted[row.type])
            if not any(
                service in r.heard_by and r.topic == row.topic and r.type not in rerouted for r in ROWS
            ):
                topics.discard(row.topic)
    return tuple(sorted(topics))


def topics() -> tuple[str, ...]:
    """Every topic of our own facts, sorted; outcome topics as their pattern."""
    return tuple(sorted({row.topic for row in ROWS} | {r.topic for r in REROUTES}))


def claimant(foreign_type: str) -> str:
    """The service that takes a platform's event; what no row claims is answered by admissions."""
    known = platform.FOREIGN.get(foreign_type)
    return known[1] if known else "admissions"
