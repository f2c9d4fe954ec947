"""Reports as text for people: what to see first, nothing decided here that JSON would lack.

Where a `width` is taken, it is that of the terminal in columns; None means that lines may be as
long as they like, so that what goes into files and pipes never depends on a window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from textwrap import wrap

from analyzer.digest import encoded_of
from analyzer.image.identity import Identity, Kind
from analyzer.paths import printable
from analyzer.problems import UNPROVEN, UNREAD, Code, Problem, Severity
from analyzer.render.attached import attached_block
from analyzer.render.findings import config_rows, short_rows
from analyzer.render.lines import rootfs_title
from analyzer.render.packagecounts import counted
from analyzer.report import ROOT_FILESYSTEM, ImageReport, Node, Report

NOTHING = "-"
_INDENT = "  "
_GAP = "  "
_LINES_PER_CODE = 10
"""Problems of one kind on a screen; hostile files have thousands."""

_OWN_KINDS = (Kind.IMAGE_ID, Kind.MANIFEST, Kind.SCHEMA1, Kind.INDEX)
"""What a summary shows; `ids` shows all."""
_KIND_NAMES = {
    Kind.IMAGE_ID: "image ID",
    Kind.MANIFEST: "manifest digest",
    Kind.INDEX: "index digest",
    Kind.SCHEMA1: "schema 1 digest",
    Kind.SCHEMA1_FILE: "hash of that file",
    Kind.LAYER: "layer digest",
    Kind.DIFF_ID: "diff ID",
    Kind.CHAIN_ID: "chain ID",
    Kind.V1_ID: "legacy v1 ID",
    Kind.ATTESTATION: "attestation",
    Kind.REFERRER: "referrer",
    Kind.SYNTHESISED: "made-up digest",
}


def human_bytes(count: int | None) -> str:
    """A size a person can compare: `1.4 MB`, decimal units as docker and podman print them."""
    if count is None:
        return NOTHING
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 - SI prefixes
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def aligned(rows: Iterable[Sequence[object]]) -> list[str]:
    """Rows as lines with their columns under each other, without trailing blanks."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def table(
    rows: Sequence[Sequence[object]],
    headers: Sequence[str],
    width: int | None = None,
    below: Sequence[int] = (),
) -> str:
    """A plain table; where it is wider than `width`, columns `below` get lines of their own."""
    lines = aligned([headers, *rows])
    if not below or width is None or max(map(len, lines)) <= width:
        return "\n".join(lines)
    beside = [column for column in range(len(headers)) if column not in below]
    head, *short = aligned([row[column] for column in beside] for row in (headers, *rows))
    blocks = [f"{head}, then {' and '.join(headers[column] for column in below)}"]
    for line, row in zip(short, rows, strict=True):
        margin = " " * (len(line) - len(line.lstrip())) + _INDENT
        extra = [str(row[column]) for column in below]
        blocks += [line, *(margin + text for text in extra if text not in {"", NOTHING})]
    return "\n".join(blocks)


def fields(rows: Iterable[tuple[str, str]], width: int | None) -> list[str]:
    """Labels and values, indented; a value that does not fit beside its label stands below."""
    pairs = list(rows)
    lines = aligned(pairs)
    shown = []
    for (label, value), line in zip(pairs, lines, strict=True):
        if width is None or len(_INDENT + line) <= width:
            shown.append(_INDENT + line)
        else:
            broken = wrap(
                value, width - 2 * len(_INDENT), break_long_words=False, break_on_hyphens=False
            )
            shown += [_INDENT + label, *(2 * _INDENT + part for part in broken)]
    return shown


def source_line(report: Report) -> str:
    """What was read, and how much is in it."""
    images = len({image.position for image in report.images})
    platforms = len(report.images)
    counts = f"{_count(images, 'image')}, {_count(platforms, 'platform')}"
    artifacts = {n.digest for top in report.tree for n in top.walk() if n.kind == "artifact"}
    if artifacts:
        counts += f", {_count(len(artifacts), 'artifact')}"
    if absent := sum(image.completeness == "absent" for image in report.images):
        counts += f" ({absent} of them not in this file)"
    size = f", {human_bytes(report.source.size)}" if report.source.size is not None else ""
    return f"{printable(report.source.name)}: {report.source.kind}{size}, {counts}"


def heading(image: ImageReport) -> str:
    """One platform of one image, as every table is headed."""
    if image.label == ROOT_FILESYSTEM and not image.names:
        return rootfs_title(image.platform)
    return f"{_called(image)}  {image.platform}"


