"""A trained model as a directory of files: ranker, calibration, training snapshot, evaluation.

Its version is the hash of what it holds, so the same training gives the same version. Models lie
beside each other; the file `promoted` names the one in force, and `history` who put it there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightgbm

from ftz_classification.engine.calibration import Calibration
from ftz_classification.engine.conformal import Conformal
from ftz_classification.engine.facts import PartFacts

FORMAT = "ftz.model/1"


class ModelUnreadable(ValueError):
    """The directory holds no model of this format; the message says what to do."""


@dataclass(frozen=True)
class Fold:
    """A ranker and calibration that have not seen the records of one fold."""

    booster: lightgbm.Booster
    calibration: Calibration
    conformal: Conformal


@dataclass(frozen=True)
class Model:
    """`whole` was trained on all records; `folds[k]` on all but those that `snapshot` puts in fold k.

    `snapshot` maps the facts digest of each training record to its fold.
    """

    whole: Fold
    folds: tuple[Fold, ...]
    snapshot: Mapping[str, int]
    card: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def version(self) -> str:
        return str(self.card["version"])

    def fold_of(self, facts: PartFacts) -> int | None:
        """The fold that has not seen `facts`; None when no training record has them."""
        return self.snapshot.get(facts.digest())

    def unseen(self, facts: PartFacts) -> Fold:
        """The part of the model that may judge `facts` in an evaluation."""
        fold = self.fold_of(facts)
        return self.whole if fold is None else self.folds[fold]


def save(model: Model, models: Path) -> Path:
    """Write the model to `models`/<version>; a version that is there is left as it is."""
    directory = models / model.version
    if (directory / "card.json").is_file():
        return directory
    directory.mkdir(parents=True, exist_ok=True)
    for name, fold in [("whole", model.whole), *((f"fold{k}", fold) for k, fold in enumerate(model.folds))]:
        (directory / f"{name}.txt").write_text(fold.booster.model_to_string(), encoding="utf-8")
        _write(directory / f"{name}.json", _plain(fold))
    _write(directory / "snapshot.json", dict(sorted(model.snapshot.items())))
    _write(directory / "card.json", model.card)
    return directory


def load(directory: Path, *, folds: bool = True) -> Model:
    """Read a model, for work without its `folds`, which only judge training records.

    Raises ModelUnreadable when files are missing or of a newer format.
    """
    try:
        card = json.loads((directory / "card.json").read_text(encoding="utf-8"))
        if card.get("format") != FORMAT:
            raise ModelUnreadable(
                f"{directory.name}: format {card.get('format')!r}, this build reads {FORMAT}"
            )
        names = ["whole", *(f"fold{k}" for k in range(int(card["folds"]) if folds else 0))]
        parts = [_read(directory, name) for name in names]
        snapshot = json.loads((directory / "snapshot.json").read_text(encoding="utf-8"))
    except (OSError, KeyError, ValueError) as error:
        if isinstance(error, ModelUnreadable):
            raise
        raise ModelUnreadable(f"{directory}: no readable model ({error}); run: ftz classify train") from error
    return Model(parts[0], tuple(parts[1:]), snapshot, card)


def version_of(parts: Sequence[Fold], snapshot: Mapping[str, int], inputs: Mapping[str, Any]) -> str:
    """First sixteen hex digits of the hash over trees, calibration, snapshot and inputs."""
    digest = hashlib.sha256()
    for fold in parts:
        digest.update(fold.booster.model_to_string().encode())
        digest.update(json.dumps(_plain(fold), sort_keys=True).encode())
    digest.update(json.dumps([dict(sorted(snapshot.items())), inputs], sort_keys=True).encode())
    return digest.hexdigest()[:16]


def promoted(models: Path) -> str | None:
    """Version in force, or None."""
    path = models / "promoted"
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def history(models: Path) -> list[dict[str, Any]]:
    """Who put which version in force, when, from what and why; oldest first."""
    path = models / "history"
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def promote(
    models: Path,
    version: str,
    who: str,
    why: str,
    at: str,
    *,
    shadow: Mapping[str, Any] | None = None,
    back: bool = False,
) -> None:
    """Put `version` in force; nothing is deleted. `shadow`: the comparison that was looked at, for the file.

    Raises ModelUnreadable where the version is not there or cannot be read, and for a nameless person.
    """
    if not who.strip():
        raise ModelUnreadable("a person promotes a model: say who with --by")
    if not (models / version / "card.json").is_file():
        known = sorted(path.parent.name for path in models.glob("*/card.json"))
        raise ModelUnreadable(f"no model {version!r} in {models}; there are: {', '.join(known) or 'none'}")
    load(models / version)
    entry = {"at": at, "from": promoted(models), "to": version, "who": who, "why": why, "back": back}
    with (models / "history").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(entry | {"shadow": shadow}, sort_keys=True) + "\n")
    staged = models / "promoted.new"
    staged.write_text(version + "\n", encoding="utf-8")
    staged.replace(models / "promoted")


def before(models: Path) -> str:
    """The version that the one in force took the place of; raises ModelUnreadable where there was none."""
    current = promoted(models)
    for entry in reversed(history(models)):
        if entry["to"] == current and not entry.get("back"):
            if entry["from"] is not None:
                return str(entry["from"])
            break
    raise ModelUnreadable("nothing was in force before: name a version (ftz classify models lists them)")


def _plain(fold: Fold) -> dict[str, Any]:
    return {
        "calibration": fold.calibration.plain(),
        "conformal": {
            "promise": fold.conformal.promise,
            "shares": {str(level): share for level, share in fold.conformal.shares.items()},
        },
    }


def _read(directory: Path, name: str) -> Fold:
    plain = json.loads((directory / f"{name}.json").read_text(encoding="utf-8"))
    conformal = plain["conformal"]
    return Fold(
        lightgbm.Booster(model_str=(directory / f"{name}.txt").read_text(encoding="utf-8")),
        Calibration.from_plain(plain["calibration"]),
        Conformal(
            float(conformal["promise"]), {int(level): share for level, share in conformal["shares"].items()}
        ),
    )


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
