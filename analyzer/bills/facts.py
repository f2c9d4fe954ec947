"""What the formats write in their own ways, as the model has it: digests, parties, images."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from analyzer.bills.members import Members
from analyzer.bills.model import Kind, Party

_HEX = re.compile(r"[0-9a-fA-F]+")
_SHA2 = re.compile(r"sha-(?=[0-9])")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_TOOL = re.compile(r"(.+?)[- ](v?[0-9]\S*)")
_LONGEST_TOOL = 200
_AGENT = re.compile(r"(Organization|Person|Tool)\s*:\s*(.*)", re.IGNORECASE)
_IMAGE_PURLS = ("pkg:oci/", "pkg:docker/")


def digest(members: Members, algorithm: str, value: str) -> tuple[str, ...]:
    """`<algorithm>:<hex>` of what two members say; empty and counted where it is no digest.

    SPDX 2.3, 7.10, and CycloneDX 1.6, `hashes.alg`, write `SHA256` and `SHA-256`. Nothing has a
    digest of zeros: syft writes one for files that it did not hash (its issue 1400).
    """
    name = members.word(algorithm).lower().removeprefix("checksumalgorithm_")
    name = _SHA2.sub("sha", name).replace("-", "_")
    found = members.word(value).lower()
    if not name or not _HEX.fullmatch(found) or not found.strip("0"):
        members.give_up("(no digest)")
        return ()
    return (f"{name}:{found}",)


def is_digest(text: str) -> bool:
    """Whether `text` is a digest as OCI writes them."""
    return _DIGEST.fullmatch(text) is not None


def party(text: str) -> Party | None:
    """What SPDX says of an agent: `Person: Jane (jane@example.org)` (SPDX 2.3, 6.8 and 7.5).

    apko and others leave the kind out; then it is unknown.
    """
    match = _AGENT.fullmatch(text)
    if match is None:
        return Party(text, kind="") if text else None
    kind, name = match[1].lower(), match[2].strip()
    if not name or name == "NOASSERTION":
        return None
    if kind == "tool":
        return tool(name)
    name, mail = _without_mail(name)
    return Party(name, mail=mail, kind="person" if kind == "person" else "organization")


def _without_mail(text: str) -> tuple[str, str]:
    """The name and the address of `Jane (jane@example.org)`; the brackets may be empty."""
    name, opened, mail = text.removesuffix(")").rpartition("(")
    if not text.endswith(")") or not opened or not name.strip():
        return text, ""
    plain = "@" in mail and not set(mail) & set(" ()")
    return (name.strip(), mail) if plain or not mail else (text, "")


def tool(text: str) -> Party:
    """`name-version` of a tool (SPDX 2.3, 6.8), which ko and others write with a blank."""
    match = _TOOL.fullmatch(text) if len(text) <= _LONGEST_TOOL else None
    name, version = (match[1], match[2]) if match else (text, "")
    return Party(name, kind="tool", version=version)


def image_kind(purl: str) -> Kind | None:
    """Which part of an image a package URL names; None where it names none.

    https://github.com/package-url/purl-spec, types `oci` and `docker`. bom, ko and apko add
    `mediaType`, which is that of OCI image-spec v1.1, media-types.md, or Docker's.
    """
    if not purl.startswith(_IMAGE_PURLS):
        return None
    try:
        query = parse_qs(purl.partition("#")[0].partition("?")[2], max_num_fields=100)
    except ValueError:
        return "image"
    media = next(iter(query.get("mediaType", ())), "")
    if "index" in media or "manifest.list" in media:
        return "index"
    return "layer" if "layer" in media or "rootfs" in media else "image"
