"""Metrics: (case, response) -> score, and scores -> a task's value; one metric a file.

May import `core` only. Nothing heavy is imported before a metric that needs it scores.
"""
