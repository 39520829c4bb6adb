"""Readers of labelled records: ATLAS JSONL, HSCodeComp JSONL, CROSS API JSON, reviewed decisions.

One shape for all, so that a loaded ruling and a reviewed decision take the same path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ftz_classification.engine.facts import PartFacts

_NUMBER = re.compile(r"(?<![\d.])\d{4}\.\d{2}(?:\.\d{2}(?:\.?\d{2})?)?(?![\d])")
_QUESTION = re.compile(r"^\s*what is the hts(?:us)?(?: us)? code (?:for|of)\s+", re.I)
_ANSWER = re.compile(r"hts us code\s*->(.*?)(?:\n\s*reasoning\s*->|$)", re.I | re.S)
_REASONING = re.compile(r"reasoning\s*->\s*(.*)", re.I | re.S)
_IDLE = re.compile(r"origin|^cn$|chemical|measure|package|sold in|each pack|brand|model|certif|choice", re.I)
_EMPTY = frozenset({"", "none", "no", "na", "n/a", "other", "others", "null", "noenname_null", "yes"})
MAX_RECORD = 4_000_000


class RecordUnreadable(ValueError):
    """A line of the file cannot be read; the message names file, line, reason and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """One product with every number an expert accepted for it (digits only, 4 to 10 of them).

    Of a decision: `effective_from` is the first day of its revision, `order` counts the decisions on the
    part up to it, so that a correction is known from what it corrected, `basis` says whether it approved
    or corrected a proposal.
    """

    key: str
    facts: PartFacts
    numbers: tuple[str, ...]
    note: str = ""
    source: str = ""
    effective_from: str = ""
    order: int = 0
    basis: str = ""

    @property
    def scope(self) -> tuple[str, str, str]:
        """Account, part, digest of the facts: what a decision answers for."""
        return (self.facts.account, self.facts.part, self.facts.digest())


def digits(number: str) -> str:
    """Digits of a tariff number in any print: `6109.10.0040` and `6109.10.00.40` are the same."""
    return re.sub(r"\D", "", number)


def read_records(path: Path) -> list[Record]:
    """All records of a JSONL file (ATLAS, HSCodeComp, CROSS, reviewed decisions) or a JSON list.

    Raises RecordUnreadable at the first line that is neither.
    """
    return list(iterate_records(path))


def iterate_records(path: Path) -> Iterator[Record]:
    """Records one by one, so that hundreds of thousands of rulings need no second copy in memory."""
    for place, entry in _entries(path):
        if not isinstance(entry, dict):
            raise RecordUnreadable(f"{place}: expected a JSON object, found {type(entry).__name__}")
        try:
            yield _record(entry, place)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            if isinstance(error, RecordUnreadable):
                raise
            raise RecordUnreadable(
                f"{place}: {type(error).__name__} {error}; known formats: {FORMATS}"
            ) from error


FORMATS = "ATLAS messages, HSCodeComp product_name + hs_code, CROSS rulingNumber + tariffs, facts + numbers"


def _entries(path: Path) -> Iterator[tuple[str, Any]]:
    with path.open(encoding="utf-8", errors="strict") as stream:
        try:
            first = stream.read(1)
            stream.seek(0)
            if first == "[":
                for index, entry in enumerate(json.load(stream), start=1):
                    yield f"{path.name} entry {index}", entry
                return
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    place = f"{path.name} line {number}"
                    try:
                        found = json.loads(line)
                    except ValueError as error:
                        raise RecordUnreadable(f"{place}: not JSON ({error}); expected JSONL") from error
                    yield from _unfold(found, place)
        except UnicodeDecodeError as error:
            raise RecordUnreadable(f"{path.name}: not UTF-8 ({error.reason}); save it as UTF-8") from error


def _unfold(found: Any, place: str) -> Iterator[tuple[str, Any]]:
    """A CROSS search answer holds its rulings in a list; everything else is one record."""
    if isinstance(found, dict) and isinstance(found.get("rulings"), list):
        for index, entry in enumerate(found["rulings"], start=1):
            yield f"{place} ruling {index}", entry
    else:
        yield place, found


def _record(entry: Mapping[str, Any], place: str) -> Record:
    if "messages" in entry:
        return _atlas(entry, place)
    if "product_name" in entry:
        return _hscodecomp(entry, place)
    if "tariffs" in entry or "rulingNumber" in entry:
        return _cross(entry, place)
    return _decision(entry, place)


