"""A tariff revision: imported once, under one name, with one content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.reference import TariffRevisionImported


@dataclass(slots=True)
class RevisionState:
    """What is known under this name; empty before the import."""

    revision: str
    effective_from: str = ""
    sha256: str = ""
    lines: int = 0
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class ImportRevision:
    """A file that was read, found whole, and compared with the revisions known. `effective_from`: ISO date.
    `replaces`: a person accepts that this corrects what the name stood for."""

    effective_from: str
    sha256: str
    lines: int
    file_name: str
    replaces: bool = False


def start(parts: tuple[str, ...]) -> RevisionState:
    """tariff/<revision>."""
    return RevisionState(parts[1])


def decide(state: RevisionState, command: ImportRevision, _at: datetime) -> Sequence[Fact] | Refusal:
    """Imported, the same again, or no: the name stands for another content."""
    if (state.sha256, state.effective_from) == (command.sha256, command.effective_from):
        return [Noted(why=f"revision {state.revision!r} is imported with this content already")]
    if state.sha256 and not command.replaces:
        differs = "another content" if state.sha256 != command.sha256 else "another effective date"
        return Refusal(
            code="revision-exists",
            reason=f"revision {state.revision!r} is imported from {state.file_name!r}, in force from"
            f" {state.effective_from}; this is {differs}",
            citation="policy: a revision's name stands for one file and one date",
            remedy="import it under a name of its own, or accept 'replaces' if it corrects the first",
            place="revision",
        )
    return [
        TariffRevisionImported(
            revision=state.revision,
            effective_from=command.effective_from,
            sha256=command.sha256,
            lines=command.lines,
            file_name=command.file_name,
        )
    ]


def evolve(state: RevisionState, fact: Fact) -> RevisionState:
    """Remember the import."""
    if isinstance(fact, TariffRevisionImported):
        state.effective_from, state.sha256 = fact.effective_from, fact.sha256
        state.lines, state.file_name = fact.lines, fact.file_name
    return state
