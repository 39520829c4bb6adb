"""From what is heard to the part it concerns, with the tariff numbers that the part must know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ftz_classification.domain import concordance, part, part_state
from ftz_classification.domain.concordance import ImportConcordance
from ftz_classification.domain.decision import DecidePart, InForce
from ftz_classification.domain.part import Ask, Publish
from ftz_classification.domain.part_state import PartState
from ftz_classification.domain.proposal import Made, Propose, Wanted, is_wanted
from ftz_classification.domain.review import AskQuestion, RejectReview
from ftz_classification.domain.tariff_numbers import TariffNumbers, read_numbers
from ftz_common.blobs.port import Blobs
from ftz_common.contracts.admissions import ClassificationRequested
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.fact import Refusal
from ftz_common.contracts.platform import PartPublished
from ftz_common.contracts.reference import TariffRevisionImported, UnitMeasure, ZoneDocument
from ftz_common.flow.aggregate import Aggregate, ForeignEvent, To, Waiting
from ftz_common.flow.clock import Clock
from ftz_common.flow.reference import Reference
from ftz_common.values.calendar import PortCalendar
from ftz_common.values.exact import is_storable
from ftz_common.values.names import stream_name

PART = Aggregate("part", part_state.PartState, part_state.start, part.decide, part_state.evolve)
CONCORDANCE = Aggregate(
    "concordance", concordance.ConcordanceState, concordance.start, concordance.decide, concordance.evolve
)
AGGREGATES = (PART, CONCORDANCE)


@dataclass
class NumberShelf:
    """The final numbers of every revision that was read, by the SHA-256 of its file."""

    blobs: Blobs
    numbers: dict[str, TariffNumbers] = field(default_factory=dict[str, TariffNumbers])

    async def read(self, fact: TariffRevisionImported) -> None:
        """Load a revision's file, once."""
        if fact.sha256 not in self.numbers:
            self.numbers[fact.sha256] = read_numbers(await self.blobs.get(fact.sha256))


