"""Refusal codes: where the services say no, and where a test makes them."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).parents[2]
#: As a code is written: words joined by hyphens.
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_BUILDERS = {"Refusal": 0, "Problem": 1}


@dataclass(frozen=True, slots=True)
class Said:
    """A code and the place in the product that says it."""

    code: str
    where: str


def product_files() -> list[Path]:
    """Every module of the services, of what they share, and of the simulated CBP."""
    members = [*ROOT.glob("services/*/ftz_*"), *ROOT.glob("libs/*/ftz_*"), ROOT / "apps/cbp_sandbox"]
    files = [path for member in members for path in member.rglob("*.py")]
    return sorted(path for path in files if "testing" not in path.parts and "tests" not in path.parts)


def said_codes() -> list[Said]:
    """Every literal code that a refusal is made with, directly or by a function that takes `code`."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in product_files()}
    shared = dict(_BUILDERS)
    own: dict[Path, dict[str, int]] = {}
    for path, tree in trees.items():
        own[path] = _takers(tree)
        shared |= {name: at for name, at in own[path].items() if not name.startswith("_")}
    found: list[Said] = []
    for path, tree in trees.items():
        takers = shared | own[path]
        where = str(path.relative_to(ROOT))
        found += [Said(code, where) for call in _calls(tree) for code in _codes(call, takers)]
        found += [Said(code, where) for code in _tabled(tree)]
    return found


def _tabled(tree: ast.Module) -> Iterator[str]:
    """Codes that stand in a table: keys of REMEDIES, values of NAMED; and pairs that a check yields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
            yield from _literals(node.value.elts[0])
        named = isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Dict)
        if not named or not isinstance(node.value, ast.Dict):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {each.id for each in targets if isinstance(each, ast.Name)}
        keys = [key for key in node.value.keys if key is not None]
        for each in keys if "REMEDIES" in names else node.value.values if "NAMED" in names else ():
            yield from _literals(each)


def _literals(node: ast.expr) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and CODE.fullmatch(each.value):
            yield each.value


def _takers(tree: ast.Module) -> dict[str, int]:
    """Functions and classes with a parameter `code`, and its place."""
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in node.args.args if a.arg not in ("self", "cls")]
            if "code" in names or "code" in [a.arg for a in node.args.kwonlyargs]:
                found[node.name] = names.index("code") if "code" in names else -1
        elif isinstance(node, ast.ClassDef):
            fields = [each.target.id for each in node.body if _is_field(each)]
            made = [e for e in node.body if isinstance(e, ast.FunctionDef) and e.name == "__init__"]
            fields = [a.arg for a in made[0].args.args[1:]] if made else fields
            if "code" in fields:
                found[node.name] = fields.index("code")
    return found


def _is_field(node: ast.stmt) -> TypeGuard[ast.AnnAssign]:
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _codes(call: ast.Call, takers: dict[str, int]) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name not in takers:
        return
    given = [k.value for k in call.keywords if k.arg == "code"]
    at = takers[name]
    if not given and 0 <= at < len(call.args):
        given = [call.args[at]]
    for value in given:
        yield from _literals(value)


def words_of_tests() -> set[str]:
    """Every word that stands as one string in a test or in a golden case."""
    words: set[str] = set()
    for path in (*ROOT.glob("*/*/tests/**/*.py"), *ROOT.glob("tests/**/*.py")):
        if path.name in ("refusals.py", "test_refusals.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
    for path in (ROOT / "tests" / "golden").rglob("*.y*ml"):
        words.update(CODE_SAID.findall(path.read_text(encoding="utf-8")))
    return words


CODE_SAID = re.compile(r"\bcode: ['\"]?([a-z0-9-]+)")
