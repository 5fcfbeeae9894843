"""What float32 would show and half precision could hide."""

from typing import Any

import pytest


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize(
    ("architecture", "config", "packs"),
    [
        ("phimoe", {"sliding_window": 40}, False),
        ("phimoe", {}, True),
        ("mistral", {"sliding_window": 40}, True),
        ("mamba", {}, False),
        ("falcon_h1", {}, False),
        ("llama4", {}, False),
    ],
)
def test_a_window_that_only_a_mask_knows_is_found_in_half_precision(
    architecture: str,
    config: dict[str, Any],
    packs: bool,
    dtype: str,
    make_model: Any,
    open_engine: Any,
) -> None:
    """The trial's tolerance is wider there; what a layer tells the attention is not."""
    from pytest_ftevals.engines.settings import EngineSettings
    from pytest_ftevals.engines.transformers.packing import token_bytes

    folder = make_model(architecture, bos=False, **config)
    engine = open_engine(folder, EngineSettings(device="cpu", dtype=dtype))
    assert (token_bytes(engine._opened()[0].network("base")) > 0) == packs


def test_large_products_do_not_overflow_in_float16() -> None:
    """Queries are scaled before they meet the keys, as fused kernels do it."""
    import torch

    from pytest_ftevals.engines.transformers.attention import Rules, attend

    torch.manual_seed(0)
    query = (torch.randn(1, 2, 5, 64) * 60 + 40).half()
    key = (torch.randn(1, 2, 5, 64) * 60 + 40).half()
    value = torch.randn(1, 2, 5, 64).half()
    products = query.float() @ key.float().transpose(-1, -2)
    assert float(products.abs().max()) > torch.finfo(torch.float16).max
    bias = torch.zeros(1, 1, 1, 5)  # with a bias no fused kernel is used
    part = attend(query, key, value, Rules(scale=64**-0.5), bias=bias)
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value)
    assert not part.out.isnan().any()
    torch.testing.assert_close(part.out, expected, atol=0.02, rtol=0.02)
