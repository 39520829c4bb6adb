"""Harbor maintenance fee again: from the layers that were opened, not from what duty counted.

0.125 % of what a vessel unladed and the zone admitted, in whole dollars by 214, once on each port's sum
(19 CFR 24.24(a), 146.22(e)).
"""

from decimal import Decimal
from fractions import Fraction

from ftz_common.contracts.duty import HarborFeeStated, VesselCargoAdmitted
from ftz_common.contracts.inventory import LayerOpened
from ftz_common.values.exact import ZERO, plain, to_cents, to_dollars
from ftz_reporting.domain.problem import Findings
from ftz_reporting.domain.told import Told

_RATE = Fraction(1, 800)
_VESSELS = frozenset({"10", "11", "12"})

Ports = dict[str, dict[tuple[str, str], Decimal]]  #: port -> (214, mode) -> value


class HarborCheck:
    """Takes the facts of ledgers and quarters; each stream in its order."""

    def __init__(self) -> None:
        self._found = Findings(
            "harbor maintenance fee again from the layers",
            "do not pay on this statement until the difference is explained",
        )
        self._layers: dict[str, tuple[Told, LayerOpened]] = {}
        self._counted: dict[str, tuple[Told, VesselCargoAdmitted]] = {}
        self._ports: dict[str, Ports] = {}

    @property
    def findings(self) -> list[Findings]:
        """What was found."""
        return [self._found]

    def take(self, told: Told) -> None:
        """The next fact."""
        match told.fact:
            case LayerOpened() as fact if fact.arrival and not fact.opened_by:
                if fact.arrival.mode in _VESSELS:
                    self._layers[fact.layer] = (told, fact)
            case VesselCargoAdmitted() as fact:
                self._counted[fact.layer] = (told, fact)
                port = self._ports.setdefault(told.envelope.stream, {}).setdefault(fact.port, {})
                key = (fact.admission_number, fact.mode)
                port[key] = port.get(key, ZERO) + fact.value
            case HarborFeeStated() as fact:
                self._stated(told, fact)
            case _:
                return

    def _stated(self, told: Told, fact: HarborFeeStated) -> None:
        again = {
            port: sum(map(to_dollars, by_214.values()), ZERO)
            for port, by_214 in self._ports.get(told.envelope.stream, {}).items()
        }
        said = {line.port: line.value for line in fact.ports}
        self._found.expect(said == again, told, f"its ports say {_shown(said)}; its cargo {_shown(again)}")
        fee = sum((to_cents(Fraction(value) * _RATE) for value in again.values()), ZERO)
        self._found.expect(
            fact.fee == fee, told, f"the fee is {plain(fact.fee)}; 0.125 % by port is {plain(fee)}"
        )

    def finish(self) -> None:
        """Every layer counts once, at its value."""
        for layer, (told, opened) in self._layers.items():
            counted = self._counted.get(layer)
            what = f"layer {layer} came by vessel and is in no quarter"
            if self._found.expect(counted is not None, told, what) and counted is not None:
                worth = f"layer {layer} is worth {plain(opened.value)}, the quarter has"
                self._found.expect(
                    counted[1].value == opened.value, counted[0], f"{worth} {plain(counted[1].value)}"
                )


def _shown(ports: dict[str, Decimal]) -> str:
    return ", ".join(f"{port} {plain(value)}" for port, value in sorted(ports.items())) or "nothing"
