"""What there is: topics and settings, made from the tables in the code."""

from typing import Any

from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_classification.settings import EngineSettings
from ftz_cli.operate import AsJson
from ftz_cli.screen import counted, guarded, print_json, table
from ftz_common.contracts import platform
from ftz_common.contracts import table as contracts
from ftz_common.process.settings import ProcessSettings
from ftz_common.settings import Documented, documented


def topic_rows() -> list[dict[str, Any]]:
    """One row per fact: type, owner, topic, key, who hears it."""
    rows: list[dict[str, Any]] = []
    for row in contracts.ROWS:
        key = "own stream" if row.sequenced else ", ".join(row.references[:1]) or "event"
        hears = ["every service"] if row.topic == contracts.REFERENCE else [*row.heard_by, "reporting"]
        rows.append({"type": row.type, "owner": row.owner, "topic": row.topic, "key": key, "heard_by": hears})
    for name, (_, claimant) in platform.FOREIGN.items():
        rows.append(
            {
                "type": name,
                "owner": "platform",
                "topic": contracts.INTAKE,
                "key": "any",
                "heard_by": [claimant],
            }
        )
    return rows


@guarded
def topics(as_json: AsJson = False) -> None:
    """List every fact and platform event: topic, key, and who hears it."""
    rows = topic_rows()
    if as_json:
        print_json({"topics": rows})
        return
    cells = [[r["topic"], r["type"], r["key"], ", ".join(r["heard_by"])] for r in sorted(rows, key=_by_topic)]
    table(counted(len(rows), "type"), ["topic", "type", "key", "heard by"], cells)


def _by_topic(row: dict[str, Any]) -> tuple[str, str]:
    return row["topic"], row["type"]


def settings_rows() -> list[Documented]:
    """Every variable: of the processes, of the classification engine, of the simulated CBP."""
    found: dict[str, Documented] = {}
    for settings in (ProcessSettings, EngineSettings, SandboxSettings):
        for row in documented(settings):
            found.setdefault(row.variable, row)
    return list(found.values())


@guarded
def settings_command(as_json: AsJson = False) -> None:
    """List every environment variable: default and meaning."""
    rows = settings_rows()
    if as_json:
        print_json({"settings": [row._asdict() for row in rows]})
        return
    table("settings (environment variables)", ["variable", "default", "meaning"], rows)
