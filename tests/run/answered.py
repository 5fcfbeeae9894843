"""Samples of which only the outcome matters."""

from collections.abc import Mapping

from pytest_ftevals.core.record import Sample


def answered(
    case: str,
    variant: str,
    *,
    task: str,
    scores: Mapping[str, float | None],
    passed: bool | None,
    number: int = 0,
) -> Sample:
    """Return a sample of a case, with nothing asked or answered in it."""
    return Sample(
        task=task,
        case=case,
        variant=variant,
        sample=number,
        slices={},
        prompt="",
        expected=None,
        response="",
        turns=None,
        choices=None,
        choice=None,
        finish="stop",
        scores=scores,
        passed=passed,
        labels=(),
        error=None,
    )
