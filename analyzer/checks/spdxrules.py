"""What SPDX 2.2 and 2.3 allow in JSON and YAML, as data.

Written from the tables of the specification (spdx-spec v2.3 chapters 6 to 12, v2.2 chapters 2 to
8), in which JSON members are named as Annex C and the examples have them. Where the published
JSON schema is stricter or laxer than the text, this is what the schema says
(`OPERATING_SYSTEM`, 7.24 of the text: `OPERATING-SYSTEM`); what the text asks beyond the schema
stands in `FORMATS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value without members: `text`, `flag` (true or false), `whole` (number) or `object`."""

    kind: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text out of a closed list."""

    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Each:
    """A list of things of one shape."""

    item: Shape
    least: int = 0


@dataclass(frozen=True, slots=True)
class Members:
    """An object with these members and no others."""

    shapes: Mapping[str, Shape]
    required: frozenset[str]


Shape = Leaf | OneOf | Each | Members

TEXT = Leaf("text")
_FLAG = Leaf("flag")
_WHOLE = Leaf("whole")
_TEXTS = Each(TEXT)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _members(required: str = "", texts: str = "", **others: Shape) -> Members:
    """Members that are texts unless `others` has their shape."""
    shapes: dict[str, Shape] = dict.fromkeys((*required.split(), *texts.split()), TEXT)
    return Members({**shapes, **others}, _words(required))


_ALGORITHMS_22 = _words("SHA1 SHA224 SHA256 SHA384 SHA512 MD2 MD4 MD5 MD6")
_ALGORITHMS_23 = _ALGORITHMS_22 | _words(
    "SHA3-256 SHA3-384 SHA3-512 BLAKE2b-256 BLAKE2b-384 BLAKE2b-512 BLAKE3 ADLER32"
)
_RELATIONSHIPS_22 = _words(
    "DESCRIBES DESCRIBED_BY CONTAINS CONTAINED_BY DEPENDS_ON DEPENDENCY_OF DEPENDENCY_MANIFEST_OF "
    "BUILD_DEPENDENCY_OF DEV_DEPENDENCY_OF OPTIONAL_DEPENDENCY_OF PROVIDED_DEPENDENCY_OF "
    "TEST_DEPENDENCY_OF RUNTIME_DEPENDENCY_OF EXAMPLE_OF GENERATES GENERATED_FROM ANCESTOR_OF "
    "DESCENDANT_OF VARIANT_OF DISTRIBUTION_ARTIFACT PATCH_FOR PATCH_APPLIED COPY_OF FILE_ADDED "
    "FILE_DELETED FILE_MODIFIED EXPANDED_FROM_ARCHIVE DYNAMIC_LINK STATIC_LINK DATA_FILE_OF "
    "TEST_CASE_OF BUILD_TOOL_OF DEV_TOOL_OF TEST_OF TEST_TOOL_OF DOCUMENTATION_OF "
    "OPTIONAL_COMPONENT_OF METAFILE_OF PACKAGE_OF PREREQUISITE_FOR HAS_PREREQUISITE OTHER"
)
"""11.1, Table 68."""
_RELATIONSHIPS_23 = _RELATIONSHIPS_22 | _words(
    "AMENDS REQUIREMENT_DESCRIPTION_FOR SPECIFICATION_FOR"
)
_PURPOSES = _words(
    "APPLICATION FRAMEWORK LIBRARY CONTAINER OPERATING_SYSTEM DEVICE FIRMWARE SOURCE ARCHIVE FILE "
    "INSTALL OTHER"
)
"""7.24."""
_FILE_TYPES = _words(
    "SOURCE BINARY ARCHIVE APPLICATION AUDIO IMAGE TEXT VIDEO DOCUMENTATION SPDX OTHER"
)
"""8.3."""

_ANNOTATIONS = Each(
    _members(
        "annotationDate annotationType annotator comment",
        annotationType=OneOf(_words("OTHER REVIEW")),
    )
)
"""Chapter 12."""
_REVIEWS = Each(_members("reviewDate", "comment reviewer"))
"""Chapter 13 (deprecated)."""
_LICENCES = Each(
    _members(
        "extractedText licenseId",
        "comment name",
        seeAlsos=_TEXTS,
        crossRefs=Each(
            _members(
                "url",
                "match timestamp",
                isLive=_FLAG,
                isValid=_FLAG,
                isWayBackLink=_FLAG,
                order=_WHOLE,
            )
        ),
    )
)
"""Chapter 10."""
_POINTER = _members("reference", offset=_WHOLE, lineNumber=_WHOLE)
_RANGES = Each(_members("endPointer startPointer", endPointer=_POINTER, startPointer=_POINTER), 1)
_CODE = _members("packageVerificationCodeValue", packageVerificationCodeExcludedFiles=_TEXTS)
"""7.9."""


def _checksum(algorithms: frozenset[str]) -> Members:
    return _members("algorithm checksumValue", algorithm=OneOf(algorithms))


def _reference(categories: str) -> Each:
    return Each(
        _members(
            "referenceCategory referenceLocator referenceType",
            "comment",
            referenceCategory=OneOf(_words(categories)),
        )
    )


def _document(  # one argument for each difference between the versions
    creation: Members, package: Members, file: Members, snippet: Members,
    relationships: frozenset[str], checksum: Members,
) -> Members:  # fmt: skip
    return _members(
        "SPDXID creationInfo dataLicense name spdxVersion",
        "comment documentNamespace",
        annotations=_ANNOTATIONS,
        creationInfo=creation,
        externalDocumentRefs=Each(
            _members("checksum externalDocumentId spdxDocument", checksum=checksum)
        ),
        hasExtractedLicensingInfos=_LICENCES,
        revieweds=_REVIEWS,
        documentDescribes=_TEXTS,
        packages=Each(package),
        files=Each(file),
        snippets=Each(snippet),
        relationships=Each(
            _members(
                "spdxElementId relatedSpdxElement relationshipType",
                "comment",
                relationshipType=OneOf(relationships),
            )
        ),
    )


_PACKAGE = (
    "comment description homepage licenseComments originator packageFileName sourceInfo summary "
    "supplier versionInfo"
)
_FILE = "comment licenseComments noticeText"
_SNIPPET = "comment licenseComments"
_CREATORS = Each(TEXT, 1)

SPDX_2_2 = _document(
    _members("created", "comment licenseListVersion", creators=_CREATORS),
    _members(
        "SPDXID copyrightText downloadLocation licenseConcluded licenseDeclared name",
        _PACKAGE,
        annotations=_ANNOTATIONS,
        attributionTexts=_TEXTS,
        checksums=Each(_checksum(_ALGORITHMS_22)),
        externalRefs=_reference("OTHER SECURITY PACKAGE_MANAGER"),
        filesAnalyzed=_FLAG,
        hasFiles=_TEXTS,
        licenseInfoFromFiles=_TEXTS,
        packageVerificationCode=_CODE,
    ),
    _members(
        "SPDXID copyrightText fileName licenseConcluded",
        _FILE,
        annotations=_ANNOTATIONS,
        artifactOfs=Each(Leaf("object")),
        attributionTexts=_TEXTS,
        checksums=Each(_checksum(_ALGORITHMS_22), 1),
        fileContributors=_TEXTS,
        fileDependencies=_TEXTS,
        fileTypes=Each(OneOf(_FILE_TYPES)),
        licenseInfoInFiles=Each(TEXT, 1),
    ),
    _members(
        "SPDXID copyrightText licenseConcluded name snippetFromFile",
        _SNIPPET,
        annotations=_ANNOTATIONS,
        attributionTexts=_TEXTS,
        licenseInfoInSnippets=_TEXTS,
        ranges=_RANGES,
    ),
    _RELATIONSHIPS_22,
    _checksum(_ALGORITHMS_22),
)

SPDX_2_3 = _document(
    _members("created creators", "comment licenseListVersion", creators=_CREATORS),
    _members(
        "SPDXID downloadLocation name",
        f"{_PACKAGE} builtDate releaseDate validUntilDate copyrightText licenseConcluded "
        "licenseDeclared",
        annotations=_ANNOTATIONS,
        attributionTexts=_TEXTS,
        checksums=Each(_checksum(_ALGORITHMS_23)),
        externalRefs=_reference("OTHER PERSISTENT-ID SECURITY PACKAGE-MANAGER"),
        filesAnalyzed=_FLAG,
        hasFiles=_TEXTS,
        licenseInfoFromFiles=_TEXTS,
        packageVerificationCode=_CODE,
        primaryPackagePurpose=OneOf(_PURPOSES),
    ),
    _members(
        "SPDXID checksums fileName",
        f"{_FILE} copyrightText licenseConcluded",
        annotations=_ANNOTATIONS,
        artifactOfs=Each(Leaf("object")),
        attributionTexts=_TEXTS,
        checksums=Each(_checksum(_ALGORITHMS_23), 1),
        fileContributors=_TEXTS,
        fileDependencies=_TEXTS,
        fileTypes=Each(OneOf(_FILE_TYPES)),
        licenseInfoInFiles=_TEXTS,
    ),
    _members(
        "SPDXID name ranges snippetFromFile",
        f"{_SNIPPET} copyrightText licenseConcluded",
        annotations=_ANNOTATIONS,
        attributionTexts=_TEXTS,
        licenseInfoInSnippets=_TEXTS,
        ranges=_RANGES,
    ),
    _RELATIONSHIPS_23,
    _checksum(_ALGORITHMS_23),
)

RULES: Mapping[str, Members] = {"2.2": SPDX_2_2, "2.3": SPDX_2_3}


@dataclass(frozen=True, slots=True)
class Format:
    """What a text must look like by the specification, where the schema takes any text."""

    places: tuple[str, ...]
    """Paths; `[]` stands for every element of a list."""
    pattern: re.Pattern[str]
    rule: str
    words: str
    clause: str


_ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
_TIME = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
)
FORMATS = (
    Format(("SPDXID",), re.compile("SPDXRef-DOCUMENT"), "id", "it is SPDXRef-DOCUMENT", "6.3"),
    Format(("spdxVersion",), re.compile(r"SPDX-2\.[23]"), "version", "as in SPDX-2.3", "6.1"),
    Format(("dataLicense",), re.compile(r"CC0-1\.0"), "data-licence", "it is CC0-1.0", "6.2"),
    Format(
        ("packages[].SPDXID", "files[].SPDXID", "snippets[].SPDXID"),
        _ID,
        "id",
        "SPDXRef- and letters, digits, full stops and hyphens",
        "7.2",
    ),
    Format(
        (
            "creationInfo.created",
            *("packages[].builtDate", "packages[].releaseDate", "packages[].validUntilDate"),
            *(
                f"{place}annotations[].annotationDate"
                for place in ("", "packages[].", "files[].", "snippets[].")
            ),
        ),
        _TIME,
        "date",
        "YYYY-MM-DDThh:mm:ssZ, in UTC, without fractions of a second",
        "6.9",
    ),
    Format(
        ("creationInfo.creators[]",),
        re.compile(r"(Person|Organization|Tool): *\S.*"),
        "agent",
        "Person:, Organization: or Tool:, and a name",
        "6.8",
    ),
    Format(
        ("packages[].supplier", "packages[].originator"),
        re.compile(r"(Person|Organization): *\S.*|NOASSERTION", re.DOTALL),
        "agent",
        "Person: or Organization: and a name, or NOASSERTION",
        "7.5",
    ),
    Format(
        ("creationInfo.licenseListVersion",),
        re.compile(r"[0-9]+\.[0-9]+(\.[0-9]+)?"),
        "list-version",
        "as in 3.25",
        "6.7",
    ),
    Format(
        ("hasExtractedLicensingInfos[].licenseId",),
        re.compile(r"LicenseRef-[A-Za-z0-9.-]+"),
        "licence-id",
        "LicenseRef- and letters, digits, full stops and hyphens",
        "10.1",
    ),
    Format(
        ("externalDocumentRefs[].externalDocumentId",),
        re.compile(r"DocumentRef-[A-Za-z0-9.+-]+"),
        "id",
        "DocumentRef- and letters, digits, full stops, hyphens and plus signs",
        "6.6",
    ),
)
HEX_DIGITS: Mapping[str, tuple[int, ...]] = {
    "ADLER32": (8,),
    "BLAKE2b-256": (64,),
    "BLAKE2b-384": (96,),
    "BLAKE2b-512": (128,),
    "BLAKE3": tuple(range(2, 1025, 2)),  # of any length, by its design
    "MD2": (32,),
    "MD4": (32,),
    "MD5": (32,),
    "MD6": tuple(range(2, 129, 2)),  # of 1 to 512 bits
    "SHA1": (40,),
    "SHA224": (56,),
    "SHA256": (64,),
    "SHA384": (96,),
    "SHA512": (128,),
    "SHA3-256": (64,),
    "SHA3-384": (96,),
    "SHA3-512": (128,),
}
"""8.4: the number of digits is that of the algorithm."""
CHECKSUMS = ("packages[].checksums[]", "files[].checksums[]", "externalDocumentRefs[].checksum")