def _atlas(entry: Mapping[str, Any], place: str) -> Record:
    said = {message["role"]: str(message["content"]) for message in entry["messages"]}
    title = _QUESTION.sub("", said["user"]).strip().rstrip("?").strip()
    answer = said.get("assistant", "")
    stated = _ANSWER.search(answer)
    found = _numbers(stated.group(1) if stated else answer)
    why = _REASONING.search(answer)
    return Record(
        place, PartFacts(title=title), _labelled(found, place), why.group(1).strip() if why else "", "atlas"
    )


def _hscodecomp(entry: Mapping[str, Any], place: str) -> Record:
    raw = entry.get("product_attributes") or "{}"
    known = json.loads(raw) if isinstance(raw, str) else raw
    category: list[str] = []
    for level in range(1, 6):
        step = str(entry.get(f"cate_lv{level}_desc") or "").strip()
        if step and step.isascii() and "__" not in step and step not in category:
            category.append(step)
    facts = PartFacts(
        title=str(entry["product_name"]),
        category=tuple(category),
        attributes=telling_attributes(known if isinstance(known, dict) else {}),
        value=_dollars(entry.get("price"), entry.get("currency_code")),
    )
    number = digits(str(entry["hs_code"]))
    number = number.zfill(10) if len(number) == 9 else number
    return Record(
        f"{place} task {entry.get('task_id', '')}".strip(),
        facts,
        _labelled((number,), place),
        "",
        "hscodecomp",
    )


def _cross(entry: Mapping[str, Any], place: str) -> Record:
    subject = re.sub(
        r"^(?:re:\s*)?(?:the )?tariff classification(?: and [a-z ,]+)? of\s+",
        "",
        str(entry.get("subject", "")),
        flags=re.I,
    )
    found = tuple(digits(str(number)) for number in entry.get("tariffs") or ())
    return Record(
        str(entry.get("rulingNumber", place)),
        PartFacts(title=subject.strip().rstrip(".")),
        _labelled(tuple(n for n in found if 4 <= len(n) <= 10), place),
        str(entry.get("text", ""))[:MAX_RECORD],
        "cross",
    )


def _decision(entry: Mapping[str, Any], place: str) -> Record:
    facts = entry["facts"]
    value = facts.get("value")
    made = PartFacts(
        title=str(facts["title"]),
        description=str(facts.get("description", "")),
        category=tuple(str(step) for step in facts.get("category", ())),
        attributes={str(k): str(v) for k, v in dict(facts.get("attributes", {})).items()},
        value=None if value is None else Decimal(str(value)),
        account=str(facts.get("account", "")),
        part=str(facts.get("part", "")),
    )
    found = tuple(digits(str(number)) for number in entry["numbers"])
    return Record(
        str(entry.get("key", place)),
        made,
        _labelled(found, place),
        str(entry.get("reason", "")),
        str(entry.get("source") or "decision"),
        str(entry.get("effective_from") or ""),
        int(entry.get("order") or 0),
        str(entry.get("basis") or ""),
    )


def standing(records: Iterable[Record]) -> list[Record]:
    """The records without those said twice, and without decisions that a later one corrected.

    Files overlap: the same ruling is loaded again, decisions are exported every month.
    """
    said: dict[object, Record] = {}
    for record in records:
        if record.source == "decision" and record.facts.part:
            key: object = (*record.scope, record.effective_from)
            known = said.get(key)
            if known is not None and known.order == record.order and known.numbers != record.numbers:
                key = (key, record.numbers)  # neither is known to correct the other
            elif known is not None and known.order > record.order:
                continue
        else:
            key = (record.source, record.facts.digest(), record.numbers)
        said[key] = record
    return list(said.values())


def telling_attributes(known: Mapping[str, Any]) -> dict[str, str]:
    """Attributes that can decide a classification; packing, origin and shop bookkeeping are left out."""
    return {
        str(name).strip(): str(value).strip()
        for name, value in known.items()
        if not _IDLE.search(str(name)) and str(value).strip().lower() not in _EMPTY
    }


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(digits(found) for found in _NUMBER.findall(text)))


def _labelled(found: tuple[str, ...], place: str) -> tuple[str, ...]:
    if not found or any(not 4 <= len(number) <= 10 for number in found):
        raise RecordUnreadable(f"{place}: no tariff number found; give it as 6109.10.0040")
    return found


def _dollars(price: Any, currency: Any) -> Decimal | None:
    if price is None or str(currency) != "USD":
        return None
    try:
        return Decimal(str(price))
    except InvalidOperation:
        return None
