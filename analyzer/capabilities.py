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
_REVISION_MASK = 0xFF000000
_EFFECTIVE = 1
_SETS_BY_REVISION = {0x01000000: 1, 0x02000000: 2, 0x03000000: 2}
_WITH_OWNER = 0x03000000


def capabilities_text(value: bytes) -> str:
    """`cap_net_raw=ep`, or `not understood` for what has another layout.

    As libcap's cap_to_text(3): first what most capabilities have in common, where that is
    anything, then those that have more or less; numbers without a name come last.
    """
    sets = _sets(value)
    if sets is None:
        return "not understood"
    permitted, inheritable, effective, owner = sets
    bits: dict[int, list[int]] = defaultdict(list)
    unnamed: dict[int, list[int]] = defaultdict(list)
    for bit in range(64):
        flags = 2 * (permitted >> bit & 1) + 4 * (inheritable >> bit & 1)
        flags += effective and flags > 0
        (bits if bit < len(_NAMES) else unnamed)[flags].append(bit)
    common = max(sorted(bits), key=lambda flags: len(bits[flags]))
    words = [f"={_letters(common)}"]
    words += [
        _list(bits[flags]) + _change("+", flags & ~common) + _change("-", common & ~flags)
        for flags in sorted(bits, reverse=True)
        if flags != common
    ]
    if not common and len(words) > 1:  # "= cap_net_raw+ep"
        words[:2] = [words[1].replace("+", "=")]
    more = sorted(unnamed.keys() - {0}, reverse=True)
    words += [_list(unnamed[flags]) + _change("+", flags) for flags in more]
    text = " ".join(words)
    return f"{text} [rootid={owner}]" if owner else text


def _letters(flags: int) -> str:
    return "".join(letter for bit, letter in ((1, "e"), (4, "i"), (2, "p")) if flags & bit)


def _change(sign: str, flags: int) -> str:
    return sign + _letters(flags) if flags else ""


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
    return ",".join(f"cap_{_NAMES[bit]}" if bit < len(_NAMES) else str(bit) for bit in bits)
