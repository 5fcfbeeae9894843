"""Records as text, one format a file; every report is a pure function of the record.

Imports `pytest_ftevals.core` and the standard library only. Whatever a model, a data file or a
user wrote is hostile here: it passes through `clean` (terminal) or is escaped (JSON) first.
"""
