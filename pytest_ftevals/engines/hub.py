"""Models on the Hugging Face hub: an id and a revision become a folder in the local cache.

huggingface_hub is imported on the first call only, never with this module.
"""

from pathlib import Path

from pytest_ftevals.core.errors import FtevalsError

PATTERNS = (
    "*.json",
    "*.safetensors",
    "*.jinja",
    "*.model",
    "*.txt",
)
"""What a model needs: configs, weights, tokenizer files and chat templates."""

PICKLED = ("*.bin",)
REMOTE_CODE = ("*.py",)


def download(
    repository: str,
    revision: str | None,
    *,
    name: str,
    offline: bool,
    allow_pickle: bool = False,
    remote_code: bool = False,
    cache: Path | None = None,
) -> Path:
    """Return the snapshot folder of a hub repository, downloading what is not cached.

    `name` is the variant's, for messages. Raises FtevalsError where the repository or revision
    does not exist, is gated, is not cached while offline, or the network fails.
    """
    from huggingface_hub import snapshot_download

    patterns = PATTERNS + (PICKLED if allow_pickle else ()) + (REMOTE_CODE if remote_code else ())
    try:
        folder = snapshot_download(
            repository,
            revision=revision,
            allow_patterns=list(patterns),
            local_files_only=offline,
            cache_dir=cache,
        )
    except Exception as error:
        raise _explained(error, _spelled(repository, revision), name, offline=offline) from error
    return Path(folder)


def _spelled(repository: str, revision: str | None) -> str:
    return repository if revision is None else f"{repository}@{revision}"


def _explained(error: Exception, source: str, name: str, *, offline: bool) -> FtevalsError:
    from huggingface_hub import errors

    where = f"{name} ({source})"
    if isinstance(error, errors.LocalEntryNotFoundError) and offline:
        return FtevalsError(
            "there is no such folder, and as a hub id it is not in the local cache"
            " (--ftevals-offline forbids the network)",
            where=where,
            fix="Run once without --ftevals-offline, or give a folder.",
        )
    if isinstance(error, errors.GatedRepoError):
        return FtevalsError(
            "the hub asks for permission to read this repository",
            where=where,
            fix="Accept its terms on the hub and log in with: hf auth login",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return FtevalsError(
            "the hub repository has no such revision",
            where=where,
            fix="Give a branch, tag or commit after the @.",
        )
    if isinstance(error, (errors.RepositoryNotFoundError, errors.HFValidationError)):
        return FtevalsError(
            "there is neither such a folder nor such a repository on the hub",
            where=where,
            fix="Give an existing folder or ORG/NAME; for a private one: hf auth login",
        )
    return FtevalsError(
        "there is no such folder, and as a hub id it is not in the local cache and cannot be"
        f" read from the hub: {_first_line(error)}",
        where=where,
        fix="Check the network, or give a folder.",
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
