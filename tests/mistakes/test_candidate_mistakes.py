"""Candidates and bases that are not there, or are not what they should be."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mistakes.conftest import Project


@pytest.mark.parametrize(
    ("candidate", "parts"),
    [
        ("godo", ("godo (", "there is no such folder", " has: good")),
        ("void", ("void (", "neither adapter_config.json nor config.json there; found: nothing")),
        (
            "configless",
            (
                "configless (",
                "neither adapter_config.json nor config.json there",
                "adapter_model.safetensors",
                "Give the folder that save_pretrained wrote.",
            ),
        ),
        ("weightless", ("weightless (", "no weights there; found: ", "adapter_config.json")),
        (
            "pickled",
            (
                "pickled (",
                "only pickled weights there (adapter_model.bin)",
                "--ftevals-allow-pickle pickled",
            ),
        ),
        (
            "good/adapter_config.json",
            ("adapter_config.json (", "is a file, not a folder", "Give the folder it lies in."),
        ),
    ],
)
def test_candidate_is_no_model(project: "Project", candidate: str, parts: tuple[str, ...]) -> None:
    """What a candidate's folder lacks is seen before any test runs."""
    project.refused(code=4, candidates=(candidate,)).says("ftevals: ", *parts)


def test_candidates_of_one_name(project: "Project") -> None:
    """Two candidates cannot share a name; the message shows how to name one."""
    refusal = project.refused(code=4, candidates=("good", "nan/../good"))
    refusal.says("two candidates are called 'good': ", " and ", "--ftevals-candidate NAME=")


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("", ("'' ", "Write NAME=FOLDER")),
        ("r 8=good", ("'r 8'", "Write NAME=FOLDER")),
        ("base=good", ("is the base's own name", "Write NAME=FOLDER")),
        ("r8=", ("'r8='", "Write NAME=FOLDER")),
    ],
)
def test_candidate_without_a_usable_name(
    project: "Project", written: str, parts: tuple[str, ...]
) -> None:
    """A name that reports and test ids could not show is refused."""
    refusal = project.refused(f"--ftevals-candidate={written}", code=4, candidates=())
    refusal.says("--ftevals-candidate: ", *parts)


def test_no_candidate(project: "Project") -> None:
    """Tests that need a candidate say how to name one."""
    refusal = project.refused(code=4, candidates=())
    refusal.says("no candidate is named", "--ftevals-candidate ADAPTER", "ftevals_candidate")


@pytest.mark.parametrize("candidates", [(), ("good",)])
def test_no_base(project: "Project", candidates: tuple[str, ...]) -> None:
    """Without a base nothing can be compared; both ways of naming one are shown."""
    refusal = project.refused(code=4, base=None, candidates=candidates)
    refusal.says("no base model is named", "--ftevals-base MODEL", "ftevals_base")


@pytest.mark.parametrize(
    ("base", "parts"),
    [
        ("baes", ("base (", "there is no such folder", " has: base")),
        ("good", ("base (", "is an adapter", "the base must be a full model", "--ftevals-base ")),
        ("void", ("base (", "neither adapter_config.json nor config.json there")),
    ],
)
def test_base_is_no_model(project: "Project", base: str, parts: tuple[str, ...]) -> None:
    """The base has to be a full model that is there."""
    project.refused(code=4, base=base).says("ftevals: ", *parts)


def test_hub_id_that_is_not_cached(project: "Project") -> None:
    """Offline, a hub id that is not in the cache fails the set-up of each test, and no more."""
    refusal = project.refused("--ftevals-offline", "--ftevals-candidate=nobody/none", code=1)
    refusal.says(
        "none (nobody/none): there is no such folder",
        "not in the local cache",
        "or give a folder",
        times=6,
    )
    assert refusal.outcomes == {"errors": 6}


def test_store_is_not_said_to_have_what_was_never_answered(project: "Project") -> None:
    """Where nothing could be asked, the report counts nothing as stored."""
    refusal = project.refused("--ftevals-offline", "--ftevals-candidate=nobody/none", code=1)
    assert "0 stored, 0 computed" in refusal.text


def test_candidate_in_the_ini_file(project: "Project") -> None:
    """A folder in the ini file is named as written; what is spelled as a path is no hub id."""
    project.write("pytest.ini", "[pytest]\nftevals_candidate = ./out/r8\n")
    project.refused(code=4, candidates=()).says("r8 (", "./out/r8): there is no such folder")
