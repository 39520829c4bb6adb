"""YAML as we read it: every scalar stays text, a key twice is refused, errors name file and line."""

from pathlib import Path
from typing import Any

import yaml


class FileError(Exception):
    """A file of ours that cannot be used: the place, and what is wrong there."""


class _Text(yaml.BaseLoader):
    """Every scalar stays text, so that 0.10 keeps its digits; a key twice is refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise FileError(f"line {key.start_mark.line + 1}: the key {key.value!r} stands twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping with every scalar as text; raises `FileError` with file and line."""
    try:
        value = yaml.load(path.read_text(encoding="utf-8"), _Text)  # noqa: S506 BaseLoader makes only text
    except FileNotFoundError as error:
        raise FileError(f"{path}: no such file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: {error}") from error
    except FileError as error:
        raise FileError(f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise FileError(f"{path}: a mapping is expected")
    return value
