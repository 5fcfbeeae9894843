"""Which adapters changed since a revision: in a real repository, with hostile names too."""

import os
import shutil
from pathlib import Path

import pytest

from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.run.changed import Changed, changed_adapters
from tests.run.repository import POINTER, WEIGHTS, Repository

OPTION = "--ftevals-changed-since"


@pytest.fixture
def tree(tmp_path: Path) -> Repository:
    """Return a repository with the adapters r4 and r8, on a branch beside main."""
    made = Repository(tmp_path / "tree")
    made.path.mkdir()
    for name in ("r4", "r8"):
        made.adapter(f"out/{name}")
    made.list(r4="out/r4", r8="out/r8")
    made.begin()
    return made


def found(tree: Repository, since: str = "main") -> Changed:
    """Return what changed since main."""
    return changed_adapters(tree.path / "adapters.toml", since, option=OPTION)


def names(changed: Changed) -> tuple[list[str], list[str], list[str]]:
    """Return the names of what changed, what did not, and what is gone."""
    return [one.name for one in changed.adapters], [*changed.unchanged], [*changed.gone]


def refused(tree: Repository, *parts: str, since: str = "main") -> None:
    """Assert that one message says all parts."""
    with pytest.raises(FtevalsError) as caught:
        found(tree, since)
    for part in parts:
        assert part in str(caught.value), str(caught.value)


def test_nothing_changed(tree: Repository) -> None:
    """Other files do not count, and the reason is ready for whoever skips."""
    tree.write("README.md", "x")
    tree.write("out/r8b/adapter_config.json", "another folder")
    changed = found(tree)
    assert names(changed) == ([], ["r4", "r8"], [])
    assert changed.nothing == "no adapter of adapters.toml changed since main"
    assert changed.commit == tree.git("rev-parse", "main")


@pytest.mark.parametrize("state", ["committed", "staged", "changed", "untracked"])
def test_a_change_counts_wherever_it_is(tree: Repository, state: str) -> None:
    """Committed, in the index, in the work tree, or not yet known to git."""
    new = state == "untracked"
    tree.write(f"out/r8/{'extra' if new else 'adapter_model'}.safetensors", WEIGHTS + b" ")
    if state == "committed":
        tree.commit()
    elif state == "staged":
        tree.git("add", "--all")
    assert names(found(tree)) == (["r8"], ["r4"], [])


def test_what_main_changed_since_does_not_count(tree: Repository) -> None:
    """The merge base is compared with, as on the page of a pull request."""
    tree.write("out/r8/adapter_config.json", '{"r": 8}')
    tree.commit()
    tree.git("checkout", "--quiet", "main")
    tree.write("out/r4/adapter_config.json", '{"r": 4}')
    tree.commit()
    tree.git("checkout", "--quiet", "work")
    assert names(found(tree)) == (["r8"], ["r4"], [])


def test_a_change_that_was_taken_back_does_not_count(tree: Repository) -> None:
    """Files are compared, not commits."""
    tree.write("out/r8/adapter_config.json", '{"r": 8}')
    tree.commit()
    tree.write("out/r8/adapter_config.json", "{}")
    assert names(found(tree))[0] == []


def test_a_renamed_file_counts_for_both_folders(tree: Repository) -> None:
    """Weights that moved from one adapter to the other changed both."""
    tree.git("mv", "out/r4/adapter_config.json", "out/r8/was_r4.json")
    tree.commit()
    assert names(found(tree)) == (["r4", "r8"], [], [])


def test_a_deleted_adapter_is_named_and_no_candidate(tree: Repository) -> None:
    """Its entry is gone, and its folder may be."""
    tree.list(r8="out/r8")
    changed = found(tree)
    assert names(changed) == ([], ["r8"], ["r4"])
    assert changed.nothing.endswith("since main; gone: r4")
    shutil.rmtree(tree.path / "out/r4")
    tree.commit()
    assert names(found(tree)) == ([], ["r8"], ["r4"])


