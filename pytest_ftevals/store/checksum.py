"""The checksum that a stored row carries, so that bits that flipped on a disk are never trusted."""

from hashlib import blake2b

_BYTES = 8


def checksum(key: str, value: str) -> str:
    """Return 16 hex digits (64 bits of BLAKE2b) over a row's key and value."""
    # The length says where the key ends; surrogates: a damaged row is read too.
    content = f"{len(key)} {key}{value}".encode("utf-8", "surrogatepass")
    return blake2b(content, digest_size=_BYTES).hexdigest()
