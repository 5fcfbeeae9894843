"""The command ``pytest-ftevals``: what is done outside test runs, one file a sub-command."""

import argparse
import os
import sys
from collections.abc import Sequence

from pytest_ftevals.command import annotate, diff, mlflow, new, report, store
from pytest_ftevals.core.errors import FtevalsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status: 0, 1 for a mistake, 2 for wrong usage.

    `arguments` are those of the command line by default.
    """
    parser = argparse.ArgumentParser(
        prog="pytest-ftevals", description="Evaluations of fine-tuned models, beside pytest's runs."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    new.add_to(commands)
    report.add_to(commands)
    diff.add_to(commands)
    mlflow.add_to(commands)
    annotate.add_to(commands)
    store.add_to(commands)
    chosen = parser.parse_args(arguments)
    try:
        for line in chosen.run(chosen):
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except FtevalsError as error:
        sys.stderr.write(f"pytest-ftevals: {error}\n")
        return 1
    except BrokenPipeError:
        # Who reads has seen enough; Python must not try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
