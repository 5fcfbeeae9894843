"""What the plugin asks about metrics when a user registers one."""

from pytest_ftevals.metrics.registry import is_metric

__all__ = ["is_metric"]
