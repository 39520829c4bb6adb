"""`make docs`: what is written down from the code: OpenAPI per service, the topic table and its picture."""

import json
from collections.abc import Iterator
from pathlib import Path

from ftz_cli.reference import settings_rows, topic_rows
from ftz_cli.services import build_all
from ftz_common.blobs.memory import MemoryBlobs
from ftz_common.bus.asyncapi import specification
from ftz_common.bus.memory import MemoryBus
from ftz_common.contracts import platform
from ftz_common.contracts import table as contracts
from ftz_common.flow.clock import SystemClock
from ftz_common.settings import Settings
from ftz_common.store.memory import MemoryStore
from ftz_common.web.app import make_app

DOCS = Path("docs")


def pages() -> Iterator[tuple[str, str]]:
    """(path under docs, content) of every page that is made from code."""
    services = build_all(
        Settings(), store=lambda _: MemoryStore(), bus=MemoryBus(), blobs=MemoryBlobs(), clock=SystemClock()
    )
    for service in services:
        if service.api is not None:
            app = make_app([service], [service.api], title=f"ftz {service.name}")
            text = json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True)
            yield f"openapi/{service.name}.json", text + "\n"
    for service in services:
        yield f"asyncapi/{service.name}.yaml", specification(service.name)
    yield "topics.md", _topics()
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
