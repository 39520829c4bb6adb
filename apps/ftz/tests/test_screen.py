"""What a person sees: the text of others as it is, and in one piece what is read in one piece."""

from io import StringIO

import pytest
from rich.console import Console

from ftz_cli import screen
from ftz_cli.screen import Failure, counted, show_failure, table


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    made = Console(highlight=False, width=60, file=StringIO(), record=True)
    monkeypatch.setattr(screen, "out", made)
    monkeypatch.setattr(screen, "err", made)
    return made


@pytest.mark.parametrize("sku", ["CUP[/BLUE]", "[bold]MUG", "[0]", "PLATE [red]"])
def test_square_brackets_of_a_sku_are_shown(console: Console, sku: str) -> None:
    table("balances", ["uin"], [[sku]])
    show_failure(Failure("unknown-part", f"{sku} is not known", "publish it", place=sku))
    assert console.export_text().count(sku) == 3


def test_a_whole_column_is_not_wrapped(console: Console) -> None:
    table("alerts", ["kind", "what"], [["removal-without-cover", "left without cover " * 9]], whole=["kind"])
    assert "removal-without-cover " in console.export_text()


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("version",), "0 versions"),
        (1, ("version",), "1 version"),
        ("1", ("line",), "1 line"),
        (2, ("entry", "entries"), "2 entries"),
        (1, ("entry", "entries"), "1 entry"),
    ],
)
def test_what_is_counted_is_said_as_people_say_it(
    number: int | str, words: tuple[str, ...], said: str
) -> None:
    assert counted(number, *words) == said
