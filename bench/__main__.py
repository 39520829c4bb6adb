"""`python -m bench [--quick]`: everything measured, one table, one flat file (docs/benchmarks.md)."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tests.integration.servers import found
from tests.integration.servers.settings import ServerSettings

from bench import allocation, embedded, fleets, hops, pricing, quix, replay, steps, week
from bench.machine import load, machine
from bench.rivals import raw, relay
from ftz_common.process import loop

OUT = Path(__file__).parent / "out" / "bench.json"
#: What must be, and what is aimed at: key -> (at least, at most, aim).
GOALS: dict[str, tuple[float | None, float | None, float | None]] = {
    "pipeline_production_vs_relay_with_insert": (0.4, None, 0.7),
    "pipeline_embedded_vs_relay": (0.5, None, 1.0),
    "inventory_hop_vs_quix": (None, None, 0.5),
    "pipeline_vs_naive_faststream": (50, None, None),
    "draw_cost_1m_vs_10k": (None, 1.5, 1.2),
    "replay_events_per_second": (30_000, None, 50_000),
    "peak_rss_mb_1m_layers": (None, 1_500, None),
    "week_closed_seconds": (None, 60, 15),
    "cold_start_seconds": (None, 10, None),
    "available_cost_1m_vs_10k": (None, 1.5, 1.2),
    "balance_cost_1m_vs_10k": (None, 1.5, 1.2),
}
#: What the raw client and the rivals once did on two cores (records a second; DESIGN section 8). A rival
#: below half of it, scaled by how fast this machine produces now, was not measured, and voids the run.
ONCE = {"produce": 30_000.0, "relay_hop": 18_000.0, "quix_hop": 12_800.0, "naive_records": 63.0}


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    embedded: int
    relay: int
    production: int
    naive: int
    raw: int
    hop: int
    draws: int
    few: int
    many: int
    week: int


FULL = Sizes(2_000, 4_000, 2_000, 40, 60_000, 10_000, 4_000, 10_000, 1_000_000, week.LINES)
QUICK = Sizes(500, 1_200, 400, 12, 20_000, 8_000, 2_000, 10_000, 1_000_000, week.LINES // 10)


@dataclass
class Run:
    """The figures so far, and what voids them."""

    sizes: Sizes
    console: Console
    figures: dict[str, Any] = field(default_factory=dict)
    void: list[str] = field(default_factory=list)
    _begun: float = field(default_factory=time.perf_counter)

    def say(self, what: str) -> None:
        """What is measured now."""
        self.console.print(f"[dim]{time.perf_counter() - self._begun:6.0f} s[/dim]  {what}")

    def keep(self, **figures: Any) -> None:
        """Figures under their keys."""
        for key, value in figures.items():
            self.figures[key] = (
                round(value, 3 if abs(value) < 100 else 0) if isinstance(value, float) else value
            )

    def ratio(self, key: str, ours: str, theirs: str) -> None:
        """One figure over another, when both are there."""
        mine, other = self.figures.get(ours), self.figures.get(theirs)
        self.keep(**{key: mine / other if mine and other else None})


# ---- without servers ----------------------------------------------------------------------------


def on_this_machine(run: Run, folder: Path) -> None:
    """Everything that needs no server."""
    sizes = run.sizes
    run.say(f"embedded pipeline, {sizes.embedded} orders")
    home = _made(folder / "embedded")
    run.keep(pipeline_embedded_orders_per_second=embedded.orders_per_second(home, sizes.embedded))
    run.say("replay of that file")
    replayed = replay.run(home / "ftz.db")
    run.keep(replay_events_per_second=replayed.events / replayed.seconds, replay_events=replayed.events)
    run.say("steps")
    for step, cost in steps.per_commit(_made(folder / "steps"), sizes.embedded // 4).items():
        run.keep(**{f"step_{step}_us": cost})
    run.say("allocation")
    run.keep(**allocation.figures(_made(folder / "allocation"), max(100, sizes.embedded // 5)))
    run.say("pricing")
    run.keep(**pricing.figures())
    run.say(f"a week of {sizes.week:,} order lines, closed into one entry")
    run.keep(**week.figures(_made(folder / "week"), sizes.week, run.console))


def draw_costs(run: Run, folder: Path) -> None:
    """Both shapes with few and with a million layers: stocked side by side, measured one after another."""
    sizes = run.sizes
    shapes = {
        ("many", "10k"): (sizes.few, 0),
        ("many", "1m"): (sizes.many, 0),
        ("one", "10k"): (sizes.few // 10, sizes.few),
        ("one", "1m"): (sizes.many // 10, sizes.many),
    }
    run.say(f"draws: many ledgers, and one ledger, with {sizes.few:,} and with {sizes.many:,} layers")
    stocking = {
        (shape, size): subprocess.Popen(
            [sys.executable, "-m", "bench.draws", shape, str(folder / f"{shape}-{size}")]
            + [str(n) for n in (*numbers, sizes.draws)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for (shape, size), numbers in shapes.items()
    }
    for name, process in stocking.items():
        assert process.stdout is not None
        if process.stdout.readline() != "stocked\n":
            raise RuntimeError(f"draws {' '.join(name)}: not stocked")
        run.say(f"draws: {' '.join(name)} is stocked")
    costs = {name: json.loads(process.communicate("go\n")[0]) for name, process in stocking.items()}
    for shape in ("many", "one"):
        few, many = costs[shape, "10k"], costs[shape, "1m"]
        for quantile in ("p50", "p99"):
            run.keep(
                **{
                    f"draw_{shape}_{size}_{quantile}_us": costs[shape, size][quantile]
                    for size in ("10k", "1m")
                }
            )
        run.keep(
            **{
                f"draw_cost_1m_vs_10k_{shape}": many["p50"] / few["p50"],
                f"draw_cost_1m_vs_10k_{shape}_p99": many["p99"] / few["p99"],
            }
        )
    run.keep(
        draw_cost_1m_vs_10k=max(run.figures[f"draw_cost_1m_vs_10k_{shape}"] for shape in ("many", "one")),
        peak_rss_mb_1m_layers=costs["one", "1m"]["rss"],
    )


def stock_costs(run: Run, folder: Path) -> None:
    """What is available, what was there on a day, of parts with five layers each; a start, in both shapes."""
    sizes = run.sizes
    shapes = {
        "10k": ("many", sizes.few // 5, sizes.few, 0),
        "1m": ("many", sizes.many // 5, sizes.many, 0),
        "one": ("one", 1, sizes.many // 10, sizes.many),
    }
    costs: dict[str, dict[str, float]] = {}
    for name, (shape, *numbers) in shapes.items():
        run.say(f"stock: {numbers[0]:,} parts with {numbers[1] + numbers[2]:,} layers")
        arguments = [shape, str(_made(folder / name)), *map(str, numbers)]
        out = subprocess.run(
            [sys.executable, "-m", "bench.stock", *arguments], capture_output=True, check=True
        )
        costs[name] = json.loads(out.stdout)
    for what in ("available", "balance"):
        for quantile in ("p50", "p99"):
            run.keep(
                **{f"{what}_{n}_{quantile}_us": costs[n][f"{what}_{quantile}"] for n in ("10k", "1m", "one")}
            )
        run.keep(**{f"{what}_cost_1m_vs_10k": costs["1m"][f"{what}_p50"] / costs["10k"][f"{what}_p50"]})
    run.keep(
        cold_start_seconds=max(costs[name]["cold_seconds"] for name in ("1m", "one")),
        cold_start_one_ledger_seconds=costs["one"]["cold_seconds"],
        cold_start_rss_mb=max(costs[name]["rss"] for name in ("1m", "one")),
        balance_one_page_p50_ms=costs["one"]["balance_page_p50"] / 1e3,
        balance_one_page_p99_ms=costs["one"]["balance_page_p99"] / 1e3,
    )


# ---- on servers ---------------------------------------------------------------------------------


async def on_servers(run: Run, servers: fleets.Servers) -> None:
    """The raw client, the rivals, then ours."""
    sizes, kafka = run.sizes, servers.kafka.address
    run.say(f"the client and the broker alone, {sizes.raw:,} records")
    await fleets.topics(kafka, ["raw.warm", "raw.source", "raw.target"])
    await raw.produced(kafka, "raw.warm", 2_000)
    run.keep(raw_produce_records_per_second=await raw.produced(kafka, "raw.source", sizes.raw))
    run.keep(relay_hop_records_per_second=await raw.relayed(kafka, "raw.source", "raw.target", sizes.raw))
    plan = hops.recorded_apart(servers.folder)
    run.say(f"relay, {sizes.relay} orders of {plan.summary()}")
    run.keep(
        unit=plan.summary(),
        relay_orders_per_second=await fleets.rival_orders_per_second(
            servers, plan, sizes.relay, program="relay", space="relay.", with_insert=False
        ),
    )
    run.say(f"relay with insert, {sizes.relay // 2} orders")
    run.keep(
        relay_with_insert_orders_per_second=await fleets.rival_orders_per_second(
            servers, plan, sizes.relay // 2, program="relay", space="insert.", with_insert=True
        )
    )
    run.say(f"naive FastStream, {sizes.naive} orders")
    naive = await fleets.rival_orders_per_second(
        servers, plan, sizes.naive, program="naive", space="naive.", with_insert=True
    )
    acts = sum(len(found) for by_record in plan.acts.values() for found in by_record.values())
    run.keep(naive_orders_per_second=naive, naive_records_per_second=naive * acts)
    await _production(run, servers)
    await _quix(run, servers)


async def _production(run: Run, servers: fleets.Servers) -> None:
    run.say("production: seven processes, the zone's goods coming in")
    async with fleets.ours(servers, "bench") as (_, world):
        run.say(f"production: {run.sizes.production} orders")
        figure = await fleets.our_orders_per_second(servers, world, run.sizes.production)
    run.keep(pipeline_production_orders_per_second=figure)
    run.say(f"inventory hop, {run.sizes.hop:,} records")
    run.keep(inventory_hop_records_per_second=await quix.ours(servers, "bench", run.sizes.hop))


async def _quix(run: Run, servers: fleets.Servers) -> None:
    if not quix.python():
        reason = "Quix Streams is not installed (make bench installs it, from its own lock)"
        run.say(f"skipped: {reason}")
        run.keep(quix_hop_records_per_second=None, quix_skipped=reason)
        return
    run.say(f"Quix Streams, stateful counter, {run.sizes.hop:,} records")
    run.keep(quix_hop_records_per_second=await quix.rival(servers, run.sizes.hop))


def judged(run: Run) -> None:
    """The ratios, and what voids the run."""
    run.ratio(
        "pipeline_production_vs_relay_with_insert",
        "pipeline_production_orders_per_second",
        "relay_with_insert_orders_per_second",
    )
    run.ratio(
        "pipeline_production_vs_relay", "pipeline_production_orders_per_second", "relay_orders_per_second"
    )
    run.ratio("pipeline_embedded_vs_relay", "pipeline_embedded_orders_per_second", "relay_orders_per_second")
    run.ratio(
        "pipeline_vs_naive_faststream", "pipeline_production_orders_per_second", "naive_orders_per_second"
    )
    run.ratio(
        "embedded_vs_naive_faststream", "pipeline_embedded_orders_per_second", "naive_orders_per_second"
    )
    run.ratio("inventory_hop_vs_quix", "inventory_hop_records_per_second", "quix_hop_records_per_second")
    produce = run.figures.get("raw_produce_records_per_second")
    for name, once in ONCE.items():
        figure = run.figures.get(f"{name}_records_per_second", run.figures.get(f"{name}_per_second"))
        if produce and figure and name != "produce" and figure < once / 2 * produce / ONCE["produce"]:
            run.void.append(f"{name}: {figure:,.0f}/s is below half of {once:,.0f}/s, scaled")


def shown(run: Run) -> None:
    """The table."""
    table = Table(title="ftz bench" + (" — VOID" if run.void else ""))
    for name in ("key", "figure", "must", "aim"):
        table.add_column(name, justify="left" if name == "key" else "right")
    for key, value in sorted(run.figures.items(), key=lambda item: (item[0] not in GOALS, item[0])):
        least, most, aim = GOALS.get(key, (None, None, None))
        must = f">= {least:g}" if least is not None else f"<= {most:g}" if most is not None else ""
        short = value is not None and (
            (least is not None and value < least) or (most is not None and value > most)
        )
        text = f"{value:,}" if isinstance(value, int | float) else str(value)
        table.add_row(
            key, f"[red]{text}[/red]" if short else text, must, f"{aim:g}" if aim is not None else ""
        )
    run.console.print(table)
    for reason in run.void:
        run.console.print(f"[red]VOID[/red] {reason}")


def main() -> None:
    """Exit code 1 when the run is void."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog="examples: make bench QUICK=1; python -m bench --quick --only embedded",
    )
    parser.add_argument("--quick", action="store_true", help="fewer orders, in under four minutes")
    parser.add_argument("--only", choices=("embedded", "draws", "stock", "servers"), help="one part")
    told = parser.parse_args()
    run = Run(QUICK if told.quick else FULL, Console(width=None if sys.stdout.isatty() else 110))
    run.keep(**machine(), machine_load_before=load(), quick=told.quick)
    run.keep(
        rival_settings=f"producer {relay.PRODUCER}; consumer {relay.CONSUMER}, batches of {relay.BATCH_MAX}"
    )
    run.console.print(
        f"rivals: {run.figures['rival_settings']}; naive: FastStream's defaults; Quix: its defaults"
    )
    parts: dict[str, Callable[[Path], None]] = {
        "embedded": lambda folder: on_this_machine(run, folder),
        "draws": lambda folder: draw_costs(run, folder),
        "stock": lambda folder: stock_costs(run, folder),
        "servers": lambda folder: _served(run, folder),
    }
    wanted = [told.only] if told.only else [part for part in parts if part != "stock" or not told.quick]
    with tempfile.TemporaryDirectory(prefix="ftz-bench-") as name:
        for part, measure in parts.items():
            if part in wanted:
                measure(_made(Path(name) / part))
    judged(run)
    run.keep(seconds=time.perf_counter() - run._begun, void="; ".join(run.void) or None)
    shown(run)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(run.figures, indent=2) + "\n", encoding="utf-8")
    run.console.print(f"written to {OUT.relative_to(Path.cwd()) if OUT.is_relative_to(Path.cwd()) else OUT}")
    raise SystemExit(1 if run.void else 0)


def _served(run: Run, folder: Path) -> None:
    settings = ServerSettings()
    with (
        found.kafka(settings, _made(folder / "kafka")) as kafka,
        found.mongo(settings, _made(folder / "mongo")) as mongo,
    ):
        run.keep(
            kafka=kafka.kind,
            mongo="a stand-in (mongo-java-server)" if mongo.kind == "spawned" else mongo.kind,
        )
        loop.run(on_servers(run, fleets.Servers(kafka, mongo, _made(folder / "work"))))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    main()
