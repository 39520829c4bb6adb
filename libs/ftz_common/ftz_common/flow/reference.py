"""Reference data: what every process reads from the start before it is ready.

Lookups only; what they mean is each service's business.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.reference import (
    Account,
    CurrencyRated,
    EstimatePolicy,
    GoodsStated,
    MeasureRuled,
    MeasuresConfirmed,
    MeasuresImported,
    SkuMapping,
    Source,
    TariffRevisionImported,
    ZoneApplied,
    ZoneDocument,
)
from ftz_common.values.period import EntryPeriod


@dataclass(frozen=True, slots=True)
class Speaker:
    """A registered source, in its zone."""

    zone: ZoneDocument
    source: Source


@dataclass
class Reference:
    """Zones, tariff revisions and measures as far as `ftz.reference.v1` was read."""

    zones: dict[str, ZoneDocument] = field(default_factory=dict[str, ZoneDocument])
    history: dict[str, list[ZoneApplied]] = field(default_factory=dict[str, list[ZoneApplied]])
    revisions: list[tuple[TariffRevisionImported, str]] = field(
        default_factory=list[tuple[TariffRevisionImported, str]]
    )  #: with the instant each was recorded
    measures: list[tuple[MeasuresImported, str]] = field(
        default_factory=list[tuple[MeasuresImported, str]]
    )  #: sets of additional duties, with the instant each was recorded
    rulings: list[tuple[MeasureRuled | GoodsStated | MeasuresConfirmed, str]] = field(
        default_factory=list[tuple[MeasureRuled | GoodsStated | MeasuresConfirmed, str]]
    )  #: what people decided and stated about them
    currencies: list[CurrencyRated] = field(default_factory=list[CurrencyRated])  #: in order
    on_revision: Callable[[TariffRevisionImported], Awaitable[None]] | None = None
    on_measures: Callable[[MeasuresImported], Awaitable[None]] | None = None
    _seen: set[str] = field(default_factory=set[str])

    async def take(self, fact: Any, envelope: Envelope) -> None:
        """Apply one reference fact; a repeated one changes nothing."""
        if envelope.id in self._seen:
            return
        if isinstance(fact, ZoneApplied):
            self.zones[fact.document.zone] = fact.document
            self.history.setdefault(fact.document.zone, []).append(fact)
        elif isinstance(fact, TariffRevisionImported):
            if self.on_revision is not None:
                await self.on_revision(fact)
            self.revisions.append((fact, envelope.recordedtime))
        elif isinstance(fact, MeasuresImported):
            if self.on_measures is not None:
                await self.on_measures(fact)
            self.measures.append((fact, envelope.recordedtime))
        elif isinstance(fact, MeasureRuled | GoodsStated | MeasuresConfirmed):
            self.rulings.append((fact, envelope.recordedtime))
        elif isinstance(fact, CurrencyRated):
            self.currencies.append(fact)
        self._seen.add(envelope.id)

    def has(self, fact_id: str) -> bool:
        """Whether the fact with this id was taken."""
        return fact_id in self._seen

    def speaker(self, source: str) -> Speaker | None:
        """The registered source of that name."""
        for zone in self.zones.values():
            for registered in zone.sources:
                if registered.name == source:
                    return Speaker(zone, registered)
        return None

    def account(self, zone: str, account: str) -> Account | None:
        """An account of a zone."""
        document = self.zones.get(zone)
        return next((a for a in document.accounts if a.id == account), None) if document else None

    def estimate_policy(self, zone: str, account: str) -> EstimatePolicy:
        """How an account's estimates are looked after: its own policy, else its zone's."""
        own = self.account(zone, account)
        if own is not None and own.estimate is not None:
            return own.estimate
        document = self.zones.get(zone)
        return document.procedures.estimate if document is not None else EstimatePolicy()

    def entry_period(self, zone: str, account: str) -> EntryPeriod:
        """What one entry of an account is made for: its own choice, else its zone's."""
        own = self.account(zone, account)
        if own is not None and own.entry_period is not None:
            return own.entry_period
        document = self.zones.get(zone)
        return document.procedures.entry_period if document is not None else "weekly"

    def uin(self, zone: str, account: str, issuer: str, sku: str) -> str:
        """The zone's identifier of a shop's SKU: the registered mapping, else the SKU itself."""
        mapping = self.mapping(zone, account, issuer, sku)
        return mapping.uin if mapping is not None else sku

    def mapping(self, zone: str, account: str, issuer: str, sku: str) -> SkuMapping | None:
        """What the zone registered about a shop's SKU."""
        for mapping in self.zones[zone].sku_mappings:
            if (mapping.account, mapping.issuer, mapping.sku) == (account, issuer, sku):
                return mapping
        return None

    def revision_on(self, day: date) -> TariffRevisionImported | None:
        """The tariff revision in force on a date, as known now; the later import wins for one date."""
        best: TariffRevisionImported | None = None
        for fact, _ in self.revisions:
            if fact.effective_from <= day.isoformat() and (
                best is None or fact.effective_from >= best.effective_from
            ):
                best = fact
        return best
