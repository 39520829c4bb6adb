"""What duty does about what it hears and is asked."""

from ftz_duty.usecases.cases import AGGREGATES, ENTRY, ESTIMATES, HARBOR, INBOND, TARIFF, WITHDRAWAL, UseCases

__all__ = ["AGGREGATES", "ENTRY", "ESTIMATES", "HARBOR", "INBOND", "TARIFF", "WITHDRAWAL", "UseCases"]
