"""Task files and rows -> cases: prompts, few-shot examples, chats, options and expectations.

May import `pytest_ftevals.core`, PyYAML and Jinja2; jsonschema only where a schema is checked,
pyarrow and datasets only where they are what reads the rows.
"""

from pytest_ftevals.tasks.check_keys import KEYS
from pytest_ftevals.tasks.data_source import DataAccess, MissingDataError, check_sources
from pytest_ftevals.tasks.load import load_task_file
from pytest_ftevals.tasks.read import check_names, read_task_file
from pytest_ftevals.tasks.task_file import FewShot, TaskFile

__all__ = [
    "KEYS",
    "DataAccess",
    "FewShot",
    "MissingDataError",
    "TaskFile",
    "check_names",
    "check_sources",
    "load_task_file",
    "read_task_file",
]
