"""A fact as the archive tells it."""

from typing import Any, NamedTuple

from ftz_common.contracts.envelope import Envelope
from ftz_reporting.domain.places import Place


class Told(NamedTuple):
    """An archived fact; `fact` is None where this build does not know its type."""

    envelope: Envelope
    fact: Any

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.envelope.stream, self.envelope.streamversion, self.envelope.factindex)
