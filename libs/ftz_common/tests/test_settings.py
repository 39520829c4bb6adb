"""Variables of the environment that cannot be are named, with what they are for; secrets stay unsaid."""

import pytest

from ftz_common.process.settings import ProcessSettings
from ftz_common.settings import SettingsRefused, told


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("FTZ_PORT", "abc", "FTZ_PORT is 'abc': .*valid integer.*Port of the HTTP API"),
        ("FTZ_PORT", "70000", "FTZ_PORT is '70000': .*less than or equal to 65535"),
        ("FTZ_PARTITIONS", "0", "FTZ_PARTITIONS is '0': .*greater than or equal to 1.*fixed for life"),
        ("FTZ_MONGO_PREFIX", "a-b", "FTZ_MONGO_PREFIX is 'a-b': .*pattern"),
        ("FTZ_CLOCK", "sundial", "FTZ_CLOCK is 'sundial': .*'real' or 'played'"),
    ],
)
def test_a_variable_that_cannot_be_is_named_with_its_meaning(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsRefused, match=said):
        told(ProcessSettings)


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FTZ_PORT", "abc")
    monkeypatch.setenv("FTZ_BATCH_MAX", "0")
    with pytest.raises(SettingsRefused, match=r"(?s)FTZ_PORT.*FTZ_BATCH_MAX.*`ftz settings`"):
        told(ProcessSettings)


def test_what_is_right_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FTZ_PORT", "0")
    assert told(ProcessSettings).port == 0
