"""BERTScore: how alike the tokens of reply and reference are to an encoder.

Between -1 and 1, in practice above 0, higher is better; differences are given as such, not in
points. Zhang et al. 2020, arXiv 1904.09675, by the library bert-score without idf weights and
without rescaling, with an encoder from a local folder; of several right texts the best. Misleading
about facts and negation, which move it little; with another encoder or layer values are others, and
most of the range is never used: what matters is the difference between two models.
"""

import json
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_ftevals.core.case import Case
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.score import Score
from pytest_ftevals.core.task import Task
from pytest_ftevals.metrics.from_folder import FromFolder, folder_option, in_folder, loading
from pytest_ftevals.metrics.needs import expected_texts, library, references, refuse
from pytest_ftevals.metrics.options import Options
from pytest_ftevals.metrics.table import Configurable

if TYPE_CHECKING:
    from bert_score import BERTScorer

ADVICE = (
    "Give {metric: bertscore, model: FOLDER, layer: N}: an encoder as `hf download NAME "
    "--local-dir FOLDER` leaves it (roberta-large: 1.4 GB, layer 17); nothing is downloaded here."
)
PARTS = ("precision", "recall", "f1")
LAYERS = ("num_hidden_layers", "n_layers", "num_layers", "n_layer")
"""How configs call the number of layers."""
MOST_TOKENS = 1_000_000
"""transformers gives tokenizers without a limit one of 1e30, which the library cannot handle."""


def bertscore(options: Options) -> FromFolder:
    """Return BERTScore with the encoder in the folder `model`, by the vectors of its `layer`.

    `part` is ``f1``, ``precision`` or ``recall``; `device` where the encoder runs.
    """
    layer, part = options.number("layer"), options.word("part", ("f1", *PARTS))
    device = options.word("device", ("cpu", "cuda"))
    if layer is not None and (layer < 1 or layer != int(layer)):
        raise options.wrong("layer", "a whole number of at least 1")
    folder = folder_option(options, "model")
    return FromFolder(
        name="bertscore",
        folder=folder,
        option="model",
        files=lambda folder: [one for one in folder.glob("*") if one.is_file()],
        fault=partial(_fault, layer),
        advice=ADVICE,
        needs=needs,
        rate=in_folder(folder, partial(rate, int(layer or 0), part, device)),
        score_libraries=("bert-score", "torch", "transformers", "tokenizers"),
        points=False,
        options=[layer, part, device],
    )


def rate(layer: int, part: str, device: str, folder: Path, case: Case, response: Response) -> Score:
    """Return the part of BERTScore that is asked for, against the best of the right texts."""
    if not response.text.strip():
        return Score(value=0.0, reason="an empty reply")
    # A lone surrogate is no text to the encoder's tokenizer.
    reply = response.text.encode("utf-8", "replace").decode("utf-8")
    scorer = _scorer(folder, layer, device)
    found = scorer.score([reply], [list(references(case))])
    return Score(value=float(found[PARTS.index(part)][0]))


def needs(task: Task) -> None:
    """Raise FtevalsError unless every case expects texts, and the library is installed."""
    expected_texts("bertscore", task)
    for case in task.cases:
        if not all(text.strip() for text in references(case)):
            what = (
                f"needs texts with words, and case {case.id!r} ({case.source}) expects an empty one"
            )
            raise refuse("bertscore", task, what, "Leave the row out, or expect another text.")
    library("bertscore", task, "bert_score", extra="bertscore")


@cache
def _scorer(folder: Path, layer: int, device: str) -> "BERTScorer":
    from bert_score import BERTScorer

    with loading("bertscore", folder):
        return BERTScorer(model_type=str(folder), num_layers=layer, device=device)


def _fault(layer: float | None, folder: Path) -> str:
    """Return why a folder is no encoder that the library can read safely."""
    config, tokenizer = (_json(folder / name) for name in ("config.json", "tokenizer_config.json"))
    if config is None:
        return "it has no config.json"
    if not any(folder.glob("*.safetensors")):
        return "it has no weights as safetensors; pickled ones are not loaded"
    layers = next((config[key] for key in LAYERS if isinstance(config.get(key), int)), None)
    if layer is None or (layers is not None and layer > layers):
        known = "" if layers is None else f", 1 to {layers}"
        wrong = "it is not given" if layer is None else f"not {layer:g}"
        return f"`layer` must say which of its layers is compared{known}; {wrong}"
    longest = (tokenizer or {}).get("model_max_length")
    if not isinstance(longest, int) or longest > MOST_TOKENS:
        return "its tokenizer_config.json has no `model_max_length`; put the model's there (512)"
    return ""


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


BERTSCORE = Configurable(
    name="bertscore", keys=("model", "layer", "part", "device"), make=bertscore
)
