"""Documents with every member that a bill has a place for, and one or two more."""

from __future__ import annotations

from typing import Any

FULL_SPDX: dict[str, Any] = {
    "SPDXID": "SPDXRef-DOCUMENT",
    "spdxVersion": "SPDX-2.3",
    "name": "full",
    "dataLicense": "CC0-1.0",
    "documentNamespace": "https://example.org/full",
    "comment": "A document with\nevery member: even this.",
    "creationInfo": {
        "created": "2024-01-02T03:04:05Z",
        "creators": [
            "Tool: syft-1.0.0-rc-1",
            "Tool: spdx-maven-plugin",
            "Organization: Example, Inc. (box@example.org)",
            "Person: Jane (née Roe) Doe ()",
        ],
        "licenseListVersion": "3.20",
    },
    "externalDocumentRefs": [
        {
            "externalDocumentId": "DocumentRef-other",
            "spdxDocument": "https://example.org/other",
            "checksum": {
                "algorithm": "SHA1",
                "checksumValue": "d" * 40,
            },
        }
    ],
    "packages": [
        {
            "SPDXID": "SPDXRef-image",
            "name": "example.org/image",
            "versionInfo": "sha256:" + "a" * 64,
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "primaryPackagePurpose": "CONTAINER",
            "checksums": [{"algorithm": "SHA256", "checksumValue": "a" * 64}],
        },
        {
            "SPDXID": "SPDXRef-os",
            "name": "debian",
            "downloadLocation": "NONE",
            "filesAnalyzed": False,
            "primaryPackagePurpose": "OPERATING_SYSTEM",
        },
        {
            "SPDXID": "SPDXRef-libc6",
            "name": "libc6",
            "versionInfo": "2.36",
            "supplier": "Organization: Debian",
            "originator": "Person: GNU (gnu@example.org)",
            "downloadLocation": "https://example.org/libc6.deb",
            "filesAnalyzed": False,
            "homepage": "https://example.org/",
            "sourceInfo": "built from glibc",
            "licenseConcluded": "LicenseRef-own",
            "licenseDeclared": "MIT OR LicenseRef-own",
            "copyrightText": "Copyright (C)\n  Somebody",
            "summary": "C library",
            "description": "Two\nlines",
            "comment": "none: here",
            "attributionTexts": ["lost"],
            "checksums": [
                {"algorithm": "SHA3-256", "checksumValue": "b" * 64},
                {"algorithm": "BLAKE2b-256", "checksumValue": "c" * 64},
            ],
            "externalRefs": [
                {
                    "referenceCategory": "PACKAGE_MANAGER",
                    "referenceType": "purl",
                    "referenceLocator": "pkg:deb/debian/libc6@2.36",
                    "comment": "said by dpkg",
                },
                {
                    "referenceCategory": "SECURITY",
                    "referenceType": "cpe23Type",
                    "referenceLocator": "cpe:2.3:a:gnu:glibc:2.36:*:*:*:*:*:*:*",
                },
                {
                    "referenceCategory": "OTHER",
                    "referenceType": "bug-tracker",
                    "referenceLocator": "https://example.org/bugs",
                },
            ],
            "annotations": [
                {
                    "annotator": "Tool: trivy-0.65.0",
                    "annotationDate": "2024-01-02T03:04:05Z",
                    "annotationType": "OTHER",
                    "comment": "LayerDiffID: sha256:" + "d" * 64,
                },
                {
                    "annotator": "Person: Jane",
                    "annotationDate": "2024-01-02T03:04:05Z",
                    "annotationType": "REVIEW",
                    "comment": "looked at",
                },
            ],
        },
    ],
    "files": [
        {
            "SPDXID": "SPDXRef-file",
            "fileName": "./lib/libc.so.6",
            "checksums": [{"algorithm": "SHA1", "checksumValue": "e" * 40}],
            "fileTypes": ["BINARY"],
            "licenseConcluded": "NOASSERTION",
            "licenseInfoInFiles": ["GPL-2.0-only"],
            "copyrightText": "NOASSERTION",
            "comment": "layerID: sha256:" + "d" * 64,
        }
    ],
    "hasExtractedLicensingInfos": [
        {"licenseId": "LicenseRef-own", "extractedText": "Do\n\twhat you\nlike", "name": "Own"}
    ],
    "relationships": [
        {
            "spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": "DESCRIBES",
            "relatedSpdxElement": "SPDXRef-image",
        },
        {
            "spdxElementId": "SPDXRef-libc6",
            "relationshipType": "CONTAINED_BY",
            "relatedSpdxElement": "SPDXRef-image",
        },
        {
            "spdxElementId": "SPDXRef-libc6",
            "relationshipType": "DEPENDENCY_OF",
            "relatedSpdxElement": "SPDXRef-os",
            "comment": "why",
        },
        {
            "spdxElementId": "SPDXRef-image",
            "relationshipType": "DESCENDANT_OF",
            "relatedSpdxElement": "DocumentRef-other:SPDXRef-base",
        },
        {
            "spdxElementId": "SPDXRef-os",
            "relationshipType": "DEPENDS_ON",
            "relatedSpdxElement": "NONE",
        },
    ],
}


