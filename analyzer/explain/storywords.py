"""The sentences of `ids --story`: one for each thing that can be known about an image.

Names in braces are filled in by `analyzer/story.py`. What commits to what: OCI image-spec v1.1,
manifest.md, image-index.md and config.md ("ImageID").
"""

from __future__ import annotations

IMAGE_ID = {
    "here": (
        "The image ID is {digest}. It is the SHA-256 of the config document. The config lists "
        "the diff IDs, so the image ID stands for the settings and for the content of all "
        "layers, however they are compressed and whatever the image is called. It names the "
        "image on one machine; it does not pull."
    ),
    "wrong": (
        "The file says that the image ID is {digest}, but the config under that digest has other "
        "bytes. Nothing that this config says is proven."
    ),
    "named": (
        "The image ID is {digest}, says the manifest. The config itself is not in this file, so "
        "nothing of what it lists can be known from here."
    ),
    "none": "The image ID cannot be known from this file: {reason}.",
}
MANIFEST = {
    "here": (
        "The manifest digest is {digest}. The manifest names the config and each layer as it is "
        "stored, so it is one step further out than the image ID: compress the layers anew and "
        "the manifest digest changes, while the image ID stays. It pulls exactly this platform, "
        "from any registry that has it; pin it and sign it."
    ),
    "local": (
        "The manifest in this file has the digest {digest}, but it lists uncompressed layers and "
        "was probably written when the file was saved. Then no registry has it: do not pin it, "
        "and do not look for it. What a registry calls this image cannot be known from here."
    ),
    "wrong": (
        "The file says that the manifest digest is {digest}, but the manifest under that digest "
        "has other bytes. Nothing below it is proven to belong to that digest."
    ),
    "named": (
        "The manifest digest is {digest}, says the index. The manifest itself is not in this file."
    ),
    "none": (
        "The manifest digest cannot be known from this file: a manifest lists compressed layers, "
        "and this file has neither the one nor the others. Registries may hold this image under "
        "several manifest digests, one for each way that its layers were compressed; the config "
        "below all of them is the same."
    ),
    "none-compressed": (
        "The manifest digest cannot be known from this file: it has compressed layers, but not "
        "the manifest that lists them, and the same layers can be listed in several ways. "
        "Whichever it was, the config below it is the same."
    ),
    "nothing": "The manifest digest cannot be known from this file: {reason}.",
}
SCHEMA1 = (
    "The manifest is one of Docker schema 1, and its digest is {digest}. That is the SHA-256 of "
    "the part that was signed; sha256sum prints another number for a signed manifest, since it "
    "hashes the signatures too. The manifest names each layer as it is stored, and no config. It "
    "pulls where registry and client still take schema 1."
)
SCHEMA1_ID = (
    "Tools that need a config write one from the history and the diff IDs ({makers}). The image "
    "ID is {digest} then."
)
SCHEMA1_UNPROVEN = (
    "Not proven by this file: that any registry ever had this image, and who made it. The keys of "
    "the signatures came with the manifest, so they prove nothing and are not checked. The name "
    "is part of what is hashed, yet only a claim of whoever wrote it."
)
INDEX = {
    "here": (
        "The index digest is {digest}. The index lists one manifest digest for each platform, and "
        "is what the tag of a multi-platform image leads to: docker pull prints it as Digest, and "
        "the client then picks the platform."
    ),
    "wrong": (
        "The file says that the index digest is {digest}, but the index under that digest has "
        "other bytes."
    ),
    "none": (
        "No index above the manifest is in this file. If a registry's tag leads to an index, its "
        "digest is yet another one, and cannot be known from here."
    ),
}
WHY_TWO = (
    "So these are hashes of different documents, and they are never equal. docker images prints "
    "the image ID where docker uses the graphdriver store, and the outermost of the others where "
    "it uses the containerd store (the default of new installations since Docker 29)."
)
LAYERS = {
    "proven": "All {count} inflate to the diff IDs that the config lists: checked here.",
    "proven-one": "The one layer inflates to the diff ID that the config lists: checked here.",
    "wrong": "{which}: the content is not what the config lists.",
    "unread": "{which}: not checked, because the layer is not in this file or could not be read.",
    "computed": "The diff IDs are computed from the layers; no config in this file lists them.",
    "none": "It has no layers.",
}
ATTESTED = {
    "one": (
        "1 attestation in this file names this platform by its manifest digest. The platform does "
        "not name it: without it the manifest digest and the image ID would be the same. An index "
        "that lists it would not."
    ),
    "more": (
        "{count} attestations in this file name this platform by its manifest digest. The "
        "platform does not name them: without them the manifest digest and the image ID would be "
        "the same. An index that lists them would not."
    ),
}
LEGACY = (
    "The legacy v1 IDs in this file's folders are of no use today: no registry and no engine "
    "since docker 1.10 takes one."
)
MADE_UP = (
    "Tools that want a manifest where there is none write one themselves. Whoever shows you one "
    "of these numbers has read such a file with that tool. None of them pulls, unless somebody "
    "has pushed the image anew from there:"
)
UNPROVEN = (
    "Not proven by this file: that any registry ever had this image, and who made it. Its "
    "{names} of the file; nothing in the image commits to what it is called."
)
NAMED = {0: "name would only be a claim", 1: "name is a claim", 2: "names are claims"}
ABSENT = "This file names the platform and has nothing of it: {digest} is its manifest digest."
ROOTFS = (
    "These are the files of a root filesystem without any document about them. Image ID, "
    "manifest digest, layer digests and diff IDs are all hashes of things that are not here; "
    "none can be known from the files alone."
)
NEXT = (
    ("To see who prints which of these:", "ociscope ids {file} --shown-by"),
    ("To find out what a hash from elsewhere is:", "ociscope lookup HASH {file}"),
    (
        "To prove that this is what a registry has, bring its manifest:",
        "ociscope verify {file} --against manifest.json",
    ),
)
NEXT_FOR_FILES = (
    ("To find a file by its SHA-256:", "ociscope lookup --files HASH {file}"),
    (
        "To see whether these are the files of an image, bring the image:",
        "ociscope diff image.tar {file}",
    ),
)
