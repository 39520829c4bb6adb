"""Everything the engine builds from the operator's files, in one directory: vectors, rulings, models.

<root>/vectors-*.npz   sentence vectors by text digest
<root>/rulings/*.jsonl loaded rulings and reviewed decisions, named by their content
<root>/models/<version>/   trained models; `promoted` names the one in force, `history` who put it there
<root>/frozen.jsonl    records set apart to compare models on
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from ftz_classification.engine import drift, minilm, model, ranker, scoring, shadow, training
from ftz_classification.engine.evaluation import evaluate
from ftz_classification.engine.index import Index, Vectors, line_text
from ftz_classification.engine.memory import Memory
from ftz_classification.engine.pairs import training_pairs
from ftz_classification.engine.projection import Projection, train_projection
from ftz_classification.engine.query import make_query
from ftz_classification.engine.records import Record, iterate_records, read_records, standing
from ftz_classification.engine.reference import operator_references, own_references
from ftz_classification.engine.schedule import Schedule, read_schedule
from ftz_classification.engine.vectorcache import VectorCache

TRAINING_FILES = ("atlas_validation.jsonl", "hscodecomp_dev.jsonl")
DATA_FILES = ("hs6.csv", "uk_search_references.json", "uk_extra_references.csv", *TRAINING_FILES)
Progress = Callable[[str, int, int], None]
LARGE = 20_000
ENGINE = 3  # raised when features or tokens change: a stored model of other features is not reused


class NotCompared(ValueError):
    """A model is put in force after it was compared with the one that is."""


class DataMissing(FileNotFoundError):
    """A file the engine cannot do without is not there; the message says where it was looked for."""


@dataclass
class Workspace:
    """Builds lazily; `notices` tells what is off and why."""

    root: Path
    data: Path
    vectors_on: bool = True
    progress: Progress | None = None
    rounds: int = ranker.ROUNDS
    notices: list[str] = field(default_factory=list[str])
    vectors: VectorCache | None = None
    _index: Index | None = None

    def schedule_file(self) -> Path:
        """The latest schedule export in the data directory, by name (hts_*.csv)."""
        found = sorted(self.data.glob("hts_*.csv"))
        if not found:
            raise DataMissing(
                f"no schedule hts_*.csv in {self.data}; export it from hts.usitc.gov and set FTZ_DATA"
            )
        return found[-1]

    def cache(self) -> VectorCache | None:
        """Sentence vectors, or None (with a notice) where the weights are not installed."""
        if self.vectors is None and self.vectors_on:
            try:
                self.vectors = VectorCache(self.root, minilm.MiniLM.installed())
            except minilm.WeightsMissing as missing:
                self.vectors_on = False
                self.notices.append(str(missing))
        return self.vectors

    def index(self) -> Index:
        """Indexes over the latest schedule; embeds what is not cached (minutes, once)."""
        if self._index is None:
            self.say("schedule", 0, 1)
            schedule = read_schedule(self.schedule_file())
            self.notices += [
                f"{name} not in FTZ_DATA: its terms are missing"
                for name in DATA_FILES
                if not (self.data / name).is_file()
            ]
            index = Index(schedule, [*operator_references(self.data), *own_references()], None)
            self.say("schedule", 1, 1)
            if (cache := self.cache()) is not None:
                index.vectors = self._embedded(index, cache)
            self._index = index
        return self._index

    def _embedded(self, index: Index, cache: VectorCache) -> Vectors:
        schedule = index.schedule
        lines = [line_text(line.path) for line in schedule.lines]
        headings = [line_text(schedule.lines[start].path[:1]) for start in index.groups[4].starts]
        sixes = [_to_six(schedule, int(start)) for start in index.groups[6].starts]
        terms = [reference.text for reference in index.references.items]
        groups = [lines, headings, sixes, terms]
        projection = self._projection(index, cache)
        # One after the other: they are not held twice.
        parts = (cache.of(texts, lambda done, total: self.say("vectors", done, total)) for texts in groups)
        return Vectors(parts, projection)

    def _projection(self, index: Index, cache: VectorCache) -> Projection:
        """The projection trained on these references and this schedule, kept beside the vectors."""
        named = f"{self._digest_of(index)} {index.schedule.revision} {cache.encoder.name} {ENGINE}"
        path = self.root / f"projection-{hashlib.sha256(named.encode()).hexdigest()[:12]}.npy"
        if path.is_file():
            return Projection(np.load(path))
        pairs = training_pairs(index)
        terms = cache.of([pair.term for pair in pairs])
        texts = cache.of([pair.text for pair in pairs], lambda done, total: self.say("pairs", done, total))
        made = train_projection(
            terms,
            texts,
            [pair.group for pair in pairs],
            report=lambda done, total: self.say("projection", done, total),
        )
        np.save(path, made.matrix)
        return made

    def labelled(self) -> tuple[list[Record], dict[str, str]]:
        """Training records of the data directory and all loaded rulings, with the digest of each file."""
        paths = [self.data / name for name in TRAINING_FILES if (self.data / name).is_file()]
        paths += sorted((self.root / "rulings").glob("*.jsonl"))
        records: list[Record] = []
        for path in paths:
            records += read_records(path)
        return standing(records), {path.name: digest_of(path) for path in paths}

    def taught(self) -> tuple[list[Record], dict[str, str]]:
        """The labelled records without those frozen for shadow evaluation: what a model is trained on."""
        records, files = self.labelled()
        kept = shadow.frozen(self.root)
        if not kept:
            return records, files
        out = {record.facts.digest() for record in kept}
        named = {shadow.FROZEN: shadow.digest_of_set(kept)}
        return [record for record in records if record.facts.digest() not in out], files | named

    def memory(self, records: Sequence[Record]) -> Memory:
        """A memory of `records` with vectors where these are on."""
        cache = self.cache()
        if cache is None:
            return Memory(records)
        texts = [make_query(record.facts).text for record in records]
        form = cache.small if len(texts) > LARGE else cache.of
        return Memory(records, form(texts, lambda done, total: self.say("rulings", done, total)))

    def inputs(self, files: dict[str, str]) -> dict[str, Any]:
        """What a model was made from, for its card."""
        cache = self.cache()
        return {
            "files": files,
            "schedule": self.index().schedule.revision,
            "encoder": None if cache is None else cache.encoder.name,
            "references": self._digest_of(self.index()),
            "terms": terms_digest(),
            "engine": ENGINE,
            "rounds": self.rounds,
        }

    @staticmethod
    def _digest_of(index: Index) -> str:
        """Sixteen hex digits over all reference terms."""
        named = "\n".join(f"{item.prefix}\t{item.text}\t{item.source}" for item in index.references.items)
        return hashlib.sha256(named.encode()).hexdigest()[:16]

    @property
    def models(self) -> Path:
        return self.root / "models"

    def learn(self, file: Path) -> tuple[int, Path]:
        """Keep the rulings or decisions of `file` for memory and training; the same content is kept once.

        Raises RecordUnreadable at the first entry that cannot be read: nothing of the file is kept then.
        """
        count = sum(1 for _ in iterate_records(file))
        kept = self.root / "rulings" / f"{digest_of(file)[:16]}.jsonl"
        if not kept.is_file():
            kept.parent.mkdir(parents=True, exist_ok=True)
            staged = kept.with_suffix(".new")
            shutil.copyfile(file, staged)
            staged.replace(kept)
        return count, kept

    def train(self) -> model.Model:
        """Train on everything labelled that is not frozen and save; a person puts it in force (promote)."""
        records, files = self.taught()
        made = training.train(
            self.index(), self.memory(records), self.inputs(files), self.progress, rounds=self.rounds
        )
        model.save(made, self.models)
        return made

    def model_for(self, inputs: dict[str, Any]) -> model.Model | None:
        """A saved model made from exactly these inputs, or None."""
        for path in sorted(self.models.glob("*/card.json")):
            if json.loads(path.read_text(encoding="utf-8")).get("inputs") == inputs:
                return model.load(path.parent)
        return None

    def in_force(self, *, folds: bool = True) -> model.Model | None:
        """The promoted model; None (with a notice) where there is none or it needs other features."""
        version = model.promoted(self.models)
        if version is None:
            return None
        found = model.load(self.models / version, folds=folds)
        if found.card["inputs"].get("engine") != ENGINE:
            self.notices.append(f"model {version} was made by another engine: ftz classify train")
            return None
        return found

    def compared(self, version: str) -> dict[str, Any]:
        """The model of that version beside the one in force, on the frozen set; kept beside the model.

        Raises NothingFrozen, ModelUnreadable.
        """
        frozen = shadow.frozen(self.root)
        if not frozen:
            raise shadow.NothingFrozen("no records are frozen to judge by: ftz classify freeze")
        current = model.promoted(self.models)
        if current is None or current == version:
            raise model.ModelUnreadable(f"there is no other model in force to compare {version} with")
        index, memory = self.index(), self.memory(self.labelled()[0])
        cache = self.cache()
        encoder = None if cache is None else cache.encoder
        sides = [model.load(self.models / name) for name in (version, current)]
        new, old = (scoring.judge(index, memory, side, encoder, frozen) for side in sides)
        report: dict[str, Any] = {
            "new": version,
            "old": current,
            "set": shadow.digest_of_set(frozen),
            "n": len(frozen),
            "cross_fitted": {"new": new.crossed, "old": old.crossed},
            **shadow.compare(new.answers, old.answers),
        }
        for name, side in (("new", new), ("old", old)):
            figures = evaluate(side.answers, lambda code: code in index.schedule)
            report[f"{name}_figures"] = {key: figures[key] for key in ("top1", "top5", "ece", "impossible")}
        path = self.models / version / f"shadow-{current}.json"
        path.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return report

    def promote(self, version: str, who: str, why: str, at: str, *, unseen: bool = False) -> None:
        """Put a version in force. Where records are frozen, after a comparison on them (`compared`);
        `unseen` passes over that, and the history says so. Raises NotCompared, ModelUnreadable.
        """
        current = model.promoted(self.models)
        frozen = shadow.frozen(self.root)
        looked = self._compared_before(version, current, shadow.digest_of_set(frozen))
        if frozen and current not in (None, version) and looked is None and not unseen:
            raise NotCompared(
                f"{version} was not compared with {current}, which is in force: ftz classify shadow {version}"
            )
        model.promote(self.models, version, who, why, at, shadow=looked)

    def _compared_before(self, version: str, current: str | None, frozen: str) -> dict[str, Any] | None:
        path = self.models / version / f"shadow-{current}.json"
        if not path.is_file():
            return None
        report = json.loads(path.read_text(encoding="utf-8"))
        if report["set"] != frozen:
            return None
        return {key: report[key] for key in ("old", "set", "n", "verdict")}

    def drift(self, records: Sequence[Record]) -> dict[str, Any]:
        """Decisions of late beside what the model in force was fitted on; raises NoProfile, ..."""
        made = self.in_force()
        if made is None:
            raise model.ModelUnreadable("no model is in force: ftz classify promote VERSION --by NAME")
        index, memory = self.index(), self.memory(self.labelled()[0])
        cache = self.cache()
        found = scoring.judge(index, memory, made, None if cache is None else cache.encoder, records)
        seen = [
            drift.signals(index, ranking, answer.confidence)
            for ranking, answer in zip(found.rankings, found.answers, strict=True)
        ]
        return drift.drift(made.card, records, found.answers, seen)

    def say(self, stage: str, done: int, total: int) -> None:
        """Tell the progress of a stage to who listens."""
        if self.progress:
            self.progress(stage, done, total)


def terms_digest() -> str:
    """Sixteen hex digits over our own lists: words, facets, notes, much-used numbers."""
    found = hashlib.sha256()
    for file in sorted(
        (resources.files("ftz_classification.engine") / "terms").iterdir(), key=lambda file: file.name
    ):
        if file.is_file():
            found.update(f"{file.name}\n".encode() + file.read_bytes())
    return found.hexdigest()[:16]


def digest_of(path: Path) -> str:
    """sha256 of a file's bytes, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _to_six(schedule: Schedule, position: int) -> str:
    """Path of a line down to the step that completes six digits."""
    line = schedule.lines[position]
    cut = next((i for i, number in enumerate(line.numbers) if len(number) >= 6), len(line.path) - 1)
    return line_text(line.path[: cut + 1])
