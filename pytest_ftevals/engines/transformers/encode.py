"""Requests to token ids: one tokenizer for every variant, exactly one BOS, nothing truncated.

The pair of prompt and continuation is cut as lm-evaluation-harness 0.4.13 does it (`_encode_pair`):
trailing spaces of the prompt go to the continuation, both are encoded together and cut at the
length of the encoded prompt.
"""

from collections.abc import Callable, Iterable, Sequence

from transformers import PreTrainedTokenizerBase

from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.request import Request
from pytest_ftevals.core.response import Response, failed
from pytest_ftevals.engines.transformers.chat import render
from pytest_ftevals.engines.transformers.windows import special_ids, window_size, windows

Ids = tuple[int, ...]

_SHORTER = "\n  Nothing is cut off silently: shorten the row or the few-shot block"


class Encoder:
    """Turns requests into token ids with the session's one tokenizer."""

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        *,
        window: int | None,
        rows: int,
        rolling: int | None = None,
    ) -> None:
        """Speak for a base with this context window and this many embeddings, see `refusal`.

        `rolling`: the window that every variant of the run can read, where that is known.
        """
        self._tokenizer = tokenizer
        self._window = window
        self._rows = rows
        self._rolling = window_size(tokenizer, window, rolling)
        self._opening = _opening(tokenizer)

    def encode(self, requests: Sequence[Request]) -> list[Encoded | Response]:
        """Return each request as token ids, or an error response for one that cannot be asked.

        Raises FtevalsError for messages without a chat template.
        """
        texts = [self._text(request) for request in requests]
        pairs = [
            _pairs(text, request)
            if isinstance(text, str) and request.kind == "loglikelihood"
            else []
            for text, request in zip(texts, requests, strict=True)
        ]
        strings = [text for text in texts if isinstance(text, str)]
        strings += [
            part for several in pairs for pair in several for part in (*pair, "".join(pair))
        ]
        ids = self._ids(strings)
        return [
            text
            if isinstance(text, Response)
            else self._generation(request, ids(text))
            if request.kind in ("generate", "timed")
            else self._whole(request)
            if request.kind == "loglikelihood_rolling"
            else self._scoring(request, several, ids)
            for text, request, several in zip(texts, requests, pairs, strict=True)
        ]

    def _text(self, request: Request) -> str | Response:
        if not isinstance(request.prompt, str):
            return render(self._tokenizer, request.prompt)
        return failed("turns need messages, not plain text") if request.turns else request.prompt

    def _ids(self, strings: Iterable[str]) -> Callable[[str], Ids]:
        """Tokenize every distinct string once, in one call; BOS is not part of it."""
        distinct = list(dict.fromkeys(strings))
        encoded = (
            self._tokenizer(distinct, add_special_tokens=False, verbose=False)["input_ids"]
            if distinct
            else []
        )
        found = {text: tuple(ids) for text, ids in zip(distinct, encoded, strict=True)}
        return found.__getitem__

    def _opened(self, ids: Ids) -> Ids:
        """Return `ids` with exactly one BOS where the tokenizer's policy is to add one."""
        size = len(self._opening)
        if not size:
            return ids
        while ids[:size] == self._opening:
            ids = ids[size:]
        return self._opening + ids

    def _generation(self, request: Request, ids: Ids) -> Encoded | Response:
        prompt_ids = self._opened(ids) or self._prefix()
        if not prompt_ids:
            return failed("the prompt is empty and the tokenizer has neither BOS nor EOS")
        encoded = Encoded(request=request, prompt_ids=prompt_ids)
        return refusal(encoded, window=self._window, rows=self._rows) or encoded

    def _scoring(
        self, request: Request, pairs: list[tuple[str, str]], ids: Callable[[str], Ids]
    ) -> Encoded | Response:
        sequences: list[Ids] = []
        scored: list[int] = []
        for context, continuation in pairs:
            start = self._opened(ids(context)) or self._prefix()
            if not start:
                return failed("the prompt is empty and the tokenizer has neither BOS nor EOS")
            whole = self._opened(ids(context + continuation)) if context else ()
            if len(whole) <= len(start):
                # Without a prompt, or where the tokenizer merges the continuation into its end.
                whole = start + ids(continuation)
            if len(whole) == len(start):
                return failed(f"the continuation {continuation!r} has no tokens")
            sequences.append(whole)
            scored.append(len(whole) - len(start))
        encoded = Encoded(
            request=request,
            prompt_ids=(),
            sequences=tuple(sequences),
            scored=tuple(scored),
        )
        return refusal(encoded, window=self._window, rows=self._rows) or encoded

    def _whole(self, request: Request) -> Encoded | Response:
        """Cut a text of any length into windows, all of it scored."""
        prefix = self._prefix()
        if not prefix:
            return failed("the tokenizer has neither BOS nor EOS to start a text with")
        (text,) = request.continuations
        found = [*windows(special_ids(self._tokenizer, text, prefix), prefix, self._rolling)]
        if not found:
            return failed("the text has no tokens")
        encoded = Encoded(
            request=request,
            prompt_ids=(),
            sequences=tuple(ids for ids, _ in found),
            scored=tuple(scored for _, scored in found),
        )
        return refusal(encoded, window=self._window, rows=self._rows) or encoded

    def _prefix(self) -> Ids:
        """Return what stands for an empty prompt: BOS, else EOS."""
        for token in (self._tokenizer.bos_token_id, self._tokenizer.eos_token_id):
            if token is not None:
                return (token,)
        return ()


def refusal(encoded: Encoded, *, window: int | None, rows: int) -> Response | None:
    """Return the error response of a request that a model cannot be asked, else None.

    `window`: tokens that fit, None where there is no limit; `rows`: embeddings that it has.
    """
    ids = (encoded.prompt_ids, *encoded.sequences)
    highest = max(max(each) for each in ids if each)
    if highest >= rows:
        return failed(f"the prompt has token id {highest:,}, but the model's last is {rows - 1:,}")
    if window is None:
        return None
    if encoded.request.decode is not None:
        prompt, new = len(encoded.prompt_ids), encoded.request.decode.max_new_tokens
        if prompt + new > window:
            return failed(
                f"prompt has {prompt:,} tokens and the reply may take {new:,} more, but the"
                f" context window is {window:,}{_SHORTER}, or lower max_new_tokens under decode:"
            )
        return None
    # The last token is predicted, never read, so it needs no place in the window.
    longest = max(map(len, encoded.sequences)) - 1
    if longest > window:
        return failed(
            f"prompt has {longest:,} tokens with its continuation, but the context window is"
            f" {window:,}{_SHORTER}"
        )
    return None


def _pairs(text: str, request: Request) -> list[tuple[str, str]]:
    """Return (what is given, continuation) with trailing spaces moved over."""
    givens = request.givens or ("",) * len(request.continuations)
    found = []
    for given, continuation in zip(givens, request.continuations, strict=True):
        context = (text + given).rstrip()
        found.append((context, (text + given)[len(context) :] + continuation))
    return found


def _opening(tokenizer: PreTrainedTokenizerBase) -> Ids:
    """Return the ids that the tokenizer's policy puts before plain text: BOS, several, or none.

    Ids that it puts after the text (some add an EOS) are left off: they would end the prompt.
    """
    with_special: list[int] = tokenizer("a", add_special_tokens=True)["input_ids"]
    plain: list[int] = tokenizer("a", add_special_tokens=False)["input_ids"]
    for start in range(len(with_special) - len(plain) + 1):
        if with_special[start : start + len(plain)] == plain:
            return tuple(with_special[:start])
    return ()
