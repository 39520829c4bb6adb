"""The engine's own process: schedules, memory and model stay loaded.

Everything here is plain data in and out. The heavy imports happen in `load`.
"""

import csv
import ctypes
import dataclasses
import gc
import hashlib
import io
import json
import os
import signal
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from ftz_classification.domain.tariff_numbers import dotted

SCHEDULES_LOADED_MAX = 2
OPTION_MAX = 120
OPTIONS_SHOWN_MAX = 6
CODES_MAX = 3
FORMAT = "ftz.explanation/1"
_COLUMNS = ("HTS Number", "Indent", "Description", "Unit of Quantity", "General Rate of Duty")
_loaded: "list[Loaded]" = []


def begin() -> None:
    """Ctrl-C is the service's business: it ends this process when it has finished its batch."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def load(directory: str, data: str, vectors: bool, llm: dict[str, Any] | None = None) -> dict[str, Any]:
    """Read memory and model; says which model is in force and what is off."""
    _loaded[:] = [Loaded(Path(directory), Path(data), vectors=vectors, llm=llm)]
    return _loaded[0].told()


def index(sha256: str, schedule: bytes) -> None:
    """Make ready what is the same for every part under that schedule; minutes the first time with vectors."""
    _loaded[0].index(sha256, schedule)


def propose(
    sha256: str, schedule: bytes | None, asked: list[dict[str, Any]], effective_from: str = ""
) -> list[dict[str, Any]] | None:
    """One proposal for each description, as the fields of `domain.proposal.Made`.

    None: the schedule of that SHA-256 is not here yet, call again with its bytes.
    """
    if schedule is None and not _loaded[0].has(sha256):
        return None
    return _loaded[0].propose(sha256, schedule or b"", asked, effective_from)


class Loaded:
    """The prepared folder, with an index for each of the latest schedules."""

    def __init__(
        self, directory: Path, data: Path, *, vectors: bool, llm: dict[str, Any] | None = None
    ) -> None:
        from ftz_classification.engine.llm import Endpoint, Reranker  # noqa: PLC0415 heavy, and optional
        from ftz_classification.engine.vague import vague_terms  # noqa: PLC0415 heavy, and optional
        from ftz_classification.engine.workspace import Workspace  # noqa: PLC0415 heavy, and optional

        first = Workspace(directory, data, vectors_on=vectors)
        cache = first.cache()
        self._notices = list(first.notices)
        # One set of weights for all schedules.
        self._workspace: Callable[[], Any] = lambda: Workspace(
            directory, data, vectors_on=cache is not None, vectors=cache
        )
        self._data = data
        records, _ = first.labelled()
        self._memory = first.memory(records)
        self._encoder = None if cache is None else cache.encoder
        self._model: Any = None
        self._version: str | None = ""
        self._take_up()
        self._vague = vague_terms(data / "uk_vague_terms.csv")
        self._adviser = None if llm is None else Reranker(Endpoint(**llm), record=directory)
        self._indexes: OrderedDict[str, Any] = OrderedDict()

    def told(self) -> dict[str, Any]:
        """For `/status`."""
        off = list(self._off)
        if self._model is None:
            off.append("no model is in force: `ftz classify promote VERSION --by NAME`")
        return {"model": "none" if self._model is None else self._model.version, "off": off}

    def _take_up(self) -> None:
        """Load the model in force, where a person promoted another since."""
        from ftz_classification.engine.model import promoted  # noqa: PLC0415 heavy, and optional

        workspace = self._workspace()
        if (version := promoted(workspace.models)) != self._version:
            self._model, self._version = workspace.in_force(folds=False), version
            self._off = [*self._notices, *workspace.notices]

    def close(self) -> None:
        """Leave the connections to a language model."""
        if self._adviser is not None:
            self._adviser.close()

    def has(self, sha256: str) -> bool:
        """True when the index over that schedule is loaded."""
        return sha256 in self._indexes

    def propose(
        self, sha256: str, schedule: bytes, asked: Sequence[dict[str, Any]], effective_from: str = ""
    ) -> list[dict[str, Any]]:
        """See the function of this module."""
        from ftz_classification.engine.facts import PartFacts  # noqa: PLC0415 heavy, and optional
        from ftz_classification.engine.proposal import Options, propose_many  # noqa: PLC0415 heavy, and optional

        self._take_up()
        options = Options(
            self._encoder, vague=self._vague, effective_from=effective_from, adviser=self._adviser
        )
        facts = [PartFacts(**one) for one in asked]
        found = propose_many(facts, self.index(sha256, schedule), self._memory, self._model, options)
        return [_plain(one, made) for one, made in zip(asked, found, strict=True)]

    def index(self, sha256: str, schedule: bytes) -> Any:
        """The index over one schedule file; the least used one makes room."""
        if sha256 not in self._indexes:
            with tempfile.TemporaryDirectory() as folder:
                file = self._prepared(sha256) or Path(folder) / f"{sha256[:12]}.csv"
                if not file.exists():
                    file.write_bytes(as_csv(schedule))
                workspace = self._workspace()
                workspace.schedule_file = lambda: file
                self._indexes[sha256] = workspace.index()
            while len(self._indexes) > SCHEDULES_LOADED_MAX:
                self._indexes.popitem(last=False)
            give_back()
        self._indexes.move_to_end(sha256)
        return self._indexes[sha256]

    def _prepared(self, sha256: str) -> Path | None:
        """The file of that content that `ftz classify data` was run on: what it made is used again."""
        files = sorted(self._data.glob("hts_*.csv"))
        return next((f for f in files if hashlib.sha256(f.read_bytes()).hexdigest() == sha256), None)


def give_back() -> None:
    """Return to the system what building an index took and no longer needs: some eighty megabytes."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:  # glibc alone has it, and keeps what is freed without it
        trim(0)


