"""`make docs`: what is written down from the code: OpenAPI per service, the topic table and its picture."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from ftz_cli.reference import settings_rows, topic_rows
from ftz_cli.services import build_all
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.asyncapi import specification
from ftz_common.bus.memory import MemoryBus
from ftz_common.contracts import platform
from ftz_common.contracts import table as contracts
from ftz_common.contracts.alerts import AlertKind
from ftz_common.flow.clock import SystemClock
from ftz_common.flow.service import Service
from ftz_common.settings import Settings, told
from ftz_common.store.memory import MemoryStore
from ftz_common.web.app import make_app

DOCS = Path("docs")


def pages() -> Iterator[tuple[str, str]]:
    """(path under docs, content) of every page that is made from code."""
    services = build_all(
        told(Settings),
        store=lambda _: MemoryStore(),
        bus=MemoryBus(),
        blobs=MemoryBlobs(),
        clock=SystemClock(),
    )
    for service in services:
        if service.api is not None:
            app = make_app([service], [service.api], title=f"ftz {service.name}")
            text = json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True)
            yield f"openapi/{service.name}.json", text + "\n"
    for service in services:
        yield f"asyncapi/{service.name}.yaml", specification(service.name)
    yield "topics.md", _topics()
    yield "commands.md", _commands(services)
    yield "settings.md", _settings()


def picture() -> str:
    """Who hears whom, as a Mermaid graph, from the contract table."""
    edges: dict[tuple[str, str], int] = {}
    for row in contracts.ROWS:
        for hears in row.heard_by:
            if hears != row.owner:
                edges[row.owner, hears] = edges.get((row.owner, hears), 0) + 1
    lines = ["```mermaid", "flowchart LR", "    platforms([shop, warehouse, carrier])"]
    for claimant in sorted({claimant for _, claimant in platform.FOREIGN.values()}):
        lines.append(f"    platforms --> {claimant}")
    for (owner, hears), count in sorted(edges.items()):
        lines.append(f"    {owner} -->|{count}| {hears}")
    lines.append("    reporting[(reporting: every fact)]")
    lines.append("```")
    return "\n".join(lines)


def _topics() -> str:
    lines = [
        "# Topics",
        "",
        "Made from the contract table (ftz_common.contracts.table) by `make docs`. Numbers on the arrows",
        "count the kinds of facts that the one says and the other acts on; reporting archives them all.",
        "",
        picture(),
        "",
        "| topic | type | key | heard by |",
        "|---|---|---|---|",
    ]
    for row in sorted(topic_rows(), key=lambda r: (r["topic"], r["type"])):
        lines.append(f"| `{row['topic']}` | `{row['type']}` | {row['key']} | {', '.join(row['heard_by'])} |")
    return "\n".join(lines) + "\n"


def _commands(services: Sequence[Service]) -> str:
    lines = [
        "# What can be said and asked",
        "",
        "Made from the code by `make docs`. Every line is a step of a [scenario file](scenarios.md): an",
        "`event` of a platform, a `call` of a person, or a `call` with `has` that asks. Fields of events are",
        "in [events.md](events.md), those of calls in `openapi/`; facts that a scenario can expect are in",
        "[topics.md](topics.md), without `ftz.` and `.v1`.",
        "",
        "## Events",
        "",
        ", ".join(f"`{kind.removeprefix('ftz.platform.').removesuffix('.v1')}`" for kind in platform.FOREIGN),
    ]
    for title, methods in (("Calls", ("post", "put", "delete")), ("Questions", ("get",))):
        lines += ["", f"## {title}", "", "| call | what it does |", "|---|---|"]
        lines += [
            f"| `{method.upper()} {path}` | {what} |" for method, path, what in routes(services, methods)
        ]
    lines += ["", "## Alerts", "", ", ".join(f"`{kind}`" for kind in get_args(AlertKind))]
    return "\n".join(lines) + "\n"


def routes(services: Sequence[Service], methods: Sequence[str]) -> list[tuple[str, str, str]]:
    """(method, path, summary) of what people ask of the services."""
    found: set[tuple[str, str, str]] = set()
    for service in services:
        if service.api is None:
            continue
        paths = make_app([service], [service.api]).openapi()["paths"]
        for path, of in paths.items():
            found |= {
                (m, path, of[m].get("summary", "")) for m in methods if m in of and path.startswith("/v1/")
            }
    return sorted(found, key=lambda each: (each[1], each[0]))


def _settings() -> str:
    lines = ["# Settings", "", "Environment variables; `ftz settings` prints the same.", ""]
    lines += ["| variable | default | meaning |", "|---|---|---|"]
    lines += [f"| `{d.variable}` | `{d.default}` | {d.description} |" for d in settings_rows()]
    return "\n".join(lines) + "\n"


def write() -> None:
    """Write every page."""
    for name, content in pages():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    write()
