"""Measures that tests compare with numbers, and the verdicts that come of it.

May import `core` and `stats` only.
"""
