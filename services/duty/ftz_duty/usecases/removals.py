"""In-bond applications and weekly export permits: what people and platforms say of removals."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from ftz_common.contracts.duty import EstimateLine, InBondLineOffered
from ftz_common.contracts.envelope import Envelope, instant_text
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.platform import InBondAuthorized, InBondClosed, ManifestedLine
from ftz_common.contracts.reference import ZoneDocument
from ftz_common.contracts.removals import ExportMoved
from ftz_common.flow.aggregate import Aggregate, ForeignEvent, To, Waiting
from ftz_common.flow.reference import Reference
from ftz_common.values.names import stream_name
from ftz_duty.domain import export_permit, inbond
from ftz_duty.domain.export_permit import ApprovePermit, ExportPermitState, FileStatement
from ftz_duty.domain.goods_key import export_permit_stream
from ftz_duty.domain.inbond import CloseInBond, InBondState
from ftz_duty.domain.inbond_application import AuthorizeInBond, ExtendRemoval, Port

INBOND = Aggregate("inbond", InBondState, inbond.start, inbond.decide, inbond.evolve)
EXPORT_PERMIT = Aggregate(
    "exportpermit", ExportPermitState, export_permit.start, export_permit.decide, export_permit.evolve
)


class Removals:
    """One method per arm, and what people ask for."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    # ---- in-bonds -------------------------------------------------------------------------------

    def take_line_under_bond(self, fact: InBondLineOffered, envelope: Envelope) -> Iterable[To]:
        """A withdrawal travels under an in-bond, or does not after all."""
        yield To(INBOND, fact.to, fact, fact.account, fact.zone)

    def close_inbond(self, event: ForeignEvent) -> To | Refusal:
        """The carrier reports that a parcel left the country."""
        data: InBondClosed = event.data
        stream = stream_name("inbond", data.account, event.issuer, data.order, data.parcel)
        command = CloseInBond(instant_text(event.time), data.port_of_exit, event.ref)
        return To(INBOND, stream, command, data.account, event.zone)

    def authorize_inbond(self, event: ForeignEvent) -> To | Refusal:
        """CBP authorised the movement of a parcel."""
        data: InBondAuthorized = event.data
        found = self._reference.account(event.zone, data.account)
        if found is None:
            raise Waiting(f"account {data.account} of zone {event.zone} is not read yet")
        lines = _lines(data.lines)
        if isinstance(lines, Refusal):
            return lines
        command = AuthorizeInBond(
            kind=data.kind,
            number=data.number,
            port=data.port,
            carrier=data.carrier,
            lines=lines,
            under=data.weekly_permit,
            authorized_at=instant_text(event.time),
            event=event.ref,
            zone=event.zone,
            principal=found.parties.importer_of_record,
            home=self.port(event.zone),
        )
        stream = stream_name("inbond", data.account, event.issuer, data.order, data.parcel)
        return To(INBOND, stream, command, data.account, event.zone)

    def extend(
        self, zone: str, account: str, stream: str, *, remove_by: date, reason: str, who: str
    ) -> To | Refusal:
        """The port director gave more days to remove the goods (19 CFR 146.71(c))."""
        if zone not in self._reference.zones:
            return _no_zone(zone)
        command = ExtendRemoval(remove_by.isoformat(), reason, who, self.port(zone))
        return To(INBOND, stream, command, account, zone)

    # ---- weekly export permits ------------------------------------------------------------------

    def note_export(self, fact: ExportMoved, envelope: Envelope) -> Iterable[To]:
        """Goods left for export, or their application is known."""
        yield To(EXPORT_PERMIT, fact.to, fact, envelope.account, envelope.zone)

    def approve_permit(
        self,
        zone: str,
        account: str,
        week: date,
        *,
        number: str,
        approved_at: str,
        lines: tuple[EstimateLine, ...],
        who: str,
    ) -> To | Refusal:
        """CBP approved a weekly permit, or a supplement to it (19 CFR 146.68(a))."""
        if zone not in self._reference.zones:
            return _no_zone(zone)
        found = self._zone(zone)
        command = ApprovePermit(
            number, approved_at, lines, who, self.port(zone), found.procedures.week_starts
        )
        return To(
            EXPORT_PERMIT, export_permit_stream(zone, account, week.isoformat()), command, account, zone
        )

    def file_statement(
        self, zone: str, account: str, week: date, *, explanations: dict[str, str], who: str
    ) -> To:
        """A person files the week's statement (19 CFR 146.68(c))."""
        stream = export_permit_stream(zone, account, week.isoformat())
        return To(EXPORT_PERMIT, stream, FileStatement(explanations, who), account, zone)

    # ---- what the zone says ---------------------------------------------------------------------

    def port(self, zone: str) -> Port:
        """The port of a zone."""
        found = self._zone(zone)
        return Port(found.port, found.timezone, tuple(found.closures))

    def _zone(self, zone: str) -> ZoneDocument:
        found = self._reference.zones.get(zone)
        if found is None:
            raise Waiting(f"zone {zone} is not read yet")
        return found


def _lines(told: Iterable[ManifestedLine]) -> tuple[EstimateLine, ...] | Refusal:
    lines: list[EstimateLine] = []
    for place, line in enumerate(told):
        quantity = Decimal(line.quantity)
        if quantity <= 0:
            return Refusal(
                code="quantity-out-of-range",
                reason=f"{line.quantity} manifested",
                citation="19 CFR 146.62(b)(2)",
                remedy="send a quantity of more than nothing, or leave the line out",
                place=f"data.lines[{place}].quantity",
            )
        lines.append(
            EstimateLine(
                number=line.number,
                status=line.status,
                origin=line.origin,
                unit=line.unit,
                quantity=quantity,
            )
        )
    return tuple(lines)


def _no_zone(zone: str) -> Refusal:
    return Refusal(
        code="no-zone",
        reason=f"no zone {zone} is applied",
        citation="19 CFR 146.6",
        remedy="apply its document: `ftz zone apply FILE`",
        place="zone",
    )
