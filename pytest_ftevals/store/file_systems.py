"""File systems that several machines may share: there SQLite's write-ahead log does not work.

The log's index is memory that processes share, which ends at the machine
(https://www.sqlite.org/wal.html, section 1).
"""

import os
import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
"""Linux's list of mounts; other systems have none."""

_NETWORK = frozenset(
    {
        # Servers and clients.
        *("9p", "afp", "afs", "auristorfs", "ceph", "cifs", "coda", "davfs", "ncpfs", "nfs"),
        *("nfs4", "smb2", "smb3", "smbfs"),
        # File systems of a cluster.
        *("beegfs", "gfs2", "glusterfs", "gpfs", "lustre", "ocfs2", "orangefs", "panfs", "pvfs2"),
        "wekafs",
        # Folders of a host, seen by its guests.
        *("prl_fs", "vboxsf", "virtiofs", "vmhgfs"),
    }
)
_LOCAL_FUSE = frozenset(
    {
        *("bindfs", "encfs", "exfat", "fuse-overlayfs", "gocryptfs", "mergerfs", "ntfs"),
        *("ntfs-3g", "overlayfs", "unionfs", "zfs"),
    }
)
_OCTAL = re.compile(r"\\([0-7]{3})")


def network_file_system(path: Path, mounts: str) -> str | None:
    """Return the type of the network file system that holds `path`; None where it is local.

    `path` is absolute and has no symbolic links; `mounts` is the text of ``/proc/self/mountinfo``,
    see proc(5). What runs through FUSE counts as network unless it is known to be local.
    """
    kind, depth = "", -1
    for line in mounts.splitlines():
        fields = line.split(" ")
        if "-" not in fields[6:]:
            continue  # a line that the kernel would not write
        point = Path(_unescaped(fields[4]))
        # `>=`: of two mounts on one point the later one hides the earlier.
        if len(point.parts) >= depth and path.is_relative_to(point):
            depth = len(point.parts)
            kind = fields[fields.index("-", 6) + 1]
    return kind if _is_network(kind) else None


def network_holding(folder: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the type of the network file system that holds a folder, None where none is seen."""
    try:
        text = os.fsdecode(mounts.read_bytes())
    except OSError:  # no Linux: SQLite's own answer has to do
        return None
    return network_file_system(folder.resolve(), text)


def _is_network(kind: str) -> bool:
    name, _, helper = kind.partition(".")
    if name == "fuse":
        return helper not in _LOCAL_FUSE
    return name in _NETWORK


def _unescaped(text: str) -> str:
    """Undo the kernel's octal escapes of space, tab, newline and backslash."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)
