"""Addresses as they are shown: nobody's password among them, nor what a query may hold."""

import pytest

from pytest_ftevals.command.address import shown_address, without_secrets

HIDDEN = "s3cret"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        (f"http://me:{HIDDEN}@host:5000/x?token={HIDDEN}", "http://host:5000/x"),
        (f"HTTPS://{HIDDEN}@host", "HTTPS://host"),
        ("http://host:5000/a@b", "http://host:5000/a@b"),
        (f"http://me:a@{HIDDEN}@host", "http://host"),
        (f"postgresql://me:a/{HIDDEN}?x@host/db", "postgresql://host/db"),
        (f"mysql+pymysql://host/db?password={HIDDEN}&ssl=1", "mysql+pymysql://host/db"),
        ("sqlite:////tmp/mlflow.db", "sqlite:////tmp/mlflow.db"),
        ("databricks://profile", "databricks://profile"),
        ("./mlruns?", "./mlruns?"),
    ],
)
def test_addresses_are_shown_without_secrets(uri: str, shown: str) -> None:
    """In messages, too, where a library quotes the address, or more of it."""
    assert shown_address(uri) == shown
    said = without_secrets(f"no answer from '{uri}', {uri}/api", uri)
    assert f"no answer from '{shown}', " in said
    assert HIDDEN not in said


@pytest.mark.parametrize("uri", ["x://me:{}@host", "http://{}@host", "http://host?token={}"])
def test_a_secret_by_itself(uri: str) -> None:
    """Some libraries name it without its address."""
    assert without_secrets(f"{HIDDEN} is refused", uri.format(HIDDEN)) == "*** is refused"


def test_encoded_passwords_are_found_decoded() -> None:
    """As drivers name them; what is short in a query is no secret."""
    said = without_secrets("p@ss/word, p%40ss, ssl 1", "x://me:p%40ss@host/db?k=p%40ss%2Fword&l=1")
    assert said == "***, ***, ssl 1"


def test_other_addresses_in_a_message_lose_theirs() -> None:
    """A server may send on to another one."""
    said = without_secrets(f"see http://u:{HIDDEN}@other/x?y={HIDDEN} now", "http://host")
    assert said == "see http://other/x now"
