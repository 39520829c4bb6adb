"""Each mutant applies, compiles and names a case; that the case catches it is `make mutants`, a run apart."""

from pathlib import Path

import pytest
from tests.mutants.__main__ import findings
from tests.mutants.mutant import ROOT, BadMutant, Mutant, copied, mutants, read

names = pytest.mark.parametrize("mutant", mutants(), ids=lambda m: m.name)


@names
def test_a_mutant_applies_and_changes_what_it_names(mutant: Mutant, tmp_path: Path):
    tree = copied(tmp_path, mutant.touched)
    assert mutant.applied(tree) == "", "the rule moved: write the patch again (docs/scenarios.md, Mutants)"
    for name in mutant.touched:
        changed = (tree / name).read_text(encoding="utf-8")
        assert changed != (ROOT / name).read_text(encoding="utf-8")
        compile(changed, name, "exec")


def test_a_patch_without_its_case_is_refused(tmp_path: Path):
    path = tmp_path / "x.patch"
    path.write_text("breaks: something\n")
    with pytest.raises(BadMutant, match="no line `case"):
        read(path)
    path.write_text("case: no-such-case\nbreaks: something\n")
    with pytest.raises(BadMutant, match="no tests/golden/cases/no-such-case"):
        read(path)
    path.write_text("case: duty-measure-origin\nbreaks: something\n")
    with pytest.raises(BadMutant, match="changes nothing"):
        read(path)


def test_a_patch_that_no_longer_applies_is_said_and_one_that_changes_nothing_is_not_caught(tmp_path: Path):
    gone, idle = tmp_path / "gone.patch", tmp_path / "idle.patch"
    name = "libs/ftz_common/ftz_common/values/exact.py"
    gone.write_text(f"--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n-no such line\n+another\n")
    name = "libs/ftz_common/ftz_common/values/idle.py"
    idle.write_text(f"--- a/{name}\n+++ b/{name}\n@@ -0,0 +1 @@\n+X = 1\n")
    tried = [Mutant(path.stem, path, "duty-measure-origin", "nothing") for path in (gone, idle)]
    found = {f.mutant: f for f in findings(tried, [], 1)}
    assert "does not apply" in found["gone"].problem
    assert found["idle"].said == "NOT CAUGHT"
