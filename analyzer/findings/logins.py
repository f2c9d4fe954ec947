r"""Passwords that stand where a program expects them, and nothing calls them so. Data.

docker-login(1), `config.json` of Docker ("auths"), npmrc(5), npm-config(1), sshpass(1), mysql(1),
netrc(5), openssl-passphrase-options(1), curl(1), chpasswd(8), RFC 3986 3.2.1 of URLs.

Every pattern is linear in the text: what is open to the right is possessive or bounded. The last
group that matches is the value.
"""

from __future__ import annotations

import re

BARE = r"[^\s\"';&|]++"
VALUE = rf"(?:\\\"([^\"\\]*+)\\\"|\"((?:[^\"\\]|\\.)*+)\"|'([^']*+)'|({BARE}))"
"""One word of a shell, quoted or not; or quoted once more."""

_REST = r"[^|;&\n]{0,200}?"
"""Other words of the same command."""
_BREAK = r"(?:\s|\\n)++"
_ECHO = rf"(?<![\w-])(?:echo|printf)\s++(?:-\w++\s++)?+(?:[\"']?%s(?:\\n)?[\"']?\s++)?+{VALUE}"
_REGISTRY = r"(?:docker|podman|buildah|skopeo|nerdctl|oras|crane\s++auth|helm\s++registry|oc|az)"
_CLIENT = (
    rf"(?:dump|admin|import|show|check|pump|slap|-\w++)?+\s{_REST}(?<=\s)"
    rf"-p(?!refix|reserve|rint|ath)(?=[\"']|\S{{3}}){VALUE}"
)
_NETRC = (
    rf"(?<!\w)(?:machine{_BREAK}[^\s\\]++|default){_BREAK}login{_BREAK}(?!and\s)[^\s\\]++{_BREAK}"
    rf"password{_BREAK}([^\s\"'\\]++)"
)
_LONE_USER = (
    r"(?<=://)(?=[a-zA-Z_.~-]{0,80}[0-9])(?=[0-9_.~-]{0,80}[a-zA-Z])([\w.~-]{16,}+)@"
    r"(?![\w.-]{0,64}?sentry)"
)
_OF_A_REGISTRY = "a password for a registry"

_LOGINS = (
    ("://", r"(?<=://)[^\s/:@\"']*+:([^\s/\"']+)@", "a password in a URL"),
    ("://", _LONE_USER, "a token in a URL"),
    (
        "chpasswd",
        r"(?<![\w-])[a-z_][\w-]*+:([^\s\"':]++)[\"']?\s*+\|\s*+chpasswd",
        "a password for chpasswd",
    ),
    (
        "curl",
        r"(?<!\S)(?:-u|--user)(?:=|[ \t]*+)[\"']?(?!<)[^\s:\"']*+:([^\s\"']{3,}+)",
        "a password for curl",
    ),
    (
        "login",
        rf"(?<![\w-]){_REGISTRY}\s++login\s{_REST}(?<=\s)-p[= \t]*+(?!-){VALUE}",
        _OF_A_REGISTRY,
    ),
    ("--password-stdin", rf"{_ECHO}\s*+\|{_REST}\s--password-stdin", _OF_A_REGISTRY),
    ("auths", r"\\?[\"']_?auth\\?[\"']\s*+:\s*+\\?[\"']([\w+/=]{8,}+)", _OF_A_REGISTRY),
    ("_auth", r"(?<!\w)_auth\s*+=\s*+[\"']?([^\s\"']++)", _OF_A_REGISTRY),
    ("sshpass", rf"(?<![\w-])sshpass\s++(?:-v\s++)?+-p[ \t]*+{VALUE}", "a password for ssh"),
    ("mysql", rf"(?<![\w.-])mysql{_CLIENT}", "a password for a database"),
    ("mariadb", rf"(?<![\w.-])mariadb{_CLIENT}", "a password for a database"),
    ("password", _NETRC, "a password of .netrc"),
    ("pass:", rf"(?<!\S)--?pass\w{{0,5}}[ \t=]++[\"']?pass:({BARE})", "a pass phrase of openssl"),
)
LOGINS = tuple((needed, re.compile(pattern, re.DOTALL), what) for needed, pattern, what in _LOGINS)
"""A text that is there wherever the pattern matches, the pattern, and what the value is, in words.
A lone user is a token if it is long and has digits, as in `https://TOKEN@github.com/`; not so the
key of a Sentry DSN, which is public."""

CONFIG_SET = re.compile(
    r"(?<![\w-])(?:npm|pnpm|yarn|pip3?|git|composer|poetry|conda)\s++"
    r"config\s++(?:set\s++)?+(?:--?\w[\w=-]*+\s++){0,4}+"
    rf"[\"']?([^\s\"'=]++)[\"']?[ \t]++{VALUE}",
    re.DOTALL,
)
"""`npm config set NAME VALUE`, `git config --global NAME VALUE`: the name and the value."""
