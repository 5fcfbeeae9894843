"""Messages between a run's processes: the latest of each, whole, and never in anybody's way."""

from pathlib import Path

from pytest_ftevals.run.messages import Messages


def test_the_latest_is_read(tmp_path: Path) -> None:
    """Senders and kinds are kept apart; what was said before is gone."""
    messages = Messages(tmp_path / "run")
    messages.put("plan", "gw0", {"tests": ["a"]})
    messages.put("plan", "gw1", [1])
    messages.put("progress", "gw0", "x")
    Messages(tmp_path / "run").put("plan", "gw0", {"tests": ["b"]})
    assert messages.get("plan", "gw0") == {"tests": ["b"]}
    assert messages.get("plan", "gw1") == [1]
    assert messages.get("progress", "gw0") == "x"
    assert messages.get("progress", "gw1") is None
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "gw0.plan",
        "gw0.progress",
        "gw1.plan",
    ]


def test_others_cannot_read_them(tmp_path: Path) -> None:
    """The folder lies among other users' temporary files."""
    Messages(tmp_path / "run").put("plan", "gw0", 1)
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_nothing_to_read_is_no_error(tmp_path: Path) -> None:
    """Before the first message, and after half of one."""
    messages = Messages(tmp_path)
    assert messages.get("plan", "gw0") is None
    (tmp_path / "gw0.plan").write_bytes(b'{"tests": [')
    assert messages.get("plan", "gw0") is None
    (tmp_path / "gw0.plan").write_bytes(b"\xff")
    assert messages.get("plan", "gw0") is None


def test_a_file_in_the_folders_place_is_no_error(tmp_path: Path) -> None:
    """Nor is a folder on another host."""
    (tmp_path / "run").write_text("")
    for folder in (tmp_path / "run", tmp_path / "no" / "run"):
        Messages(folder).put("plan", "gw0", 1)
        assert Messages(folder).get("plan", "gw0") is None
