"""lm-eval's generation settings as ours."""

from typing import Any

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.request import Decode
from pytest_ftevals.tasks.lm_eval.decode import decode_of


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, Decode(max_new_tokens=256)),
        ({"until": ["\n", "Q:"], "max_gen_toks": 7}, Decode(max_new_tokens=7, stop=("\n", "Q:"))),
        ({"until": "\n\n", "max_new_tokens": 5}, Decode(max_new_tokens=5, stop=("\n\n",))),
        ({"max_tokens": 5, "max_gen_toks": 9, "until": None}, Decode(max_new_tokens=9)),
        ({"do_sample": False, "temperature": 0.7, "top_p": 0.9}, Decode()),
        ({"do_sample": False, "temperature": 0.0, "num_beams": 1}, Decode()),
        ({"temperature": 0.8}, Decode(temperature=0.8, top_k=50)),
        (
            {"do_sample": True, "temperature": 0.2, "top_p": 0.95, "top_k": 0},
            Decode(temperature=0.2, top_p=0.95),
        ),
        ({"repetition_penalty": 1.0, "until": []}, Decode()),
    ],
)
def test_settings_are_said(settings: dict[str, Any], expected: Decode) -> None:
    """As lm-eval's own normalisation reads them."""
    assert decode_of(settings, "here") == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_beams": 4}, "here: generation_kwargs sets num_beams to 4"),
        ({"repetition_penalty": 1.2}, "repetition_penalty"),
        ({"max_length": 100}, "max_length"),
        ({"do_sample": True}, "do_sample without a temperature"),
    ],
)
def test_what_cannot_be_said_is_an_error(settings: dict[str, Any], message: str) -> None:
    """Never left out in silence."""
    with pytest.raises(FtevalsError, match=message):
        decode_of(settings, "here")
