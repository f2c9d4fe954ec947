"""A difference as text: what happened in one line, then identities, config, layers, packages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tabulate import tabulate

from analyzer.diff.packages import of_the_image
from analyzer.diff.rungs import NOUNS, Ladder, Rung, Verdict, few, headline
from analyzer.diff.tree import AFTER, BEFORE, DOWNGRADED, UPGRADED, Difference, Kind
from analyzer.paths import printable
from analyzer.render.buildsteps import config_sides, step_text
from analyzer.render.causes import files_with_causes
from analyzer.render.differenceparts import attachment_lines, finding_lines, history_lines, is_empty
from analyzer.render.differencetable import WIDEST_VALUE, Row, fitted, wrapped
from analyzer.render.expected import expected_lines, unexpected_notes
from analyzer.render.lines import folded
from analyzer.render.packagechanges import has_moved, package_lines
from analyzer.render.pairtitle import pair_title
from analyzer.render.values import inline, shorten, shorten_pair

_MARKS = {
    Kind.ADDED: "+",
    Kind.REMOVED: "-",
    Kind.CHANGED: "~",
    Kind.UNKNOWN: "?",
    Kind.SAME: "=",
    Kind.MOVED: "=",
}
_COLORS = {"+": "\x1b[32m", "-": "\x1b[31m", "~": "\x1b[33m"}
_RESET = "\x1b[0m"
_INDENT = "  "
_GOES_ON = _INDENT * 2
"""How a line of a section begins that goes on with the one above."""
_DIGEST_CHARACTERS = 19
"""`sha256:` and the twelve digits that people compare by eye."""
_SHA256 = re.compile(rf"(sha256:[0-9a-f]{{{_DIGEST_CHARACTERS - 7}}})[0-9a-f]*")
ANSWERS = {Verdict.PROVEN: "yes", Verdict.REFUTED: "no", Verdict.UNKNOWN: "?"}
_WORDS = {Kind.SAME: "equal", Kind.CHANGED: "differs", Kind.UNKNOWN: "not known"}


def difference_text(difference: Difference, *, color: bool = False) -> str:
    """What `compare` returned, for people; `color` marks lines with terminal colours."""
    lines = folded(_title(difference), under=_INDENT)
    lines += [line for note in difference.notes for line in folded(printable(note), under=_INDENT)]
    if not difference.children:
        lines.append("no images on either side")
    elif len(difference.children) > 1 and any(i.ladder for i in difference.children):
        lines += folded(f"as a whole: {headline(difference.ladder)}", under=_INDENT)
    for image in difference.children:
        lines += ["", *_image(image, pair_title(image, difference))]
    shown = [line.rstrip() for line in lines]
    return "\n".join(map(_colored, shown) if color else shown) + "\n"


def _title(difference: Difference) -> str:
    sides = [
        f"{printable(side['name'])} ({printable(side['kind'])})" if side else "nothing"
        for side in (difference.before, difference.after)
    ]
    return f"{sides[0]} -> {sides[1]}"


def _colored(line: str) -> str:
    mark = line.lstrip()[:2]
    start = _COLORS.get(mark[:1]) if mark[1:] == " " else None
    return f"{start}{line}{_RESET}" if start else line


def _image(image: Difference, title: str) -> Iterator[str]:
    if image.kind in {Kind.ADDED, Kind.REMOVED}:
        where = "after" if image.kind is Kind.ADDED else "before"
        yield from folded(f"{_MARKS[image.kind]} {title}: only {where}", under=_INDENT)
        yield from _notes(image.notes)
        return
    parts = {child.subject: child for child in image.children}
    yield from folded(f"{title}: {image.headline}", under=_INDENT)
    yield from _ladder(image.ladder)
    yield from _summary(image)
    yield from _notes(image.notes)
    if not image.differs:
        return
    if "identity" in parts and parts["identity"].differs:
        yield from _section("Identity", _identity(parts["identity"]))
    for name, lines in (
        ("config", _config),
        ("history", history_lines),
        ("layers", _layers),
        ("distro", _distro),
        ("packages", package_lines),
        ("files", files_with_causes),
        ("attachments", attachment_lines),
        ("findings", finding_lines),
    ):
        part = parts.get(name)
        if part is None or part.kind is Kind.UNKNOWN:
            continue
        notes = unexpected_notes(part)
        if part.differs or notes or has_moved(part):
            yield from _section(name.title(), [*_section_notes(notes), *lines(part)])
    unknown = [part for part in image.children if part.kind is Kind.UNKNOWN]
    if unknown:
        yield from _section(
            "Not compared", [line for words in not_compared(unknown) for line in wrapped(words)]
        )
    if left_out := expected_lines(image):
        yield from _section("Expected between platforms, and left out", left_out)


def not_compared(parts: Sequence[Difference]) -> Iterator[str]:
    """Parts that are not known, and why; those for one and the same reason together."""
    names: dict[tuple[str, ...], list[str]] = {}
    for part in parts:
        names.setdefault(part.notes, []).append(part.subject)
    for notes, subjects in names.items():
        said = dict.fromkeys(_of_both(note, notes) for note in notes)
        reasons = "; ".join(map(printable, said))
        yield f"{', '.join(subjects)}: {reasons}" if notes else ", ".join(subjects)


def _notes(notes: Sequence[str]) -> list[str]:
    return [
        line for note in notes for line in folded(printable(note), f"{_INDENT}note: ", _GOES_ON)
    ]


def _section_notes(notes: Sequence[str]) -> list[str]:
    return [line for note in notes for line in wrapped(printable(note), "note: ")]


def _section(title: str, lines: Iterable[str]) -> list[str]:
    bare = [line.rstrip() for line in lines]
    return ["", f"{_INDENT}{title}", *(f"{_INDENT * 2}{line}" for line in bare)]


def _ladder(ladder: Ladder) -> Iterator[str]:
    """One rung a line, from the same file down; the last one is told by the headline."""
    for step in ladder:
        if step.rung is not Rung.DIFFERENT:
            start = f"{_INDENT}{ANSWERS[step.verdict]:<3}  {f'same {NOUNS[step.rung]}':<20}  "
            yield from folded(_SHA256.sub(r"\1", step.reason), start, " " * len(start))


def summary(image: Difference) -> list[tuple[str, str]]:
    """Counts per part that differs, for who reads no further; digests are no part of it."""
    return [
        (part.subject, _told(part))
        for part in image.children
        if (part.differs and part.subject != "identity")
        or (part.kind is Kind.UNKNOWN and image.differs)
    ]


def _summary(image: Difference) -> Iterator[str]:
    rows = summary(image)
    width = max((len(name) for name, _ in rows), default=0)
    for name, counts in rows:
        start = f"{_INDENT}{name:<{width}}  "
        yield from folded(counts, start, " " * len(start))


def _told(part: Difference) -> str:
    if part.kind is Kind.UNKNOWN:
        return "not compared"
    return _package_counts(part) if part.subject == "packages" else _counts(part)


def _package_counts(part: Difference) -> str:
    """As `_counts`, with what is not installed apart, and how many packages there are."""
    own = replace(part, children=tuple(filter(of_the_image, part.children)))
    others = sum(child.differs for child in part.children) - sum(c.differs for c in own.children)
    words = [_counts(own)] if any(child.differs for child in own.children) else []
    words += [f"{others} not installed, only known or named"] if others else []
    before, after = part.before["installed"], part.after["installed"]
    return f"{', '.join(words)} ({before} -> {after} installed)"


def _counts(part: Difference) -> str:
    """Such as `2 added, 1 upgraded`; packages whose versions have an order say so."""
    counted: Counter[str] = Counter()
    for child in part.children:
        if child.differs:
            word = next((note for note in child.notes if note in {UPGRADED, DOWNGRADED}), "")
            counted[word or child.kind.value] += 1
    if not counted and part.differs:
        return "order changed" if part.subject == "layers" else "changed"
    order = (Kind.ADDED.value, Kind.REMOVED.value, UPGRADED, DOWNGRADED, Kind.CHANGED.value)
    return ", ".join(f"{counted[word]} {word}" for word in order if counted[word])


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    return tabulate(rows, tablefmt="plain", disable_numparse=True).splitlines() if rows else []


def _identity(part: Difference) -> list[str]:
    rows = []
    for child in part.children:
        if not one_known(child):
            continue
        rows.append([identity_label(child), _WORDS.get(child.kind, ""), *digest_cells(child)])
    return [*_table(rows), *_section_notes(_reasons(part))]


def identity_label(child: Difference) -> str:
    """What people call a digest."""
    return child.subject.replace("_", " ").replace("id", "ID")


def one_known(child: Difference) -> bool:
    """Whether there is a digest to show: of a list all have to be known on both sides."""
    if isinstance(child.before, list) or isinstance(child.after, list):
        return child.kind is not Kind.UNKNOWN
    return child.before is not None or child.after is not None


def digest_cells(child: Difference) -> list[str]:
    """The digests of both sides, as much of them as people compare; of lists what is shared."""
    if isinstance(child.before, list) or isinstance(child.after, list):
        before, after = (
            Counter(digest for digest in side or () if digest)
            for side in (child.before, child.after)
        )
        return [f"{(before & after).total()} in common"]
    if child.kind is Kind.SAME:
        return [_digest(child.before)]
    return [_digest(child.before), "->", _digest(child.after)]


def _digest(value: str | None) -> str:
    return printable(value[:_DIGEST_CHARACTERS]) if value else "(not known)"


def _reasons(part: Difference) -> list[str]:
    """Why lists of digests are not known, each reason once; the ladder has the others."""
    reasons = [
        note
        for child in part.children
        if child.kind is Kind.UNKNOWN and isinstance(child.before, list)
        for note in child.notes
        if note.startswith((BEFORE, AFTER))
    ]
    return list(dict.fromkeys(_of_both(reason, reasons) for reason in reasons))


def _of_both(reason: str, reasons: Sequence[str]) -> str:
    """A reason that holds for both sides, said once."""
    words = reason.removeprefix(BEFORE).removeprefix(AFTER)
    return f"both: {words}" if {BEFORE + words, AFTER + words} <= set(reasons) else reason


def _config(part: Difference) -> list[str]:
    """Members with their values; those that came or went without one share a line."""
    empty = [child for child in part.children if is_empty(child)]
    told = [child for child in part.children if not is_empty(child)]
    lines = _rows((_MARKS[c.kind], printable(c.subject), *config_sides(c), c) for c in told)
    for kind in (Kind.ADDED, Kind.REMOVED):
        if names := [printable(child.subject) for child in empty if child.kind is kind]:
            words = f"{len(names)} without a value: {few(names)}"
            lines += wrapped(words, f"{_MARKS[kind]}  ")
    return lines


def _rows(children: Iterable[tuple[str, str, str, str, Difference]]) -> list[str]:
    """Marks, names and values of children, with their notes: `old -> new`, or the one there is."""
    rows = []
    for mark, name, before, after, child in children:
        pair = shorten_pair(before, after, WIDEST_VALUE)
        values = {Kind.ADDED: pair[1:], Kind.REMOVED: pair[:1]}.get(child.kind, pair)
        note = f"({', '.join(map(printable, child.notes))})" if child.notes else ""
        rows.append(Row((mark, shorten(name, WIDEST_VALUE)), values, note))
    return fitted(rows)


def _layers(part: Difference) -> list[str]:
    lines, rows = [], []
    for child in part.children:
        if child.subject == "base":
            lines.append(f"{child.before} in common at the bottom")
            continue
        sides = [side for side in (child.before, child.after) if side]
        positions = list(dict.fromkeys(str(side["position"]) for side in sides))
        contents = dict.fromkeys(_digest(side["diff_id"] or side["digest"]) for side in sides)
        instruction = shorten(step_text(child.subject))
        rows.append(Row((_MARKS[child.kind], " -> ".join(positions), instruction), tuple(contents)))
    return lines + fitted(rows)


def _distro(part: Difference) -> list[str]:
    if not part.children:
        side = part.after if part.kind is Kind.ADDED else part.before
        name = shorten(inline(side["pretty_name"] or side["id"]))
        return [f"{_MARKS[part.kind]}  {name}"]
    return _rows(
        (_MARKS[c.kind], printable(c.subject), inline(c.before), inline(c.after), c)
        for c in part.children
    )
