"""Prints this machine's float32 rate in matrix products of 2048 x 2048, FLOP/s (the median).

python matrix_rate.py THREADS
"""

import statistics
import sys
import time

import torch

SIZE = 2048
WARM_UPS, RUNS = 5, 60


def main() -> None:
    """Multiply, and print the rate."""
    torch.set_num_threads(int(sys.argv[1]))
    left, right = torch.randn(SIZE, SIZE), torch.randn(SIZE, SIZE)
    product = torch.empty(SIZE, SIZE)
    seconds = []
    for number in range(WARM_UPS + RUNS):
        began = time.perf_counter()
        torch.mm(left, right, out=product)
        if number >= WARM_UPS:
            seconds.append(time.perf_counter() - began)
    print(2 * SIZE**3 / statistics.median(seconds))


if __name__ == "__main__":
    main()
