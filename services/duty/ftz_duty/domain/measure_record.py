"""Sets of measures as imported, and what people decided and stated about them: each a stream of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ftz_common.contracts.common import Noted
from ftz_common.contracts.fact import Fact, Refusal
from ftz_common.contracts.reference import GoodsStated, MeasureRuled, MeasuresConfirmed, MeasuresImported

#: One word of a person.
Said = MeasureRuled | GoodsStated | MeasuresConfirmed


@dataclass(slots=True)
class SetState:
    """What the name stands for now."""

    name: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class ImportMeasures:
    """A file that was read and found whole."""

    sha256: str
    measures: int
    file_name: str


def start_set(parts: tuple[str, ...]) -> SetState:
    """measures/<name>."""
    return SetState(parts[1])


def decide_set(state: SetState, command: ImportMeasures, _at: datetime) -> Sequence[Fact] | Refusal:
    """Imported, or the same again. What stood before stays readable under its time."""
    if state.sha256 == command.sha256:
        return [Noted(why=f"measures {state.name!r} are imported with this content already")]
    return [
        MeasuresImported(
            name=state.name,
            sha256=command.sha256,
            measures=command.measures,
            file_name=command.file_name,
        )
    ]


def evolve_set(state: SetState, fact: Fact) -> SetState:
    """Remember the content."""
    if isinstance(fact, MeasuresImported):
        state.sha256 = fact.sha256
    return state


@dataclass(slots=True)
class RulingState:
    """What was said here last: of a measure, of goods by the name of the fact, of an account's sets."""

    ruled: MeasureRuled | None = None
    stated: dict[str, GoodsStated] = field(default_factory=dict[str, GoodsStated])
    confirmed: MeasuresConfirmed | None = None

    def known(self, said: Said) -> Said | None:
        """What was said before of the same."""
        match said:
            case MeasureRuled():
                return self.ruled
            case GoodsStated():
                return self.stated.get(said.fact)
            case MeasuresConfirmed():
                return self.confirmed


def start_ruling(_parts: tuple[str, ...]) -> RulingState:
    """ruling/measure/<id>, ruling/goods/<account>/<number>/<origin> or ruling/complete/<account>."""
    return RulingState()


def decide_ruling(state: RulingState, command: Said, _at: datetime) -> Sequence[Fact] | Refusal:
    """A person's word, with its ground; the same word again changes nothing."""
    if not command.ground.strip() or not command.who.strip():
        return Refusal(
            code="no-ground",
            reason="a decision on duty needs its ground and who answers for it",
            citation="19 CFR 146.4(d), 163.4: records that support an entry",
            remedy="say why, with the source, and who",
            place="ground" if not command.ground.strip() else "who",
        )
    if state.known(command) == command:
        return [Noted(why="this was said already")]
    return [command]


def evolve_ruling(state: RulingState, fact: Fact) -> RulingState:
    """Remember it."""
    match fact:
        case MeasureRuled():
            state.ruled = fact
        case GoodsStated():
            state.stated[fact.fact] = fact
        case MeasuresConfirmed():
            state.confirmed = fact
        case _:
            pass
    return state
