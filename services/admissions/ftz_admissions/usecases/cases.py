"""From what is heard to the stream it concerns, with what that stream must know."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from ftz_admissions.domain.admission import Arrive, TakeAnswer, TakeClassification, TakeNumber
from ftz_admissions.domain.admission_state import PF_DOCUMENTS, Terms
from ftz_admissions.domain.announcement import AddDocuments, Announce
from ftz_admissions.domain.counts import Receive
from ftz_admissions.domain.cumulative import TakeListing
from ftz_admissions.domain.discrepancies import ReportDiscrepancy
from ftz_admissions.domain.ending import Withdraw
from ftz_admissions.domain.holds import Revision, Rules
from ftz_admissions.domain.limits import refuse
from ftz_admissions.domain.shortages import AnswerOverage, ReportShortage
from ftz_admissions.domain.transfer import RecordTransfer
from ftz_admissions.domain.zone import ApplyZone
from ftz_admissions.domain.zone_manual import KeepManual
from ftz_admissions.usecases.aggregates import ADMISSION, DAILY, STATUS_CHANGE, ZONE
from ftz_admissions.usecases.line_values import line_value
from ftz_admissions.usecases.numbers import Unusable, conveyance, exact, kept_lines
from ftz_admissions.usecases.numbers import documents as papers
from ftz_admissions.usecases.opening import Openings
from ftz_common.contracts.admissions import (
    AdmissionLine,
    DailyOffered,
    DailyTold,
    Document,
    KeptLine,
    Particulars,
    ShortagePriced,
)
from ftz_common.contracts.classification import ClassificationAnswered
from ftz_common.contracts.common import EventRef, NumberAssigned, NumberRequested
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.filing import Conveyance, FilingAnswered, Licence, StatisticalQuantity
from ftz_common.contracts.platform import (
    AnnouncedLine,
    ShipmentAnnounced,
    ShipmentArrived,
    ShipmentDocumented,
    ShipmentReceived,
)
from ftz_common.contracts.reference import ZoneDocument
from ftz_common.flow.aggregate import ForeignEvent, To, Waiting
from ftz_common.flow.clock import Clock
from ftz_common.flow.foreign_json import unknown_fields
from ftz_common.flow.reference import Reference
from ftz_common.flow.series import SERIES
from ftz_common.values.names import stream_name, stream_parts


class UseCases:
    """One method per fact or event that is heard, and per command of a person."""

    def __init__(self, reference: Reference, clock: Clock, *, as_file: bool = False) -> None:
        self._reference = reference
        self._clock = clock
        self.openings = Openings(reference)
        self._as_file = as_file  #: 214s go out, and are answered, as files

    # ---- what is looked up ----------------------------------------------------------------------

    def _rules(self) -> Rules:
        revisions = tuple(Revision(r.revision, r.effective_from) for r, _ in self._reference.revisions)
        return Rules(self._clock.now(), dict(self._reference.zones), revisions, self._as_file)

    def _terms(self, zone_number: str, account_id: str) -> Terms:
        document = self._reference.zones[zone_number]
        account = self._reference.account(zone_number, account_id)
        assert account is not None  # noqa: S101 intake lets only registered accounts through
        procedures = document.procedures
        asked = procedures.pf_documents
        return Terms(
            zone=zone_number,
            site=document.site.id,
            firms=document.site.firms,
            port=document.port,
            timezone=document.timezone,
            week_starts=procedures.week_starts,
            parties=account.parties,
            required_documents=procedures.required_documents,
            receiving_days_max=procedures.receiving_days_max,
            backdating_days_max=account.backdating_days_max,
            closures=document.closures,
            pf_documents=[*PF_DOCUMENTS] if asked is None else asked,
            domestic_permit=procedures.domestic_permit,
            census_direct=procedures.census_direct,
            direct_delivery=account.direct_delivery,
        )

    @staticmethod
    def _shipment(event: ForeignEvent, shipment: str, command: Any) -> To:
        stream = stream_name("admission", event.data.account, event.issuer, shipment)
        return To(ADMISSION, stream, command, account=event.data.account, zone=event.zone)

    @staticmethod
    def _asker(stream: str, command: Any, envelope: Envelope) -> Iterable[To]:
        parts = stream_parts(stream)
        return [To(ADMISSION, stream, command, account=parts[1], zone=envelope.zone)]

    # ---- the zone -------------------------------------------------------------------------------

    def apply_zone(self, content: Any, effective_from: str, who: str = "", why: str = "") -> To | Refusal:
        """A zone document as read from a file; refused with its place when it is none."""
        try:
            document = msgspec.convert(content, ZoneDocument)
        except msgspec.ValidationError as error:
            reason, _, place = str(error).partition(" - at `$")
            return _not_a_zone(reason, place.strip(".`"))
        unknown = unknown_fields(content, ZoneDocument)
        if unknown:
            return _not_a_zone("a zone document has no such field", unknown[0])
        elsewhere = frozenset(
            source.name
            for other in self._reference.zones.values()
            if other.zone != document.zone
            for source in other.sources
        )
        command = ApplyZone(document, effective_from, elsewhere, who, why)
        return To(ZONE, stream_name("zone", document.zone), command, zone=document.zone)

    def keep_manual(self, zone: str, command: KeepManual) -> To:
        """A version of the zone's procedures manual."""
        return To(ZONE, stream_name("zone", zone), command, zone=zone)

    # ---- shipments ------------------------------------------------------------------------------

    def announced(self, event: ForeignEvent) -> To | Refusal:
        """Goods on their way, or a correction."""
        data: ShipmentAnnounced = event.data
        try:
            lines = tuple(self._line(event, index, line) for index, line in enumerate(data.lines))
            came = conveyance(data)
        except Unusable as unusable:
            return unusable.refusal
        command = Announce(
            terms=self._terms(event.zone, data.account),
            conveyance=came,
            lines=lines,
            documents=papers(data.documents),
            event=event.ref,
            announced_at=event.time,
            rules=self._rules(),
            particulars=Particulars(
                admission_type=data.admission_type,
                from_zone=data.from_zone,
                delivered_on=data.delivered_on,
                found_on=data.found_on,
                found_in=data.found_in,
                direct_delivery=data.direct_delivery,
                blanket=data.blanket,
                reasons=list(data.reasons),
                remarks=data.remarks,
            ),
        )
        return self._shipment(event, data.shipment, command)

    def _line(self, event: ForeignEvent, index: int, line: AnnouncedLine) -> AdmissionLine:
        place = f"data.lines[{index}]"
        value, reckoned = line_value(line, event.data.export_date, self._reference.currencies, place)
        return AdmissionLine(
            line=line.line,
            uin=self._reference.uin(event.zone, event.data.account, event.issuer, line.sku),
            quantity=exact(line.quantity, f"{place}.quantity"),
            unit=line.unit,
            value=value,
            charges=exact(line.charges, f"{place}.charges"),
            status=line.status,
            origin=line.origin,
            province=line.province,
            manufacturer=line.manufacturer,
            weight_kg=None if line.weight_kg is None else exact(line.weight_kg, f"{place}.weight_kg"),
            statistical=[
                StatisticalQuantity(
                    unit=said.unit, quantity=exact(said.quantity, f"{place}.statistical[{at}].quantity")
                )
                for at, said in enumerate(line.statistical)
            ],
            licences=[Licence(kind=said.kind, number=said.number) for said in line.licences],
            frozen_number=line.frozen_number,
            pf_filed_on=line.pf_filed_on,
            bill=line.bill,
            invoice=line.invoice,
            valuation=reckoned,
        )

    def documented(self, event: ForeignEvent) -> To | Refusal:
        """Documents that came later."""
        data: ShipmentDocumented = event.data
        return self._shipment(event, data.shipment, AddDocuments(papers(data.documents), self._rules()))

    def arrived(self, event: ForeignEvent) -> To | Refusal:
        """The conveyance is at the zone."""
        data: ShipmentArrived = event.data
        terms = self._terms(event.zone, data.account)
        command = Arrive(event.time, terms.timezone, terms.receiving_days_max)
        return self._shipment(event, data.shipment, command)

    def received(self, event: ForeignEvent) -> To | Refusal:
        """A dock count."""
        data: ShipmentReceived = event.data
        try:
            lines = kept_lines([(line.line, line.quantity, line.unit) for line in data.lines])
        except Unusable as unusable:
            return unusable.refusal
        command = Receive(
            receipt=data.receipt,
            counted_at=event.time,
            final=data.final,
            lines=lines,
            event=event.ref,
            terms=self._terms(event.zone, data.account),
            now=self._clock.now(),
            dropped_fields=event.dropped_fields,
            rules=self._rules(),
        )
        return self._shipment(event, data.shipment, command)

    def received_by_person(
        self,
        *,
        terms: Terms,
        stream: str,
        receipt: str,
        counted_at: datetime,
        final: bool,
        lines: tuple[KeptLine, ...],
        who: str,
        reason: str,
        event: EventRef,
    ) -> To:
        """A dock count that a person answers for: older than the procedures take by themselves."""
        account = stream_parts(stream)[1]
        command = Receive(
            receipt=receipt,
            counted_at=counted_at,
            final=final,
            lines=lines,
            event=event,
            terms=terms,
            now=self._clock.now(),
            approved_by=who,
            approval_reason=reason,
            rules=self._rules(),
        )
        return To(ADMISSION, stream, command, account=account, zone=terms.zone)

    def change_status(
        self,
        *,
        zone: str,
        account: str,
        change: str,
        lines: tuple[AdmissionLine, ...],
        documents: tuple[Document, ...],
        bill: str,
        who: str,
        why: str,
        event: EventRef,
    ) -> To:
        """A status change on a 214 of its own; raises KeyError for a zone that is not there."""
        now = self._clock.now()
        command = Announce(
            terms=self._terms(zone, account),
            conveyance=Conveyance(
                mode="", carrier="", bill=bill, port_of_unlading="", export_date="", import_date=""
            ),
            lines=lines,
            documents=documents,
            event=event,
            announced_at=now,
            rules=self._rules(),
            particulars=Particulars(admission_type="C", who=who, why=why),
        )
        stream = stream_name("admission", account, STATUS_CHANGE, change)
        return To(ADMISSION, stream, command, account=account, zone=zone)

    # ---- what people decide about one 214 -------------------------------------------------------

    def on_admission(self, stream: str, command: Any, zone: str) -> To:
        """A person's command to a 214."""
        return To(ADMISSION, stream, command, account=stream_parts(stream)[1], zone=zone)

    def reported(self, stream: str, zone: str, **said: Any) -> To:
        """A discrepancy report."""
        return self.on_admission(stream, ReportDiscrepancy(**said, now=self._clock.now()), zone)

    def shortage_reported(self, stream: str, zone: str, **said: Any) -> To:
        """The port director was told of a shortage."""
        return self.on_admission(stream, ReportShortage(**said, now=self._clock.now()), zone)

    def overage_answered(self, stream: str, zone: str, **said: Any) -> To:
        """What was over has its paper."""
        return self.on_admission(stream, AnswerOverage(**said, now=self._clock.now()), zone)

    def transferred(self, stream: str, zone: str, **said: Any) -> To:
        """CBP's permit for the way to the zone."""
        return self.on_admission(stream, RecordTransfer(**said, now=self._clock.now()), zone)

    def withdrawn(self, stream: str, zone: str, reason: str, who: str) -> To:
        """A 214 is given up."""
        return self.on_admission(stream, Withdraw(reason, who, self._rules()), zone)

    # ---- answers --------------------------------------------------------------------------------

    def number_requested(self, fact: NumberRequested, envelope: Envelope) -> Iterable[To]:
        """A 214 asks its series for a number."""
        return [To(SERIES, fact.to, fact, account=envelope.account, zone=envelope.zone)]

    def number_assigned(self, fact: NumberAssigned, envelope: Envelope) -> Iterable[To]:
        """The series answers."""
        if _is_daily(fact.to):
            return [To(DAILY, fact.to, fact, account=envelope.account, zone=envelope.zone)]
        return self._asker(fact.to, TakeNumber(fact, self._rules()), envelope)

    def classified(self, fact: ClassificationAnswered, envelope: Envelope) -> Iterable[To]:
        """Classification answers; of a revision that this process has not read yet, it waits."""
        if fact.revision not in {r.revision for r, _ in self._reference.revisions}:
            raise Waiting(f"tariff revision {fact.revision!r} is not read yet")
        return self._asker(fact.to, TakeClassification(fact, self._rules()), envelope)

    def shortage_priced(self, fact: ShortagePriced, envelope: Envelope) -> Iterable[To]:
        """Duty says what missing goods would have owed."""
        return self._asker(fact.to, fact, envelope)

    def filing_answered(self, fact: FilingAnswered, envelope: Envelope) -> Iterable[To]:
        """CBP answers; entries are another service's. Where 214s are files, the simulated CBP has no say."""
        if fact.kind != "214" or self._as_file:
            return []
        command = TakeAnswer(fact, datetime.fromisoformat(envelope.time))
        if _is_daily(fact.to):
            return [To(DAILY, fact.to, command, account=envelope.account, zone=envelope.zone)]
        return self._asker(fact.to, command, envelope)

    def answered_by_file(self, answer: FilingAnswered, zone: str) -> To:
        """CBP's answer, as the broker's software put it into the folder."""
        stream = answer.to
        command = TakeAnswer(answer, self._clock.now())
        if _is_daily(stream):
            return To(DAILY, stream, command, account=stream_parts(stream)[2], zone=zone)
        return To(ADMISSION, stream, command, account=stream_parts(stream)[1], zone=zone)

    # ---- cumulative 214s of direct deliveries ----------------------------------------------------

    def daily_offered(self, fact: DailyOffered, envelope: Envelope) -> Iterable[To]:
        """A receipt is to stand on the 214 of its business day."""
        return [To(DAILY, fact.to, fact, account=envelope.account, zone=envelope.zone)]

    def daily_told(self, fact: DailyTold, envelope: Envelope) -> Iterable[To]:
        """That 214 is numbered, filed, answered."""
        return self._asker(fact.to, TakeListing(fact, self._clock.now()), envelope)


def _is_daily(stream: str) -> bool:
    return stream_parts(stream)[0] == DAILY.kind


def _not_a_zone(reason: str, place: str) -> Refusal:
    remedy = "compare with docs/zone.md and samples/home-goods/zone.yaml"
    return refuse("zone-document-wrong", reason, "19 CFR 146.21(b)", remedy, place)