def _called(image: ImageReport) -> str:
    return ", ".join(image.names) if image.names else f"(no name, image @{image.position})"


def verdict_lines(report: Report) -> list[str]:
    """What nobody may overlook, before anything that looks like a result."""
    codes = {p.code for p in report.all_problems if p.severity is Severity.ERROR}
    lines = []
    if codes & UNREAD:
        lines.append("INCOMPLETE: content is missing or could not be read; see the errors")
    if codes & UNPROVEN:
        lines.append("MISMATCH: bytes are not what the file declares them to be; see the errors")
    return lines


def incomplete(image: ImageReport) -> str:
    """Why the inventory of an image may lack packages; empty when nothing speaks for that."""
    if image.completeness == "partial":
        return "INCOMPLETE: not all of its layers are in this file"
    unread = {p.code for p in image.problems if p.severity is Severity.ERROR} & UNREAD
    return "INCOMPLETE: not all of its content could be read" if unread else ""


def summary(
    report: Report, written: Mapping[int, str] | None = None, width: int | None = None
) -> str:
    """What `analyze` prints.

    `written` maps positions in `report.images` to the folder that was written for each.
    """
    blocks = ["\n".join([source_line(report), *verdict_lines(report)])]
    for number, image in enumerate(report.images):
        rows = list(_summary_rows(image))
        if written and number in written:
            rows.append(("written to", written[number]))
        blocks.append("\n".join([heading(image), *fields(rows, width)]))
    return "\n\n".join([*blocks, *_problem_block(report.all_problems)])


def _summary_rows(image: ImageReport) -> Iterator[tuple[str, str]]:
    for identity in image.identities:
        if identity.kind in _OWN_KINDS:
            yield _KIND_NAMES[identity.kind], identity_text(identity)
    if image.completeness == "absent":
        yield "content", "not in this file"
        return
    yield "distribution", distro_text(image)
    yield "layers", _layers_text(image)
    lost = incomplete(image)
    yield "packages", counted(image.packages) + (f"; {lost}" if lost else "")
    yield from short_rows(image)


def identity_text(identity: Identity) -> str:
    """A digest with how it is known, in one line."""
    if identity.digest is None:
        return f"not recoverable from this file: {identity.reason}"
    known = f"{identity.digest}  ({identity.origin.value}, {verdict(identity)})"
    worth = identity.verified is not True and identity.reason
    return f"{known}: {identity.reason}" if worth else known


def verdict(identity: Identity) -> str:
    """The three values of `verified` in words."""
    if identity.verified is None:
        return "not checked" if identity.reason else "nothing to check it against"
    return "verified" if identity.verified else "DOES NOT MATCH THE BYTES"


def distro_text(image: ImageReport) -> str:
    """The distribution's own name for itself."""
    distro = image.distro
    if distro is None:
        return "no distribution"
    return printable(distro.pretty_name or f"{distro.id} {distro.version_id}".strip())


def _layers_text(image: ImageReport) -> str:
    stored = [layer.size for layer in image.layers if layer.size is not None]
    inflated = [layer.uncompressed_size for layer in image.layers]
    total = human_bytes(sum(stored)) if stored or not image.layers else "sizes not known"
    whole = [size for size in inflated if size is not None]
    if len(whole) == len(inflated) and whole:
        total += f" stored, {human_bytes(sum(whole))} uncompressed"
    return f"{len(image.layers)} ({total})"


def tree(report: Report, width: int | None = None) -> str:
    """What `inspect` prints: every document and blob as it lies in the file."""
    rows: list[tuple[str, ...]] = []
    for node in report.tree:
        _tree_rows(node, 0, rows)
    headers = ("what", "digest", "matches", "size", "media type, names")
    body = table(rows, headers, width, below=(1, 4))
    top = "\n".join([source_line(report), *verdict_lines(report), *_writer_lines(report, width)])
    blocks = [top, body, *_files_only(report.tree, width)]
    blocks += [*attached_block(report.tree), *_claims_block(report.tree)]
    blocks += _config_block(report.images, width)
    blocks += _problem_block(report.all_problems)
    return "\n\n".join(blocks)


FILES_ONLY = (
    "A root filesystem holds files only: no image ID, manifest digest, layer digest or diff ID can "
    "be told from it. 'ociscope explain rootfs' says what can."
)


