"""zone.yaml: `format: ftz.zone/1`, the day from which it holds, and the zone as its operator describes it."""

from pathlib import Path
from typing import Any

import msgspec

from ftz_cli.text_yaml import FileError, read_yaml
from ftz_common.contracts.reference import ZoneDocument

FORMAT = "ftz.zone/1"


def zone_application(said: dict[str, Any]) -> dict[str, Any]:
    """The body of the call that applies a zone file; raises `FileError` with the place."""
    document = dict(said)
    if document.pop("format", None) != FORMAT:
        raise FileError(f"format is {said.get('format')!r}; this build reads {FORMAT!r}")
    effective = document.pop("effective_from", None)
    if not effective:
        raise FileError("effective_from is missing: the first day on which the zone is as this file says")
    try:
        typed = msgspec.convert(document, ZoneDocument, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        raise FileError(f"{error} (see samples/home-goods/zone.yaml)") from error
    known = set(ZoneDocument.__struct_fields__)
    if unknown := sorted(set(document) - known):
        raise FileError(f"unknown fields: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return {"document": msgspec.to_builtins(typed), "effective_from": effective}


def read_zone(path: Path) -> dict[str, Any]:
    """The same from a file."""
    try:
        return zone_application(read_yaml(path))
    except FileError as error:
        text = str(error)
        raise FileError(text if text.startswith(str(path)) else f"{path}: {text}") from error
