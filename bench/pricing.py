"""Layers priced per second of CPU, with and without measures: `python -m bench.pricing`.

Decisions of the withdrawal alone, two layers each; no journal. Prints JSON.
"""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ftz_common.contracts.inventory import Drawn, Piece
from ftz_duty.domain.measure import Met
from ftz_duty.domain.measure_book import KnownSet, MeasureBook
from ftz_duty.domain.measure_file import read_measures
from ftz_duty.domain.pricing import StatedRate
from ftz_duty.domain.schedule_check import Refused
from ftz_duty.domain.withdrawal import PriceDraw, RemovalSettings, WithdrawalState, decide

LAYERS, ROUNDS = 4_000, 5
NUMBER, ORIGIN, DAY = "6912004810", "CN", "2026-03-10"
AT = datetime(2026, 3, 10, tzinfo=UTC)
SETTINGS = RemovalSettings("America/Chicago", 6, "3901", "H123", "XYZ", "party", 2, 30)


def measures(count: int) -> MeasureBook:
    """A set of so many measures that all apply; the last is a minimum total."""
    rows: list[dict[str, Any]] = [
        {
            "id": f"m{at}",
            "programme": "p",
            "heading": f"9903.01.{at:02d}",
            "rate": "12.5%",
            "kind": "minimum-total" if at == count - 1 else "added",
            "from": "2026-01-01",
            "source": "a bench",
        }
        for at in range(count)
    ]
    found = read_measures({"format": "ftz.measures/1", "name": "bench", "measures": rows})
    assert not isinstance(found, Refused)
    return MeasureBook((KnownSet("bench", AT, "0" * 64, found),))


def commands(rate: StatedRate) -> list[PriceDraw]:
    """Draws of two layers each."""
    pieces = [
        Piece(
            layer=f"admission/acme/shop/s-{at}#1#r-1",
            admission=f"admission/acme/shop/s-{at}",
            admission_number="999-26-000001",
            admitted_on="2026-03-01",
            unit="No.",
            left=Decimal(0),
            status="N",
            origin=ORIGIN,
            number=NUMBER,
            revision="rev 4",
            decision="d",
            quantity=Decimal(10 + at % 7),
            value=Decimal("50.37") + at,
        )
        for at in range(LAYERS)
    ]
    return [PriceDraw(_drawn(pieces[at : at + 2]), (rate, rate), SETTINGS) for at in range(0, LAYERS, 2)]


def _drawn(pieces: list[Piece]) -> Drawn:
    return Drawn(
        pieces=pieces,
        withdrawal="w",
        draw="d",
        zone="999",
        account="acme",
        uin="mug",
        order="order/acme/shop/o",
        line=1,
        parcel="p",
        disposition="consumption",
        destination_country="US",
        removed_at=f"{DAY}T15:00:00Z",
        removed_on=DAY,
        week="2026-03-08",
    )


def per_second(work: list[PriceDraw]) -> int:
    """Layers per second of CPU, the best of a few rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time()
        for command in work:
            decide(WithdrawalState(), command, AT)
        best = min(best, time.process_time() - begin)
    return round(LAYERS / best)


def figures() -> dict[str, int]:
    """One figure without measures, one each for two and for four that apply."""
    rate = StatedRate(NUMBER, ORIGIN, DAY, "rev 4", "general", "9.8%", NUMBER[:8])
    found = {"pricing_layers_per_second": per_second(commands(rate))}
    for count in (2, 4):
        plan = measures(count).plan(Met("acme", NUMBER, ORIGIN, DAY, DAY), AT)
        figure = per_second(commands(replace(rate, plan=plan)))
        found[f"pricing_layers_per_second_{count}_measures"] = figure
    return found


def main() -> None:
    """The figures as JSON."""
    print(json.dumps(figures(), indent=2))


if __name__ == "__main__":
    main()
