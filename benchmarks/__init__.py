"""Benchmarks: whole processes, in turn, medians and ratios. Run with ``make bench``."""
