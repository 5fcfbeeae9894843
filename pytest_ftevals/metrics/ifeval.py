"""IFEval: whether replies keep instructions that a program can check.

From 0 to 1, higher is better. Zhou et al. 2023, "Instruction-following evaluation for large
language models" (arXiv 2311.07911), through the checks of lm-evaluation-harness
(`lm_eval.tasks.ifeval`). Prompt level: the share of prompts all of whose instructions are kept;
instruction level: the share of all instructions. Strict reads the reply as it is; loose also
without its first line, its last line and its asterisks, and takes the best. Misleading about
whether a reply is any good: nothing of what it says is read, and a loose value is an upper bound.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from pytest_ftevals.core.canonical import JSON
from pytest_ftevals.core.case import Case
from pytest_ftevals.core.quiet import quietly, seeded
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.needs import library, refuse, replies
from pytest_ftevals.metrics.per_case import PerCase
from pytest_ftevals.metrics.pooled import Pooled

Reading = Literal["strict", "loose"]
COLUMNS = ("key", "prompt", "instruction_id_list", "kwargs")
"""What rows of google/IFEval have."""
LIBRARIES = ("lm_eval", "langdetect", "immutabledict", "nltk")
_SEED = 0
_NO_PUNKT = (
    "needs nltk's data punkt_tab, which is not installed: run `python -m nltk.downloader punkt_tab`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prompt:
    """A row as the checks take it."""

    key: JSON
    prompt: str
    instruction_id_list: Sequence[str]
    kwargs: Sequence[Mapping[str, JSON]]


def kept(reading: Reading, row: Mapping[str, JSON], reply: str) -> list[bool]:
    """Return of each instruction of a row whether a reply keeps it.

    Raises LookupError where nltk lacks its data for telling sentences or words apart, and for an
    instruction that the checks do not know. Never uses the network.
    """
    asked: Any = {name: row[name] for name in COLUMNS}
    with quietly(), seeded(_SEED), _alone():
        from lm_eval.tasks.ifeval import utils

        check = (
            utils.test_instruction_following_strict
            if reading == "strict"
            else utils.test_instruction_following_loose
        )
        return [bool(one) for one in check(_Prompt(**asked), reply).follow_instruction_list]


@contextmanager
def _alone() -> Iterator[None]:
    """Let the checks depend on nothing but their input.

    On import they would download nltk's data; the library that tells languages apart draws random
    numbers, the same ones only where it is given a seed.
    """
    import nltk
    from langdetect import DetectorFactory

    download, seed = nltk.download, DetectorFactory.seed
    nltk.download = lambda *_, **__: False
    DetectorFactory.seed = _SEED
    try:
        yield
    finally:
        nltk.download, DetectorFactory.seed = download, seed


def rate_prompt(reading: Reading, task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - PerCase
    """Return 1 where the reply keeps all instructions of its prompt, else 0, naming the others."""
    found = _checked(reading, case, response)
    if isinstance(found, Score):
        return found
    return Score(value=float(all(found)), reason=_broken(case, found))


def rate_instructions(reading: Reading, task: Task, case: Case, response: Response) -> Score:  # noqa: ARG001 - Pooled
    """Return the share of the prompt's instructions that the reply keeps, naming the others."""
    found = _checked(reading, case, response)
    if isinstance(found, Score):
        return found
    parts: list[JSON] = [sum(found), len(found)]
    return Score(value=share(parts), reason=_broken(case, found), parts=parts)


def share(sums: Sequence[Any]) -> float:
    """Return the share from what was kept and what was asked."""
    kept_, asked = sums
    return float(kept_) / float(asked)


def _checked(reading: Reading, case: Case, response: Response) -> list[bool] | Score:
    try:
        return kept(reading, case.row, response.text)
    except LookupError as error:
        if "punkt" in str(error):
            return Score(value=None, reason=f"one of {_instructions(case)} {_NO_PUNKT}")
        return Score(value=None, reason=f"the checks know no instruction {error}")
    except (TypeError, ValueError, AttributeError) as error:
        return Score(value=None, reason=f"the checks cannot use the row's kwargs: {error}")


def _broken(case: Case, found: Sequence[bool]) -> str:
    names = [name for name, good in zip(_instructions(case), found, strict=True) if not good]
    return f"not kept: {', '.join(names)}" if names else ""


def _instructions(case: Case) -> list[str]:
    found = case.row["instruction_id_list"]
    return [str(one) for one in found] if isinstance(found, list) else []


def needs(name: str, task: Task) -> None:
    """Raise FtevalsError unless every row has IFEval's columns and the libraries are installed."""
    replies(name, task)
    for module in LIBRARIES:
        library(name, task, module, extra="lm-eval")
    for case in task.cases:
        missing = [column for column in COLUMNS if column not in case.row]
        if missing:
            raise refuse(
                name,
                task,
                f"reads the columns {', '.join(COLUMNS)}, and case {case.id!r} ({case.source}) has "
                f"no {missing[0]}",
                "Use it on rows in the form of google/IFEval.",
            )
        names, options = case.row["instruction_id_list"], case.row["kwargs"]
        if not (isinstance(names, list) and names and isinstance(options, list)) or (
            len(names) != len(options)
        ):
            raise refuse(
                name,
                task,
                f"needs an entry of kwargs for each instruction, which case {case.id!r} "
                f"({case.source}) has not",
                "Write both as lists of one length; {} for an instruction without options.",
            )


def _prompt_level(reading: Reading) -> PerCase:
    name = f"ifeval_prompt_{reading}"
    return PerCase(
        name=name,
        binary=True,
        needs=partial(needs, name),
        rate=partial(rate_prompt, reading),
        score_libraries=LIBRARIES,
    )


def _instruction_level(reading: Reading) -> Pooled:
    name = f"ifeval_instruction_{reading}"
    return Pooled(
        name=name,
        needs=partial(needs, name),
        rate=partial(rate_instructions, reading),
        pool=share,
        score_libraries=LIBRARIES,
    )


IFEVAL = (
    _prompt_level("strict"),
    _prompt_level("loose"),
    _instruction_level("strict"),
    _instruction_level("loose"),
)
