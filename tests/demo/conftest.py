"""Lets these tests import the modules of `evalsuites/demo`, which is a folder of scripts."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "evalsuites" / "demo"))
