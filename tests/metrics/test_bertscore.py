"""BERTScore equals the library bert-score called directly, with a tiny encoder made here."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.metric_entry import MetricEntry
from pytest_ftevals.core.response import Response
from pytest_ftevals.core.task import Metric, Task
from pytest_ftevals.metrics.registry import build, metric

SPECIAL = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
WORDS = [
    *SPECIAL.values(),
    *("the", "a", "cat", "dog", "sat", "on", "mat", "ran", "not", "it", ".", ","),
]
LONGEST = 32


def _made(folder: Path, options: dict[str, Any]) -> Metric:
    found = build(MetricEntry(name="bertscore", metric="bertscore", options=options), folder)
    return found or metric("bertscore")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random BERT of three layers and a tokenizer of whole words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    ids = {word: number for number, word in enumerate(WORDS)}
    words = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))  # noqa: S106 - a word, no secret
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = {f"{name}_token": word for name, word in SPECIAL.items()}
    fast: Any = PreTrainedTokenizerFast
    tokenizer = fast(tokenizer_object=words, model_max_length=LONGEST, **names)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=LONGEST,
    )
    BertModel(config).save_pretrained(folder)
    return folder


CASES = [
    (["the cat sat on the mat"], "the dog sat on the mat"),
    (["the cat sat on the mat"], "the cat sat on the mat"),
    (["a cat ran", "the dog sat on the mat ."], "it sat , not the cat"),
    (["the cat"], "the cat ran " * 40),
]


@pytest.mark.slow
def test_values_are_the_librarys(encoder: Path, make_task: Callable[..., Task]) -> None:
    """Precision, recall and F1, of one reference or the best of several, of a reply too long."""
    import bert_score

    task = make_task(*(right for right, _ in CASES))
    replies = [reply for _, reply in CASES]
    wanted = bert_score.score(
        replies,
        [right for right, _ in CASES],
        model_type=str(encoder),
        num_layers=2,
        device="cpu",
        batch_size=1,
    )
    for part, values in zip(("precision", "recall", "f1"), wanted, strict=True):
        judge = _made(encoder.parent, {"model": encoder.name, "layer": 2, "part": part})
        judge.check(task)
        pairs = zip(task.cases, replies, strict=True)
        scores = [judge.score(task, case, Response(text=reply)) for case, reply in pairs]
        assert [score.value for score in scores] == pytest.approx(values.tolist(), abs=1e-6)
        assert scores[1].value == pytest.approx(1, abs=1e-6)
        assert judge.value(scores) == pytest.approx(float(values.mean()), abs=1e-6)


@pytest.mark.slow
def test_layers_differ(encoder: Path, make_task: Callable[..., Task]) -> None:
    """The layer asked for is the one that is used."""
    task = make_task("the cat sat on the mat")
    values = set()
    for layer in (1, 3):
        judge = _made(encoder, {"model": ".", "layer": layer})
        judge.check(task)
        values.add(judge.score(task, task.cases[0], Response(text="a dog ran")).value)
    assert len(values) == 2


@pytest.mark.slow
@pytest.mark.parametrize("reply", ["\ud800 cat", "\x00\x1b[31m", "\u202e", "日本語" * 100])
def test_hostile_replies_are_scored(
    encoder: Path, make_task: Callable[..., Task], reply: str
) -> None:
    """Whatever a model writes has a number."""
    task = make_task("the cat")
    judge = _made(encoder, {"model": ".", "layer": 2})
    value = judge.score(task, task.cases[0], Response(text=reply)).value
    assert value is not None
    assert -1 <= value <= 1


def test_an_empty_reply_scores_0(tmp_path: Path, make_task: Callable[..., Task]) -> None:
    """As with the library, and without asking an encoder."""
    task = make_task("the cat")
    judge = _made(tmp_path, {"model": ".", "layer": 2})
    score = judge.score(task, task.cases[0], Response(text=" \n"))
    assert (score.value, score.reason) == (0.0, "an empty reply")


def _folder(tmp_path: Path, *, weights: str = "model.safetensors", longest: Any = 512) -> Path:
    (tmp_path / "config.json").write_text('{"num_hidden_layers": 3}')
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"model_max_length": longest}))
    (tmp_path / weights).write_bytes(b"weights")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "folder", "message"),
    [
        ({"layer": 4}, {}, "`layer` must say which of its layers is compared, 1 to 3; not 4"),
        ({}, {}, "`layer` must say which of its layers is compared, 1 to 3; it is not given"),
        ({"layer": 2}, {"weights": "pytorch_model.bin"}, "pickled ones are not loaded"),
        ({"layer": 2}, {"longest": 10**30}, "has no `model_max_length`; put the model's there"),
        ({"layer": 2}, {"longest": None}, "has no `model_max_length`"),
    ],
)
def test_folders_that_cannot_be_used(
    tmp_path: Path,
    make_task: Callable[..., Task],
    options: dict[str, Any],
    folder: dict[str, Any],
    message: str,
) -> None:
    """What is wrong with an encoder's folder is said before it is loaded."""
    judge = _made(_folder(tmp_path, **folder), {"model": ".", **options})
    with pytest.raises(FtevalsError, match=r"metric 'bertscore' cannot use ") as mistake:
        judge.check(make_task("a text"))
    assert message in str(mistake.value)