def as_csv(schedule: bytes) -> bytes:
    """The columns that the engine reads, as CSV, also from the official JSON export."""
    if not schedule.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"["):
        return schedule
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    for item in json.loads(schedule.decode("utf-8-sig")):
        units = json.dumps(item.get("units") or [])
        cells = [str(item.get(key) or "").strip() for key in ("htsno", "indent", "description", "general")]
        rows.writerow([*cells[:3], units, cells[3]])
    return text.getvalue().encode()


def _plain(asked: dict[str, Any], found: Any) -> dict[str, Any]:
    """A proposal as exact numbers and text, with the whole of it as canonical JSON."""
    whole = {"format": FORMAT, "facts": asked, "proposal": _rounded(dataclasses.asdict(found))}
    explanation = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    trained = found.provenance.model != "none" or found.source == "memory"
    return {
        "source": found.source,
        "number": found.number,
        "confidence": [(digits, _four(chance)) for digits, chance in sorted(found.confidence.items())],
        # An untrained order claims nothing: its shares would look like certainty.
        "candidates": [(c.number, _four(c.share if trained else 0)) for c in found.candidates],
        "questions": [*map(_question, found.questions), *(doubt.question for doubt in found.doubts)],
        "model": _model(found),
        "memory": found.provenance.memory,
        "encoder": found.provenance.encoder,
        "off": list(found.off),
        "explanation": explanation.encode(),
        "one_of": list(found.one_of.members) if found.one_of else [],
        "promise": _four(found.one_of.promise) if found.one_of else Decimal(0),
    }


def _model(found: Any) -> str:
    """The version, with the language model whose order was taken."""
    heard = f"+{found.consulted.endpoint}" if found.consulted and found.consulted.used else ""
    return f"{found.provenance.model}{heard}"


def _question(question: Any) -> str:
    """A question with what may be answered, and the lines that each answer leaves."""
    options = [
        f"{name if len(name) <= OPTION_MAX else name[:OPTION_MAX] + '...'} "
        f"({', '.join(map(dotted, codes[:CODES_MAX]))})"
        for name, codes in question.options[:OPTIONS_SHOWN_MAX]
    ]
    return f"{question.text} {' / '.join(options)}"


def _four(number: float) -> Decimal:
    """To four places: what a share or a chance is good for, and the same on every run."""
    return Decimal(f"{number:.4f}")


def _rounded(value: Any) -> Any:
    """The same without digits that differ from machine to machine."""
    if isinstance(value, dict):
        return {str(name): _rounded(one) for name, one in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in cast("Sequence[Any]", value)]
    return round(float(value), 4) if isinstance(value, float) else value
