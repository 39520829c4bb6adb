"""Counters of a process in Prometheus text format."""

from collections.abc import Sequence

from ftz_common.flow.service import Service


def exposition(services: Sequence[Service]) -> str:
    """One line per counter and label set, with type lines."""
    lines: list[str] = []

    def family(name: str, kind: str, help_text: str, samples: list[tuple[str, int]]) -> None:
        lines.append(f"# HELP {name} {help_text}")
        lines.append(f"# TYPE {name} {kind}")
        lines.extend(f"{name}{{{labels}}} {value}" for labels, value in samples)

    def by_group(attribute: str) -> list[tuple[str, int]]:
        return [
            (f'service="{s.name}",group="{group}"', getattr(s.counters, attribute)[group])
            for s in services
            for group in s.consumers
        ]

    family("ftz_records_consumed_total", "counter", "Records handled.", by_group("records"))
    family("ftz_batches_consumed_total", "counter", "Batches handled.", by_group("batches"))
    family("ftz_records_quarantined_total", "counter", "Records set aside.", by_group("parked"))
    fuses = [
        (f'service="{s.name}",group="{g}"', int(c.fuse.blown))
        for s in services
        for g, c in s.consumers.items()
    ]
    family("ftz_fuse_blown", "gauge", "1 when a consumer stopped.", fuses)
    family(
        "ftz_commits_unpublished",
        "gauge",
        "Commits stored and not yet published by this process.",
        [(f'service="{s.name}"', s.journal.writer.unpublished) for s in services],
    )
    return "\n".join(lines) + "\n"
