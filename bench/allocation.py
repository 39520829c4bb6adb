"""`May these lines ship now?` over HTTP, embedded: milliseconds a question of two and of fifty lines.

Each question is new, is kept, and is answered with its permit; `python -m bench.allocation` prints JSON.
"""

import json
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from bench import embedded, unit
from ftz_common.process import loop
from ftz_common.web.app import make_app

LINES = (2, 50)
WARM = 20


def _question(number: int, lines: int) -> dict[str, Any]:
    wanted = [
        {"line": n + 1, "sku": unit.sku((number * lines + n) % unit.PARTS), "quantity": "1", "unit": "No."}
        for n in range(lines)
    ]
    return {
        "zone": "999",
        "account": "acme",
        "issuer": unit.SOURCE,
        "allocation": f"A{lines}-{number}",
        "destination_country": "US",
        "destination_state": "OH",
        "ship_on": unit.NOW.date().isoformat(),
        "expires_at": (unit.NOW + timedelta(hours=1)).isoformat(),
        "lines": wanted,
        "who": "bench",
    }


def quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds."""
    by_time = sorted(seconds)
    return by_time[len(by_time) // 2] * 1e3, by_time[len(by_time) * 99 // 100] * 1e3


async def run(folder: Path, count: int) -> dict[str, float]:
    """So many questions of each size, one after another."""
    world = await embedded.stocked(folder)
    found: dict[str, float] = {}
    try:
        app = make_app(world.services, [s.api for s in world.services if s.api is not None])
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
            for lines in LINES:
                seconds: list[float] = []
                for number in range(count + WARM):
                    begun = time.perf_counter()
                    answer = await client.post("/v1/inventory/allocations", json=_question(number, lines))
                    seconds.append(time.perf_counter() - begun)
                    if answer.status_code != 201 or not answer.json()["kept"]:
                        raise RuntimeError(answer.text)
                    await world.settle()
                p50, p99 = quantiles(seconds[WARM:])
                found |= {f"allocation_{lines}_lines_p50_ms": p50, f"allocation_{lines}_lines_p99_ms": p99}
    finally:
        await world.close()
    return found


def figures(folder: Path, count: int) -> dict[str, float]:
    """As `run`, from a plain function."""
    return loop.run(run(folder, count))


def main() -> None:
    """The figures as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(figures(Path(folder), 300), indent=2))


if __name__ == "__main__":
    main()
