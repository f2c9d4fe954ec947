"""Which artifact a Java archive is: group, name and version, and how sure that is.

Sources, and what each is worth:

1. `META-INF/maven/<group>/<artifact>/pom.properties` and `pom.xml`, which Maven writes into the
   archive: https://maven.apache.org/shared/maven-archiver/. One of them may be the archive's
   own; others came along with classes that were copied into it (shading). Its own is the one
   that the file name or the manifest agrees with; the only one, if nothing contradicts it.
2. The file name, `<artifact>-<version>.jar` as in a Maven repository.
3. Its place in a repository of Maven, Gradle or Coursier on disk, for what has no metadata.
4. The manifest, for the version: Implementation-Version, Bundle-Version, Specification-Version,
   in this order; for a Jenkins plugin all three.

The group is Maven's, Group-Id of a Jenkins plugin, or a repository's; else it stays empty. It is
not guessed from Bundle-SymbolicName, Automatic-Module-Name or Implementation-Vendor-Id: for
archives of Debian packages, of which the group is known, such guesses were more often wrong than
right (`org.apache` of commons-lang, `org.objectweb` of asm). What file name and manifest alone say
goes with low confidence; the digest finds such an archive in databases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analyzer.packages.contract import Confidence, Method
from analyzer.packages.formats.jar import Archive
from analyzer.packages.formats.jarname import numbers, plain, split_name
from analyzer.packages.formats.jarrepository import Coordinates
from analyzer.packages.formats.manifest import clauses
from analyzer.packages.formats.pom import Pom
from analyzer.packages.formats.properties import parse_properties
from analyzer.packages.formats.text import excerpt, text

_IDENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
"""What Maven allows in groups and artifacts."""
_FOLDERS = re.compile(r"(?:.*/)?META-INF/maven/([^/]+)/([^/]+)/[^/]+")
_VERSIONS = ("implementation-version", "bundle-version", "specification-version")
_IDENTIFYING = (
    *("bundle-symbolicname", "automatic-module-name", *_VERSIONS),
    *("short-name", "plugin-version"),
)
"""Attributes of the manifest that say what an archive is."""

Manifest = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Artifact:
    """One set of Maven's coordinates in an archive; what it does not say is empty."""

    group: str
    name: str
    version: str
    member: str
    """The member that states them."""
    pom: Pom | None


@dataclass(frozen=True, slots=True)
class Identity:
    """What an archive is taken for."""

    group: str
    name: str
    version: str
    method: Method
    confidence: Confidence
    artifact: Artifact | None = None
    """Maven's own word, if that is where it is from."""


def artifacts(archive: Archive) -> list[Artifact]:
    """Of each folder with Maven's metadata one, sorted by its place; see `incomplete`."""
    folders = sorted({_folder(member) for member in (*archive.properties, *archive.poms)})
    found = (_artifact(archive, folder) for folder in folders)
    return [artifact for artifact in found if artifact]


def incomplete(archive: Archive, found: Sequence[Artifact]) -> int:
    """How many folders have metadata that names no group or no artifact, and are left out."""
    folders = {_folder(member) for member in (*archive.properties, *archive.poms)}
    return len(folders) - len(found)


def _folder(member: str) -> str:
    return member[: member.rfind("/") + 1]


def _artifact(archive: Archive, folder: str) -> Artifact | None:
    """By the properties, what they leave open by the pom, and that by the folders' names."""
    stated = archive.properties.get(f"{folder}pom.properties")
    pom = archive.poms.get(f"{folder}pom.xml")
    values = parse_properties(stated) if stated is not None else {}
    named = _FOLDERS.fullmatch(f"{folder}x")
    of_folder = (_shown(named[1]), _shown(named[2])) if named else ("", "")
    group = _known(values.get("groupId")) or (pom.group if pom else "") or of_folder[0]
    name = _known(values.get("artifactId")) or (pom.artifact if pom else "") or of_folder[1]
    version = _known(values.get("version")) or (pom.version if pom else "")
    member = f"{folder}{'pom.properties' if stated is not None else 'pom.xml'}"
    return Artifact(group, name, version, member, pom) if name and group else None


def _known(value: str | None) -> str:
    """A value, unless it is one that somebody was to fill in."""
    value = (value or "").strip()
    return "" if "${" in value or "@" in value[:1] else value


def _shown(name: str) -> str:
    return text(name.encode("utf-8", "surrogateescape"))


