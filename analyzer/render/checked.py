"""What `check` prints: each document's verdict, its checks, and shares of minimum elements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from textwrap import wrap

from analyzer.checks.result import Check, Checked, Finding, Gap, Minimum
from analyzer.problems import Severity
from analyzer.render.text import aligned, human_bytes

_COLUMNS = 80
_PER_CHECK = 8
"""Findings of one check and severity on a screen; `-o json` has them all."""
_PER_ELEMENT = 5
"""Gaps of one minimum element on a screen."""
_PER_SUBJECT = 12
_MORE = "-o json for all"
_DIGEST = re.compile(r"(sha(?:256|512):[0-9a-f]{12})[0-9a-f]{52,}")
"""Cut to what docker shows of one."""
_ORIGINS = {
    "file": "",
    "ours": "written by ociscope of this image",
    "attestation": "attached to the image",
}
_HELP = (
    "'ociscope explain check' says what each line means and what makes a document fail; "
    "'ociscope explain minimum-elements' where each element stands."
)


def checked_text(results: tuple[Checked, ...]) -> str:
    """All documents, one under the other; the last line leads on."""
    blocks = [block for result in results for block in _blocks(result)]
    if len(results) > 1:
        failed = sum(not result.passes for result in results)
        says = (
            f"{failed} of {len(results)} documents fail"
            if failed
            else f"all {len(results)} documents pass"
        )
        blocks.append(says)
    return "\n\n".join([*blocks, "\n".join(_lines(_HELP))]) + "\n"


def _blocks(result: Checked) -> Iterator[str]:
    yield "\n".join(_head(result))
    if result.subject:
        yield "\n".join(_subject(result))
    yield "\n".join(_table(result.checks))
    for severity in (Severity.ERROR, Severity.NOTE):
        for check in result.checks:
            yield from _findings(check, severity)
    if result.profiles:
        yield "\n".join(_elements(result))
    yield from _gaps(result)


def _head(result: Checked) -> Iterator[str]:
    form = result.form or "no document that can be checked"
    yield from _lines(f"{result.name}: {form}, {human_bytes(result.size)}")
    origin = _ORIGINS[result.origin]
    if origin or result.about:
        yield from _lines(", ".join(filter(None, (origin, result.about))), "  ")
    yield from _lines(_verdict(result))


def _verdict(result: Checked) -> str:
    reasons = []
    if result.errors:
        more = "+" if any(check.more for check in result.checks) else ""
        reasons.append(f"{_count(result.errors, 'error', more)}")
    missing = {
        (minimum.name, gap.ref, gap.name)
        for profile in result.profiles
        for minimum in profile.minimums
        for gap in minimum.gaps
        if gap.knowable is not False
    }
    if missing:
        reasons.append(f"{_count(len(missing), 'minimum element')} missing")
    if reasons:
        return f"FAILS: {'; '.join(reasons)}"
    unknown = any(m.gaps for profile in result.profiles for m in profile.minimums)
    tail = "; what is missing, the image does not state" if unknown else ""
    return f"PASSES: no error, nothing missing that could be there{tail}"


def _subject(result: Checked) -> Iterator[str]:
    """Each value once, with all places that state it."""
    yield "What it says it is of"
    values: dict[tuple[str, str], list[str]] = {}
    for each in result.subject:
        values.setdefault((each.value, each.words), []).append(each.what)
    for (value, words), places in [*values.items()][:_PER_SUBJECT]:
        yield from _lines(f"{', '.join(places)}: {value}" if value else words, "  ")
        if value:
            yield from _lines(words, "    ")
    more = len(values) - _PER_SUBJECT
    if more > 0:
        yield f"  and {more} more, {_MORE}"


def _table(checks: tuple[Check, ...]) -> Iterator[str]:
    rows = [("check", "what", "found")]
    rows += [(check.name, check.title, _found(check)) for check in checks]
    lines = aligned(rows)
    yield from lines if max(map(len, lines)) <= _COLUMNS else aligned(row[::2] for row in rows)


def _found(check: Check) -> str:
    if check.skipped:
        return f"not done: {check.skipped}"
    if not check.checked and not check.findings:
        return "nothing to check"
    notes = len(check.findings) - check.errors
    parts = [_count(check.errors, "error")] if check.errors else []
    parts += [_count(notes, "note")] if notes else []
    parts += [f"{check.more} more"] if check.more else []
    return ", ".join(parts) or "ok"


def _findings(check: Check, severity: Severity) -> Iterator[str]:
    """Findings that differ in their place alone stand under one heading."""
    found = [finding for finding in check.findings if finding.severity is severity]
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.rule, finding.words), []).append(finding)
    shown = 0
    for (rule, words), alike in groups.items():
        if shown >= _PER_CHECK:
            break
        lines = list(_lines(f"{severity.value} ({check.name}): {words} [{rule}]"))
        places = alike[: max(1, _PER_CHECK - shown)]
        for finding in places:
            if finding.where != _DOCUMENT and finding.where not in words:
                lines += _lines(f"at {finding.where}", "  ")
        shown += len(places)
        yield "\n".join(lines)
    if more := len(found) - shown:
        yield f"{severity.value} ({check.name}): and {more} more, {_MORE}"


def _elements(result: Checked) -> Iterator[str]:
    """Each element once, and which profiles ask for it."""
    asked: dict[str, tuple[Minimum, list[str]]] = {}
    for profile in result.profiles:
        short = profile.name.partition("-")[0].upper()
        for minimum in profile.minimums:
            asked.setdefault(minimum.name, (minimum, []))[1].append(short)
        lacking = [minimum.title for minimum in profile.minimums if minimum.gaps]
        says = "all are there" if not lacking else f"not everywhere: {', '.join(lacking)}"
        yield from _lines(f"{profile.title}: {says}")
    rows = [("element", "there", "share", "asked by")]
    rows += [
        (minimum.title, f"{minimum.have} of {minimum.of}", _share(minimum), ", ".join(by))
        for minimum, by in asked.values()
    ]
    yield ""
    yield from aligned(rows)
    notes = {m.note: m.title for p in result.profiles for m in p.minimums if m.note}
    for note, title in notes.items():
        yield from _lines(f"{title}: {note}")


def _share(minimum: Minimum) -> str:
    """Rounded down: nothing but all is 100 %."""
    return f"{100 * minimum.have // minimum.of} %" if minimum.of else "-"


def _gaps(result: Checked) -> Iterator[str]:
    """Each gap once, though several profiles ask for the element."""
    seen = set()
    for profile in result.profiles:
        for minimum in profile.minimums:
            if minimum.gaps and minimum.name not in seen:
                seen.add(minimum.name)
                yield "\n".join(_missing(minimum))


def _missing(minimum: Minimum) -> Iterator[str]:
    for known in (True, None, False):
        gaps = [gap for gap in minimum.gaps if gap.knowable is known]
        if not gaps:
            continue
        yield from _lines(f"{minimum.title}: {_whose(gaps, known)}")
        if gaps[0].ref or gaps[0].name != _DOCUMENT:
            names = ", ".join(_named(gap) for gap in gaps[:_PER_ELEMENT])
            if len(gaps) > _PER_ELEMENT:
                names += f" and {len(gaps) - _PER_ELEMENT} more, {_MORE}"
            yield from _lines(names, "  ")
    yield from _lines(f"would stand in {minimum.place}", "  ")


_DOCUMENT = "the document"


def _whose(gaps: list[Gap], known: bool | None) -> str:  # noqa: FBT001 - of three
    if not gaps[0].ref and gaps[0].name == _DOCUMENT:
        return "no image can tell" if known is False else gaps[0].says or "missing"
    components = _count(len(gaps), "component")
    if known is False:
        return f"{components} of which the image states none"
    return f"missing for {components}" + (", though the image states it" if known else "")


def _named(gap: Gap) -> str:
    says = f' (it says "{gap.says}")' if gap.says else ""
    parts = dict.fromkeys(_DIGEST.sub(r"\1...", part) for part in (gap.name, gap.version) if part)
    return " ".join(parts) + says if parts else gap.ref


def _count(number: int, noun: str, more: str = "") -> str:
    return f"{number}{more} {noun}{'' if number == 1 else 's'}"


def _lines(text: str, indent: str = "") -> Iterable[str]:
    return wrap(
        text,
        _COLUMNS,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
