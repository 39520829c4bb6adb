"""The facts of a part the engine may use, and their digest: the same facts give the same digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ftz_classification.engine.text import normalise

MAX_ATTRIBUTES = 60


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What a shop says about one part. Text is untrusted: it is matched, never obeyed.

    `value` is the unit value in US dollars where known. `account` and `part` scope the memory.
    """

    title: str
    description: str = ""
    category: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    value: Decimal | None = None
    account: str = ""
    part: str = ""

    @property
    def text(self) -> str:
        """Title and description, normalised: what vectors are made from."""
        return normalise(f"{self.title}. {self.description}" if self.description else self.title)

    def digest(self) -> str:
        """sha256 of what decides the classification (not of account and part number)."""
        kept = {
            "title": normalise(self.title),
            "description": normalise(self.description),
            "category": [normalise(step) for step in self.category],
            "attributes": {normalise(k): normalise(v) for k, v in sorted(self.attributes.items())},
            "value": None if self.value is None else format(self.value.normalize(), "f"),
        }
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
