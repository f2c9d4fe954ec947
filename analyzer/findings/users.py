"""Which number an engine gives the user of an image. Pure.

moby/sys (formerly runc's libcontainer), user/user.go, `GetExecUser` and `ParsePasswdFilter`, which
dockerd, containerd and podman use: lines end with a line feed, white space around them is cut off,
the first line of that name counts, fields may be missing, and a number that is none is 0.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"([+-]?)0*+([0-9]*)")
_INT64_DIGITS = 19
_INT64 = 1 << 63
_UINT32 = 1 << 32
_BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What Go's `unicode.IsSpace` says; Python's `strip` cuts off the separators of ASCII, too."""
_UID = 2


def is_number(text: str) -> bool:
    """Whether an engine takes it for a number, not a name: it has a sign and digits, and fits."""
    number = _atoi(text)
    return number is not None and -_INT64 <= number < _INT64


def number_of(user: str) -> int:
    """The number that `user` is, for which `is_number` holds."""
    return _atoi(user) or 0


def listed_number(name: str, users: bytes) -> int | None:
    """The number that passwd(5) gives a user; None where it has none of that name.

    The runtime gets it in 32 bits (OCI runtime-spec v1.1, config.md, "POSIX-platform User").
    """
    for line in users.decode("utf-8", "surrogateescape").split("\n"):
        fields = line.strip(_BLANKS).split(":", _UID + 1)
        if fields[0] == name:
            number = _atoi(fields[_UID]) if len(fields) > _UID else None
            return max(-_INT64, min(number or 0, _INT64 - 1)) % _UINT32
    return None


def _atoi(text: str) -> int | None:
    """As Go's `strconv.Atoi`: None for what is no number; beyond 64 bits, any that is as large."""
    found = _NUMBER.fullmatch(text)
    if found is None or not text[len(found[1]) :]:
        return None
    size = int(found[2] or "0") if len(found[2]) <= _INT64_DIGITS else _INT64 << 1
    return -size if found[1] == "-" else size
