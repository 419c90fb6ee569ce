"""What kind of filesystem a path lies on: SQLite's WAL is neither for network filesystems nor for two hosts."""

from __future__ import annotations

from pathlib import Path

import psutil

NETWORK_TYPES = frozenset(
    {
        "9p",
        "afpfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "sshfs",
        "webdav",
    }
)


def filesystem_of(path: Path) -> str:
    """The type of the filesystem that holds `path`, "" when it cannot be told."""
    here = path.resolve()
    best, kind = -1, ""
    try:
        partitions = psutil.disk_partitions(all=True)
    except (OSError, psutil.Error):
        return ""
    for partition in partitions:
        mount = Path(partition.mountpoint)
        if (here == mount or mount in here.parents) and len(mount.parts) >= best:
            best, kind = len(mount.parts), partition.fstype
    return kind


def is_network(path: Path) -> bool:
    """Whether `path` lies on a known network filesystem; unknown types count as local."""
    return filesystem_of(path) in NETWORK_TYPES
