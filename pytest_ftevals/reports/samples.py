"""samples.jsonl: one line per case, variant and sample."""

from pytest_ftevals.core.record import Sample
from pytest_ftevals.reports.from_json import dataclass_from_json
from pytest_ftevals.reports.json_text import json_text


def sample_line(sample: Sample) -> str:
    """Return the sample as one line of JSON, without a newline at its end."""
    return json_text(sample)


def sample_from_json(data: object) -> Sample:
    """Return the sample that a parsed line holds; raises FtevalsError naming a wrong field."""
    return dataclass_from_json(Sample, data, "sample")
