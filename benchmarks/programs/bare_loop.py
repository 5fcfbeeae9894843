"""A bare loop of ``model.generate``, as tutorials write it: base, then base with adapter.

    python bare_loop.py MODEL ADAPTER CHATS BATCH NEW_TOKENS REPLIES

CHATS holds a row ``{"messages": [...]}`` a line; REPLIES gets ``{variant: [text, ...]}``. Batches
are of similar lengths, padded on the left; with 1 every case is a call of its own.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    """Answer all chats twice and write the replies."""
    model_folder, adapter, chats, batch, new_tokens, replies = sys.argv[1:]
    tokenizer = AutoTokenizer.from_pretrained(model_folder, padding_side="left")
    lines = Path(chats).read_text(encoding="utf-8").split("\n")
    prompts = [
        str(
            tokenizer.apply_chat_template(
                json.loads(line)["messages"], add_generation_prompt=True, tokenize=False
            )
        )
        for line in lines
        if line
    ]
    model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
    found = {"base": _replies(model, tokenizer, prompts, int(batch), int(new_tokens))}
    adapted = PeftModel.from_pretrained(model, adapter)
    found["candidate"] = _replies(adapted, tokenizer, prompts, int(batch), int(new_tokens))
    Path(replies).write_text(json.dumps(found), encoding="utf-8")


def _replies(
    model: Any, tokenizer: Any, prompts: list[str], batch: int, new_tokens: int
) -> list[str]:
    """Return a greedy reply to each prompt, in order."""
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]), reverse=True)
    found = [""] * len(prompts)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        inputs = tokenizer(
            [prompts[index] for index in chosen],
            return_tensors="pt",
            padding=True,
            add_special_tokens=False,  # the chat template has written them
        )
        output = model.generate(**inputs, max_new_tokens=new_tokens, do_sample=False)
        texts = tokenizer.batch_decode(
            output[:, inputs["input_ids"].shape[1] :],
            skip_special_tokens=True,
            clean_up_tokenization_spaces=False,
        )
        for index, text in zip(chosen, texts, strict=True):
            found[index] = text
    return found


if __name__ == "__main__":
    main()
