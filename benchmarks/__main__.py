"""Runs all benchmarks and prints one Markdown table; a missed goal fails nothing."""

from benchmarks import demo, overhead


def main() -> None:
    """Print the table."""
    print("| work | measured | goal | |\n|---|---|---|---|")
    for part in (overhead, demo):
        for row in part.rows():
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
