"""Task files and rows -> cases: prompts, few-shot examples, chats, options and expectations.

May import `pytest_ftevals.core`, PyYAML and Jinja2; jsonschema only where a schema is checked.
"""

from pytest_ftevals.tasks.load import load_task_file
from pytest_ftevals.tasks.read import KEYS, check_names, read_task_file
from pytest_ftevals.tasks.task_file import FewShot, TaskFile

__all__ = ["KEYS", "FewShot", "TaskFile", "check_names", "load_task_file", "read_task_file"]
