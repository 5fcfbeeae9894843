"""A real git repository: adapters, a file that lists them, and a branch to compare with."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

WEIGHTS = b"\x02\0\0\0\0\0\0\0{}"
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)


@dataclass(frozen=True)
class Repository:
    """A work tree."""

    path: Path

    def git(self, *arguments: str) -> str:
        """Run git there, with nobody's configuration but the repository's own."""
        identity = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "a"), ("EMAIL", "a@example.org"))
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(
            [shutil.which("git") or "git", *arguments],
            cwd=self.path,
            env={**kept, **identity, **nobody},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    def begin(self) -> None:
        """Make it one, with everything committed to `main`, and go on on a branch."""
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()
        self.git("checkout", "--quiet", "-b", "work")

    def commit(self) -> str:
        """Commit everything; return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def adapter(self, name: str) -> None:
        """Write an adapter's folder."""
        self.write(f"{name}/adapter_config.json", "{}")
        self.write(f"{name}/adapter_model.safetensors", WEIGHTS)

    def list(self, **paths: str) -> Path:
        """Write adapters.toml, a path or more lines for each name."""
        tables = (f'[adapters.{name}]\npath = "{path}"\n' for name, path in paths.items())
        return self.write("adapters.toml", "".join(tables))
