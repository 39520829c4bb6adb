"""Goods changed in the zone that go to Canada or Mexico: what is looked up for them."""

from collections.abc import Iterable

from ftz_common.contracts.common import NumberAssigned
from ftz_common.contracts.deferral import DeferralLineOffered, DeferralPricesRequested
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.fact import Refusal
from ftz_common.flow.aggregate import Aggregate, To
from ftz_common.flow.reference import Reference
from ftz_duty.domain import deferral
from ftz_duty.domain.deferral import AssessDeferral, DeferralState
from ftz_duty.usecases.library import Library
from ftz_duty.usecases.measures import Measures

DEFERRAL = Aggregate("deferral", DeferralState, deferral.start, deferral.decide, deferral.evolve)


class Deferrals:
    """One method per arm, and what people say."""

    def __init__(self, reference: Reference, library: Library, measures: Measures) -> None:
        self._reference = reference
        self._library = library
        self._measures = measures

    def take_line(self, fact: DeferralLineOffered, envelope: Envelope) -> Iterable[To]:
        """Foreign goods left for Canada or Mexico, or did not after all."""
        yield To(DEFERRAL, fact.to, fact, fact.account, fact.zone)

    def take_number(self, fact: NumberAssigned, envelope: Envelope) -> Iterable[To]:
        """The series answered."""
        yield To(DEFERRAL, fact.to, fact, envelope.account, envelope.zone)

    def state_rates(self, fact: DeferralPricesRequested, envelope: Envelope) -> Iterable[To]:
        """The rates of its lines: on the date of exportation, of PF goods on their filing date."""
        rates = tuple(
            self._measures.planned(
                self._library.stated(w.number, w.origin, w.on), envelope.account, fact.exported_on
            )
            for w in fact.wanted
        )
        command = AssessDeferral(fact.round, rates)
        yield To(DEFERRAL, envelope.stream, command, envelope.account, envelope.zone)

    def asked(self, zone: str, account: str, stream: str, command: object) -> To | Refusal:
        """What a person says of a parcel."""
        if zone not in self._reference.zones:
            return Refusal(
                code="no-zone",
                reason=f"no zone {zone} is applied",
                citation="19 CFR 146.6",
                remedy="apply its document: `ftz zone apply FILE`",
                place="zone",
            )
        return To(DEFERRAL, stream, command, account, zone)
