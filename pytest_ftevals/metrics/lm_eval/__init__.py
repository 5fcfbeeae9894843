"""lm-eval's own metrics: its filters, `process_results` and aggregation score our answers.

Range, direction and what a metric misleads for are those of lm-eval's metric of that name.
"""

from pytest_ftevals.metrics.lm_eval.metric import LmEvalMetric
from pytest_ftevals.metrics.lm_eval.naming import lm_eval_metrics

__all__ = ["LmEvalMetric", "lm_eval_metrics"]
