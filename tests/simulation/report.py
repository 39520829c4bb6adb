"""What a run did: every fault, fact type, refusal code and invariant, counted; a zero fails the run."""

import ast
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ftz_common.contracts import platform, table
from ftz_common.testing.simulator.faults import STRIKES

#: What else the world does to the services, besides the faults that strike at a point.
OTHER_FAULTS = (
    "batch again: BusUnavailable",
    "batch again: StoreUnavailable",
    "commit of a late insert",
    "commit of a zombie",
    "damaged on the wire",
    "delivered again",
    "fenced",
    "late insert refused",
    "late insert stored",
    "lie on the wire",
    "quarantine redrive",
    "quarantine replace",
    "quarantine skip",
    "snapshot damaged",
    "snapshot deleted",
    "snapshot made",
    "swept",
    "topics reordered",
    "CBP late",
    "CBP twice",
    "CBP never",
    "CBP reject",
)
_ENGINE = "the simulated zone has no engine, no second approver and no concordance"
_DAILY = "no account here has direct delivery with a Census agreement: golden cases and its own tests play it"
_BOND = "the zones here have no bond: golden cases and its own tests play it"
_DEFINITE = "all accounts here enter by the week: golden cases and duty's tests play days and single orders"
#: Facts that no plan of this simulation brings about, and why.
NOT_HERE: dict[str, str] = {
    "ftz.classification.number.proposed.v1": _ENGINE,
    "ftz.classification.question.asked.v1": _ENGINE,
    "ftz.classification.review.rejected.v1": _ENGINE,
    "ftz.classification.decision.held.v1": _ENGINE,
    "ftz.classification.concordance.imported.v1": _ENGINE,
    "ftz.duty.entrydate.decided.v1": "a week without any release is left to a person: rare, not in every run",
    "ftz.duty.correction.waits.v1": "nothing that a corrected summary needs is asked of a person here",
    "ftz.inventory.reversal.waiting.v1": "a draw and its reversal come under one key, and so in order",
    "ftz.inventory.reversal.takenup.v1": "a parcel whose goods came back is rarely cancelled here",
    "ftz.alerts.command.refused.v1": "alerts refuse nothing",
    "ftz.admissions.daily.offered.v1": _DAILY,
    "ftz.admissions.daily.recorded.v1": _DAILY,
    "ftz.admissions.daily.told.v1": _DAILY,
    "ftz.admissions.receipt.listed.v1": _DAILY,
    "ftz.inventory.exposure.added.v1": _BOND,
    "ftz.inventory.exposure.stated.v1": _BOND,
    "ftz.inventory.exposure.due.v1": _BOND,
    "ftz.inventory.cover.extended.v1": _DEFINITE,
    "ftz.duty.goods.ordered.v1": _DEFINITE,
    "ftz.duty.removal.extended.v1": _DEFINITE,
}
#: Codes that a plan must bring about at least once.
CODES = (
    "account-not-yours",
    "deposit-has-no-status",
    "direct-delivery-not-approved",
    "status-missing",
    "zone-missing",
    "date-impossible",
    "issuer-not-yours",
    "json-fraction",
    "never-admitted",
    "part-incomplete",
    "not-json",
    "not-utf-8",
    "not-an-object",
    "duplicate-key",
    "quantity-out-of-range",
    "returned-from-abroad",
    "same-id-other-body",
    "time-in-future",
    "unit-differs",
    "unknown-source",
    "unknown-type",
    "wrong-shape",
)


def _stated() -> tuple[str, ...]:
    """Every invariant that a check of this package states: what its calls of `expect` are named."""
    found: set[str] = set(ALERTS)
    for path in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "expect"
            ):
                name = node.args[0]
                if isinstance(name, ast.Constant):
                    found.add(str(name.value))
    return tuple(sorted(found))


#: One invariant for each kind of alert that is compared with the truth.
ALERTS = tuple(
    f"alerts of {kind} are what is wrong"
    for kind in (
        "suspended-draw",
        "removal-without-cover",
        "admission-held",
        "in-bond-overdue",
        "admission-clock",
        "removal-clock",
        "removal-without-permit",
        "time-in-zone",
    )
)
INVARIANTS = (*_stated(), "records of a key are taken in order")


@dataclass
class Report:
    """Counts of one seed, or the sum of many."""

    faults: Counter[str] = field(default_factory=Counter[str])
    facts: Counter[str] = field(default_factory=Counter[str])
    codes: Counter[str] = field(default_factory=Counter[str])
    inputs: Counter[str] = field(default_factory=Counter[str])
    invariants: Counter[str] = field(default_factory=Counter[str])
    totals: Counter[str] = field(default_factory=Counter[str])

    def add(self, other: "Report") -> None:
        """The counts of another seed."""
        for name in ("faults", "facts", "codes", "inputs", "invariants", "totals"):
            getattr(self, name).update(getattr(other, name))

    def zeros(self) -> list[str]:
        """What should have happened in this run and did not."""
        missing = [f"fault: {name}" for name in (*STRIKES, *OTHER_FAULTS) if not self.faults[name]]
        for row in table.ROWS:
            if not self.facts[row.type] and row.type not in NOT_HERE:
                missing.append(f"fact: {row.type}")
        missing += [f"refusal: {code}" for code in CODES if not self.codes[code]]
        known = [kind.removeprefix("ftz.platform.").removesuffix(".v1") for kind in platform.FOREIGN]
        missing += [f"input: {kind}" for kind in known if not self.inputs[kind]]
        missing += [f"invariant: {name}" for name in INVARIANTS if not self.invariants[name]]
        return missing

    def text(self) -> str:
        """The counts as a table for people."""
        lines: list[str] = []
        for title, counts in (
            ("inputs", self.inputs),
            ("faults", self.faults),
            ("facts", self.facts),
            ("refusals", self.codes),
            ("invariants", self.invariants),
            ("totals", self.totals),
        ):
            lines.append(f"{title}:")
            lines += [f"  {count:>9,}  {name}" for name, count in sorted(counts.items())]
        return "\n".join(lines)
