"""The words of SPDX 3.0.1 for what a bill says in those of SPDX 2.3.

Relations after the migration guide of spdx-spec v3.0.1, annex "Differences from previous
editions": most of those that SPDX 2 reads from the part to the whole are turned round.
"""

from __future__ import annotations

from collections.abc import Mapping

from analyzer.bills.model import Kind

TURNED = True
AS_IS = False
RELATIONS: Mapping[str, tuple[str, bool, str]] = {
    "AMENDS": ("amendedBy", TURNED, ""),
    "ANCESTOR_OF": ("ancestorOf", AS_IS, ""),
    "BUILD_DEPENDENCY_OF": ("dependsOn", TURNED, "build"),
    "BUILD_TOOL_OF": ("usesTool", TURNED, "build"),
    "CONTAINS": ("contains", AS_IS, ""),
    "COPY_OF": ("copiedTo", TURNED, ""),
    "DATA_FILE_OF": ("hasDataFile", TURNED, ""),
    "DEPENDENCY_MANIFEST_OF": ("hasDependencyManifest", TURNED, ""),
    "DEPENDS_ON": ("dependsOn", AS_IS, ""),
    "DESCENDANT_OF": ("descendantOf", AS_IS, ""),
    "DESCRIBES": ("describes", AS_IS, ""),
    "DEV_DEPENDENCY_OF": ("dependsOn", TURNED, "development"),
    "DEV_TOOL_OF": ("usesTool", TURNED, "development"),
    "DISTRIBUTION_ARTIFACT": ("hasDistributionArtifact", AS_IS, ""),
    "DOCUMENTATION_OF": ("hasDocumentation", TURNED, ""),
    "DYNAMIC_LINK": ("hasDynamicLink", AS_IS, ""),
    "EXAMPLE_OF": ("hasExample", TURNED, ""),
    "EXPANDED_FROM_ARCHIVE": ("expandsTo", TURNED, ""),
    "FILE_ADDED": ("hasAddedFile", TURNED, ""),
    "FILE_DELETED": ("hasDeletedFile", TURNED, ""),
    "GENERATED_FROM": ("generates", TURNED, ""),
    "GENERATES": ("generates", AS_IS, ""),
    "HAS_PREREQUISITE": ("hasPrerequisite", AS_IS, ""),
    "METAFILE_OF": ("hasMetadata", TURNED, ""),
    "OPTIONAL_COMPONENT_OF": ("hasOptionalComponent", TURNED, ""),
    "OPTIONAL_DEPENDENCY_OF": ("hasOptionalDependency", TURNED, ""),
    "PATCH_APPLIED": ("patchedBy", TURNED, ""),
    "PATCH_FOR": ("patchedBy", TURNED, ""),
    "PROVIDED_DEPENDENCY_OF": ("hasProvidedDependency", TURNED, ""),
    "REQUIREMENT_DESCRIPTION_FOR": ("hasRequirement", TURNED, ""),
    "RUNTIME_DEPENDENCY_OF": ("dependsOn", TURNED, "runtime"),
    "SPECIFICATION_FOR": ("hasSpecification", TURNED, ""),
    "STATIC_LINK": ("hasStaticLink", AS_IS, ""),
    "TEST_CASE_OF": ("hasTestCase", TURNED, ""),
    "TEST_DEPENDENCY_OF": ("dependsOn", TURNED, "test"),
    "TEST_OF": ("hasTest", TURNED, ""),
    "TEST_TOOL_OF": ("usesTool", TURNED, "test"),
    "VARIANT_OF": ("hasVariant", TURNED, ""),
}
"""Each with whether its ends change places, and the phase that it is limited to."""
PURPOSES: Mapping[Kind, str] = {
    "image": "container",
    "index": "manifest",
    "manifest": "manifest",
    "attestation": "evidence",
    "layer": "archive",
    "system": "operatingSystem",
    "library": "library",
    "application": "application",
    "framework": "framework",
    "platform": "platform",
    "file": "file",
    "source": "source",
    "archive": "archive",
    "device": "device",
    "firmware": "firmware",
    "install": "install",
    "data": "data",
    "other": "other",
}
"""spdx-spec v3.0.1, Software/Vocabularies/SoftwarePurpose."""
IDENTIFIERS = {"cpe22Type": "cpe22", "cpe23Type": "cpe23", "swh": "swhid", "gitoid": "gitoid"}
IDENTIFIERS |= {"swid": "swid", "purl": "packageUrl"}
"""Core/Vocabularies/ExternalIdentifierType, by the types of SPDX 2.3's Annex F."""
REFERENCES = {
    "advisory": "securityAdvisory",
    "fix": "securityFix",
    "url": "securityOther",
    "bower": "bower",
    "maven-central": "mavenCentral",
    "npm": "npm",
    "nuget": "nuget",
    "vcs": "vcs",
    "issue-tracker": "issueTracker",
    "website": "altWebPage",
    "documentation": "documentation",
    "license": "license",
    "release-notes": "releaseNotes",
    "mailing-list": "mailingList",
    "chat": "chat",
    "support": "support",
}
"""Core/Vocabularies/ExternalRefType, by the types of SPDX 2.3 and those of CycloneDX."""
HASHES = {
    "sha1": "sha1",
    "sha224": "sha224",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
    "sha3_224": "sha3_224",
    "sha3_256": "sha3_256",
    "sha3_384": "sha3_384",
    "sha3_512": "sha3_512",
    "blake2b_256": "blake2b256",
    "blake2b_384": "blake2b384",
    "blake2b_512": "blake2b512",
    "blake3": "blake3",
    "md2": "md2",
    "md4": "md4",
    "md5": "md5",
    "md6": "md6",
    "adler32": "adler32",
}
"""Core/Vocabularies/HashAlgorithm, by hashlib's names."""
AGGREGATES = {"complete": "complete", "incomplete": "incomplete", "unknown": "noAssertion"}
"""Core/Vocabularies/RelationshipCompleteness."""
