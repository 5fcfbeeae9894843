"""Task files into tasks: rows read, every case rendered, ids and digests made."""

from collections.abc import Sequence

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.core.case import Case, prompt_json
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.tasks.choice import choice_reader
from pytest_ftevals.tasks.clusters import check_clusters, cluster_of
from pytest_ftevals.tasks.expectation import expected_reader
from pytest_ftevals.tasks.few_shot import Examples, check_overlap
from pytest_ftevals.tasks.fields import shown
from pytest_ftevals.tasks.prompt import ChatPrompts, TextPrompts
from pytest_ftevals.tasks.rows import Row, read_rows
from pytest_ftevals.tasks.schema import read_schema
from pytest_ftevals.tasks.task_file import TaskFile
from pytest_ftevals.tasks.template import Templates


def load_task_file(task_file: TaskFile) -> Task:
    """Read the data of a task file and render its cases, in data order.

    Raises FtevalsError naming FILE:LINE of the row, or of the key, for the first mistake.
    """
    schema: JSON = None
    if task_file.schema is not None:
        path = task_file.beside(task_file.schema)
        schema = read_schema(path, where=task_file.where("schema"))
    data = read_rows(
        task_file.beside(task_file.data), written=task_file.data, where=task_file.where("data")
    )
    settings = task_file.few_shot
    examples = None if settings is None else Examples(task_file, settings)
    return Task(
        name=task_file.name,
        kind=task_file.kind,
        path=task_file.path,
        cases=_cases(task_file, data.rows, examples),
        metrics=task_file.metrics,
        about=task_file.about,
        decode=task_file.decode,
        samples=task_file.samples,
        schema=schema,
        schema_source=task_file.schema or "",
        slices=task_file.slices,
        cluster=task_file.cluster,
        pass_at=task_file.pass_at,
        data_source=task_file.data,
        data_hash=data.sha256,
        template_hash=_template_hash(task_file, schema, examples),
    )


def _cases(task_file: TaskFile, rows: Sequence[Row], examples: Examples | None) -> tuple[Case, ...]:
    templates = Templates(task_file.places)
    reader = choice_reader if task_file.kind == "choice" else expected_reader
    expect = reader(task_file, templates)
    prompts = (ChatPrompts if task_file.messages else TextPrompts)(
        task_file, templates, examples, lambda row: expect(row).answer
    )
    cases: list[Case] = []
    questions: list[tuple[str, str]] = []
    for name, row in zip(_ids(rows), rows, strict=True):
        asked, wanted = prompts.ask(row), expect(row)
        questions.append((asked.question, row.where))
        cases.append(
            Case(
                id=name,
                task=task_file.name,
                prompt=asked.prompt,
                expected=wanted.expected,
                options=wanted.options,
                continuations=wanted.continuations,
                row=row.values,
                slices={column: row.text(column, "slices") for column in task_file.slices},
                cluster=cluster_of(row, task_file.cluster),
                source=row.where,
            )
        )
    check_overlap(prompts.shown, questions)
    check_clusters(task_file, cases)
    return tuple(cases)


def _ids(rows: Sequence[Row]) -> list[str]:
    """Return the rows' ids: their column `id` where all have it, else their numbers from 1."""
    if not all("id" in row.values for row in rows):
        return [str(number) for number in range(1, len(rows) + 1)]
    first: dict[str, Row] = {}
    for row in rows:
        value = row.values["id"]
        if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
            raise FtevalsError(
                f"`id` must be a text or a whole number, not {shown(value)}", where=row.where
            )
        other = first.setdefault(str(value), row)
        if other is not row:
            raise FtevalsError(
                f"the id {str(value)!r} is taken by the row {other.where}",
                where=row.where,
                fix="Ids are unique within a task; without the column rows are numbered.",
            )
    return list(first)


def _template_hash(task_file: TaskFile, schema: JSON, examples: Examples | None) -> str:
    """Return the digest of what shapes prompts and expectations, few-shot rows included."""
    options, settings = task_file.options, task_file.few_shot
    few_shot: JSON = None
    if settings is not None and examples is not None:
        few_shot = [settings.count, list(settings.match), examples.sha256]
    return digest(
        {
            "kind": task_file.kind,
            "prompt": task_file.prompt,
            "messages": prompt_json(task_file.messages),
            "preamble": task_file.preamble,
            "expected": task_file.expected,
            "options": options if isinstance(options, str) else list(options),
            "score": task_file.score,
            "answer": task_file.answer,
            "few_shot": few_shot,
            "schema": schema,
        }
    )
