"""Reading foreign JSON strictly: duplicate keys, NaN and fractions are seen, unknown fields are named.

The fast decoders let the last of two equal keys win and read 1.10000000000000000001 as 1.1; what a
platform says about goods and money is not read that way.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from ftz_common.contracts.platform import Foreign


class Malformed(Exception):
    """What is wrong, and where."""

    def __init__(self, code: str, reason: str, remedy: str, place: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.remedy = remedy
        self.place = place


class JsonFraction:
    """A JSON number with a point or exponent: kept as it stood, so that the place can be named."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(n for n in names if names.count(n) > 1)
        raise Malformed(
            "duplicate-key", f"the key {twice!r} stands twice in one object", "send each key once"
        )
    return made


def _constant(text: str) -> Any:
    raise Malformed(
        "not-a-number", f"{text} is no number", 'send quantities and money as text, such as "12.50"'
    )


def _integer(text: str) -> Any:
    return int(text) if len(text) <= 19 else JsonFraction(text)


class _Wrong:
    """Stands where a key stands twice, or where a word is no number."""

    def __init__(self, name: str = "") -> None:
        self.name = name


def _place(text: str) -> str:
    """The path to the first duplicate key or non-number. The text is read again only to say where."""

    def pairs(found: list[tuple[str, Any]]) -> Any:
        names = [name for name, _ in found]
        twice = next((name for name in names if names.count(name) > 1), None)
        return dict(found) if twice is None else _Wrong(twice)

    value = json.loads(text, object_pairs_hook=pairs, parse_constant=lambda _text: _Wrong())
    return next(_paths(value, ""), "")


def _paths(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, _Wrong):
        yield ".".join(part for part in (at, value.name) if part)
    elif isinstance(value, dict):
        for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from _paths(inner, f"{at}.{key}" if at else str(key))  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        for index, inner in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            yield from _paths(inner, f"{at}[{index}]")


def parse(body: bytes) -> Any:
    """The JSON value in the bytes; raises `Malformed` with the place."""
    try:
        return _parse(body)
    except Malformed as wrong:
        if wrong.code in ("duplicate-key", "not-a-number"):
            with suppress(RecursionError, ValueError):  # broken further on: there is no path
                wrong.place = _place(body.decode("utf-8"))
        raise


def _parse(body: bytes) -> Any:
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_constant=_constant,
            parse_float=JsonFraction,
            parse_int=_integer,
        )
        if b"\\u" in body:
            canonical(value)  # an escape can be half a character, which no bytes can hold
        return value
    except UnicodeEncodeError as error:
        raise Malformed(
            "not-unicode", "an escape such as \\ud83d is half a character", "send JSON in UTF-8"
        ) from error
    except UnicodeDecodeError as error:
        raise Malformed("not-utf-8", f"byte {error.start} is not UTF-8", "send JSON in UTF-8") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise Malformed("not-json", f"{error.msg} at {where}", "send one JSON object", where) from error
    except RecursionError as error:
        raise Malformed("too-deep", "the JSON is nested too deep", "send flat data") from error


_PLACE = re.compile(r" - at `\$\.?(?P<place>[^`]*)`$")


def convert(value: Any, to: type[Foreign]) -> Foreign:
    """The value as foreign data; raises `Malformed` with the place."""
    try:
        return msgspec.convert(value, to)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _PLACE.search(text)
        place = found["place"] if found else ""
        reason = text[: found.start()] if found else text
        if "JsonFraction" in reason:
            raise Malformed(
                "json-fraction",
                "a JSON number with a point, an exponent or too many digits may have lost digits",
                'send it as text in plain notation, such as "12.50"',
                place,
            ) from error
        raise Malformed(
            "wrong-shape", reason, "compare with the example of this event type in docs/events.md", place
        ) from error


def unknown_fields(value: Any, of: Any, at: str = "") -> list[str]:
    """The fields of the JSON that the type does not have: dropped, and named in the outcome."""
    if isinstance(value, list):
        (item,) = get_args(of) or (None,)
        found = [unknown_fields(v, item, f"{at}[{i}]") for i, v in enumerate(value)] if item else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return [name for names in found for name in names]
    if not isinstance(value, dict) or not (isinstance(of, type) and issubclass(of, msgspec.Struct)):
        return []
    fields = _fields(of)
    names: list[str] = []
    for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
        place = f"{at}.{key}" if at else str(key)  # pyright: ignore[reportUnknownArgumentType]
        if key not in fields:
            names.append(place)
        elif isinstance(inner, dict | list):
            names.extend(unknown_fields(inner, fields[str(key)], place))  # pyright: ignore[reportUnknownArgumentType]
    return names


@cache
def _fields(of: type[msgspec.Struct]) -> dict[str, Any]:
    hints = get_type_hints(of, include_extras=False)
    return {name: _plain_type(hints[name]) for name in of.__struct_fields__}


def _plain_type(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return next((a for a in get_args(hint) if a is not type(None)), hint)
    return hint


def canonical(value: Any) -> bytes:
    """One form of the bytes for equal JSON values: sorted keys, no spaces (RFC 8785 in spirit)."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=lambda f: f"fraction:{f!r}"
    ).encode()
