"""Targets that read short texts and databases: packages, distributions, references, the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from analyzer.digest import encoded_of, parse_digest
from analyzer.errors import AnalyzerError
from analyzer.findings.model import Finding, FindingKind
from analyzer.image.model import Measured
from analyzer.image.platform import parse_platform
from analyzer.layers.scan import scan_layer
from analyzer.layers.stored import BadScan, read_scan, scan_bytes
from analyzer.layers.wants import CapturePlan, Want
from analyzer.limits import Budget, Limits
from analyzer.lookup.question import parse_question
from analyzer.packages.contract import (
    Cataloger,
    Files,
    Location,
    Package,
    Problem,
    Sighting,
    Source,
)
from analyzer.packages.distro import WANTS, Distro, read_distro
from analyzer.packages.purl import package_url
from analyzer.packages.registry import find_catalogers
from analyzer.problems import Code, note
from analyzer.recall.outcome import Outcome
from analyzer.recall.stored import BadOutcome, outcome_bytes, read_outcome
from analyzer.reference import parse_reference
from tests.fuzz.target import Target
from tests.support.imagebuilder import Dir, HardLink, Link, tar_bytes
from tests.support.tools import ROOT

_DEBIAN = Distro("debian", version_id="12")


def _cataloger(name: str) -> Cataloger:
    (found,) = (each for each in find_catalogers() if each.name == name)
    return found


def _parse(cataloger: Cataloger, files: Files) -> None:
    for item in cataloger.parse(files):
        assert isinstance(item, Package | Problem)
        if isinstance(item, Package):
            url = package_url(item, _DEBIAN)  # empty for names that no purl can hold
            assert not url or url.startswith("pkg:")


def _database(name: str, path: str) -> Callable[[bytes], None]:
    cataloger = _cataloger(name)
    return lambda data: _parse(cataloger, {path: data})


def _fixture(*names: str) -> Iterator[bytes]:
    for name in names:
        for path in sorted((ROOT / "fixtures" / "packages").glob(name)):
            if path.is_file():
                yield path.read_bytes()[:2000]


def run_distro(data: bytes) -> None:
    """The first byte chooses the file, or all of them at once."""
    paths = [want.pattern for want in WANTS]
    chosen = data[0] if data else 0
    wanted = paths if chosen >= len(paths) else [paths[chosen]]
    read_distro(dict.fromkeys(wanted, data[1:]))


def _distro_seeds() -> Iterator[bytes]:
    release = b'NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID=\'12\'\nID_LIKE="a b"\n# no\n'
    texts = [release, release, b"cpe:/o:redhat:enterprise_linux:8.4:GA", b"CentOS Linux release 7"]
    texts += [b"CentOS release 6.10 (Final)", b"3.19.1\n", b"DISTRIB_ID=Ubuntu\n", b"12.5\n"]
    for number, text in enumerate(texts):
        yield bytes([number]) + text
    yield b"\xff" + release


def run_reference(data: bytes) -> None:
    """What a user types: a path with an image behind it, a platform, a glob, a hash."""
    text = data.decode("utf-8", "surrogateescape")
    for parse in (parse_reference, parse_platform, parse_question):
        with suppress(AnalyzerError):
            parse(text)


def run_digest(data: bytes) -> None:
    """What is taken for a digest has its shape, and names no other folder."""
    with suppress(AnalyzerError):
        digest = parse_digest(data.decode("utf-8", "surrogateescape"))
        assert not {"/", "\n", ".."} & set(encoded_of(digest))
        assert digest.isprintable()


def run_scan(data: bytes) -> None:
    """A scan that is read is one that can be written and read again."""
    with suppress(BadScan):
        scan = read_scan(data, "layer")
        assert read_scan(scan_bytes(scan, "layer"), "layer") == scan


def run_outcome(data: bytes) -> None:
    """An outcome that is read is one that can be written and read again."""
    with suppress(BadOutcome):
        outcome = read_outcome(data)
        hash(outcome)
        assert read_outcome(outcome_bytes(outcome)) == outcome


def _outcome_seeds() -> Iterator[bytes]:
    problem = note(Code.BAD_DOCUMENT, "a", "b")
    places = (Location("p", 1, "i"),)
    also = (Sighting("i", "p", None, "c", "note", "low", "e", "r"),)
    package = Package("a", "1", "all", "deb", source=Source("s", "1"), locations=places, also=also)
    finding = Finding(FindingKind.PORT, "a", "b", 1)
    full = Outcome((Measured(),), ((problem,),), (7,), Distro("d"), (package,), (finding,))
    yield from map(outcome_bytes, (Outcome(), full))


def _scan_seeds() -> Iterator[bytes]:
    import io

    tar = tar_bytes({"a": b"1", "d": Dir(), "d/l": Link("../a"), "d/h": HardLink("a")})
    plan = CapturePlan((Want("a"),))
    for data in (tar, tar[:600], b""):
        scan = scan_layer(io.BytesIO(data), "layer", plan, Budget(Limits()))
        yield scan_bytes(scan, "layer")


_DIGEST = b"sha256:" + b"0123456789abcdef" * 4
TEXTS = (
    Target("dpkg-status", _database("dpkg", "var/lib/dpkg/status"), lambda: _fixture("dpkg/**/s*")),
    Target(
        "apk-installed", _database("apk", "lib/apk/db/installed"), lambda: _fixture("apk/**/i*")
    ),
    Target("distro", run_distro, _distro_seeds),
    Target(
        "reference",
        run_reference,
        lambda: [b"oci:a:b", b"a@" + _DIGEST, b"linux/arm64/v8", b"-", b"repo:tag@" + _DIGEST],
        (b"docker-archive:", b"oci-archive:", b"sha256:", b"@0"),
    ),
    Target("digest", run_digest, lambda: [_DIGEST, b"sha512:" + b"a" * 128, b"a+b:c=d_e-f"]),
    Target("read-outcome", run_outcome, _outcome_seeds, (b"null", b"1e999", b"[[[", b"true")),
    Target("read-scan", run_scan, _scan_seeds, (b'"paths"', b'"links"', b"1e999", b"NaN", b"null")),
)
