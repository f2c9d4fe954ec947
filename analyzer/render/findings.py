"""What is worth knowing about an image, in as few lines as will do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.findings.config import configured_user
from analyzer.findings.model import Finding, FindingKind
from analyzer.paths import printable
from analyzer.report import ImageReport

Row = tuple[str, str]

_MOST = 3
_MOST_PORTS = 8
_LONGEST_STEP = 120
_RIGHTS = {
    FindingKind.SETUID: "setuid program",
    FindingKind.SETGID: "setgid program",
    FindingKind.CAPABILITIES: "program with file capabilities",
}


def short_rows(image: ImageReport) -> Iterator[Row]:
    """Labels and values for a summary of the image."""
    yield from _user(image)
    if notable := "; ".join(_notable(image)):
        yield "notable", notable
    yield from _secrets(image, steps=False)


def config_rows(image: ImageReport) -> Iterator[Row]:
    """Labels and values of what the config alone tells, with the steps that set secrets."""
    yield from _user(image)
    if ports := _ports(image):
        yield "ports", ports
    yield from _secrets(image, steps=True)


def _of(image: ImageReport, kind: FindingKind) -> list[Finding]:
    return [finding for finding in image.findings if finding.kind is kind]


def _user(image: ImageReport) -> Iterator[Row]:
    for finding in _of(image, FindingKind.RUNS_AS_ROOT):
        yield "runs as", f"root ({_after_colon(finding)})"
        return
    if user := configured_user(image.config):
        yield "runs as", printable(user)


def _notable(image: ImageReport) -> Iterator[str]:
    tools = (("shell", FindingKind.SHELL), ("package manager", FindingKind.PACKAGE_MANAGER))
    for what, kind in tools:
        if found := [_after_colon(finding) for finding in _of(image, kind)]:
            yield f"{what} {_list(found, _MOST)}"
    for kind, what in _RIGHTS.items():
        if programs := _of(image, kind):
            yield _counted(what, programs)
    if ports := _ports(image):
        yield f"{'ports' if ', ' in ports else 'port'} {ports}"


def _counted(what: str, found: Sequence[Finding]) -> str:
    """Such as `2 setuid programs`; of capabilities also which."""
    text = f"1 {what}" if len(found) == 1 else f"{len(found)} {what.replace('program', 'programs')}"
    if found[0].kind is not FindingKind.CAPABILITIES:
        return text
    return f"{text} ({_list([f'{f.where} {_after_colon(f)}' for f in found], _MOST)})"


def _ports(image: ImageReport) -> str:
    ports = [f.what.removeprefix("exposes port ") for f in _of(image, FindingKind.PORT)]
    return _list(ports, _MOST_PORTS)


def _secrets(image: ImageReport, *, steps: bool) -> Iterator[Row]:
    found = _of(image, FindingKind.SECRET)
    label = "looks secret"
    for finding in found[:_MOST]:
        named = finding.what == f"the value of {finding.where.rpartition(' ')[2]}"
        yield label, f"{finding.where}: {'' if named else f'{finding.what}, '}{finding.masked}"
        if steps and finding.step and not finding.where.startswith("history"):
            yield "set by", _cut(finding.step)
    if len(found) > _MOST:
        yield label, f"and {len(found) - _MOST} more, -o json has them all"


def _after_colon(finding: Finding) -> str:
    return finding.what.partition(": ")[2]


def _list(texts: Sequence[str], most: int) -> str:
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more} more" if more > 0 else "")


def _cut(step: str) -> str:
    text = " ".join(step.split())
    return text if len(text) <= _LONGEST_STEP else f"{text[:_LONGEST_STEP]}..."
