"""Token ids: exactly one BOS, prompt and continuation cut as lm-evaluation-harness cuts them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_ftevals.core.encoded import Encoded
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Decode, Request
from pytest_ftevals.core.response import Response
from pytest_ftevals.engines.settings import EngineSettings
from pytest_ftevals.engines.transformers.encode import Encoder
from pytest_ftevals.engines.transformers.load import load_tokenizer

BOS = 0
TEXT = st.text(alphabet=" \nabcPFr.:é", max_size=12)


def encoder(folder: Path, *, window: int | None = None, rows: int = 10_000) -> Encoder:
    """Make an encoder for a model folder's tokenizer."""
    return Encoder(load_tokenizer(folder, EngineSettings()), window=window, rows=rows)


@pytest.fixture(scope="session")
def with_bos(llama: Path) -> Encoder:
    """An encoder whose tokenizer adds a BOS to plain text."""
    return encoder(llama)


@pytest.fixture(scope="session")
def without_bos(gpt2: Path) -> Encoder:
    """An encoder whose tokenizer adds none."""
    return encoder(gpt2)


def one(speaker: Encoder, request: Request) -> Encoded:
    """Encode one request that can be asked."""
    (encoded,) = speaker.encode([request])
    assert isinstance(encoded, Encoded)
    return encoded


def refused(speaker: Encoder, request: Request) -> str:
    """Encode one request that cannot be asked; return why."""
    (response,) = speaker.encode([request])
    assert isinstance(response, Response)
    assert response.finish == "error"
    return response.error or ""


Make = Callable[..., Request]


def test_plain_text_gets_one_bos(with_bos: Encoder, ask: Make) -> None:
    """The tokenizer's policy holds."""
    ids = one(with_bos, ask("yes no")).prompt_ids
    assert ids[0] == BOS
    assert ids.count(BOS) == 1


@pytest.mark.parametrize("prompt", ["<s>yes no", "<s><s>yes no"])
def test_text_that_brings_its_bos_gets_no_second(with_bos: Encoder, ask: Make, prompt: str) -> None:
    """A BOS written into the prompt is the one BOS."""
    assert one(with_bos, ask(prompt)).prompt_ids == one(with_bos, ask("yes no")).prompt_ids


def test_policy_without_bos_adds_none(without_bos: Encoder, ask: Make) -> None:
    """No BOS where the tokenizer adds none."""
    assert BOS not in one(without_bos, ask("yes no")).prompt_ids


def test_template_with_bos_gets_no_second(with_bos: Encoder, ask: Make) -> None:
    """A template's BOS is the one BOS."""
    ids = one(with_bos, ask([("user", "yes")])).prompt_ids
    assert ids[0] == BOS
    assert ids.count(BOS) == 1


def test_template_without_bos_gets_it(
    llama: Path, copied: Callable[[Path], Path], ask: Make
) -> None:
    """A template that forgot the BOS gives the same ids."""
    folder = copied(llama)
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text().replace("{{ bos_token }}", ""))
    chat = ask([("user", "yes")])
    assert one(encoder(folder), chat).prompt_ids == one(encoder(llama), chat).prompt_ids


def test_template_bos_stays_where_the_policy_adds_none(without_bos: Encoder, ask: Make) -> None:
    """What the template writes is what the model sees."""
    assert one(without_bos, ask([("user", "yes")])).prompt_ids.count(BOS) == 1


def test_tokenizer_that_ends_text_with_eos_does_not_end_the_prompt(
    llama: Path, copied: Callable[[Path], Path], ask: Make
) -> None:
    """Fine-tuning leaves such tokenizers behind (`add_eos_token`)."""
    import json

    folder = copied(llama)
    path = folder / "tokenizer.json"
    raw = json.loads(path.read_text())
    eos = {"SpecialToken": {"id": "</s>", "type_id": 0}}
    raw["post_processor"]["single"].append(eos)
    raw["post_processor"]["special_tokens"]["</s>"] = {
        "id": "</s>",
        "ids": [1],
        "tokens": ["</s>"],
    }
    path.write_text(json.dumps(raw))
    assert one(encoder(folder), ask("yes")).prompt_ids == one(encoder(llama), ask("yes")).prompt_ids


def test_chat_ends_where_the_assistant_speaks(with_bos: Encoder, ask: Make) -> None:
    """The generation prompt is part of the chat."""
    tokenizer: Any = with_bos._tokenizer
    ids = one(with_bos, ask([("system", "yes"), ("user", "no")])).prompt_ids
    assert tokenizer.decode(ids) == "<s><|system|>yes<|end|>\n<|user|>no<|end|>\n<|assistant|>"


def test_template_that_prints_the_date_prints_a_fixed_one(
    llama: Path, copied: Callable[[Path], Path], ask: Make
) -> None:
    """A prompt must not change overnight."""
    folder = copied(llama)
    (folder / "chat_template.jinja").write_text("{{ strftime_now('%d %b %Y') }}")
    speaker = encoder(folder)
    tokenizer: Any = speaker._tokenizer
    assert tokenizer.decode(one(speaker, ask([("user", "x")])).prompt_ids) == "<s>26 Jul 2024"