class UseCases:
    """One method per fact or event that is heard, and per command of a person."""

    def __init__(self, reference: Reference, shelf: NumberShelf, clock: Clock) -> None:
        self._reference = reference
        self._shelf = shelf
        self._clock = clock

    # ---- what is looked up ----------------------------------------------------------------------

    def _read(self, fact: TariffRevisionImported) -> InForce:
        return InForce(fact.revision, self._shelf.numbers[fact.sha256], fact.effective_from)

    async def load(self, fact: TariffRevisionImported) -> InForce:
        """A revision with its numbers, read now if it was not."""
        await self._shelf.read(fact)
        return self._read(fact)

    def known(self, name: str = "") -> list[InForce]:
        """The revisions read, by their first days; of one name its latest import, or of every name."""
        latest = {fact.revision: fact for fact, _ in self._reference.revisions}
        found = [self._read(f) for f in latest.values() if name in ("", f.revision)]
        return sorted(found, key=lambda r: (r.effective_from, r.revision))

    def _in_force(self, day: date) -> InForce | None:
        revision = self._reference.revision_on(day)
        return self._read(revision) if revision else None

    def _today(self, zone: ZoneDocument) -> date:
        return PortCalendar(zone.timezone).local_date(self._clock.now())

    def _zone_of(self, account: str) -> ZoneDocument | None:
        for zone in self._reference.zones.values():
            if any(a.id == account for a in zone.accounts):
                return zone
        return None

    def zone_of(self, account: str) -> str:
        """The zone number of an account; "" when no zone has it."""
        zone = self._zone_of(account)
        return zone.zone if zone else ""

    # ---- arms -----------------------------------------------------------------------------------

    def published(self, event: ForeignEvent) -> To | Refusal:
        """A source describes a part."""
        data: PartPublished = event.data
        account = self._reference.account(event.zone, data.account)
        assert account is not None  # noqa: S101 intake lets only registered accounts through
        if not data.unit.strip() or not data.description.strip():
            return _unusable("unit" if not data.unit.strip() else "description", "is empty")
        quantities = {unit: Decimal(quantity) for unit, quantity in sorted(data.measures.items())}
        for unit, quantity in quantities.items():
            if not (quantity > 0 and is_storable(quantity)):
                return _unusable(f"measures.{unit}", f"is {quantity}: no measure of one {data.unit}")
        measures = tuple(UnitMeasure(unit=u, quantity=q) for u, q in quantities.items())
        command = Publish(
            description=data.description,
            origin=data.origin,
            unit=data.unit,
            measures=measures,
            attributes=data.attributes,
            published_at=event.time,
            event=event.ref,
            master=account.master_source == event.source,
            in_force=self._in_force(self._today(self._reference.zones[event.zone])),
        )
        uin = self._reference.uin(event.zone, data.account, event.issuer, data.sku)
        stream = stream_name("part", data.account, uin)
        return To(PART, stream, command, account=data.account, zone=event.zone)

    def requested(self, fact: ClassificationRequested, envelope: Envelope) -> Iterable[To]:
        """An admission line needs a number; of a revision that this process has not read yet, it waits."""
        if fact.revision and fact.revision not in {r.revision for r, _ in self._reference.revisions}:
            raise Waiting(f"tariff revision {fact.revision!r} is not read yet")
        command = Ask(
            request=envelope.id,
            reply_to=fact.reply_to,
            line=fact.line,
            needed_on=fact.needed_on,
            in_force=self._in_force(date.fromisoformat(fact.needed_on)),
            value=fact.value,
        )
        return [To(PART, fact.to, command, account=fact.account, zone=envelope.zone)]

    # ---- people ---------------------------------------------------------------------------------

    def decided(
        self,
        *,
        account: str,
        uin: str,
        number: str,
        who: str,
        licence: str,
        reason: str,
        revision: str = "",
        facts_digest: str = "",
        citations: Sequence[str] = (),
        proposal: str = "",
    ) -> To | Refusal:
        """A licensed person's decision, in the revision they name or the one in force today."""
        zone = self._zone_of(account)
        if zone is None:
            return _unknown_account(account)
        named = self.known(revision) if revision else []
        in_force = named[0] if named else None if revision else self._in_force(self._today(zone))
        if in_force is None:
            known = ", ".join(r.revision for r in self.known()) or "none"
            return Refusal(
                code="unknown-revision",
                reason=f"tariff revision {revision!r} is not imported"
                if revision
                else f"no tariff revision is in force on {self._today(zone)}",
                citation="HTSUS General Statistical Note",
                remedy=f"import it with `ftz tariff import`; imported: {known}",
                place="revision",
            )
        command = DecidePart(
            number=number,
            decided_by=who,
            licence=licence,
            reason=reason,
            in_force=in_force,
            facts_digest=facts_digest,
            citations=tuple(citations),
            proposal=proposal,
            policy=zone.procedures.second_approver,
            today=self._today(zone).isoformat(),
        )
        return self._to(zone, account, uin, command)

    def questioned(self, *, account: str, uin: str, **said: str) -> To | Refusal:
        """A person asks what decides; fields as `AskQuestion`."""
        zone = self._zone_of(account)
        return self._to(zone, account, uin, AskQuestion(**said)) if zone else _unknown_account(account)

    def rejected(
        self,
        *,
        account: str,
        uin: str,
        who: str,
        licence: str,
        reason: str,
        citations: Sequence[str] = (),
        facts_digest: str = "",
    ) -> To | Refusal:
        """A person's no to a proposal or to a held decision."""
        zone = self._zone_of(account)
        if zone is None:
            return _unknown_account(account)
        command = RejectReview(who, licence, reason, tuple(citations), facts_digest)
        return self._to(zone, account, uin, command)

    def _to(self, zone: ZoneDocument, account: str, uin: str, command: object) -> To:
        return To(PART, stream_name("part", account, uin), command, account=account, zone=zone.zone)

    def concordance(self, revision: str, command: ImportConcordance) -> To:
        """A concordance for the lines of a revision, which may come before or after it."""
        return To(CONCORDANCE, stream_name("concordance", revision), command)

    # ---- the engine -----------------------------------------------------------------------------

    def wanted(self, state: PartState) -> Wanted | None:
        """What the engine is asked about a part; None when no proposal is wanted, or no revision is known."""
        zone, recorded = self._zone_of(state.account), state.recorded
        if zone is None or recorded is None:
            return None
        asked_for = self.known(state.review.revision) if state.review and state.review.revision else []
        in_force = asked_for[0] if asked_for else self._in_force(self._today(zone))
        if in_force is None or not is_wanted(state, in_force.revision, in_force.effective_from):
            return None
        return Wanted(
            stream=state.stream,
            account=state.account,
            uin=state.uin,
            facts_digest=state.digest,
            description=recorded.description,
            attributes=dict(sorted(recorded.attributes.items())),
            revision=in_force.revision,
            schedule=self._sha256(in_force.revision),
            effective_from=in_force.effective_from,
        )

    def _sha256(self, revision: str) -> str:
        return next(f.sha256 for f, _ in reversed(self._reference.revisions) if f.revision == revision)

    def proposed(self, wanted: Wanted, made: Made, explanation: str) -> To:
        """The engine's answer for its part; rates are those of the schedule it was made from."""
        command = Propose(wanted, made, explanation, self._shelf.numbers[wanted.schedule])
        return To(PART, wanted.stream, command, wanted.account, self.zone_of(wanted.account))


def _unknown_account(account: str) -> Refusal:
    return Refusal(
        code="unknown-account",
        reason=f"no zone has an account {account!r}",
        citation="policy: registered accounts (zone.yaml)",
        remedy="see GET /v1/admissions/zones",
        place="account",
    )


def _unusable(name: str, why: str) -> Refusal:
    return Refusal(
        code="part-incomplete",
        reason=f"{name} {why}",
        citation="19 CFR 146.22(d)",
        remedy="send a description, the stock unit, and what one of it is in other units, above 0",
        place=f"data.{name}",
    )
