"""What models and the session's tokenizer must agree on: ids, rows, end tokens."""

from pathlib import Path

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.engines.transformers.network import embeddings

_SHOWN = 4


def end_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Return the ids that end a reply: the generation_config's and the tokenizer's EOS."""
    ids: set[int] = set()
    for found in (getattr(model.generation_config, "eos_token_id", None), tokenizer.eos_token_id):
        if found is not None:
            ids.update([found] if isinstance(found, int) else found)
    return frozenset(ids)


def check_embeddings(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, where: str
) -> None:
    """Raise FtevalsError where the tokenizer has words that the model has no embedding for.

    Special tokens beyond the embeddings are common and harmless unless a prompt holds one, which
    is then refused by itself.
    """
    special = set(tokenizer.added_tokens_decoder)
    rows = embeddings(model).shape[0]
    beyond = [
        (index, token)
        for token, index in tokenizer.get_vocab().items()
        if index >= rows and index not in special
    ]
    if beyond:
        index, token = min(beyond)
        raise FtevalsError(
            f"has {rows:,} embeddings, but the tokenizer of the session ({tokenizer.name_or_path})"
            f" has {len(beyond)} tokens beyond them, {token!r} (id {index:,}) the first",
            where=where,
            fix="Use the tokenizer that belongs to the base: --ftevals-tokenizer FOLDER.",
        )


def check_vocabulary(
    candidate: PreTrainedTokenizerBase, session: PreTrainedTokenizerBase, folder: Path, name: str
) -> None:
    """Raise FtevalsError where a full candidate knows tokens by other ids than the session.

    Tokens that it lacks are no matter; a padding token of its own is never fed to it.
    """
    ids = session.get_vocab()
    other = sorted(
        token
        for token, index in candidate.get_vocab().items()
        if ids.get(token) != index and token != candidate.pad_token
    )
    if other:
        shown = ", ".join(map(repr, other[:_SHOWN])) + (", ..." if len(other) > _SHOWN else "")
        raise FtevalsError(
            f"its vocabulary is another one than that of the session's tokenizer"
            f" ({session.name_or_path}): {len(other)} tokens differ, {shown}",
            where=f"{name} ({folder})",
            fix="All variants are asked in the same token ids. If it only added tokens, name its"
            f" tokenizer for all: --ftevals-tokenizer {folder}",
        )
