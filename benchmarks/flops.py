"""How many floating-point operations the scoring of a choice task needs at least.

For one variant, with one multiplication and one addition counted as two operations:

    2 x P x T  +  4 x L x H x D x K  +  2 x W x V x S

P: parameters of the layers' matrices, for a candidate those of its LoRA matrices too. T: unique
tokens, those that differ in any token before them: a token shared by several sequences from their
beginning on counts once, and a sequence's last token not at all, since it is predicted but never
read. L: layers. H x D: attention heads times their size. K: sum over the unique tokens of how many
tokens they attend to, themselves included (two products, of 2 x D operations each). W: hidden size.
V: vocabulary. S: unique positions from which a scored token is predicted, where alone the output
head is needed.

Norms, activations, softmaxes and the rotation of positions are left out, as is usual: they are no
matrix products.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.parity import Scored
from benchmarks.table import NotRunError
from pytest_ftevals.core.encoded import common

_HEADER = 8
"""Bytes of a safetensors file that tell its header's length."""
_MATRIX = 2
"""Dimensions."""


@dataclass(frozen=True, slots=True)
class Tokenized:
    """One prompt with one continuation."""

    ids: tuple[int, ...]
    scored: int
    """How many of the last ones are scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a set of sequences needs, see the module."""

    unique: int
    attended: int
    predicted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A model's sizes, see the module."""

    layer_parameters: int
    adapter_parameters: int
    layers: int
    attention: int
    """Heads times their size."""
    hidden: int
    vocabulary: int

    def operations(self, tokens: Tokens, *, adapted: bool) -> int:
        """Return the operations of one variant."""
        parameters = self.layer_parameters + (self.adapter_parameters if adapted else 0)
        return (
            2 * parameters * tokens.unique
            + 4 * self.layers * self.attention * tokens.attended
            + 2 * self.hidden * self.vocabulary * tokens.predicted
        )


def shape(model: Path, adapter: Path) -> Shape:
    """Read the sizes from a Llama-like model's and an adapter's files.

    Raises NotRunError for a config that does not tell them.
    """
    config = json.loads((model / "config.json").read_text("utf-8"))
    try:
        heads, hidden = config["num_attention_heads"], config["hidden_size"]
        return Shape(
            layer_parameters=sum(
                math.prod(one) for name, one in _matrices(model).items() if ".layers." in name
            ),
            adapter_parameters=sum(
                math.prod(one) for name, one in _matrices(adapter).items() if ".lora_" in name
            ),
            layers=config["num_hidden_layers"],
            attention=heads * (config.get("head_dim") or hidden // heads),
            hidden=hidden,
            vocabulary=config["vocab_size"],
        )
    except KeyError as error:
        raise NotRunError(f"the model's config.json has no {error}") from error


def encode(model: Path, questions: Iterable[Scored]) -> list[Tokenized]:
    """Return the sequences of all continuations, cut where the prompt's own tokens end."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - large, and only this work needs it

    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    found = []
    for question in questions:
        start = len(tokenizer.encode(question.prompt).ids)
        for text in question.texts:
            ids = tuple(tokenizer.encode(question.prompt + text).ids)
            found.append(Tokenized(ids, len(ids) - start))
    return found


def needed(sequences: Sequence[Tokenized]) -> Tokens:
    """Count what the sequences need when everything that they share is computed once."""
    unique = attended = 0
    before: tuple[int, ...] = ()
    # In order, a row shares its longest beginning with the one before it.
    for row in sorted({one.ids[:-1] for one in sequences}):
        shared, size = common(before, row), len(row)
        unique += size - shared
        attended += (size * (size + 1) - shared * (shared + 1)) // 2
        before = row
    predicted = {
        one.ids[:position]
        for one in sequences
        for position in range(len(one.ids) - one.scored, len(one.ids))
    }
    return Tokens(unique=unique, attended=attended, predicted=len(predicted))


def _matrices(folder: Path) -> Mapping[str, list[int]]:
    """Return the shapes of all matrices in a folder's safetensors files, from their headers."""
    found: dict[str, list[int]] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            size = int.from_bytes(file.read(_HEADER), "little")
            header: dict[str, Any] = json.loads(file.read(size))
        found |= {
            name: one["shape"]
            for name, one in header.items()
            if name != "__metadata__" and len(one["shape"]) == _MATRIX
        }
    if not found:
        raise NotRunError(f"there are no safetensors in {folder.name}")
    return found
