"""composer/semver: a version is made normal (`VersionParser`) and compared as PHP does.

PHP's `version_compare`: dev < alpha < beta < RC < a number < patch. Named branches (`dev-main`)
have no order here: which of two is newer nobody can tell.
"""

from __future__ import annotations

import re

from analyzer.diff.versionorders.keys import compared

_NUMBERS = r"[.-]?[0-9]+(?:[.-][0-9]+)*"
_MODIFIER = (
    rf"[._-]?(?:(?P<word>stable|beta|b|rc|alpha|a|patch|pl|p)(?P<more>{_NUMBERS})?)?"
    r"(?P<dev>[.-]?dev)?"
)
_CLASSIC = re.compile(rf"v?(?P<numbers>[0-9]{{1,5}}(?:\.[0-9]+){{0,3}}){_MODIFIER}")
_DATE = re.compile(
    rf"v?(?P<numbers>[0-9]{{4}}(?:[.:-]?[0-9]{{2}}){{1,6}}(?:[.:-]?[0-9]{{1,3}})?){_MODIFIER}"
)
_BRANCH = re.compile(r"v?(?P<numbers>[0-9]+(?:\.(?:[0-9]+|[x*])){0,3})[.-]?dev")
_METADATA = re.compile(r"\+\S+\Z")
_NUMBER = 4
_PLACES = {"dev": 0, "alpha": 1, "a": 1, "beta": 2, "b": 2, "rc": 3, "patch": 5, "pl": 5, "p": 5}
_END = (_NUMBER, -1)
_PARTS = 4
_HIGHEST = 9_999_999
"""What stands for the missing parts of a branch: `1.x-dev` is newer than every 1.n."""


def compare_composer(first: str, second: str) -> int:
    """Raises ValueError: composer refuses it, or it is a named branch."""
    return compared(_key(first), _key(second))


def _key(version: str) -> list[tuple[int, int]]:
    text = _METADATA.sub("", version.strip().lower())
    for pattern, parts in ((_CLASSIC, _PARTS), (_DATE, 0)):
        if match := pattern.fullmatch(text):
            numbers = [int(each) for each in re.findall("[0-9]+", match["numbers"])]
            numbers += [0] * (parts - len(numbers))
            return [*((_NUMBER, number) for number in numbers), *_modifiers(match), _END]
    branch = _BRANCH.fullmatch(text)
    if branch is None:
        raise ValueError(version)
    words = branch["numbers"].split(".")
    words += ["x"] * (_PARTS - len(words))
    numbers = [int(word) if word.isdecimal() else _HIGHEST for word in words]
    return [*((_NUMBER, number) for number in numbers), (_PLACES["dev"], 0), _END]


def _modifiers(match: re.Match[str]) -> list[tuple[int, int]]:
    word, found = match["word"], []
    if word == "stable":
        return []
    if word:
        more = re.findall("[0-9]+", match["more"] or "")
        found = [(_PLACES[word], 0), *((_NUMBER, int(number)) for number in more)]
    return [*found, (_PLACES["dev"], 0)] if match["dev"] else found
