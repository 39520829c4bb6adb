"""Scenarios: a case is a file (docs/scenarios.md).

`format: ftz.scenario/1` says the zone, the goods, what happens when, and what must come out. Events of
platforms are CloudEvents; what people do is said as the HTTP call it is, so that every command of every
service can be in a scenario; what must come out is said of facts, balances, outcomes and alerts.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from ftz_cbp_sandbox.settings import SandboxSettings
from ftz_cli.text_yaml import FileError, read_yaml
from ftz_common.values.calendar import parse_instant

FORMAT = "ftz.scenario/1"
TYPE_PREFIX = "ftz.platform."


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A platform's event. `type` without prefix and version ("order.shipped"); `id` default: its number."""

    type: str
    source: str
    data: dict[str, Any]
    id: str = ""
    time: str = ""  #: when it happened, if that is not when it comes


class Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person does: an HTTP call. `file` sends a file's bytes instead of `body`."""

    method: str
    path: str
    body: Any = None
    file: str = ""
    status: int = 0  #: expected; 0 means any 2xx
    code: str = ""  #: expected problem code
    has: dict[str, Any] = {}  #: what the answer holds, by dotted path
    why: str = ""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that happens at one instant: an event, raw bytes as they came, or a call."""

    at: str
    event: Event | None = None
    raw: str | None = None  #: bytes of a record as text, for bad input; with `source`
    source: str = ""
    call: Call | None = None


class FactExpected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of the facts of this type whose fields are as in `where`, there are `count`, and they have `has`.

    Type without prefix and version: "duty.entry.compiled". Fields may be dotted: "lines.0.duty".
    """

    fact: str
    where: dict[str, Any] = {}
    has: dict[str, Any] = {}
    count: int | None = None
    why: str = ""


class BalanceExpected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Stock of a part at the end of a local day ("" means at the end), in all or in one status.

    `where`: of the layers with these fields, as `inventory.layer.opened` has them; `value`: their worth, USD.
    """

    account: str
    uin: str
    quantity: str
    status: str = ""
    as_of: str = ""
    where: dict[str, Any] = {}
    value: str = ""
    why: str = ""


class OutcomeExpected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last answer to a platform's event."""

    event: str
    source: str
    result: str
    code: str = ""
    why: str = ""


class AlertExpected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Alerts of a kind: how many are open at the end, and how many were ever raised."""

    kind: str
    open: int | None = None
    raised: int | None = None
    why: str = ""


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must come out."""

    facts: list[FactExpected] = []
    balances: list[BalanceExpected] = []
    outcomes: list[OutcomeExpected] = []
    alerts: list[AlertExpected] = []


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole case. Paths are relative to the file."""

    format: str
    name: str
    start: str
    about: str = ""
    rule: str = ""  #: the rule that this case alone protects, with its citation
    zone: str | dict[str, Any] = ""  #: a zone.yaml, or its content
    tariff: list["Tariff"] = []
    cbp: dict[str, Any] = {}  #: how the simulated CBP behaves: answer_hours, ports, behaviours
    feeds: list[str] = []  #: JSON lines of steps
    steps: list[Step] = []
    until: str = ""  #: the clock goes on to here; deadlines on the way come due
    expect: Expected = Expected()


class Tariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A revision to import before anything happens: an official export, or its lines as CSV text."""

    revision: str
    effective: str
    file: str = ""
    csv: str = ""
    extract: bool = False  #: only the lines that the case needs, not a whole schedule


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario with the folder that its paths start from, and its steps in order."""

    scenario: Scenario
    folder: Path
    steps: tuple[tuple[datetime, Step], ...]

    @property
    def start(self) -> datetime:
        """Where the clock begins."""
        return parse_instant(self.scenario.start)

    def cbp(self) -> SandboxSettings:
        """How the simulated CBP behaves here."""
        try:
            return SandboxSettings(**self.scenario.cbp)
        except ValidationError as error:
            raise FileError(f"cbp: {error}") from error

    def tariff_bytes(self, tariff: Tariff) -> bytes:
        """The bytes of a revision."""
        return (self.folder / tariff.file).read_bytes() if tariff.file else tariff.csv.encode()

    def zone(self) -> dict[str, Any]:
        """The zone's description."""
        zone = self.scenario.zone
        return read_yaml(self.folder / zone) if isinstance(zone, str) else zone


def load(path: Path) -> Loaded:
    """Read a scenario file and its feeds; raises `FileError`."""
    raw = read_yaml(path)
    said = raw.get("format")
    if said != FORMAT:
        raise FileError(f"{path}: format is {said!r}; this build reads {FORMAT!r}")
    try:
        scenario = msgspec.convert(raw, Scenario, strict=False)
    except msgspec.ValidationError as error:
        raise FileError(f"{path}: {error} (see docs/scenarios.md)") from error
    folder = path.parent
    steps = [(_instant(path, step.at), step) for step in scenario.steps]
    for feed in scenario.feeds:
        steps.extend(_feed(folder / feed))
    start = _instant(path, scenario.start)
    for at, step in steps:
        if at < start:
            raise FileError(f"{path}: a step at {step.at} lies before the start {scenario.start}")
    steps.sort(key=lambda pair: pair[0])
    return Loaded(scenario, folder, tuple(steps))


def _feed(path: Path) -> list[tuple[datetime, Step]]:
    steps: list[tuple[datetime, Step]] = []
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise FileError(f"{path}: no such feed") from error
    for number, line in enumerate(text.splitlines(), 1):
        try:
            step = msgspec.json.decode(line, type=Step)
        except msgspec.DecodeError as error:
            raise FileError(f"{path} line {number}: {error}") from error
        steps.append((_instant(path, step.at), step))
    return steps


def _instant(path: Path, text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise FileError(
            f"{path}: {text!r} is no instant with an offset (2026-01-05T09:00:00-05:00)"
        ) from error


def cloud_event(step: Step, number: int) -> bytes:
    """The CloudEvent of a step, as bytes."""
    event = step.event
    assert event is not None  # noqa: S101 asked only for events
    body = {
        "specversion": "1.0",
        "id": event.id or f"e{number}",
        "source": event.source,
        "type": event.type if event.type.startswith("ftz.") else f"{TYPE_PREFIX}{event.type}.v1",
        "time": event.time or step.at,
        "datacontenttype": "application/json",
        "data": _numbers_where_due(event.data),
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


#: Fields of platform data that are whole numbers or booleans in JSON; YAML gave them as text.
_WHOLE = frozenset({"line", "part", "of"})
_TRUTH = {"true": True, "false": False}
_BOOLEAN = dict.fromkeys(("final", "complete", "direct_delivery", "included"), _TRUTH)


def _numbers_where_due(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {k: _numbers_where_due(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_numbers_where_due(v) for v in value]
    if name in _WHOLE and isinstance(value, str) and value.isdecimal():
        return int(value)
    return _BOOLEAN[name].get(value, value) if name in _BOOLEAN and isinstance(value, str) else value
