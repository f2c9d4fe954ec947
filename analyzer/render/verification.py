"""The answers of `verify` as text that fits 80 columns.

Digests are 71 characters long, so each has a line of its own below what it is about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from textwrap import wrap

from analyzer.paths import printable
from analyzer.problems import Severity
from analyzer.render.lines import rootfs_title
from analyzer.render.text import aligned, human_bytes
from analyzer.verify.chain import Against, Answer, Level
from analyzer.verify.result import (
    BY_INDEX,
    BY_NAME,
    Check,
    Finding,
    Integrity,
    Uncommitted,
    Verdict,
)

_COLUMNS = 80
_PER_CHECK = 10
"""Findings of one check on a screen; `-o json` has them all."""
_PER_LIST = 20
"""Members that nothing commits to, on a screen."""
_TABLES = frozenset({"index.json", "manifest.json", "oci-layout", "repositories"})
_HEADLINES = {
    Verdict.HOLDS: "HOLDS: every promise that this file makes is kept by its bytes",
    Verdict.BROKEN: "BROKEN: not everything is what the file declares it to be",
    Verdict.UNREAD: "UNREAD: bytes of this file could not be read, so not all is proven",
}
_MORE = (
    "'ociscope explain NAME' says what a check compares and what a code in brackets means for you."
)
_NO_PROMISE = "HOLDS: but the file states no digest of anything, so nothing in it is proven"
_ROOTFS = "rootfs"
"""How the kinds of root filesystems begin; such an input has no names."""
_PROOFS = frozenset({"digests", "member-names", "diff-ids"})
_ANSWERS = {
    Answer.PROVEN: "PROVEN: this file is what {} says",
    Answer.REFUTED: "REFUTED: this file is not what {} says",
    Answer.UNDECIDED: "UNDECIDED: whether this file is what {} says cannot be told",
}
_LEVELS = {
    Level.IDENTICAL: "the stored blobs are byte-identical to those listed",
    Level.CONTENT: "same content by config, not byte-identical blobs",
    Level.LAYERS: "the same layers; the manifest names no config",
}
_MARKS = {True: "yes", False: "NO", None: "?"}


def integrity_text(result: Integrity) -> str:
    """What `verify PATH` prints."""
    blocks = [_head(result), _table(result.checks), *_findings(result.checks)]
    blocks += [_uncommitted(result.uncommitted), "\n".join(wrap(_MORE, _COLUMNS))]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(result: Integrity) -> str:
    size = f", {human_bytes(result.size)}" if result.size is not None else ""
    lines = wrap(f"{printable(result.name)}: {result.kind}{size}", _COLUMNS)
    proofs = sum(check.checked for check in result.checks if check.name in _PROOFS)
    empty = result.verdict is Verdict.HOLDS and not proofs
    lines += wrap(_NO_PROMISE if empty else _HEADLINES[result.verdict], _COLUMNS)
    for image in result.images:
        title = f"{', '.join(image.names) or '(no name)'}  {image.platform}"
        if result.kind.startswith(_ROOTFS) and not image.names:
            title = rootfs_title(image.platform)
        lines += wrap(f"  {title}", _COLUMNS, subsequent_indent="    ")
    return "\n".join(lines)


def _table(checks: tuple[Check, ...]) -> str:
    rows = [("check", "what", "checked", "found")]
    rows += [
        (check.name, check.title, str(check.checked) if check.checked else "-", _found(check))
        for check in checks
        if check.checked or check.findings
    ]
    lines = aligned(rows)
    if max(map(len, lines)) > _COLUMNS:  # the name of the check is the least of it
        lines = aligned(row[1:] for row in rows)
    skipped = [check.name for check in checks if not check.checked and not check.findings]
    if skipped:
        lines += wrap(f"nothing to check here: {', '.join(skipped)}", _COLUMNS)
    return "\n".join(lines)


def _found(check: Check) -> str:
    counts = Counter(finding.severity for finding in check.findings)
    parts = [
        f"{counts[severity]} {severity.value}{'s' if counts[severity] > 1 else ''}"
        for severity in Severity
        if counts[severity]
    ]
    return ", ".join(parts) or "ok"


def _findings(checks: tuple[Check, ...]) -> Iterator[str]:
    """By severity; findings that differ in their place only stand under one heading."""
    for severity in Severity:
        for check in checks:
            found = [finding for finding in check.findings if finding.severity is severity]
            shown: dict[str, list[Finding]] = {}
            for finding in found[:_PER_CHECK]:
                shown.setdefault(f"{finding.detail} [{finding.code}]", []).append(finding)
            for detail, alike in shown.items():
                yield "\n".join(_group(f"{severity.value} ({check.name}): {detail}", alike))
            if more := found[_PER_CHECK:]:
                yield f"{severity.value} ({check.name}): {len(more)} more, -o json has them all"


def _group(head: str, findings: list[Finding]) -> Iterator[str]:
    yield from wrap(printable(head), _COLUMNS, subsequent_indent="  ", break_on_hyphens=False)
    for finding in findings:
        place = [printable(finding.where)] if finding.where else []
        if finding.offset is not None:
            place.append(f"at byte {finding.offset} of the tar")
        yield from _fitting("  ", place, ", ")
        if finding.declared:
            values = [f"declared {finding.declared}", f"measured {finding.measured}"]
            values[1:1] = [_declarer(finding.declared_by)] if finding.declared_by else []
            yield from _fitting("  ", [printable(value) for value in values], ", ")


def _declarer(text: str) -> str:
    """Who declared: `by PLACE of DOCUMENT`, so that the long name comes last."""
    document, _, place = text.partition(" ")
    plain = not place or text in {BY_NAME, BY_INDEX}
    return f"by {text}" if plain else f"by {place} of {document}"


def _fitting(indent: str, parts: list[str], between: str) -> Iterator[str]:
    """The parts in one line if they fit, else each in its own."""
    if not parts:
        return
    line = indent + between.join(parts)
    if len(line) <= _COLUMNS:
        yield line
        return
    for part in parts:
        label, _, value = part.rpartition(" ")
        if len(indent + part) <= _COLUMNS or not label:
            yield indent + part
        else:
            yield indent + label
            yield (2 * indent if len(2 * indent + value) <= _COLUMNS else indent) + value


def _uncommitted(items: tuple[Uncommitted, ...]) -> str:
    if not items:
        return ""
    what = (
        "Nothing commits to these members: no digest in the file covers them, so they can be "
        "changed without a trace. As they are now:"
    )
    lines = wrap(what, _COLUMNS)
    tables_first = sorted(items, key=lambda item: (item.name not in _TABLES, item.name))
    for item in tables_first[:_PER_LIST]:
        lines.append(f"  {printable(item.name)}")
        lines.append(f"    {item.digest or 'could not be read'}")
    if len(items) > _PER_LIST:
        lines.append(f"  {len(items) - _PER_LIST} more, -o json has them all")
    return "\n".join(lines)


def against_text(result: Against) -> str:
    """What `verify PATH --against FILE` prints: the chain, one numbered line per link."""
    size = f", {human_bytes(result.size)}" if result.size is not None else ""
    head = wrap(f"{printable(result.name)}: {result.kind}{size}", _COLUMNS)
    answer = _ANSWERS[result.answer].format(printable(result.claim_name))
    if result.answer is Answer.PROVEN and result.level in _LEVELS:
        answer += f"; {_LEVELS[result.level]}"
    if result.broken is not None:
        answer += f"; link {result.broken} breaks"
    head += wrap(answer, _COLUMNS, subsequent_indent="  ", break_on_hyphens=False)
    head += [f"  {image}" for image in result.images]
    blocks = ["\n".join(head), "\n".join(_links(result))]
    blocks += [_remarks("What else there is to say:", result.still)] if result.still else []
    blocks += [_remarks("To decide it, bring:", result.bring)] if result.bring else []
    return "\n\n".join(blocks) + "\n"


def _links(result: Against) -> Iterator[str]:
    platform = ""
    for number, link in enumerate(result.links, 1):
        if link.platform and link.platform != platform:
            yield f"{link.platform}:"
        platform = link.platform
        mark = "no" if link.holds is False and not link.needed else _MARKS[link.holds]
        margin = f"{number:>3}  {mark:<3}  "
        indent = " " * len(margin)
        text = wrap(printable(link.text), _COLUMNS - len(margin), break_on_hyphens=False)
        yield margin + text[0]
        yield from (indent + line for line in text[1:])
        if link.holds is not True and link.declared != link.measured:
            yield "       declared"
            yield f"         {printable(link.declared)}"
            yield "       measured"
            yield f"         {printable(link.measured)}"
        elif link.declared:
            yield f"         {printable(link.declared)}"


def _remarks(title: str, texts: tuple[str, ...]) -> str:
    lines = [title]
    for text in texts:
        lines += wrap(
            f"- {printable(text)}", _COLUMNS, subsequent_indent="  ", break_on_hyphens=False
        )
    return "\n".join(lines)
