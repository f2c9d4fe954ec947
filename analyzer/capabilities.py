"""The extended attribute that gives a program rights of root, in the words of `getcap`.

Layout: linux/capability.h, `struct vfs_cap_data` and `vfs_ns_cap_data`; names: the same file;
text: cap_text_formats(7).
"""

from __future__ import annotations

import struct
from collections import defaultdict

CAPABILITY = "security.capability"

_NAMES = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
]
_EVERY = (1 << len(_NAMES)) - 1
_REVISION_MASK = 0xFF000000
_EFFECTIVE = 1
_SETS_BY_REVISION = {0x01000000: 1, 0x02000000: 2, 0x03000000: 2}
_WITH_OWNER = 0x03000000


def capabilities_text(value: bytes) -> str:
    """`cap_net_raw=ep`, or `not understood` for what has another layout."""
    sets = _sets(value)
    if sets is None:
        return "not understood"
    permitted, inheritable, effective, owner = sets
    by_flags: dict[str, list[int]] = defaultdict(list)
    for bit in range(max((permitted | inheritable).bit_length(), len(_NAMES))):
        mask = 1 << bit
        flags = "e" if effective and (permitted | inheritable) & mask else ""
        flags += "i" if inheritable & mask else ""
        flags += "p" if permitted & mask else ""
        if flags:
            by_flags[flags].append(bit)
    text = " ".join(f"{_list(bits)}={flags}" for flags, bits in by_flags.items()) or "="
    return f"{text} [rootid={owner}]" if owner else text


def _sets(value: bytes) -> tuple[int, int, bool, int] | None:
    """Permitted, inheritable, whether effective, and the root user of a namespace."""
    if len(value) < 4:  # noqa: PLR2004 - the first word
        return None
    (magic,) = struct.unpack_from("<I", value)
    revision = magic & _REVISION_MASK
    pairs = _SETS_BY_REVISION.get(revision)
    words = 0 if pairs is None else 1 + 2 * pairs + (revision == _WITH_OWNER)
    if pairs is None or len(value) != 4 * words:
        return None
    numbers = struct.unpack(f"<{words}I", value)[1:]
    permitted = sum(numbers[2 * n] << 32 * n for n in range(pairs))
    inheritable = sum(numbers[2 * n + 1] << 32 * n for n in range(pairs))
    owner = numbers[-1] if revision == _WITH_OWNER else 0
    return permitted, inheritable, bool(magic & _EFFECTIVE), owner


def _list(bits: list[int]) -> str:
    if sum(1 << bit for bit in bits) == _EVERY:
        return ""
    return ",".join(f"cap_{_NAMES[bit]}" if bit < len(_NAMES) else str(bit) for bit in bits)
