"""Pages made from code say what the code says now (`make docs` writes them again)."""

from pathlib import Path

import pytest

from ftz_cli.documents import pages

DOCS = Path(__file__).parents[2] / "docs"
PAGES = dict(pages())


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name], "run `make docs`"


def test_no_page_is_left_of_a_service_that_is_gone() -> None:
    kept = {f"openapi/{path.name}" for path in (DOCS / "openapi").glob("*.json")}
    assert kept == {name for name in PAGES if name.startswith("openapi/")}