def test_what_is_missing_is_named(
    tmp_path: Path, make_task: Callable[..., Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Option, folder, library, and layers that are none."""
    task = make_task("a text")
    with pytest.raises(FtevalsError, match=r"needs the option `model`\s+Give \{metric: bertscore"):
        metric("bertscore").check(task)
    with pytest.raises(FtevalsError, match=r"it has no config\.json"):
        _made(tmp_path, {"model": "nowhere", "layer": 1}).check(task)
    with pytest.raises(FtevalsError, match="`layer` to be a whole number of at least 1"):
        _made(tmp_path, {"model": "nowhere", "layer": 1.5})
    monkeypatch.setattr("pytest_ftevals.metrics.needs.find_spec", lambda _: None)
    with pytest.raises(FtevalsError, match=r"pip install 'pytest-ftevals\[bertscore\]'"):
        metric("bertscore").check(task)


def test_expected_texts_must_have_words(tmp_path: Path, make_task: Callable[..., Task]) -> None:
    """An empty right text has no tokens to be compared with."""
    judge = _made(_folder(tmp_path), {"model": ".", "layer": 1})
    with pytest.raises(FtevalsError, match=r"case '2' \(t.jsonl:2\) expects an empty one"):
        judge.check(make_task("a text", ["a text", " "]))


@pytest.mark.slow
def test_a_broken_folder_is_one_message(tmp_path: Path, make_task: Callable[..., Task]) -> None:
    """What the library raises of a folder that looks right is told in one line."""
    judge, task = _made(_folder(tmp_path), {"model": ".", "layer": 1}), make_task("a text")
    judge.check(task)
    with pytest.raises(FtevalsError, match="metric 'bertscore' cannot load ") as mistake:
        judge.score(task, task.cases[0], Response(text="a reply"))
    assert "\n" not in str(mistake.value)


def test_keys_hold_the_encoder(tmp_path: Path) -> None:
    """Other weights, another layer or another part give other keys; no library is loaded."""
    folder = _folder(tmp_path)
    plain = _made(folder, {"model": ".", "layer": 2}).settings
    assert plain == _made(folder, {"model": ".", "layer": 2}).settings
    assert plain != _made(folder, {"model": ".", "layer": 1}).settings
    assert plain != _made(folder, {"model": ".", "layer": 2, "part": "recall"}).settings
    (folder / "model.safetensors").rename(folder / "other.safetensors")
    assert plain != _made(folder, {"model": ".", "layer": 2}).settings
