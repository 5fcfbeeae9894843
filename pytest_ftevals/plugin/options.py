"""Every option, in one table: command line, ini twin, default and help. PYTEST_DONT_REWRITE.

``--help``, the settings and the README's list are made from `OPTIONS`. The command line wins over
the ini file, the ini file over the default. Imports pytest's types only, since every pytest run of
a project that has the plugin installed loads this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pytest

GROUP = "ftevals"


@dataclass(frozen=True)
class Option:
    """One option."""

    name: str
    """Without prefix: ``base`` is ``--ftevals-base`` and ``ftevals_base``."""
    help: str
    kind: Literal["text", "path", "texts", "flag", "int", "float"] = "text"
    """``texts`` may be given several times; ``path`` is relative to where it is written."""
    metavar: str | None = None
    default: str = ""
    """As the help shows it."""
    ini: bool = True
    """Whether it has an ini twin."""

    @property
    def flag(self) -> str:
        """``--ftevals-NAME``."""
        return f"--ftevals-{self.name}"

    @property
    def key(self) -> str:
        """The ini key and the command line's destination: ``ftevals_NAME``."""
        return f"ftevals_{self.name.replace('-', '_')}"


OPTIONS = (
    Option("base", "The base model: a folder or hub id, @REVISION after it.", metavar="MODEL"),
    Option(
        "candidate",
        "A fine-tuned model to test: adapter or full model, a folder or hub id; repeat for more. "
        "Without NAME= it is called after its last folder. NAME=[MODEL,MODEL] are seeds of one "
        "recipe, compared as one.",
        kind="texts",
        metavar="[NAME=]MODEL",
    ),
    Option(
        "changed-since",
        "Test the adapters of adapters.toml whose files changed since the last commit in common "
        "with this revision, in place of the ini file's candidates.",
        metavar="REV",
        ini=False,
    ),
    Option(
        "adapters",
        "File that lists the adapters which --ftevals-changed-since chooses from.",
        kind="path",
        metavar="FILE",
        default="adapters.toml in the root folder",
    ),
    Option(
        "report",
        "Write the reports to this folder: report.html, report.md, model cards, record.json and "
        "samples.jsonl.",
        kind="path",
        metavar="DIR",
    ),
    Option(
        "replay",
        "Decide again from what an earlier run wrote there with --ftevals-report; no model is "
        "asked.",
        kind="path",
        metavar="DIR",
        ini=False,
    ),
    Option(
        "store",
        "Folder in which responses are kept between runs.",
        kind="path",
        metavar="DIR",
        default=".ftevals in the root folder",
    ),
    Option(
        "data",
        "Folder of data sets that hub: names, as ORG/NAME[/CONFIG]/SPLIT.jsonl, .csv or .parquet.",
        kind="path",
        metavar="DIR",
        default="the hub's local cache, then the hub",
    ),
    Option("no-store", "Keep nothing after the run and use no earlier answers.", kind="flag"),
    Option(
        "case",
        "Narrow per-case tests to the case of this id; repeat for more. No rate is decided then.",
        kind="texts",
        metavar="ID",
        ini=False,
    ),
    Option(
        "confidence",
        "Confidence, one-sided, from which a threshold counts as proven or refuted.",
        kind="float",
        metavar="P",
        default="0.95",
    ),
    Option(
        "decide",
        "What decides thresholds: the estimate (point), or they pass only when proven, or fail "
        "only when refuted.",
        metavar="MODE",
        default="point",
    ),
    Option(
        "early-stop",
        "Ask only as many cases as a threshold takes to be proven or refuted.",
        kind="flag",
    ),
    Option(
        "family",
        "Thresholds that share the error of refuting one.",
        kind="int",
        metavar="N",
        default="those that the selected tests state",
    ),
    Option(
        "save",
        "Save the candidate's scores under this name, to compare later runs with; an earlier run "
        "of that name is replaced.",
        metavar="NAME",
        ini=False,
    ),
    Option(
        "against",
        "Compare candidates with the run saved under this name as well as with the base.",
        metavar="NAME",
    ),
    Option(
        "baselines",
        "Folder of saved runs, which is meant to be committed.",
        kind="path",
        metavar="DIR",
        default="ftevals-baselines in the root folder",
    ),
    Option(
        "engine", "What computes the answers, or package.module:Class.", default="transformers",
        metavar="NAME",
    ),
    Option("device", "cuda, cuda:1, mps or cpu; auto takes the best.", metavar="DEVICE",
           default="auto"),
    Option("dtype", "float32, bfloat16, float16; auto is the checkpoint's own.", metavar="DTYPE",
           default="auto"),
    Option("attention", "Attention implementation, as transformers names it.", metavar="NAME",
           default="auto"),
    Option("device-map", "Device map for the models' loading: auto, balanced, or JSON.",
           metavar="MAP"),
    Option("quantization", "Quantisation config for the base: JSON, or a JSON file.",
           metavar="JSON"),
    Option("tokenizer", "Folder of the tokenizer for all variants.", kind="path", metavar="DIR",
           default="the base's"),
    Option("batch-tokens", "Tokens per batch, new tokens included.", kind="int",
           metavar="N", default="what suits the device"),
    Option("prefix-memory", "Most memory for keys and values of prefixes that prompts share, such "
           "as 2GB.", metavar="SIZE", default="a quarter of what is free"),
    Option("sequential", "Load full models one after the other, even if they fit together.",
           kind="flag"),
    Option("offline", "Take hub ids from the local cache only.", kind="flag"),
    Option("trust-remote-code", "Run Python code that comes with a model.", kind="flag"),
    Option("allow-pickle", "Load pickled weights of this variant (base or a candidate's name).",
           kind="texts", metavar="NAME"),
)  # fmt: skip


def add(parser: "pytest.Parser") -> None:
    """Declare all options and their ini twins."""
    group = parser.getgroup(GROUP, "evaluations of fine-tuned models (ftevals)")
    for option in OPTIONS:
        shown = f"{option.help} [{option.default}]" if option.default else option.help
        # pytest expands the help with %-formatting.
        shown = shown.replace("%", "%%")
        if option.kind == "flag":
            group.addoption(
                option.flag, action="store_true", default=None, dest=option.key, help=shown
            )
        else:
            group.addoption(
                option.flag,
                action="append" if option.kind == "texts" else "store",
                default=None,
                dest=option.key,
                metavar=option.metavar,
                help=shown,
            )
        if option.ini:
            kinds: Mapping[str, Any] = {"flag": "bool", "texts": "linelist"}
            unset: Any = None if option.kind == "flag" else [] if option.kind == "texts" else ""
            parser.addini(
                option.key,
                f"{option.help} ({option.flag})",
                type=kinds.get(option.kind, "string"),
                default=unset,
            )


def keeps_nothing(config: "pytest.Config") -> bool:
    """Return whether the run keeps no answers; a store on the command line wins over the ini file.

    Raises ValueError where the ini file's value is no truth value.
    """
    if config.getoption("ftevals_no_store"):
        return True
    return config.getoption("ftevals_store") is None and bool(config.getini("ftevals_no_store"))
