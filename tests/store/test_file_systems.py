"""Network file systems are told from local ones by the kernel's own list of mounts."""

from pathlib import Path

import pytest

from pytest_ftevals.store.file_systems import network_file_system, network_holding

# As proc(5) describes them, from a login node of a cluster, a container and a laptop.
CLUSTER = """\
21 27 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:5 - proc proc rw
27 1 259:2 / / rw,relatime shared:1 - xfs /dev/nvme0n1p2 rw,attr2,inode64
40 27 0:35 / /home rw,relatime shared:20 - autofs systemd-1 rw,fd=31,pgrp=1
512 40 0:61 / /home/ada rw,nosuid,nodev,relatime shared:240 - nfs4 nas:/export/ada rw,vers=4.2
540 27 0:70 / /scratch rw,relatime shared:250 - lustre 10.0.0.1@o2ib:/scratch rw,flock
541 540 0:71 / /scratch/local rw,relatime - ext4 /dev/sdb1 rw
550 27 0:72 / /mnt/my\\040shared\\011disk rw,relatime - cifs //server/my\\040disk rw,vers=3.1.1
560 27 0:73 / /mnt/back\\134slash rw,relatime master:3 propagate_from:2 - beegfs beegfs_nodev rw
570 27 0:74 / /gpfs rw,relatime - gpfs fs1 rw
580 27 0:75 / /ceph rw - ceph 10.0.0.2:6789:/ rw
590 27 0:76 / /afs rw - afs none rw
"""
CONTAINER = """\
700 650 0:90 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/a:/b,upperdir=/c,workdir=/d
701 700 0:91 / /src rw,relatime - 9p host rw,trans=virtio
702 700 0:92 / /models rw,relatime - virtiofs models rw
703 700 0:93 / /cloud rw,relatime - fuse.s3fs s3fs rw,user_id=0
704 700 0:94 / /there rw,relatime - fuse.sshfs ada@there: rw,user_id=1000
705 700 0:95 / /gluster rw,relatime - fuse.glusterfs host:/volume rw
706 700 0:96 / /rootless rw,relatime - fuse.fuse-overlayfs fuse-overlayfs rw
707 700 8:17 / /usb rw,relatime - fuseblk /dev/sdb1 rw
708 700 0:97 / /shm rw - tmpfs shm rw,size=65536k
"""
# First a local disk, over which a network disk was mounted later, and the other way round.
OVER = """\
27 1 259:2 / / rw - ext4 /dev/sda1 rw
50 27 8:1 / /data rw - ext4 /dev/sdb1 rw
51 50 0:60 / /data rw - nfs nas:/data rw
52 27 0:61 / /other rw - nfs nas:/other rw
53 52 8:2 / /other rw - btrfs /dev/sdc1 rw
"""


@pytest.mark.parametrize(
    ("mounts", "path", "kind"),
    [
        (CLUSTER, "/", None),
        (CLUSTER, "/data/store", None),
        (CLUSTER, "/home/ada/project/.ftevals", "nfs4"),
        (CLUSTER, "/home/ada", "nfs4"),
        (CLUSTER, "/home/adam/project", None),  # autofs, nothing mounted yet
        (CLUSTER, "/scratch/run", "lustre"),
        (CLUSTER, "/scratch/local/run", None),
        (CLUSTER, "/scratch/locals", "lustre"),
        (CLUSTER, "/mnt/my shared\tdisk/store", "cifs"),
        (CLUSTER, "/mnt/my", None),
        (CLUSTER, "/mnt/back\\slash/store", "beegfs"),
        (CLUSTER, "/gpfs/a", "gpfs"),
        (CLUSTER, "/ceph/a", "ceph"),
        (CLUSTER, "/afs/a", "afs"),
        (CONTAINER, "/app/.ftevals", None),
        (CONTAINER, "/src/.ftevals", "9p"),
        (CONTAINER, "/models/x", "virtiofs"),
        (CONTAINER, "/cloud/x", "fuse.s3fs"),
        (CONTAINER, "/there/x", "fuse.sshfs"),
        (CONTAINER, "/gluster/x", "fuse.glusterfs"),
        (CONTAINER, "/rootless/x", None),
        (CONTAINER, "/usb/x", None),
        (CONTAINER, "/shm/x", None),
        (OVER, "/data/x", "nfs"),
        (OVER, "/other/x", None),
        ("", "/data", None),
        ("no such line\n36 35 98:0\n\n", "/data", None),
    ],
)
def test_the_deepest_and_latest_mount_decides(mounts: str, path: str, kind: str | None) -> None:
    """By whole names of folders, escapes undone; what cannot be read says nothing."""
    assert network_file_system(Path(path), mounts) == kind


def test_links_are_followed_first(tmp_path: Path) -> None:
    """The folder's own place counts, however it is reached."""
    (tmp_path / "there").mkdir()
    (tmp_path / "here").symlink_to("there")
    mounts = tmp_path / "mounts"
    real = tmp_path.resolve()
    mounts.write_bytes(b"1 0 8:1 / / rw - ext4 a rw\n2 1 0:9 / /not-\xff-unicode rw - nfs b rw\n")
    assert network_holding(tmp_path / "here", mounts) is None
    with mounts.open("a") as file:
        file.write(f"3 1 0:10 / {real / 'there'} rw - nfs4 c rw\n")
    assert network_holding(tmp_path / "here" / "store", mounts) == "nfs4"


def test_a_system_without_the_list_says_nothing(tmp_path: Path) -> None:
    """Elsewhere than on Linux SQLite's own answer has to do."""
    assert network_holding(tmp_path, tmp_path / "none") is None
