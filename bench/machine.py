"""What the figures were measured on."""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path


def machine() -> dict[str, str]:
    """Processor, cores, memory, and the versions that matter. No names."""
    return {
        "machine_processor": _first("/proc/cpuinfo", "model name")
        or platform.processor()
        or platform.machine(),
        "machine_cores": str(len(os.sched_getaffinity(0))),
        "machine_memory": _first("/proc/meminfo", "MemTotal"),
        "machine_system": platform.system(),
        "machine_python": platform.python_version(),
        "machine_sqlite": sqlite3.sqlite_version,
        "machine_packages": " ".join(
            f"{p} {version(p)}" for p in ("aiokafka", "faststream", "motor", "msgspec")
        ),
    }


def load() -> float:
    """What runs already: a busy machine measures its neighbours."""
    return os.getloadavg()[0]


def _first(path: str, key: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "")
