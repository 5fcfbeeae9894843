"""The terminal report, for whoever shows it."""

from pytest_ftevals.reports.plan_line import early_plan_line, plan_line
from pytest_ftevals.reports.terminal import Line, render_terminal

__all__ = ["Line", "early_plan_line", "plan_line", "render_terminal"]
