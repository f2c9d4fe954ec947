"""What an rpm requirement asks for, as tokens without versions.

https://rpm-software-management.github.io/rpm/manual/more_dependencies.html and
https://rpm-software-management.github.io/rpm/manual/boolean_dependencies.html; words are told
apart as `rpmrichParse` of rpm's `lib/rpmds.c` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Tokens = tuple[str, ...]
"""Alternatives, of which one is enough."""
Present = Callable[[str], bool]
"""Whether something installed provides a token."""

_OPERATORS = frozenset({"and", "or", "if", "unless", "else", "with", "without"})
_COMPARISONS = frozenset({"<", "<=", "=", "==", ">=", ">"})
_MAX_DEPTH = 32
_MERGED = ("bin/", "sbin/", "lib/", "lib64/")
"""Folders that a merged-usr system has in `/usr` only. rpm finds a file under either name."""


class Malformed(ValueError):
    """Not a boolean dependency."""


@dataclass(frozen=True, slots=True)
class _Node:
    """`operator` of some parts; a single name has no parts."""

    operator: str
    parts: tuple[_Node, ...] = ()


def requirement(name: str, present: Present) -> list[Tokens]:
    """All that has to be there for requirement `name`, none for features of rpm itself or no name.

    `present` decides about `if` and `unless`. A boolean dependency that cannot be read stands
    for itself, and nothing will provide it.
    """
    if not name or name.startswith("rpmlib("):
        return []
    if not name.startswith("("):
        return [alternatives(name)]
    try:
        node, _ = _parse(_words(name), 0, 0)
    except Malformed:
        return [(name,)]
    return [tokens for tokens in _needed(node, present) if tokens]


def named(name: str) -> list[str]:
    """The names in a requirement, whatever they are needed for."""
    if not name.startswith("("):
        return [name]
    try:
        node, _ = _parse(_words(name), 0, 0)
    except Malformed:
        return []
    return _leaves(node)


def alternatives(name: str) -> Tokens:
    """`name` and, of a file that a merged system has under two names, the other one."""
    if name.startswith("/usr/") and name[5:].startswith(_MERGED):
        return name, name[4:]
    if name[1:].startswith(_MERGED) and name.startswith("/"):
        return name, f"/usr{name}"
    return (name,)


def _words(text: str) -> list[str]:
    """Brackets and words; a bracket that opens inside a word belongs to it, and its end too."""
    words: list[str] = []
    place = 0
    while place < len(text):
        if text[place] in " \t\n,":
            place += 1
        elif text[place] in "()":
            words.append(text[place])
            place += 1
        else:
            start, depth = place, 0
            while place < len(text) and text[place] not in " \t\n,":
                depth += (text[place] == "(") - (text[place] == ")")
                if depth < 0:
                    break
                place += 1
            words.append(text[start:place])
    return words


def _parse(words: list[str], at: int, depth: int) -> tuple[_Node, int]:
    """The bracket that opens at `at`, and what comes behind it."""
    if depth > _MAX_DEPTH or words[at : at + 1] != ["("]:
        raise Malformed
    parts: list[_Node] = []
    operators: list[str] = []
    at += 1
    while True:
        part, at = _operand(words, at, depth)
        parts.append(part)
        word = words[at] if at < len(words) else ""
        at += 1
        if word == ")":
            break
        if word not in _OPERATORS:
            raise Malformed
        operators.append(word)
    return _node(operators, tuple(parts)), at


def _operand(words: list[str], at: int, depth: int) -> tuple[_Node, int]:
    word = words[at] if at < len(words) else ")"
    if word == "(":
        return _parse(words, at, depth + 1)
    if word == ")":
        raise Malformed
    versioned = at + 1 < len(words) and words[at + 1] in _COMPARISONS
    return _Node(word), at + (3 if versioned else 1)


def _node(operators: list[str], parts: tuple[_Node, ...]) -> _Node:
    """Operators chain with themselves only, and `else` goes with what stands before it."""
    match operators:
        case []:
            return parts[0]
        case ["if" | "unless"] | ["without"]:
            return _Node(operators[0], parts)
        case ["if" | "unless" as condition, "else"]:
            return _Node(condition, parts)
        case [first, *more] if first in {"and", "or", "with"} and set(more) <= {first}:
            return _Node(first, parts)
        case _:
            raise Malformed


def _leaves(node: _Node) -> list[str]:
    if not node.parts:
        return [node.operator]
    return [name for part in node.parts for name in _leaves(part)]


def _needed(node: _Node, present: Present) -> list[Tokens]:
    """What has to be there for `node`; of several lists to choose from, all of the best one."""
    parts = node.parts
    if not parts:
        return [alternatives(node.operator)]
    match node.operator:
        case "and" | "with":
            return [tokens for part in parts for tokens in _needed(part, present)]
        case "or":
            return _either([_needed(part, present) for part in parts], present)
        case "without":
            return _needed(parts[0], present)
        case condition:
            chosen = _branch(node, present)
            # Without `else`, `a if b` is `a or not b`, and `a unless b` is `a and not b`.
            nothing: list[Tokens] = [] if condition == "if" else [()]
            return nothing if chosen is None else _needed(chosen, present)


def _branch(node: _Node, present: Present) -> _Node | None:
    """The side of `if` or `unless` that counts, None for an `else` that is not there."""
    first, condition, *other = node.parts
    if _holds(condition, present) is (node.operator == "if"):
        return first
    return other[0] if other else None


def _either(choices: list[list[Tokens]], present: Present) -> list[Tokens]:
    if all(len(choice) == 1 for choice in choices):
        return [tuple(dict.fromkeys(token for choice in choices for token in choice[0]))]
    met = [c for c in choices if all(any(map(present, tokens)) for tokens in c)]
    return met[0] if met else choices[0]


def _holds(node: _Node, present: Present) -> bool:
    """Whether a condition is met."""
    parts = node.parts
    if not parts:
        return any(map(present, alternatives(node.operator)))
    match node.operator:
        case "and" | "with":
            return all(_holds(part, present) for part in parts)
        case "or":
            return any(_holds(part, present) for part in parts)
        case "without":
            return _holds(parts[0], present)
        case condition:
            chosen = _branch(node, present)
            return condition == "if" if chosen is None else _holds(chosen, present)
