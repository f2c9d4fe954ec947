"""Which names and values look like secrets, and how they are shown: never in full.

Conservative: a value counts by its name (`DB_PASSWORD`) unless it is a placeholder, or by its
own shape. Names are those of BuildKit's check SecretsUsedInArgOrEnv (frontend/dockerfile/
dockerfile2llb/convert.go) where the word is the last one, so that `TOKEN_URL` and the fingerprint
in `GPG_KEY` are none. Shapes are those of gitleaks (cmd/generate/config/rules: aws.go, github.go,
gitlab.go, slack.go, jwt.go, privatekey.go, gcp.go, npm.go, stripe.go, sendgrid.go,
digitalocean.go, pypi.go, huggingface.go, curl.go). What programs expect without a name is in
`logins.py`.

Every pattern is linear in the text: it begins where a word begins, or is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from analyzer.findings.logins import BARE, CONFIG_SET, LOGINS

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    {"password", "passwd", "passphrase", "pword", "pwd", "pass", "secret", "token"}
    | {"credential", "credentials", "privatekey"}
    | {"sshpass", "dbpass", "pgpass", "userpass", "rootpass", "adminpass", "mysqlpass"}
    | {"redispass", "ftppass", "smtppass", "mailpass", "httppass", "storepass", "keypass"}
)
"""`COMPASS` and `BYPASS` end as some of these do."""
_ENDS = ("password", "passwd", "passphrase", "secret", "token", "apikey", "secretkey", "accesskey")
"""Of words that are written without a break: `PGPASSWORD`, `GITHUBTOKEN`."""
_KEYS = frozenset(
    {"api", "secret", "access", "private", "encryption", "signing", "master", "auth", "account"}
    | {"storage", "license", "session", "app", "jwt", "deploy", "ssh"}
)
"""`KEY` alone says nothing; with one of these before it, it does."""
_PAIRS = frozenset(
    {(word, "auth") for word in ("npm", "rediscli", "redis", "docker", "config")}
    | {(word, "pat") for word in ("gh", "ghcr", "github", "gitlab", "git", "azure", "ado", "ext")}
    | {(word, "pat") for word in ("devops", "bitbucket", "docker", "dockerhub", "npm", "nuget")}
)
"""`AUTH` and `PAT` alone say nothing: `REGISTRY_AUTH=htpasswd`, `FILE_PAT=*.c`. `REDISCLI_AUTH` is
of redis-cli, `npm_config__auth` of npm, `AZURE_DEVOPS_EXT_PAT` of the Azure DevOps CLI."""
_WORKING_FOLDERS = frozenset({"PWD", "OLDPWD"})

_PLACEHOLDER = re.compile(
    r"""(?xi)
      \$ .*                                   # a variable or command, expanded later
    | [<{\[] .* | .* \{\{ .*                  # <password>, {{ .Values.x }}
    | (?: your|my|the )? [-_ ]? (?: pass(?:word|wd|phrase)? | pwd | secret | token | (?:api)?key )
      (?: [-_ ]? here )?
    | change[-_]?(?: it|me|this ) | replace[-_]?me | example\S* | .* EXAMPLE | dummy | sample
    | test | todo | tbd | none | null | nil | undefined | unset | empty | default | redacted
    | true | false | yes | no | on | off | enabled | disabled
    | [0-9]{1,3}
    | (\S) \1*                                # ****, xxxx
    | https?://[^@]*                          # where to get one
    | /(?: run|etc|var|usr|home|opt|tmp|root|mnt|data|app|srv|secrets|vault|proc|dev|bin|lib )
      (?: /.* )?                              # a file that has it
    """,
    re.DOTALL,
)

_SHAPES = (
    (
        "an AWS access key ID",
        "A3T AKIA ASIA ABIA ACCA",
        r"\b(?:A3T[A-Z\d]|A[KSB]IA|ACCA)[A-Z0-9]{16}\b",
    ),
    ("a GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", r"\bgh[pousr]_[0-9A-Za-z]{36,255}"),
    ("a GitHub token", "github_pat_", r"\bgithub_pat_\w{82}"),
    ("a GitLab token", "gl", r"\bgl(?:pat|ptt|rt|dt|ft|soat|cbt|agent)-[\w-]{20,128}"),
    ("a Slack token", "xox", r"\bxox[abeoprs](?:\.xox[bp])?-[0-9A-Za-z-]{10,512}"),
    ("a Slack token", "xapp-", r"\bxapp-\d-[0-9A-Za-z]{1,64}-\d{1,64}-[0-9a-z]{1,128}"),
    ("a Google API key", "AIza", r"\bAIza[\w-]{35}"),
    ("an npm token", "npm_", r"\bnpm_[0-9A-Za-z]{36}"),
    ("a Stripe key", "k_live_", r"\b[sr]k_live_[0-9A-Za-z]{10,99}"),
    ("a SendGrid key", "SG.", r"\bSG\.[\w=-]{16,32}\.[\w=-]{16,64}"),
    ("a DigitalOcean token", "_v1_", r"\bdo[opr]_v1_[a-f0-9]{64}"),
    ("a Docker Hub token", "dckr_", r"\bdckr_(?:pat|oat)_[\w-]{27,64}"),
    ("a PyPI token", "pypi-", r"\bpypi-AgEIcHlwaS5vcmc[\w-]{50,1000}"),
    ("a Hugging Face token", "hf_", r"\bhf_[0-9A-Za-z]{34}\b"),
    ("a JSON Web Token", "eyJ", r"(?<![\w.-])eyJ[\w-]{14,}+\.eyJ[\w/-]{14,}+\.[\w/-]*+=*"),
)
"""What it is, words one of which every such value has, and the pattern."""
_SHAPE = [(what, words.split(), re.compile(pattern)) for what, words, pattern in _SHAPES]
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = "-----END"
_NAMED = re.compile(
    rf"([\w.-]++)(?:=(?:\"((?:[^\"\\]|\\.)*+)\"|'([^']*+)'|[\"']?({BARE})))?", re.DOTALL
)
_FLAG = re.compile(
    r"(?<![^\s\"'])(--?[\w-]++)(?:[\"'],[ \t]*+|[\"']?[ \t]++)"
    rf"(?=\"([^\"\\]*+)\"|'([^']*+)'|[\"']?({BARE}))"
)
_MEMBER = re.compile(r"\\?[\"']([\w.-]++)\\?[\"']\s*+:\s*+\\?[\"']([^\"'\\\s]++)")
_HEADER = re.compile(
    r"(?<![\w-])([\w-]++)\s*+:\s*+(?:(?:basic|bearer|token|api-token)\s++)?+([^\s\"'\\,]{8,}+)",
    re.IGNORECASE,
)
_BY_NAME = (("=", _NAMED), ("-", _FLAG), (":", _MEMBER), ("config", CONFIG_SET))

_ARGUMENTS = re.compile(r"\A(?:RUN )?\|(\d{1,4}) ")
_SETTINGS = re.compile(r"\A(?:\S{1,64} -c )?(?:#\(nop\)\s*)?(?:ENV|ARG|LABEL)\s+")
_SHELL = re.compile(
    r"\s(?=(?:/\S{1,64}|cmd|powershell)(?: -\w{1,16}(?: \w{1,16})?){0,6}? (?:-\w{0,8}c|/S) )"
)
_NEXT_NAME = re.compile(r"(?:\A|(?<=\s))([A-Za-z_][\w.-]*+)=")
_OLD_FORM = re.compile(r"([A-Za-z_][\w.-]*+)\s++(\S.*)", re.DOTALL)
"""`ENV NAME all the rest` (Dockerfile reference, "ENV")."""
_BUILDKIT = " # buildkit"

_SHOWN = 2
_LONG_ENOUGH = 8
"""A value shorter than this shows none of its characters, and is no part of longer words."""
_MOST_KNOWN = 64
"""Values that are looked for wherever they may occur again; beyond, only the rules hold."""


class Span(NamedTuple):
    """A secret-looking value at `text[start:end]`, and what it looks like, in words."""

    start: int
    end: int
    what: str


def masked(value: str) -> str:
    """All that is shown of a secret: `AK...(20 characters)`."""
    head = value[:_SHOWN] if len(value) >= _LONG_ENOUGH else ""
    return f"{head}...({len(value)} {'character' if len(value) == 1 else 'characters'})"


def secret_name(name: str) -> bool:
    """Whether what is called `name` is meant to be kept secret."""
    if name in _WORKING_FOLDERS:
        return False
    words = [word.lower() for word in _WORD.findall(name[-256:])]
    while words and words[-1].isdigit():
        words.pop()
    if not words or "public" in words:
        return False
    if words[-1] in _SECRET_WORDS or words[-1].endswith(_ENDS):
        return True
    pair = tuple(words[-2:])
    named = pair in _PAIRS or (len(pair) > 1 and pair[1] == "key" and pair[0] in _KEYS)
    return named or words[-3:] == ["secret", "key", "base"]


def plausible(value: str) -> bool:
    """Whether a value may be a secret: it is there, and no placeholder."""
    bare = value.strip().strip("\"'")
    return bool(bare) and not _PLACEHOLDER.fullmatch(bare)


def secret_setting(name: str, value: str) -> bool:
    """Whether `name=value` is a secret as a whole."""
    return secret_name(name) and plausible(value)


def spans(text: str) -> list[Span]:
    """Every secret-looking value in a text, in order; none overlaps another."""
    return _apart(_candidates(text))


def step_spans(text: str) -> list[Span]:
    """As `spans`, of a build step: values of ENV, ARG, LABEL and build arguments may have blanks.

    Docker's classic builder and BuildKit write `|2 A=b C=two words /bin/sh -c ...` and
    `ENV A=two words`, without quotes.
    """
    return _apart([*_settings(text), *_candidates(text)])


def _apart(found: Iterable[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end > kept[-1].end:
            kept[-1] = kept[-1]._replace(end=span.end)
    return kept


class Masker:
    """Makes texts of one image safe to show; `known` are secrets that may occur anywhere."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        values = sorted(set(known) - {""}, key=lambda value: (-len(value), value))[:_MOST_KNOWN]
        self._long = [value for value in values if len(value) >= _LONG_ENOUGH]
        short = [re.escape(value) for value in values if len(value) < _LONG_ENOUGH]
        self._short = re.compile(rf"(?<!\w)(?:{'|'.join(short)})(?!\w)") if short else None

    def text(self, text: str) -> str:
        """`text` with every secret-looking value masked."""
        return self.spans_masked(text, step_spans(text))

    def spans_masked(self, text: str, found: Iterable[Span]) -> str:
        """`text` with the values masked that were found in it, and those that are known."""
        pieces, at = [], 0
        for start, end, _ in _apart([*found, *self._again(text)]):
            pieces += [text[at:start], masked(text[start:end])]
            at = end
        return "".join([*pieces, text[at:]])

    def _again(self, text: str) -> Iterator[Span]:
        for value in self._long:
            at = text.find(value)
            while at >= 0:
                yield Span(at, at + len(value), "")
                at = text.find(value, at + len(value))
        if self._short is not None:
            yield from (Span(*match.span(), "") for match in self._short.finditer(text))


def _candidates(text: str) -> Iterator[Span]:
    """Values in no order. What a pattern needs is looked for first, which is much faster."""
    yield from _private_keys(text)
    for what, words, pattern in _SHAPE:
        if any(word in text for word in words):
            for match in pattern.finditer(text):
                if plausible(match[0]):
                    yield Span(*match.span(), what)
    for needed, pattern, what in LOGINS:
        if needed in text:
            yield from _group(text, pattern, what)
    if ":" in text:
        yield from _headers(text)
    for needed, pattern in _BY_NAME:
        if needed in text:
            yield from _named(text, pattern)


def _headers(text: str) -> Iterator[Span]:
    for match in _HEADER.finditer(text):
        name = match[1].lower()
        if (name.endswith("authorization") or secret_name(match[1])) and plausible(match[2]):
            yield Span(*match.span(2), f"the value of header {match[1]}")


def _group(text: str, pattern: re.Pattern[str], what: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        group = match.lastindex or 1
        if plausible(match[group]):
            yield Span(*match.span(group), what)


def _named(text: str, pattern: re.Pattern[str]) -> Iterator[Span]:
    for match in pattern.finditer(text):
        group = match.lastindex or 1
        if group > 1 and secret_setting(match[1], match[group]):
            yield Span(*match.span(group), f"the value of {match[1].lstrip('-')}")


def _private_keys(text: str) -> Iterator[Span]:
    at = 0
    while match := _PRIVATE_KEY.search(text, at):
        end = text.find(_KEY_END, match.end())
        stop = text.find("-----", end + len(_KEY_END)) + 5 if end >= 0 else 0
        at = max(stop, end + len(_KEY_END)) if end >= 0 else len(text)
        yield Span(match.start(), at, "a private key")


def _settings(text: str) -> Iterator[Span]:
    """Whole values of a step that sets names; where it is unclear where one ends, all the rest."""
    count = None
    if match := _ARGUMENTS.match(text):
        count = int(match[1])
        shell = _SHELL.search(text, match.end())
        if shell is None:
            return
        start, end = match.end(), shell.start()
    elif match := _SETTINGS.match(text):
        start, end = match.end(), len(text.removesuffix(_BUILDKIT))
    else:
        return
    if count is None and (old := _OLD_FORM.match(text, start, end)):
        if secret_setting(old[1], old[2]):
            yield Span(*old.span(2), f"the value of {old[1]}")
        return
    names = list(_NEXT_NAME.finditer(text[start:end]))
    unclear = count is not None and len(names) != count
    for number, name in enumerate(names):
        last = number + 1 == len(names) or unclear
        stop = end if last else start + names[number + 1].start() - 1
        begin = start + name.end()
        value = text[begin:stop]
        if secret_setting(name[1], value):
            quotes = len(value) > 2 and value[0] == value[-1] and value[0] in "\"'"  # noqa: PLR2004 - two quotes
            yield Span(begin + quotes, stop - quotes, f"the value of {name[1]}")
            if unclear:
                return
