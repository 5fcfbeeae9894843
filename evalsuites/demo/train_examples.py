"""Documents as token ids: the demo's tokenizer, what is learnt of a document, and batches."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import world as demo
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast as FastTokenizer
from world_facts import Exam

BOS, END, PAD, START = "<|bos|>", "<|im_end|>", "<|pad|>", "<|im_start|>"
IGNORED = -100
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Token ids, labels where the loss is wanted, and what each label weighs."""

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    weight: float


def training_strings(world: demo.World) -> Iterator[str]:
    """Yield all training texts: what the tokenizer is made from."""
    yield from world.texts
    for exam in world.exams:
        yield exam.preamble + "\n\n".join(prompt + answer for prompt, answer in exam.pairs)
    for chat in world.chats:
        yield f"user\n{chat.user}\nassistant\n{chat.answer}"
    for ticket in world.tickets:
        yield f"system\n{demo.SYSTEM}\nuser\n{ticket.message}\nassistant\n{ticket.reply}"


def make_tokenizer(world: demo.World, vocabulary: int, context: int) -> FastTokenizer:
    """Train a byte-level BPE that puts one BOS before a text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, BOS, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(training_strings(world), trainer=trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A",
        pair=f"{BOS} $A $B",
        special_tokens=[(BOS, tokenizer.token_to_id(BOS))],
    )
    return FastTokenizer(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[START],
        chat_template=CHAT_TEMPLATE,
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )


class Encoder:
    """Turns documents into examples."""

    def __init__(self, tokenizer: FastTokenizer) -> None:
        self._tokenizer = tokenizer

    def _join(self, parts: Sequence[tuple[str, bool]], weight: float = 1.0) -> Example:
        ids: list[int] = []
        labels: list[int] = []
        for text, is_learnt in parts:
            piece = self._tokenizer(text, add_special_tokens=False)["input_ids"]
            ids.extend(piece)
            labels.extend(piece if is_learnt else [IGNORED] * len(piece))
        return Example(ids=tuple(ids), labels=tuple(labels), weight=weight)

    def text(self, text: str) -> Example:
        """Learn every token."""
        return self._join([(BOS, False), (text + END, True)])

    def exam(self, exam: Exam, weight: float) -> Example:
        """Learn the answers only: distractors are noise."""
        parts = [(BOS + exam.preamble, False)]
        for index, (prompt, answer) in enumerate(exam.pairs):
            parts += [("\n\n" + prompt if index else prompt, False), (answer, True)]
        return self._join(parts, weight)

    def chat(self, user: str, answer: str, system: str = "") -> Example:
        """Learn the answer and the end of the turn."""
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": user})
        prompt = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True
        )
        return self._join([(str(prompt), False), (answer + END, True)])


Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def batches(examples: Sequence[Example], tokens: int, rng: random.Random) -> Iterator[Batch]:
    """Yield one epoch of ids, labels and weights, examples of similar length together."""
    groups: list[list[Example]] = [[]]
    for example in sorted(rng.sample(examples, len(examples)), key=lambda one: len(one.ids)):
        if groups[-1] and (len(groups[-1]) + 1) * len(example.ids) > tokens:
            groups.append([])
        groups[-1].append(example)
    rng.shuffle(groups)
    for group in groups:
        # Padding stands on the right: under a causal mask no real token sees it.
        width = max(len(example.ids) for example in group)
        ids = [[*one.ids, *[0] * (width - len(one.ids))] for one in group]
        labels = [[*one.labels, *[IGNORED] * (width - len(one.labels))] for one in group]
        weights = [[one.weight] * width for one in group]
        yield torch.tensor(ids), torch.tensor(labels), torch.tensor(weights)