@pytest.mark.parametrize("how", ["deleted", "moved"])
def test_an_entry_without_its_folder_is_refused(tree: Repository, how: str) -> None:
    """At once, not first in the next pull request: the file is wrong from now on."""
    tree.git(*(["rm", "-rq", "out/r4"] if how == "deleted" else ["mv", "out/r4", "out/r4_final"]))
    tree.commit()
    refused(tree, "[adapters.r4]: there is no 'out/r4' any more", "Delete the entry, too")
    tree.git("branch", "--force", "main", "HEAD")
    refused(tree, "[adapters.r4]: there is no 'out/r4'")


def test_an_adapter_that_moved_is_a_candidate(tree: Repository) -> None:
    """A new entry, and one that names another folder, count as a change."""
    tree.git("mv", "out/r8", "out/r8_final")
    tree.list(r4="out/r4", r8="out/r8_final", again="out/r4")
    tree.commit()
    assert names(found(tree)) == (["r8", "again"], ["r4"], [])


@pytest.mark.parametrize("inside", [False, True], ids=["moved pointer", "changed file"])
def test_a_submodule_counts_whatever_its_settings_say(
    tree: Repository, tmp_path: Path, inside: bool
) -> None:
    """With ``ignore = all`` git itself would call it unchanged."""
    origin = Repository(tmp_path / "origin")
    origin.adapter(".")
    origin.begin()
    allow = ("-c", "protocol.file.allow=always")
    tree.git(*allow, "submodule", "--quiet", "add", str(origin.path), "sub")
    tree.git("config", "--file", ".gitmodules", "submodule.sub.ignore", "all")
    tree.list(r4="out/r4", sub="sub")
    tree.commit()
    tree.git("branch", "--force", "main", "HEAD")
    assert names(found(tree)) == ([], ["r4", "sub"], [])
    own = Repository(tree.path / "sub")
    own.write("adapter_config.json", '{"r": 8}')
    if not inside:
        own.commit()
    assert names(found(tree)) == (["sub"], ["r4"], [])


def test_the_configuration_of_git_does_not_matter(tree: Repository) -> None:
    """Nor the drivers that attributes name: names of files come from the objects alone."""
    tree.write(".gitattributes", "* diff=blind\n")
    text = '[adapters.up]\npath = "../out/r4"\n[adapters."ü"]\npath = "ü"\n'
    file = tree.write("models/adapters.toml", text)
    tree.adapter("models/ü")
    tree.commit()
    tree.git("branch", "--force", "main", "HEAD")
    tree.git("mv", "out/r4/adapter_config.json", "models/ü/moved.json")
    for key, value in {
        "core.quotePath": "true",
        "diff.relative": "true",
        "diff.renames": "copies",
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.external": "false",
        "diff.orderFile": "no such file",
        "diff.ignoreSubmodules": "all",
        "diff.blind.textconv": "true",
        "diff.blind.command": "false",
        "color.ui": "always",
    }.items():
        tree.git("config", key, value)
    assert names(changed_adapters(file, "main", option=OPTION)) == (["up", "ü"], [], [])


