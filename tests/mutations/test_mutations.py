"""Patches that break the product on purpose: each applies, and the simulator finds each within 200 seeds.

A patch's first line says what it breaks. It is applied to a copy of the tree: the product has no switch.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATCHES = sorted(Path(__file__).parent.glob("*.patch"))
MEMBERS = ("libs/ftz_common", *(f"services/{s}" for s in ("admissions", "classification", "inventory")))
MEMBERS += (*(f"services/{s}" for s in ("duty", "reporting", "alerts")), "apps/cbp_sandbox")
SEEDS = 200
names = pytest.mark.parametrize("patch", PATCHES, ids=lambda p: p.stem)


def patched(patch: Path, into: Path, *, whole: bool) -> Path:
    """A copy of the product with the patch applied; `whole`: everything it takes to run."""
    touched = re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(), re.MULTILINE)
    if whole:
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        for member in MEMBERS:
            shutil.copytree(ROOT / member, into / member, ignore=ignored)
        shutil.copytree(ROOT / "tests/simulation", into / "tests/simulation", ignore=ignored)
    else:
        for path in touched:
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, into / path)
    subprocess.run(["git", "apply", "--unsafe-paths", str(patch)], cwd=into, check=True, capture_output=True)  # noqa: S603, S607 our own patch
    return into


@names
def test_the_patch_still_applies_and_changes_what_it_names(patch: Path, tmp_path: Path):
    tree = patched(patch, tmp_path, whole=False)
    for path in re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(), re.MULTILINE):
        changed = (tree / path).read_text()
        assert changed != (ROOT / path).read_text()
        compile(changed, path, "exec")


@pytest.mark.slow
@names
def test_the_simulator_finds_it(patch: Path, tmp_path: Path):
    tree = patched(patch, tmp_path, whole=True)
    path = os.pathsep.join(str(tree / member) for member in ("", *MEMBERS))
    found = subprocess.run(  # noqa: S603 our own interpreter
        [sys.executable, "-m", "tests.simulation", "--seeds", str(SEEDS), "--stop"],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": path},  # noqa: TID251 a process of its own
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1, found.stdout[-2000:] + found.stderr[-2000:]
    assert re.search(r"^seed \d+: ", found.stdout.replace("\r", "\n"), re.MULTILINE), found.stdout[-2000:]
