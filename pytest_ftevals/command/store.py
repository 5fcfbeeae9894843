"""``pytest-ftevals store``: look at the answers that are kept, and remove what is not needed."""

import argparse
import operator
from collections.abc import Iterator
from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.sizes import read_size, show_size

DEFAULT = ".ftevals"

_SHOW = "Say what the store holds, when it was last used and by whom it is used now (the default)."
_PRUNE = """\
Remove what the store can do without, and make its file as small as it gets: answers, scores and
logs of earlier runs' failures by the options below, and in any case damaged stores that were set
aside, lock files of processes that died, and digests of files that are gone. Answers and scores are
computed again when they are needed; the failure log begins anew where all of it is removed.
Nothing is removed while another process uses the store."""
_AGES = ((0, "today"), (7, "1 to 7 days ago"), (30, "8 to 30 days ago"), (90, "31 to 90 days ago"))
_OLDER = "over 90 days ago"
_KINDS = {"responses": "responses", "scores": "scores", "failures": "run logs"}
"""The store's tables, and what their rows are called."""
_Numbers = tuple[int, ...]
"""Rows of each kind, and their bytes."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-command to the command's parser."""
    about = "Look at the answers kept between runs, and remove what is not needed."
    parser = commands.add_parser("store", help=about, description=about)
    _add_folder(parser, Path(DEFAULT))
    parser.set_defaults(run=_show)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    show = actions.add_parser("show", help=_SHOW, description=_SHOW)
    show.set_defaults(run=_show)
    prune = actions.add_parser(
        "prune",
        help="Remove answers by age or size, and what lies around.",
        description=_PRUNE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    prune.set_defaults(run=_prune)
    prune.add_argument(
        "--unused",
        type=_days,
        metavar="DAYS",
        help="remove what was not used for DAYS days, and logs of older runs",
    )
    prune.add_argument(
        "--keep-size",
        type=_size,
        metavar="SIZE",
        help="then remove the least recently used until the file fits SIZE, such as 500MB or 2GiB",
    )
    prune.add_argument(
        "--everything", action="store_true", help="delete the store whole, whatever it holds"
    )
    for action in (show, prune):
        # After the action, too; left out there, it must not undo what was said before it.
        _add_folder(action, argparse.SUPPRESS)


def _add_folder(parser: argparse.ArgumentParser, default: Path | str) -> None:
    parser.add_argument(
        "--store",
        type=Path,
        default=default,
        metavar="DIR",
        help=f"the store's folder (default: {DEFAULT} in the current folder)",
    )


def _show(chosen: argparse.Namespace) -> Iterator[str]:
    from pytest_ftevals.store.rows import today
    from pytest_ftevals.store.survey import survey

    folder = _existing(chosen.store)
    found = survey(folder)
    log = "write-ahead log" if found.journal == "wal" else "rollback journal"
    yield f"store      {folder}"
    yield f"size       {show_size(found.size)} on disk, {log}"
    yield f"in use by  {', '.join(found.owners) or 'nobody who computes'}"
    if found.set_aside:
        yield f"set aside  {', '.join(found.set_aside)} (damaged; `prune` deletes them)"
    yield ""
    yield f"{'last used':<18}{''.join(f'{kind:>12}' for kind in _KINDS.values())}{'size':>12}"
    total: _Numbers = (0,) * (len(_KINDS) + 1)
    ages: dict[str, _Numbers] = {}
    for used in found.used:
        here = (*(used.rows[table] for table in _KINDS), used.size)
        age = _age(today() - used.day)
        ages[age] = _sum(ages.get(age, (0,) * len(total)), here)
        total = _sum(total, here)
    for age, numbers in (*ages.items(), ("all", total)):
        *counts, size = numbers
        yield f"{age:<18}{''.join(f'{count:>12,}' for count in counts)}{show_size(size):>12}"
    yield from _noted(found.notices)


def _prune(chosen: argparse.Namespace) -> Iterator[str]:
    from pytest_ftevals.store.prune import prune

    folder = _existing(chosen.store)
    if chosen.everything:
        yield from _prune_everything(chosen, folder)
        return
    pruned = prune(folder, unused=chosen.unused, keep_bytes=chosen.keep_size)
    yield f"pruned {folder}"
    for table, kind in _KINDS.items():
        yield f"  {kind:<10} {pruned.removed[table]:,} removed, {pruned.left[table]:,} left"
    for count, what in (
        (pruned.set_aside, "files of damaged stores"),
        (pruned.owners, "lock files of processes that died"),
        (pruned.notes, "digests of files that are gone"),
    ):
        if count:
            yield f"  removed {count:,} {what}"
    yield f"  size       {show_size(pruned.bytes_before)} -> {show_size(pruned.bytes_after)}"
    if chosen.keep_size is not None and pruned.bytes_after > chosen.keep_size:
        yield f"  an empty store is larger than {show_size(chosen.keep_size)}"
    if chosen.unused is None and chosen.keep_size is None:
        yield "  answers are removed with --unused DAYS, --keep-size SIZE or --everything"
    yield from _noted(pruned.notices)


def _prune_everything(chosen: argparse.Namespace, folder: Path) -> Iterator[str]:
    from pytest_ftevals.store.prune import remove_everything

    if chosen.unused is not None or chosen.keep_size is not None:
        raise FtevalsError(
            "--everything leaves nothing that another option could keep",
            where="pytest-ftevals store prune",
            fix="Give --everything alone, or --unused and --keep-size without it.",
        )
    count, size = remove_everything(folder)
    files = "1 file" if count == 1 else f"{count:,} files"
    yield f"deleted the store in {folder}: {files}, {show_size(size)}"


def _existing(folder: Path) -> Path:
    """Return where a store lies; raises FtevalsError where there is none, nor any left over."""
    from pytest_ftevals.store.prune import store_files

    if not store_files(folder):
        raise FtevalsError(
            "there is no store",
            where=str(folder.absolute()),
            fix="Name its folder with --store DIR: what pytest was given as --ftevals-store, else "
            f"{DEFAULT} in pytest's root folder.",
        )
    return folder


def _age(days: int) -> str:
    return next((name for most, name in _AGES if days <= most), _OLDER)


def _sum(one: _Numbers, other: _Numbers) -> _Numbers:
    return tuple(map(operator.add, one, other))


def _noted(notices: tuple[str, ...]) -> Iterator[str]:
    yield from (f"note: {notice}" for notice in notices)


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days, 1 or more")
    return int(text)


def _size(text: str) -> int:
    try:
        return read_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
