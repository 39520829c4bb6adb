"""What one content of a set of measures changes against another."""

from dataclasses import dataclass, fields
from typing import Any

from ftz_duty.domain.measure import Measure, MeasureSet, Scope


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """A field of a measure that differs, each side in words; long lists say what came and went."""

    measure: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MeasureDiff:
    """Differences by id."""

    added: tuple[str, ...]
    deleted: tuple[str, ...]
    changed: tuple[MeasureChange, ...]


def diff_measures(before: MeasureSet, after: MeasureSet) -> MeasureDiff:
    """What `after` adds, deletes and changes."""
    was = {m.id: m for m in before.measures}
    now = {m.id: m for m in after.measures}
    return MeasureDiff(
        added=tuple(sorted(now.keys() - was.keys())),
        deleted=tuple(sorted(was.keys() - now.keys())),
        changed=tuple(
            change for name in sorted(was.keys() & now.keys()) for change in _changes(was[name], now[name])
        ),
    )


def _changes(was: Measure, now: Measure) -> list[MeasureChange]:
    found = [
        _change(was.id, f.name, getattr(was, f.name), getattr(now, f.name))
        for f in fields(Measure)
        if f.name not in {"id", "scope", "rate"} and getattr(was, f.name) != getattr(now, f.name)
    ]
    found.extend(
        _change(was.id, f.name, getattr(was.scope, f.name), getattr(now.scope, f.name))
        for f in fields(Scope)
        if getattr(was.scope, f.name) != getattr(now.scope, f.name)
    )
    return found


def _change(measure: str, field: str, was: Any, now: Any) -> MeasureChange:
    if isinstance(was, tuple | frozenset):
        before: set[str] = set(map(str, was))  # pyright: ignore[reportUnknownArgumentType] any item
        after: set[str] = set(map(str, now))
        return MeasureChange(measure, field, _listed(before - after), _listed(after - before))
    return MeasureChange(measure, field, str(was), str(now))


def _listed(items: set[str]) -> str:
    shown = ", ".join(sorted(items)[:20])
    return shown + (f" and {len(items) - 20} more" if len(items) > 20 else "")
