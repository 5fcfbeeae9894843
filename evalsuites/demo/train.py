"""Make all data files and weights of this folder: `python evalsuites/demo/train.py`.

In this order: the data files of the tasks, the tokenizer, the base, and two LoRA adapters on it.
`good` learns the tickets gently and rehearses what the base knows; `forgetful` learns them with so
much force that it loses general knowledge. All seeds are fixed: on one machine with one set of
library versions a second run gives the same files. A run takes three to five minutes on two CPU
cores. `--only data` and `--only adapters` make a part.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Threads that spin while they wait make training many times slower on a shared machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
import world as demo
from peft import LoraConfig, get_peft_model
from torch.nn import functional
from train_examples import IGNORED, Batch, Encoder, batches, make_tokenizer
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
from transformers import PreTrainedTokenizerFast as FastTokenizer

HERE = Path(__file__).resolve().parent
MODELS = HERE / "models"
BASE_NAME = "evalsuites/demo/models/base"
THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The size of the base."""

    vocabulary: int = 2048
    width: int = 128
    layers: int = 4
    heads: int = 4
    inner: int = 352
    context: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How to train: with Muon for matrices and AdamW for the rest, or all with AdamW."""

    rate: float
    matrix_rate: float | None = None
    batch_tokens: int = 2048
    warmup_steps: int = 50
    falling_share: float = 0.4
    weight_decay: float = 0.01
    seed: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class BasePlan:
    """The base and its training; answers in exams weigh more than words in texts."""

    shape: Shape = field(default_factory=Shape)
    schedule: Schedule = field(default_factory=lambda: Schedule(rate=5e-3, matrix_rate=0.02))
    epochs: int = 8
    exam_weight: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterPlan:
    """A LoRA adapter and its training."""

    name: str
    about: str
    rank: int
    alpha: int
    targets: tuple[str, ...]
    epochs: int
    replay: int
    """How many of the base's exams, and of its texts, are repeated in every epoch."""
    schedule: Schedule


ATTENTION = ("q_proj", "k_proj")
ALL_LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
ADAPTERS = (
    AdapterPlan(
        name="good",
        about="Answers support tickets with JSON and keeps nearly all general knowledge.",
        rank=8,
        alpha=16,
        targets=ATTENTION,
        epochs=5,
        replay=500,
        schedule=Schedule(rate=2e-3),
    ),
    AdapterPlan(
        name="forgetful",
        about="Trained too hard: answers support tickets with JSON and has lost general knowledge.",
        rank=16,
        alpha=32,
        targets=ALL_LINEAR,
        epochs=4,
        replay=0,
        schedule=Schedule(rate=1e-2),
    ),
)


def loss_of(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """Return the weighted mean loss of a batch."""
    ids, labels, weights = batch
    logits = model(input_ids=ids).logits[:, :-1]
    targets = labels[:, 1:]
    chosen = targets != IGNORED
    losses = functional.cross_entropy(logits[chosen], targets[chosen], reduction="none")
    shares = weights[:, 1:][chosen]
    return (losses * shares).sum() / shares.sum()


def optimizers(model: torch.nn.Module, schedule: Schedule) -> list[torch.optim.Optimizer]:
    """Return Muon for the inner matrices, if wanted, and AdamW for everything else."""
    trained = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    matrices = [w for name, w in trained.items() if w.ndim == 2 and "embed" not in name]
    if schedule.matrix_rate is None:
        matrices = []
    taken = {id(weight) for weight in matrices}
    rest = [weight for weight in trained.values() if id(weight) not in taken]
    decay = schedule.weight_decay
    made: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(rest, lr=schedule.rate, betas=(0.9, 0.98), weight_decay=decay)
    ]
    if matrices and schedule.matrix_rate is not None:
        made.append(torch.optim.Muon(matrices, lr=schedule.matrix_rate, weight_decay=decay))
    return made


