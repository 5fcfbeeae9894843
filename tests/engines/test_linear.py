"""Linear layers by oneDNN: the same numbers, only where that is faster."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def faster(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let this machine be one on which oneDNN is faster, or not."""
    import torch

    from pytest_ftevals.engines.transformers import linear

    backends: Any = torch.backends
    if not backends.mkldnn.is_available():
        pytest.skip("this torch has no oneDNN")

    def decide(*, is_faster: bool) -> Any:
        monkeypatch.setattr(linear, "is_faster_here", lambda: is_faster)
        return linear

    return decide


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 5, 64), (1, 700, 64), (3, 900, 64), (4000, 64)])
def test_products_are_those_of_a_plain_layer(
    faster: Any, shape: tuple[int, ...], *, bias: bool
) -> None:
    """For one row of tokens or many, with and without bias; small ones are left to MKL."""
    import torch

    linear = faster(is_faster=True)
    torch.manual_seed(0)
    plain = torch.nn.Linear(64, 96, bias=bias)
    model = torch.nn.Sequential(plain)
    given = torch.randn(shape)
    with torch.inference_mode():
        expected = plain(given)
        linear.take_onednn(model)
        assert type(model[0]) is linear.OneDnnLinear
        torch.testing.assert_close(model[0](given), expected, atol=1e-5, rtol=1e-5)


def test_gradients_flow_as_ever(faster: Any) -> None:
    """The operator has none: with gradients on, the layer is torch's own."""
    import torch

    linear = faster(is_faster=True)
    layer = torch.nn.Linear(512, 512)
    linear.take_onednn(layer)
    given = torch.randn(64, 512, requires_grad=True)
    layer(given).sum().backward()
    assert given.grad is not None
    assert layer.weight.grad is not None


def test_other_layers_are_left_alone(faster: Any) -> None:
    """Other dtypes and classes of their own, and all layers where MKL is as fast."""
    import torch

    class Special(torch.nn.Linear):
        """A layer of somebody else's."""

    linear = faster(is_faster=True)
    half, special = torch.nn.Linear(8, 8, dtype=torch.bfloat16), Special(8, 8)
    linear.take_onednn(torch.nn.Sequential(half, special))
    assert (type(half), type(special)) == (torch.nn.Linear, Special)
    linear = faster(is_faster=False)
    plain = torch.nn.Linear(8, 8)
    linear.take_onednn(plain)
    assert type(plain) is torch.nn.Linear


@pytest.mark.parametrize(
    ("capability", "maker", "expected"),
    [
        ("AVX512", "AuthenticAMD", True),
        ("AVX512", "GenuineIntel", False),
        ("AVX2", "AuthenticAMD", False),
    ],
)
def test_it_is_faster_where_mkl_leaves_avx512_unused(
    monkeypatch: pytest.MonkeyPatch, capability: str, maker: str, *, expected: bool
) -> None:
    """MKL uses all of Intel's processors, and without AVX-512 there is nothing to win."""
    import torch

    from pytest_ftevals.engines.transformers import linear

    backends: Any = torch.backends
    if not backends.mkl.is_available():
        pytest.skip("this torch has no MKL")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    monkeypatch.setattr(linear, "_maker", lambda: maker)
    linear.is_faster_here.cache_clear()
    assert linear.is_faster_here() == expected
    linear.is_faster_here.cache_clear()


def test_a_loaded_model_takes_it(faster: Any, llama: Path, open_engine: Any) -> None:
    """Base and adapters compute with such layers; the adapter's own stay as they are."""
    linear = faster(is_faster=True)
    network = open_engine(llama)._opened()[0].network("base")
    kinds = {type(layer) for layer in network.inner.modules()}
    assert linear.OneDnnLinear in kinds
