"""The tests here are a package, so that `python -m tests.simulation` plays the same code."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)
