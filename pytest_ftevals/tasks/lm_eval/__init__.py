"""The bridge to lm-eval's tasks: its own task objects make the requests, our cases carry them.

Nothing of lm-eval is imported before rows are needed.
"""

from pytest_ftevals.tasks.lm_eval.load import Loaded, load_lm_eval
from pytest_ftevals.tasks.lm_eval.source import PREFIX, LmEvalSource, is_lm_eval, read_source
from pytest_ftevals.tasks.lm_eval.surroundings import as_lm_eval_runs

__all__ = [
    "PREFIX",
    "LmEvalSource",
    "Loaded",
    "as_lm_eval_runs",
    "is_lm_eval",
    "load_lm_eval",
    "read_source",
]
