"""Addresses that metadata state, as they may be handed on: without what somebody logs in with.

As pip writes them into `direct_url.json`
(https://packaging.python.org/en/latest/specifications/direct-url/): user and password go, unless
they are names of environment variables or the user `git`. Over ssh the user of other servers stays
as well, for without it nothing is fetched there, and it is no secret.
"""

from __future__ import annotations

import re

_LOGIN = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<login>[^/?#\s]*)@")
_VARIABLES = re.compile(r"\$\{[A-Za-z0-9_-]+\}(?::\$\{[A-Za-z0-9_-]+\})?")


def without_login(address: str) -> str:
    """`address` without user and password; what is none is given back as it is."""
    found = _LOGIN.match(address)
    if found is None or found["login"] == "git" or _VARIABLES.fullmatch(found["login"]):
        return address
    user = found["login"].partition(":")[0] if found["scheme"].endswith("ssh") else ""
    at = f"{user}@" if user else ""
    return f"{found['scheme']}://{at}{address[found.end() :]}"
