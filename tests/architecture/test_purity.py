"""Domains are exact and pure: no float anywhere in them."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOMAINS = sorted(
    path
    for pattern in ("services/*/ftz_*/domain/**/*.py", "apps/cbp_sandbox/*/domain/**/*.py")
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("path", DOMAINS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_domain_has_no_float(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
        assert not is_literal, f"line {node.lineno}: a float literal"  # pyright: ignore[reportAttributeAccessIssue]
        assert not is_call, f"line {node.lineno}: float()"  # pyright: ignore[reportAttributeAccessIssue]
        hint = getattr(node, "annotation", None) or getattr(node, "returns", None)
        assert "float" not in (ast.unparse(hint) if hint else ""), f"line {node.lineno}: a float annotation"


def test_there_are_domains_to_look_at() -> None:
    assert len(DOMAINS) > 20
