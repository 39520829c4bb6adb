"""The AsyncAPI files say everything that the contract table says, and nothing empty."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from ftz_common.contracts import platform, table
from ftz_common.contracts.envelope import Envelope

FILES = sorted((Path(__file__).parents[2] / "docs" / "asyncapi").glob("*.yaml"))


def kinds(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The schema of every kind of record in a document."""
    found: list[dict[str, Any]] = []
    for schema in document["components"]["schemas"].values():
        found += schema.get("oneOf", [schema])
    return found


def test_every_service_has_a_file() -> None:
    assert {path.stem for path in FILES} == {*table.SERVICES, "cbp"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_names_what_its_service_says_and_hears(path: Path) -> None:
    said = {schema["title"] for schema in kinds(yaml.safe_load(path.read_text()))}
    expected = {row.type for row in table.ROWS if path.stem == row.owner or path.stem in row.heard_by}
    expected |= {row.type for row in table.ROWS if row.topic == table.REFERENCE}
    expected |= {name for name, (_, owner) in platform.FOREIGN.items() if owner == path.stem}
    assert said == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_payload_has_fields_and_an_example_that_our_own_decoder_takes(path: Path) -> None:
    for schema in kinds(yaml.safe_load(path.read_text())):
        row = table.BY_TYPE.get(schema["title"])
        empty = row is not None and not row.fact.__struct_fields__
        assert bool(schema["properties"]["data"]["properties"]) != empty, schema["title"]
        (example,) = schema["examples"]
        assert example["type"] == schema["title"]
        if row is not None:
            msgspec.json.decode(msgspec.json.encode(example), type=Envelope)
            table.decoder(schema["title"]).decode(msgspec.json.encode(example["data"]))