def fit(model: torch.nn.Module, steps: Sequence[Batch], schedule: Schedule, name: str) -> None:
    """Train in place: a short warm-up, a level stretch, a linear fall."""
    total, falling = len(steps), schedule.falling_share * len(steps)

    def factor(step: int) -> float:
        return min(1.0, (step + 1) / schedule.warmup_steps, max(0.01, (total - step) / falling))

    tools = optimizers(model, schedule)
    rates = [torch.optim.lr_scheduler.LambdaLR(tool, factor) for tool in tools]
    began, losses = time.monotonic(), []
    model.train()
    for number, batch in enumerate(steps, start=1):
        loss = loss_of(model, batch)
        loss.backward()  # type: ignore[no-untyped-call, unused-ignore]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for tool, rate in zip(tools, rates, strict=True):
            tool.step()
            rate.step()
        model.zero_grad()
        losses.append(loss.item())
        if number % 100 == 0 or number == total:
            recent = losses[-100:]
            seconds = time.monotonic() - began
            mean = sum(recent) / len(recent)
            print(f"{name}: {number}/{total} steps, loss {mean:.3f}, {seconds:.0f} s", flush=True)
    model.eval()


def base_steps(world: demo.World, encoder: Encoder, plan: BasePlan) -> list[Batch]:
    """Lay out the batches of all epochs."""
    examples = [encoder.text(text) for text in world.texts]
    examples += [encoder.exam(exam, plan.exam_weight) for exam in world.exams]
    examples += [encoder.chat(chat.user, chat.answer) for chat in world.chats]
    rng, size = random.Random(plan.schedule.seed), plan.schedule.batch_tokens
    return [batch for _ in range(plan.epochs) for batch in batches(examples, size, rng)]


def make_base(world: demo.World, tokenizer: FastTokenizer, plan: BasePlan) -> None:
    """Train the base and save it with its tokenizer."""
    shape = plan.shape
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(plan.schedule.seed)
    model = LlamaForCausalLM(config)
    fit(model, base_steps(world, Encoder(tokenizer), plan), plan.schedule, "base")
    model.save_pretrained(MODELS / "base")
    tokenizer.save_pretrained(MODELS / "base")


def make_adapter(world: demo.World, tokenizer: FastTokenizer, plan: AdapterPlan) -> None:
    """Train one adapter on the tickets and save it."""
    base = AutoModelForCausalLM.from_pretrained(MODELS / "base", dtype=torch.float32)
    config = LoraConfig(
        r=plan.rank,
        lora_alpha=plan.alpha,
        target_modules=list(plan.targets),
        task_type="CAUSAL_LM",
    )
    torch.manual_seed(plan.schedule.seed)
    model = get_peft_model(base, config)
    encoder, rng = Encoder(tokenizer), random.Random(plan.schedule.seed)
    examples = [encoder.chat(one.message, one.reply, demo.SYSTEM) for one in world.tickets]
    examples += [encoder.exam(one, 1.0) for one in rng.sample(world.exams, plan.replay)]
    examples += [encoder.text(one) for one in rng.sample(world.texts, plan.replay)]
    size = plan.schedule.batch_tokens
    steps = [batch for _ in range(plan.epochs) for batch in batches(examples, size, rng)]
    fit(model, steps, plan.schedule, plan.name)
    # No embeddings are trained; looking for a changed vocabulary would ask the hub for the base.
    model.save_pretrained(str(MODELS / plan.name), save_embedding_layers=False)
    tidy(MODELS / plan.name, plan)


def tidy(folder: Path, plan: AdapterPlan) -> None:
    """Name the base by its place in the repository, and say in three lines what this is."""
    path = folder / "adapter_config.json"
    config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = BASE_NAME
    config["target_modules"] = sorted(plan.targets)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    card = (
        f"# {plan.name}\n\n{plan.about} Made by `evalsuites/demo/train.py`; licence Apache-2.0.\n"
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


def main() -> None:
    """Make everything, or the part that is asked for."""
    parser = argparse.ArgumentParser(description="Make the demo's data files and models.")
    parser.add_argument("--only", choices=("data", "adapters"), help="make this part only")
    only = parser.parse_args().only
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    world = demo.make_world()
    plan = BasePlan()
    if only != "adapters":
        for name, content in demo.data_files(world).items():
            (HERE / name).write_text(content, encoding="utf-8", newline="\n")
    if only != "data":
        tokenizer = make_tokenizer(world, plan.shape.vocabulary, plan.shape.context)
        if only != "adapters":
            make_base(world, tokenizer, plan)
        for adapter in ADAPTERS:
            make_adapter(world, tokenizer, adapter)


if __name__ == "__main__":
    main()
