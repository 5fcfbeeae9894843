"""Addresses as they may be shown: without names, passwords and what a query may hold."""

import re
from urllib.parse import unquote

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")
_WEB = re.compile(r"(?<=://)[^/?#]*@")
_DATABASE = re.compile(r"(?<=://)[^:/@]*(:[^@]*)?@")
"""Databases take passwords with slashes as they are (SQLAlchemy's ``make_url``)."""
_HIDDEN = "***"
_SHORTEST = 6


def shown_address(uri: str) -> str:
    """Return an address without user and password, and without its query; a path as it is."""
    if "://" not in uri:
        return uri
    return _user_of(uri).sub("", uri, count=1).partition("?")[0]


def without_secrets(text: str, uri: str) -> str:
    """Return a message about `uri`, and any other address in it, without what `uri` keeps secret.

    Libraries quote addresses whole, or a password by itself.
    """
    text = text.replace(uri, shown_address(uri))
    for secret in sorted(_secrets(uri), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return _ADDRESS.sub(lambda match: shown_address(match[0]), text)


def _user_of(uri: str) -> re.Pattern[str]:
    return _WEB if uri.lower().startswith(("http:", "https:")) else _DATABASE


def _secrets(uri: str) -> set[str]:
    """Return the password, or the user without one, and the values of the query.

    As they are written and as they are meant. Short values of a query (``ssl=1``) are no secrets.
    """
    user = _user_of(uri).search(uri)
    name, colon, password = user[0].removesuffix("@").partition(":") if user else ("", "", "")
    query = uri[user.end() if user else 0 :].partition("?")[2]
    values = (pair.partition("=")[2] for pair in query.split("&"))
    found = {password if colon else name, *(one for one in values if len(one) >= _SHORTEST)}
    return {each for one in found if one for each in (one, unquote(one))}