FULL_CYCLONEDX: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    "version": 1,
    "metadata": {
        "timestamp": "2024-01-02T03:04:05+00:00",
        "lifecycles": [{"phase": "post-build"}],
        "tools": {"components": [{"type": "application", "name": "maker", "version": "2"}]},
        "authors": [{"name": "Jane", "email": "jane@example.org"}],
        "manufacturer": {"name": "Makers"},
        "supplier": {"name": "Sellers", "contact": [{"email": "box@example.org"}]},
        "component": {
            "type": "container",
            "bom-ref": "img",
            "name": "example.org/image",
            "hashes": [{"alg": "SHA-256", "content": "a" * 64}],
        },
        "properties": [{"name": "oci:image:Id", "value": "sha256:1"}],
    },
    "components": [
        {"type": "operating-system", "bom-ref": "os", "name": "debian", "version": "12"},
        {
            "type": "library",
            "bom-ref": "jar",
            "group": "org.example",
            "name": "outer",
            "version": "1.10",
            "publisher": "Publisher",
            "authors": [{"name": "Author"}],
            "description": "Two lines",
            "scope": "optional",
            "hashes": [{"alg": "SHA3-256", "content": "b" * 64}],
            "licenses": [
                {"license": {"id": "MIT"}},
                {"license": {"id": "ISC"}},
            ],
            "copyright": "Copyright (C) Somebody",
            "cpe": "cpe:2.3:a:example:outer:1.10:*:*:*:*:*:*:*",
            "purl": "pkg:maven/org.example/outer@1.10",
            "omniborId": ["gitoid:blob:sha1:a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"],
            "externalReferences": [
                {"type": "website", "url": "https://example.org/"},
                {"type": "vcs", "url": "https://example.org/git", "comment": "old"},
            ],
            "properties": [
                {"name": "aquasecurity:trivy:LayerDigest", "value": "sha256:" + "d" * 64},
                {"name": "aquasecurity:trivy:LayerDiffID", "value": "sha256:" + "e" * 64},
                {"name": "aquasecurity:trivy:FilePath", "value": "app/outer.jar"},
                {"name": "aquasecurity:trivy:PkgType", "value": "jar"},
            ],
            "components": [
                {
                    "type": "library",
                    "bom-ref": "inner",
                    "name": "inner",
                    "supplier": {"name": "Supplier", "url": ["https://example.org/"]},
                    "manufacturer": {"name": "Manufacturer"},
                    "licenses": [
                        {"expression": "MIT OR ISC", "acknowledgement": "concluded"},
                    ],
                    "properties": [
                        {"name": "syft:location:0:path", "value": "/app/outer.jar"},
                        {"name": "syft:location:0:layerID", "value": "sha256:" + "e" * 64},
                        {"name": "syft:location:1:path", "value": "/srv/outer.jar"},
                    ],
                    "evidence": {
                        "identity": [
                            {
                                "field": "purl",
                                "confidence": 0.7,
                                "methods": [
                                    {
                                        "technique": "manifest-analysis",
                                        "confidence": 0.5,
                                        "value": "MANIFEST.MF",
                                    }
                                ],
                            }
                        ],
                        "occurrences": [
                            {
                                "location": "/app/outer.jar",
                                "additionalContext": "sha256:" + "e" * 64,
                            }
                        ],
                    },
                }
            ],
        },
        {
            "type": "library",
            "bom-ref": "own",
            "name": "own",
            "licenses": [
                {"license": {"name": "LicenseRef-own", "text": {"content": "Do\nwhat you like"}}}
            ],
        },
        {
            "type": "library",
            "bom-ref": "named",
            "name": "named",
            "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "Some other"}}],
        },
    ],
    "dependencies": [
        {"ref": "img", "dependsOn": ["jar", "os"]},
        {"ref": "inner"},
        {"ref": "jar", "dependsOn": ["nowhere"]},
        {"ref": "os"},
    ],
    "compositions": [
        {"aggregate": "complete", "assemblies": ["img"]},
        {"aggregate": "incomplete_third_party_only", "assemblies": ["jar"]},
    ],
    "annotations": [
        {
            "subjects": ["jar"],
            "annotator": {"organization": {"name": "Makers"}},
            "timestamp": "2024-01-02T03:04:05Z",
            "text": "looked at",
        }
    ],
}
