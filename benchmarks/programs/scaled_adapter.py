"""Copies an adapter with all weights times a factor, so that it is another adapter.

python scaled_adapter.py ADAPTER FACTOR TARGET
"""

import shutil
import sys
from pathlib import Path

from safetensors.torch import load_file, save_file

WEIGHTS = "adapter_model.safetensors"


def main() -> None:
    """Copy and scale."""
    source, factor, target = Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    shutil.copytree(source, target)
    tensors = {name: tensor * factor for name, tensor in load_file(target / WEIGHTS).items()}
    save_file(tensors, target / WEIGHTS, metadata={"format": "pt"})


if __name__ == "__main__":
    main()
