"""Addresses that metadata state, as they may be handed on: without what somebody logs in with.

As pip writes them into `direct_url.json`
(https://packaging.python.org/en/latest/specifications/direct-url/): user and password go, unless
they are names of environment variables or the user `git`. Over ssh the user of other servers stays
as well, for without it nothing is fetched there, and it is no secret.
"""

from __future__ import annotations

import re

from analyzer.packages.formats.text import text

_LOGIN = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<login>[^/?#\s]*)@")
_LOGINS = re.compile(r"(?P<ssh>ssh)?://(?P<login>[^/?#\s]*)@")
"""Without the rest of the scheme, which a text may have lost, and so in linear time."""
_LONGEST = 4096
"""Characters of a line that are looked at: a login is shorter."""
_VARIABLES = re.compile(r"\$\{[A-Za-z0-9_-]+\}(?::\$\{[A-Za-z0-9_-]+\})?")


def without_login(address: str) -> str:
    """`address` without user and password; what is none is given back as it is."""
    found = _LOGIN.match(address)
    if found is None:
        return address
    at = _kept(found["login"], ssh=found["scheme"].endswith("ssh"))
    return f"{found['scheme']}://{at}{address[found.end() :]}"


def without_logins(text: str) -> str:
    """`text` with every address in it so; to be asked before it is cut, or half a login stays."""
    return _LOGINS.sub(
        lambda found: f"{found['ssh'] or ''}://{_kept(found['login'], ssh=bool(found['ssh']))}",
        text,
    )


def cut(found: bytes | str, most: int = 40) -> str:
    """The beginning of what could not be read, printable, to be shown in a message.

    Bytes of a file; characters of what is printable already.
    """
    whole = found[:_LONGEST]
    return without_logins(whole if isinstance(whole, str) else text(whole))[:most]


def _kept(login: str, *, ssh: bool) -> str:
    """What stays before the host, with its `@`."""
    if login == "git" or _VARIABLES.fullmatch(login):
        return f"{login}@"
    user = login.partition(":")[0] if ssh else ""
    return f"{user}@" if user else ""
