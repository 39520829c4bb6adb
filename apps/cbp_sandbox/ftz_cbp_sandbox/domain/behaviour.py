"""How the simulated CBP behaves towards a filing: promptly by its rules, or as configured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ftz_common.contracts.filing import FilingRequested

Kind = Literal["214", "3461", "7501"]
Do = Literal["late", "twice", "never", "reject"]


@dataclass(frozen=True, slots=True)
class Match:
    """Which filings: every field that is given must agree; `control` is the start of the number."""

    kind: Kind | None = None
    control: str = ""
    bill: str = ""
    attempt: int | None = None

    def fits(self, filing: FilingRequested) -> bool:
        """True when the filing is one of those."""
        bill = filing.conveyance.bill if filing.conveyance else ""
        return (
            (self.kind is None or self.kind == filing.kind)
            and filing.control.startswith(self.control)
            and self.bill in ("", bill)
            and (self.attempt is None or self.attempt == filing.attempt)
        )


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to the filings that match. `hours`: until the answer, or between two of them."""

    match: Match
    do: Do
    hours: int = 0
    code: str = ""  #: of a rejection


def behaviour_of(behaviours: Sequence[Behaviour], filing: FilingRequested) -> Behaviour | None:
    """The first that fits."""
    return next((b for b in behaviours if b.match.fits(filing)), None)
