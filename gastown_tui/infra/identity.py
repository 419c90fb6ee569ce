"""Who a process is: pid and start time together, within one boot. Standard library only, for the launcher is slow otherwise.

A pid alone is never an identity: the kernel gives it to somebody else after the process is gone.
"""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_SAME_START = 0.005
"""Half a kernel tick: two readings of one process's start time never differ by more."""


@dataclass(frozen=True, slots=True)
class ProcessKey:
    """A process for good: compare both, on one boot."""

    pid: int
    started: float
    """Opaque: seconds since boot on Linux, Unix seconds on macOS. Only ever compared."""


def boot_id() -> str:
    """What changes with each boot of this machine; "" when it cannot be read."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        pass
    try:
        answer = subprocess.run(["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.decode().strip()


def start_time(pid: int) -> float | None:
    """When `pid` started, or None when there is no such living process (a zombie is not one) or it cannot be read."""
    facts = read_process(pid)
    return None if facts is None or facts.state == "Z" else facts.started


def is_alive(pid: int, started: float) -> bool | None:
    """Whether exactly that process lives.

    Returns:
        None when unknown: something has the pid, but its start time cannot be read.
    """
    facts = read_process(pid)
    if facts is not None:
        return facts.state != "Z" and abs(facts.started - started) < _SAME_START
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return None
    return None


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """One reading of the kernel's process table."""

    pid: int
    parent: int
    group: int
    state: str
    """One letter: R, S, D, T (stopped), t (traced), Z (zombie) …"""
    started: float

    @property
    def key(self) -> ProcessKey:
        return ProcessKey(self.pid, self.started)


def read_process(pid: int) -> ProcessFacts | None:
    """Facts of one process, or None when it does not exist or cannot be read."""
    if pid <= 0:
        return None
    return _read_macos(pid) if sys.platform == "darwin" else _read_proc(pid)


def all_pids() -> list[int]:
    """Every pid that this user can see."""
    if sys.platform == "darwin":
        return _pids_macos()
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208  names only, and it is hot


def _read_proc(pid: int) -> ProcessFacts | None:
    try:
        raw = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The name in parentheses may hold anything, blanks and parentheses too.
    fields = raw[raw.rindex(b")") + 2 :].split()
    return ProcessFacts(pid, int(fields[1]), int(fields[2]), fields[0].decode(), int(fields[19]) / _TICKS)


_BSD_INFO = struct.Struct("=5I6I I16s32s5Ii2Q")
"""`struct proc_bsdinfo` of sys/proc_info.h: 136 bytes."""
_PROC_PIDTBSDINFO = 3
_MACOS_STATES = {1: "I", 2: "R", 3: "S", 4: "T", 5: "Z"}


def _libproc() -> ctypes.CDLL:
    return ctypes.CDLL("/usr/lib/libproc.dylib", use_errno=True)


def _read_macos(pid: int) -> ProcessFacts | None:
    buffer = ctypes.create_string_buffer(_BSD_INFO.size)
    size = _libproc().proc_pidinfo(pid, _PROC_PIDTBSDINFO, ctypes.c_uint64(0), buffer, _BSD_INFO.size)
    if size != _BSD_INFO.size:
        return None
    fields = _BSD_INFO.unpack(buffer.raw)
    return ProcessFacts(pid, fields[4], fields[15], _MACOS_STATES.get(fields[1], "?"), fields[-2] + fields[-1] / 1e6)


def _pids_macos() -> list[int]:
    library = _libproc()
    room = library.proc_listallpids(None, 0) + 64
    numbers = (ctypes.c_int * room)()
    count = library.proc_listallpids(numbers, ctypes.sizeof(numbers))
    return [number for number in numbers[: max(count, 0)] if number > 0]