def identify(
    stem: str, manifest: Manifest, found: Sequence[Artifact], placed: Coordinates | None = None
) -> Identity:
    """The identity of an archive whose file name without ending is `stem`.

    `placed` is what its place in a repository says, if it is in one.
    """
    if plugin := _plugin(manifest):
        return plugin
    ranked = sorted(((_agreement(stem, manifest, each, found), each) for each in found), key=_rank)
    if not ranked or not ranked[0][0]:
        if placed:
            return Identity(*placed, "file-name", "medium")
        return _unlabelled(stem, manifest)
    best, artifact = ranked[0]
    tied = len(ranked) > 1 and ranked[1][0] == best
    confidence: Confidence = "low" if tied else "high" if best >= _SAME_NAME else "medium"
    version = artifact.version or split_name(stem)[1] or _stated_version(manifest)
    return Identity(artifact.group, artifact.name, version, "metadata", confidence, artifact)


def evidence_of(identity: Identity, manifest: Manifest) -> str:
    """What says it, short: Maven's file, or what the manifest has of a name and a version."""
    if identity.artifact:
        return excerpt(identity.artifact.member)
    said = (f"{name}: {manifest[name]}" for name in _IDENTIFYING if name in manifest)
    return excerpt("; ".join(said))


def _rank(rated: tuple[int, Artifact]) -> tuple[int, int, str]:
    """Best agreement first, then the one that lies highest."""
    return -rated[0], rated[1].member.count("/"), rated[1].member


_SAME_NAME, _SAME_NUMBER, _ALONE = 3, 2, 1


def _agreement(stem: str, manifest: Manifest, artifact: Artifact, found: Sequence[Artifact]) -> int:
    """How much speaks for it that this artifact is the archive itself; 0 for nothing."""
    names = {artifact.name, f"{artifact.group}.{artifact.name}"}
    if by_name := _agreement_of_name(stem, names, artifact.version):
        return by_name
    if names & _symbolic_names(manifest):
        return _SAME_NUMBER
    return _agreement_of_one(stem, manifest, artifact) if len(found) == 1 else 0


def _agreement_of_name(stem: str, names: set[str], version: str) -> int:
    """With the file name: to the letter with version, without, or but for case and hyphens."""
    whole = {f"{name}-{version}" for name in names if version}
    if any(stem == each or stem.startswith(f"{each}-") for each in whole):
        return _SAME_NAME + 2
    if stem in names:
        return _SAME_NAME + 1
    alike = {plain(each) for each in (*names, *whole)}
    return _SAME_NAME if {plain(stem), plain(split_name(stem)[0])} & alike else 0


def _agreement_of_one(stem: str, manifest: Manifest, artifact: Artifact) -> int:
    """Of the only artifact: it may still be of something copied in, so versions must agree."""
    version = split_name(stem)[1]
    if version and version == artifact.version:
        return _SAME_NUMBER
    against = [each for each in (version, _stated_version(manifest)) if each]
    if any(numbers(each) != numbers(artifact.version) for each in against):
        return 0
    return _ALONE if against or not _symbolic_names(manifest) else 0


def _plugin(manifest: Manifest) -> Identity | None:
    """A Jenkins plugin, https://www.jenkins.io/doc/developer/plugin-development/."""
    name, version = manifest.get("short-name", ""), _first_word(manifest.get("plugin-version", ""))
    if not (version and _IDENT.fullmatch(name)):
        return None
    group = manifest.get("group-id", "")
    return Identity(group, name, version, "metadata", "high" if group else "medium")


def _unlabelled(stem: str, manifest: Manifest) -> Identity:
    """By file name and manifest."""
    name, version = split_name(stem)
    stated = _stated_version(manifest)
    agreed = bool(stated) and (not version or numbers(version) == numbers(stated))
    method: Method = "metadata" if agreed else "file-name"
    return Identity("", name, version or stated, method, "low")


def _stated_version(manifest: Manifest) -> str:
    words = (_known(_first_word(manifest.get(name, ""))) for name in _VERSIONS)
    return next(filter(None, words), "")


def _first_word(value: str) -> str:
    """Build numbers and dates follow a blank, as in `10.9.1.0 - (1344872)`."""
    return value.split(" ", 1)[0]


def _symbolic_names(manifest: Manifest) -> set[str]:
    bundle = clauses(manifest.get("bundle-symbolicname", ""))
    names = {bundle[0][0] if bundle else "", manifest.get("automatic-module-name", "")}
    return {name for name in names if _IDENT.fullmatch(name)}