def _files_only(tree: Sequence[Node], width: int | None) -> list[str]:
    if not any(node.kind == "rootfs" for node in tree):
        return []
    return ["\n".join(wrap(FILES_ONLY, width)) if width else FILES_ONLY]


def _writer_lines(report: Report, width: int | None) -> Iterator[str]:
    if report.source.writer:
        line = f"probably written by {report.source.writer}: {'; '.join(report.source.evidence)}"
        yield from wrap(line, width) if width else [line]


def _config_block(images: Sequence[ImageReport], width: int | None) -> list[str]:
    """What the configs tell of interest; platforms of which they tell the same stand together."""
    told: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for image in images:
        if lines := tuple(fields(config_rows(image), width and width - len(_INDENT))):
            told.setdefault((_called(image), lines), []).append(image.platform)
    if not told:
        return []
    blocks = ["Notes on the configs ('ociscope explain config-findings')"]
    for (called, lines), platforms in told.items():
        blocks.append(f"{_INDENT}{called}  {', '.join(platforms)}")
        blocks += [_INDENT + line for line in lines]
    return ["\n".join(blocks)]


_CLAIMS = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_ORIGINS = "containerd.io/distribution.source."


def _claims_block(tree: Sequence[Node]) -> list[str]:
    """Where names and origins come from; nothing in the file vouches for them."""
    rows = dict.fromkeys(row for node in tree for row in _claims(node))
    if not rows:
        return []
    title = "Names and origins, as the file claims them (none of it is signed)"
    lines = [f"{_INDENT}{claim}  {source}" for claim, source in rows]
    return ["\n".join([title, *lines])]


def _claims(node: Node) -> Iterator[tuple[str, str]]:
    if node.kind == "image":
        yield from ((printable(name), "RepoTags in manifest.json") for name in node.names)
    for name, value in sorted(node.annotations.items()):
        if name in _CLAIMS or name.startswith(_ORIGINS):
            yield printable(value), printable(name)
    for child in node.children:
        yield from _claims(child)


def _tree_rows(node: Node, depth: int, rows: list[tuple[str, ...]]) -> None:
    what = node.kind + (f" {printable(node.platform)}" if node.platform else "")
    notes = [node.description or node.media_type, *node.names]
    if node.digest and encoded_of(node.digest) not in node.name:
        notes.append(node.name)
    row = (
        _INDENT * depth + what,
        node.digest or printable(node.name),
        _matches(node),
        human_bytes(node.size),
        ", ".join(printable(note) for note in notes if note),
    )
    rows.append(row)
    for child in node.children:
        _tree_rows(child, depth + 1, rows)


def _matches(node: Node) -> str:
    if not node.present:
        return "not here"
    if node.verified is None:
        return "computed" if node.digest else NOTHING
    return "yes" if node.verified else "NO"


def problem_line(problem: Problem, more: int = 0) -> str:
    """One problem in one line, and in how many more places it is the same."""
    place = f"{printable(problem.where)}: " if problem.where else ""
    if more:
        place = f"{printable(problem.where)} and {more} more: "
    return f"{problem.severity.value}: {place}{printable(problem.detail)} [{problem.code.value}]"


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Problems by severity, notes last; of each kind the first few, and how many more.

    A note about several places in the same words is one; of what is wrong each place counts.
    """
    order = list(Severity)
    ranked = sorted(problems, key=lambda problem: (order.index(problem.severity), problem))
    places = Counter(map(_said, ranked))
    firsts: dict[Problem, Problem] = {}
    for problem in ranked:
        firsts.setdefault(_said(problem), problem)
    lines = []
    seen: Counter[tuple[Severity, Code]] = Counter()
    totals = Counter((problem.severity, problem.code) for problem in firsts)
    for said, problem in firsts.items():
        kind = (problem.severity, problem.code)
        seen[kind] += 1
        if seen[kind] <= _LINES_PER_CODE:
            lines.append(problem_line(problem, places[said] - 1))
        elif seen[kind] == totals[kind]:
            more = f"{totals[kind] - _LINES_PER_CODE} more of this kind, -o json has them all"
            lines.append(f"{problem.severity.value}: {more} [{problem.code.value}]")
    return lines


def _said(problem: Problem) -> Problem:
    """What is the same for problems that are told in one line."""
    return replace(problem, where="") if problem.severity is Severity.NOTE else problem


def _problem_block(problems: Sequence[Problem]) -> list[str]:
    return ["\n".join(problem_lines(problems))] if problems else []


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
