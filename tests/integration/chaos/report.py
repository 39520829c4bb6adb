"""What was done, and what is wrong."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Report:
    """Counts of what was done, and every sentence about what is wrong; there may be none."""

    did: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])

    def expect(self, what: str, found: object, wanted: object) -> None:
        """One comparison."""
        self.did["comparisons"] += 1
        if found != wanted:
            self.wrong.append(f"{what}: found {found}, expected {wanted}")

    def at_least(self, what: str, wanted: int) -> None:
        """A fault that did not come often enough proves nothing."""
        if self.did[what] < wanted:
            self.wrong.append(f"{what}: {self.did[what]}, at least {wanted} were wanted")

    def table(self) -> str:
        """The report as text."""
        rows = [f"{name:<64}{count:>10,}" for name, count in sorted(self.did.items())]
        return "\n".join([*rows, *(f"WRONG: {line}" for line in self.wrong or ["nothing"])])