def test_messages_without_a_template_name_the_option(
    llama: Path, copied: Callable[[Path], Path], ask: Make
) -> None:
    """The way out is in the message."""
    folder = copied(llama)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(FtevalsError, match="no chat template") as caught:
        encoder(folder).encode([ask([("user", "yes")])])
    assert "--ftevals-tokenizer" in str(caught.value)


def test_messages_that_the_template_refuses_fail_alone(with_bos: Encoder, ask: Make) -> None:
    """One bad chat does not take the others with it."""
    bad, good = with_bos.encode([ask([("tool", "x")]), ask([("user", "x")])])
    assert isinstance(bad, Response)
    assert "no tools here" in (bad.error or "")
    assert isinstance(good, Encoded)


def test_empty_prompt_starts_with_bos(without_bos: Encoder, ask: Make, rate: Make) -> None:
    """Something must come before the first predicted token."""
    assert one(without_bos, ask("")).prompt_ids == (BOS,)
    rated = one(without_bos, rate("", "yes"))
    assert rated.sequences[0][0] == BOS
    assert rated.scored[0] == len(rated.sequences[0]) - 1


def test_spaces_at_the_prompts_end_go_to_the_continuation(with_bos: Encoder, rate: Make) -> None:
    """`Answer: ` + `A` is `Answer:` + ` A`."""
    assert (
        one(with_bos, rate("Answer: ", "A")).sequences
        == one(with_bos, rate("Answer:", " A")).sequences
    )


def test_empty_continuation_is_refused(with_bos: Encoder, rate: Make) -> None:
    """There is nothing to score in it."""
    assert "has no tokens" in refused(with_bos, rate("Answer:", " A", ""))


def test_continuation_that_merges_into_the_prompt_is_still_scored(
    with_bos: Encoder, rate: Make
) -> None:
    """`ca` and `capital`: together one token, as long as the prompt's own."""
    tokenizer: Any = with_bos._tokenizer
    plain = tokenizer(" capital", add_special_tokens=False)["input_ids"]
    assert len(plain) == 1
    encoded = one(with_bos, rate(" c", "apital"))
    assert encoded.scored[0] >= 1
    assert tokenizer.decode(encoded.sequences[0]) == "<s> capital"


@pytest.mark.parametrize(("window", "fits"), [(20, True), (19, False)])
def test_reply_must_fit_into_the_window(llama: Path, ask: Make, window: int, fits: bool) -> None:
    """Nothing is truncated: what does not fit is refused with its numbers."""
    length = len(one(encoder(llama), ask("yes no")).prompt_ids)
    (answer,) = encoder(llama, window=window).encode([ask("yes no", max_new_tokens=20 - length)])
    assert isinstance(answer, Encoded) == fits
    if isinstance(answer, Response):
        assert f"prompt has {length} tokens" in (answer.error or "")
        assert "context window is 19" in (answer.error or "")


@pytest.mark.parametrize("room", [0, 1])
def test_last_scored_token_needs_no_place(llama: Path, rate: Make, room: int) -> None:
    """It is predicted, never read."""
    request = rate("yes", " no no no", " A")
    longest = max(map(len, one(encoder(llama), request).sequences))
    (answer,) = encoder(llama, window=longest - 1 - room).encode([request])
    assert isinstance(answer, Encoded) == (room == 0)


def test_id_without_embedding_is_refused(llama: Path, ask: Make) -> None:
    """On a GPU it would end the process."""
    assert "the model's last is 19" in refused(encoder(llama, rows=20), ask("yes"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(prompt=TEXT, continuations=st.lists(TEXT, min_size=1, max_size=3), bos=st.booleans())
def test_pairs_follow_the_harness(
    with_bos: Encoder,
    without_bos: Encoder,
    prompt: str,
    continuations: list[str],
    bos: bool,
) -> None:
    """The law: joint ids, cut at the length of the prompt's; nothing scored twice or not at all."""
    speaker = with_bos if bos else without_bos
    tokenizer: Any = speaker._tokenizer
    request = Request(kind="loglikelihood", prompt=prompt, continuations=tuple(continuations))
    (answer,) = speaker.encode([request])
    context = prompt.rstrip()
    moved = prompt[len(context) :]
    if isinstance(answer, Response):
        assert any(moved + text == "" for text in continuations)
        return
    for text, sequence, scored in zip(continuations, answer.sequences, answer.scored, strict=True):
        assert 1 <= scored < len(sequence)
        assert sequence.count(BOS) == (1 if bos or not context else 0)
        assert tokenizer.decode([id_ for id_ in sequence if id_ != BOS]) == prompt + text
        joint = tokenizer(context + moved + text, add_special_tokens=bool(context))["input_ids"]
        start = len(tokenizer(context, add_special_tokens=True)["input_ids"])
        if context and len(joint) > start:
            assert (list(sequence), scored) == (joint, len(joint) - start)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(prompts=st.lists(TEXT, min_size=1, max_size=4))
def test_company_does_not_change_ids(with_bos: Encoder, prompts: list[str]) -> None:
    """Encoded together or apart, the ids are the same."""
    requests = [
        Request(kind="generate", prompt=prompt, decode=Decode(max_new_tokens=1))
        for prompt in prompts
    ]
    assert with_bos.encode(requests) == [with_bos.encode([request])[0] for request in requests]
