"""The writing of report files, for whoever ends a run."""

from pytest_ftevals.reports.formats import left_out
from pytest_ftevals.reports.write import check_folder, write_report

__all__ = ["check_folder", "left_out", "write_report"]
