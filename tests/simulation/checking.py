"""What every invariant is made of: a name, a count of how often it was evaluated, and a loud no."""

from collections import Counter
from typing import Any

from ftz_common.testing.simulator.watched import Broken

#: fact class name -> method of a check that takes (fact, commit)
Takes = dict[str, Any]


class Check:
    """Hears facts at the instant they are stored. Subclasses name their methods after fact classes."""

    def __init__(self, evaluated: Counter[str]) -> None:
        self._evaluated = evaluated

    def expect(self, name: str, holds: bool, *what: object) -> None:
        """The invariant of this name was evaluated; raises `Broken` if it does not hold."""
        self._evaluated[name] += 1
        if not holds:
            raise Broken(f"{name}: {' '.join(map(str, what))}")
