"""The inventory method of an account: in which order layers leave (19 CFR 146.23(a)).

FIFO over fungible goods is authorised by the regulation; foreign-first (FOFI) and any other method need CBP's
authorisation; specific identification follows the zone lot that is named. Fixed within a zone year.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

MethodName = Literal["FIFO", "FOFI", "LOT", "OTHER"]
Scope = Literal["UIN", "UIN+status", "UIN+status+origin"]

#: The order in which statuses are used up where the scope sets them apart and nobody names one: what owes
#: nothing first.
STATUS_ORDER = "DNPZ"

#: Methods under which only goods that somebody names may leave.
NAMED = ("LOT", "OTHER")

Queue = tuple[str, str, list[str]]  #: status, origin, layers


@dataclass(frozen=True, slots=True)
class Method:
    """`name` and, for FIFO, within what it is first in, first out."""

    name: MethodName = "FIFO"
    scope: Scope = "UIN"

    @property
    def said(self) -> str:
        """How facts name it; "" is FIFO over the UIN."""
        if self.name != "FIFO":
            return self.name
        return "" if self.scope == "UIN" else f"FIFO {self.scope}"


FIFO = Method()


def grouped(
    method: Method, queues: Iterable[Queue], oldest: Callable[[list[str]], Any]
) -> Iterator[list[list[str]]]:
    """Queues in the groups that are used up one after another."""
    found = sorted(queues, key=lambda q: (STATUS_ORDER.index(q[0]), oldest(q[2])))
    groups: dict[Any, list[list[str]]] = {}
    for status, origin, pool in found:
        groups.setdefault(_group(method, status, origin), []).append(pool)
    yield from (groups[key] for key in sorted(groups)) if method.name == "FOFI" else groups.values()


def _group(method: Method, status: str, origin: str) -> Any:
    if method.name == "FOFI":
        return status == "D"  # foreign layers are taken to be used before domestic ones
    if method.name in NAMED or method.scope == "UIN":
        return ""
    return status if method.scope == "UIN+status" else (status, origin)
