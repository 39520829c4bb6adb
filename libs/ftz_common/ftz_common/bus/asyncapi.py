"""AsyncAPI files: what a service says and hears, made by FastStream from the contract table.

FastStream cannot read msgspec classes; it takes a JSON schema that stands beside `bytes`.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, cast

import msgspec
import yaml
from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI
from pydantic import WithJsonSchema

from ftz_common.contracts import platform, table
from ftz_common.contracts.envelope import Envelope
from ftz_common.contracts.fact import Row


def specification(service: str) -> str:
    """The AsyncAPI document of a service, as YAML."""
    broker = KafkaBroker("localhost:9092", description="Records are CloudEvents 1.0, structured JSON.")
    for topic, rows in _by_topic(row for row in table.ROWS if row.owner == service):
        broker.publisher(topic, title=f"says on {topic}", description=_kinds(rows), schema=_payload(rows))
    heard = _by_topic(row for row in table.ROWS if service in row.heard_by or row.topic == table.REFERENCE)
    for topic, rows in heard:
        _hear(broker, topic, _kinds(rows), _payload(rows))
    foreign = {name: fact for name, (fact, owner) in platform.FOREIGN.items() if owner == service}
    if foreign:
        schema: Any = {"oneOf": [_foreign(name, fact) for name, fact in sorted(foreign.items())]}
        _hear(broker, table.INTAKE, "Events of registered sources.", Annotated[bytes, WithJsonSchema(schema)])
    made = "Made from the contract table by `make docs`."
    document = AsyncAPI(broker, title=f"ftz {service}", version="1", description=made)
    described = document.to_specification().to_jsonable()
    dump = cast(Any, yaml.safe_dump)
    return dump(described, allow_unicode=True, width=110)  # sorted: the same bytes each time


def _hear(broker: KafkaBroker, topic: str, description: str, payload: Any) -> None:
    async def heard(body: Any) -> None:
        raise NotImplementedError("this broker is only described")

    heard.__annotations__["body"] = payload
    broker.subscriber(topic, title=f"hears on {topic}", description=description, group_id="-")(heard)


def _by_topic(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.topic, []).append(row)
    return sorted(found.items())


def _kinds(rows: list[Row]) -> str:
    return ", ".join(sorted(row.type for row in rows))


def _payload(rows: list[Row]) -> Any:
    return Annotated[
        bytes, WithJsonSchema({"oneOf": [_record(row) for row in sorted(rows, key=lambda r: r.type)]})
    ]


def _record(row: Row) -> dict[str, Any]:
    """The schema of one kind of record: the envelope around its data, with an example."""
    envelope = inlined(Envelope)
    data = inlined(row.fact)
    envelope["title"] = row.type
    envelope["properties"] |= {"type": {"type": "string", "const": row.type}, "data": data}
    example = {name: _example(schema, name) for name, schema in envelope["properties"].items()}
    envelope["examples"] = [example | {"type": row.type}]
    return envelope


def _foreign(name: str, fact: type[Any]) -> dict[str, Any]:
    data = inlined(fact)
    properties: dict[str, Any] = {
        "specversion": {"type": "string", "const": "1.0"},
        "id": {"type": "string", "maxLength": 128},
        "source": {"type": "string"},
        "type": {"type": "string", "const": name},
        "time": {"type": "string", "format": "date-time"},
        "data": data,
    }
    example = {field: _example(schema, field) for field, schema in properties.items()}
    required = ["specversion", "id", "source", "type", "data"]
    return {
        "title": name,
        "type": "object",
        "properties": properties,
        "required": required,
        "examples": [example],
    }


def inlined(kind: type[Any]) -> dict[str, Any]:
    """The JSON schema of a msgspec class, references replaced by what they name."""
    (schema,), components = msgspec.json.schema_components([kind], ref_template="{name}")
    return cast(dict[str, Any], _without_references(schema, components))


def _without_references(schema: Any, components: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_without_references(item, components) for item in cast(list[Any], schema)]
    if not isinstance(schema, dict):
        return schema
    found = cast(dict[str, Any], schema)
    if "$ref" in found:
        return _without_references(components[found["$ref"]], components)
    return {name: _without_references(value, components) for name, value in found.items()}


def _example(schema: Mapping[str, Any], name: str) -> Any:
    """A value that the schema allows; what has a default shows it."""
    given = [schema[key] for key in ("const", "default") if key in schema]
    given += schema.get("enum", [])[:1]
    chosen = [_example(schema[key][0], name) for key in ("anyOf", "oneOf") if key in schema]
    return (given or chosen or [_of_kind(schema, name)])[0]


def _of_kind(schema: Mapping[str, Any], name: str) -> Any:
    kind = schema.get("type")
    if kind == "object":
        return {field: _example(inner, field) for field, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [_example(schema["items"], name)] if schema.get("items") else []
    if kind == "string":
        formats = {"decimal": "12.50", "date": "2026-03-02", "date-time": "2026-03-02T14:00:00Z"}
        return formats.get(schema.get("format", ""), name)
    return True if kind == "boolean" else max(1, schema.get("minimum", 1))
