"""The standard tasks that are compared, and what their values are called on the other side."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ACC = {"accuracy": ("acc", "none")}
ACC_NORM = {"accuracy_norm": ("acc_norm", "none")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A task on both sides."""

    name: str
    """Ours."""
    theirs: str
    """lm-eval's name of the task, or of its group."""
    rows: str
    """The name of its data in `layout`."""
    batch: int
    """The batch size that lm-eval gets."""
    metrics: Mapping[str, tuple[str, str]]
    """Our metric -> lm-eval's, and the filter behind which it stands."""
    per_case: bool = True
    """Whether lm-eval's scores of a case are numbers."""
    slices: Mapping[str, str] = field(default_factory=dict)
    """Our slice -> lm-eval's group, whose values they are."""

    @property
    def lm_eval_task(self) -> str:
        """What `programs/lm_eval_standard.py` calls it."""
        return self.theirs.removeprefix("parity_")


TASKS = (
    Compared(
        name="arc_challenge",
        theirs="arc_challenge",
        rows="arc_challenge",
        batch=8,
        metrics=ACC | ACC_NORM,
    ),
    Compared(
        name="hellaswag", theirs="hellaswag", rows="hellaswag", batch=8, metrics=ACC | ACC_NORM
    ),
    Compared(
        name="wikitext",
        theirs="wikitext",
        rows="wikitext",
        batch=1,
        metrics={
            name: (name, "none") for name in ("word_perplexity", "byte_perplexity", "bits_per_byte")
        },
        per_case=False,
    ),
    Compared(
        name="truthfulqa_mc1", theirs="truthfulqa_mc1", rows="truthfulqa", batch=1, metrics=ACC
    ),
    Compared(
        name="truthfulqa_mc2",
        theirs="truthfulqa_mc2",
        rows="truthfulqa",
        batch=1,
        metrics={"choice_probability": ("acc", "none")},
    ),
    Compared(
        name="gsm8k",
        theirs="gsm8k_cot",
        rows="gsm8k",
        batch=10,
        metrics={
            "strict_match": ("exact_match", "strict-match"),
            "flexible_extract": ("exact_match", "flexible-extract"),
        },
    ),
    Compared(
        name="mmlu",
        theirs="parity_mmlu",
        rows="mmlu",
        batch=1,
        metrics=ACC,
        slices={
            f"group={group}": f"parity_mmlu::{group}"
            for group in ("stem", "other", "social_sciences", "humanities")
        },
    ),
    Compared(
        name="ifeval",
        theirs="ifeval",
        rows="ifeval",
        batch=25,
        metrics={
            f"ifeval_{level}_{way}": (f"{short}_level_{way}_acc", "none")
            for level, short in (("prompt", "prompt"), ("instruction", "inst"))
            for way in ("strict", "loose")
        },
        per_case=False,
    ),
)
"""The quick ones first."""