def test_a_repository_of_another_account(tree: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container: the message names the command that helps, with the root folder."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    tree.write("models/adapters.toml", '[adapters.r8]\npath = "../out/r8"\n')
    with pytest.raises(FtevalsError) as caught:
        changed_adapters(tree.path / "models/adapters.toml", "main", option=OPTION)
    assert "dubious ownership" in str(caught.value)
    command = f"git config --global --add safe.directory {tree.path.resolve()}"
    assert str(caught.value).endswith(command)


def test_watched_files_count(tree: Repository) -> None:
    """Globs are git's: ``*`` stays in its folder, ``**`` does not."""
    text = '[adapters.r8]\npath = "out/r8"\nwatch = ["train/*.yaml", "data/**"]\n'
    text += '[adapters.r4]\npath = "out/r4"\nwatch = ["train/*.json"]\n'
    for name in ("train/r8.yaml", "train/deep/x.yaml", "data/a/b.jsonl", "train/r4.json"):
        tree.write(name, "1")
    tree.write("adapters.toml", text)
    tree.commit()
    tree.git("branch", "--force", "main", "HEAD")
    assert names(found(tree))[0] == []
    tree.write("train/deep/x.yaml", "2")
    assert names(found(tree))[0] == []
    for name, who in (("data/a/b.jsonl", "r8"), ("train/r8.yaml", "r8"), ("train/r4.json", "r4")):
        tree.write(name, "2")
        assert names(found(tree))[0] == [who]
        tree.write(name, "1")


def test_hostile_names_are_names(tree: Repository) -> None:
    """Spaces, quotes, newlines, globs, options and letters beyond ASCII are parts of a path."""
    for number, name in enumerate(
        ["-x", "a b'\"$(id)", "n\nl", "[ab]*", ":(top)", "ü漢😀", "%s\\"]
    ):
        tree.adapter(f"odd/{name}")
        tree.write("adapters.toml", f"[adapters.odd]\npath = {_toml(f'odd/{name}')}\n")
        tree.commit()
        tree.git("branch", "--force", "main", "HEAD")
        assert names(found(tree)) == ([], ["odd"], [])
        tree.write(f"odd/{name}/adapter_model.safetensors", WEIGHTS + bytes([number]))
        assert names(found(tree)) == (["odd"], [], [])
        tree.commit()


def _toml(text: str) -> str:
    """Return a TOML string; escapes are JSON's."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def test_a_literal_path_is_no_glob(tree: Repository) -> None:
    """Brackets in a folder's name match themselves alone."""
    tree.adapter("out/r[48]")
    tree.list(r48="out/r[48]")
    tree.commit()
    tree.git("branch", "--force", "main", "HEAD")
    tree.write("out/r4/adapter_config.json", "changed")
    assert names(found(tree)) == ([], ["r48"], [])


def test_a_file_in_a_sub_folder_and_links(tree: Repository) -> None:
    """Paths are relative to the file; a link is followed, and counts itself too."""
    folder = tree.path / "models"
    folder.mkdir()
    (folder / "linked").symlink_to("../out/r8", target_is_directory=True)
    text = '[adapters.up]\npath = "../out/r4"\n[adapters.linked]\npath = "linked"\n'
    file = tree.write("models/adapters.toml", text)
    tree.commit()
    tree.git("branch", "--force", "main", "HEAD")
    tree.write("out/r8/adapter_config.json", "changed")
    changed = changed_adapters(file, "main", option=OPTION)
    assert names(changed) == (["linked"], ["up"], [])


def test_a_pointer_of_lfs_is_refused_where_it_changed(tree: Repository) -> None:
    """Weights that were not fetched can be told apart, and not tested."""
    tree.write("out/r8/adapter_model.safetensors", POINTER)
    tree.commit()
    refused(
        tree,
        "[adapters.r8]: 'adapter_model.safetensors' is a Git LFS pointer",
        "git lfs pull",
        "lfs: true",
    )
    tree.git("branch", "--force", "main", "HEAD")
    assert names(found(tree))[0] == []


def test_a_path_that_is_not_there(tree: Repository) -> None:
    """It is no deleted adapter: it never was one."""
    tree.list(r8="out/r9")
    refused(tree, "[adapters.r8]: there is no 'out/r9'", "relative to the file")


def test_a_path_outside_of_the_repository(tree: Repository) -> None:
    """Absolute, by dots or by a link: git could not say whether it changed."""
    tree.path.parent.joinpath("elsewhere").mkdir()
    (tree.path / "link").symlink_to("../elsewhere")
    for path in ("../elsewhere", str(tree.path.parent / "elsewhere"), "link"):
        tree.list(r8=path)
        refused(tree, f"[adapters.r8]: {path!r} lies outside of the repository")


def test_ignored_files_are_refused(tree: Repository) -> None:
    """They would look unchanged for ever."""
    tree.write(".gitignore", "*.safetensors\nhidden/\n")
    tree.write("out/r8/more.safetensors", "x")
    refused(tree, "[adapters.r8]: git ignores 'out/r8/more.safetensors'", ".gitignore")
    tree.write("hidden/x/adapter_config.json", "{}")
    tree.list(r8="hidden/x")
    refused(tree, "[adapters.r8]: git knows no file there", ".gitignore")


def test_a_glob_of_nothing_is_refused(tree: Repository) -> None:
    """A mistyped one would never count."""
    tree.write("adapters.toml", '[adapters.r8]\npath = "out/r8"\nwatch = ["trian/*"]\n')
    refused(tree, "[adapters.r8]: watch 'trian/*' matches no file")
    tree.write("adapters.toml", '[adapters.r8]\npath = "out/r8"\nwatch = [":(top)x"]\n')
    refused(tree, "watch ':(top)x' is no glob relative to the file")
    tree.write("adapters.toml", '[adapters.r8]\npath = "out/r8"\nwatch = ["../../x"]\n')
    refused(tree, "outside repository")


def test_a_revision_that_is_not_known(tree: Repository) -> None:
    """A branch that was not fetched, an option, nothing at all."""
    for rev in ("origin/main", "-n", "--all", "main^{tree}", "a b"):
        refused(tree, f"{OPTION} {rev}: git knows no commit {rev!r} here", "origin/NAME", since=rev)


def test_no_history_in_common(tree: Repository) -> None:
    """An orphan branch has no merge base."""
    tree.git("checkout", "--quiet", "--orphan", "alone")
    tree.write("new", "x")
    tree.commit()
    refused(tree, "'main' and HEAD have no commit in common", "of the same history")


def test_a_shallow_clone_is_told_what_to_fetch(tree: Repository, tmp_path: Path) -> None:
    """As actions/checkout makes it by default."""
    tree.write("out/r8/adapter_config.json", "1")
    tree.commit()
    tree.git("clone", "--quiet", "--depth=1", f"file://{tree.path}", str(tmp_path / "shallow"))
    shallow = Repository(tmp_path / "shallow")
    refused(shallow, "git knows no commit 'origin/main'", "fetch-depth: 0", since="origin/main")
    shallow.git("fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main")
    refused(shallow, "no commit in common", "fetch-depth: 0", since="origin/main")
    shallow.git("fetch", "--quiet", "--unshallow", "origin")
    assert names(found(shallow, "origin/main")) == (["r8"], ["r4"], [])


def test_no_repository_and_no_git(
    tree: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are said as what they are."""
    shutil.move(tree.path / ".git", tmp_path / "away")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    refused(tree, f"{OPTION}: ", "git finds no repository at ", "clone")
    monkeypatch.setenv("PATH", str(tmp_path))
    refused(tree, f"{OPTION}: git is not installed")


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    """There is nothing to compare with yet."""
    tree = Repository(tmp_path)
    tree.git("init", "--quiet", "--initial-branch=main")
    tree.adapter("r8")
    tree.list(r8="r8")
    refused(tree, "git knows no commit 'main'")


def test_a_broken_file_in_the_past_is_no_mistake_of_today(tree: Repository) -> None:
    """What main's file said cannot be read: then every adapter is new."""
    tree.write("adapters.toml", "broken =")
    tree.commit()
    tree.git("branch", "--force", "main", "HEAD")
    tree.list(r8="out/r8")
    assert names(found(tree)) == (["r8"], [], [])


def test_nothing_is_written(tree: Repository) -> None:
    """The index is not even refreshed: another git may be at work."""
    index = tree.path / ".git/index"
    before = index.stat().st_mtime_ns, index.read_bytes()
    (tree.path / "out/r8/adapter_config.json").touch()
    found(tree)
    assert (index.stat().st_mtime_ns, index.read_bytes()) == before
