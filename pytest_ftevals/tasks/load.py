"""Task files into tasks: rows read, every case rendered, ids and digests made."""

from collections.abc import Sequence

from pytest_ftevals.core.canonical import JSON, digest
from pytest_ftevals.core.case import Case, prompt_json
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.task import Task
from pytest_ftevals.tasks.choice import choice_reader
from pytest_ftevals.tasks.clusters import check_clusters, cluster_of
from pytest_ftevals.tasks.columns import Columns
from pytest_ftevals.tasks.data_source import DataAccess, read_data
from pytest_ftevals.tasks.expectation import Expectation, expected_reader
from pytest_ftevals.tasks.few_shot import Examples, check_overlap
from pytest_ftevals.tasks.fields import shown
from pytest_ftevals.tasks.perplexity import text_reader
from pytest_ftevals.tasks.prompt import ChatPrompts, TextPrompts
from pytest_ftevals.tasks.rows import Row
from pytest_ftevals.tasks.schema import read_schema
from pytest_ftevals.tasks.task_file import TaskFile
from pytest_ftevals.tasks.template import Templates
from pytest_ftevals.tasks.turns import opened, turns_reader
from pytest_ftevals.tasks.variations import check_varied, variation_of, varied_rows


def load_task_file(task_file: TaskFile, access: DataAccess | None = None) -> Task:
    """Read the data of a task file and render its cases, in data order.

    `access` says where hub data sets may come from; None: from the hub, cache first. Raises
    MissingDataError where one is not at hand, FtevalsError naming FILE:LINE of the row, or of the
    key, for the first mistake.
    """
    schema: JSON = None
    if task_file.schema is not None:
        path = task_file.beside(task_file.schema)
        schema = read_schema(path, where=task_file.where("schema"))
    access = access or DataAccess()
    data = read_data(task_file, task_file.data, key="data", access=access)
    templates = Templates(task_file.places)
    columns = Columns(task_file.columns, templates)
    settings = task_file.few_shot
    examples = None if settings is None else Examples(task_file, settings, columns, access)
    cases, varied = _cases(task_file, templates, columns, data.rows, examples)
    return Task(
        name=task_file.name,
        kind=task_file.kind,
        path=task_file.path,
        cases=cases,
        varied=varied,
        metrics=task_file.metrics,
        about=task_file.about,
        decode=task_file.decode,
        samples=task_file.samples,
        price=task_file.price,
        schema=schema,
        schema_source=task_file.schema or "",
        slices=task_file.slices,
        cluster=task_file.cluster,
        pass_at=task_file.pass_at,
        grounded=task_file.grounded,
        explanations=task_file.explanations,
        data_source=task_file.data,
        data_hash=data.sha256,
        template_hash=_template_hash(task_file, schema, examples),
    )


_READERS = {
    "generate": expected_reader,
    "choice": choice_reader,
    "perplexity": text_reader,
    "deployment": expected_reader,
}


def _cases(
    task_file: TaskFile,
    templates: Templates,
    columns: Columns,
    data: Sequence[Row],
    examples: Examples | None,
) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """Return a task's own cases, and their variations."""
    expect = _READERS[task_file.kind](task_file, templates)
    say = turns_reader(task_file, templates)
    chat = task_file.messages or task_file.turns
    prompts = (ChatPrompts if chat else TextPrompts)(
        task_file, templates, examples, lambda row: expect(row).answer
    )
    cases: list[Case] = []
    varied: list[Case] = []
    questions: list[tuple[str, str]] = []

    def made(name: str, row: Row, wanted: Expectation) -> tuple[Case, str]:
        """Return a row's case, and its question."""
        asked, said = prompts.ask(row), say(row)
        case = Case(
            id=name,
            task=task_file.name,
            prompt=opened(asked.prompt, said),
            expected=wanted.expected,
            options=wanted.options,
            continuations=wanted.continuations,
            givens=wanted.givens,
            turns=said[1:],
            row=row.values,
            slices={column: row.text(column, "slices") for column in task_file.slices},
            cluster=cluster_of(row, task_file.cluster),
            source=row.where,
        )
        return case, asked.question

    rows = [columns.added(row) for row in data]
    for name, row, raw in zip(_ids(rows), rows, data, strict=True):
        wanted = expect(row)
        plain, question = made(name, row, wanted)
        cases.append(plain)
        questions.append((question, row.where))
        for kind, changed in varied_rows(task_file, name, row):
            other = columns.added(raw, changed)
            # An ending is asked for in the options' own words, which may vary with the row.
            case, _ = made(kind, other, wanted if task_file.ending is None else expect(other))
            varied += variation_of(plain, kind, case)
    if task_file.few_shot is not None and not task_file.few_shot.overlap:
        check_overlap(prompts.shown, questions)
    check_clusters(task_file, cases)
    check_varied(task_file, cases, varied)
    return tuple(cases), tuple(varied)


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
    # What most task files lack is left out, so that a new key changes no digest but theirs.
    newer: dict[str, JSON] = {
        "columns": [list(pair) for pair in task_file.columns.items()],
        "turns": task_file.turns if isinstance(task_file.turns, str) else list(task_file.turns),
        "ending": task_file.ending,
        "text": task_file.text if task_file.kind == "perplexity" else None,
        "counted": task_file.counted,
    }
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
            **{key: value for key, value in newer.items() if value},
        }
    )
