"""The bridge to lm-eval's tasks: its own task objects make the requests, our cases carry them.

Nothing of lm-eval is imported before rows are needed.
"""

from pytest_ftevals.tasks.lm_eval.load import Loaded, load_lm_eval
from pytest_ftevals.tasks.lm_eval.source import PREFIX, LmEvalSource, is_lm_eval, read_source

__all__ = ["PREFIX", "LmEvalSource", "Loaded", "is_lm_eval", "load_lm_eval", "read_source"]
