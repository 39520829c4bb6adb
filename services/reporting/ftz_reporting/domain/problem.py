"""What `verify` and `replay` find: where, what, and what to do."""

from dataclasses import dataclass, field

import msgspec

from ftz_reporting.domain.told import Told


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that cannot be. `version` 0: of the stream as a whole."""

    check: str
    stream: str
    version: int
    what: str
    remedy: str

    @property
    def line(self) -> str:
        """In one line."""
        at = f" version {self.version}" if self.version else ""
        return f"{self.check}: {self.stream}{at}: {self.what}. {self.remedy[:1].upper()}{self.remedy[1:]}."


@dataclass(slots=True)
class Findings:
    """Problems of one check, and how often it was evaluated: a check that never ran found nothing."""

    check: str
    remedy: str
    evaluated: int = 0
    problems: list[Problem] = field(default_factory=list[Problem])

    def expect(self, holds: bool, told: Told, what: str) -> bool:
        """Count one evaluation; note a problem at this fact if it does not hold."""
        self.evaluated += 1
        if not holds:
            self.found(told.envelope.stream, told.envelope.streamversion, what)
        return holds

    def found(self, stream: str, version: int, what: str) -> None:
        """Note a problem."""
        self.problems.append(
            Problem(check=self.check, stream=stream, version=version, what=what, remedy=self.remedy)
        )
