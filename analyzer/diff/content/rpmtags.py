"""Tags of an rpm header in words: the list, as data. rpm's `include/rpm/rpmtag.h`.

A tag that is in none of these tables is compared, too, and is called `tag NUMBER`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

TIMES: Final[Mapping[int, str]] = {1006: "build time", 1008: "install time"}
"""Seconds since 1970."""
WORDS: Final[Mapping[int, str]] = {
    257: "signed size",
    259: "signature of header and payload (RSA)",
    261: "MD5 of header and payload",
    262: "signature of header and payload (DSA)",
    266: "public keys",
    267: "signature of the header (DSA)",
    268: "signature of the header (RSA)",
    269: "SHA-1 of the header",
    270: "signed size (64 bits)",
    271: "payload size (64 bits)",
    273: "SHA-256 of the header",
    278: "signatures (OpenPGP)",
    1000: "name",
    1001: "version",
    1002: "release",
    1003: "epoch",
    1004: "summary",
    1005: "description",
    1007: "build host",
    1009: "size",
    1010: "distribution",
    1011: "vendor",
    1014: "license",
    1015: "packager",
    1016: "group",
    1020: "URL",
    1021: "system",
    1022: "architecture",
    1023: "script before installing",
    1024: "script after installing",
    1025: "script before removing",
    1026: "script after removing",
    1044: "source package",
    1046: "payload size",
    1064: "built by rpm",
    1065: "trigger scripts",
    1066: "triggers on",
    1079: "verify script",
    1080: "changelog times",
    1081: "changelog names",
    1082: "changelog",
    1085: "shell before installing",
    1086: "shell after installing",
    1087: "shell before removing",
    1088: "shell after removing",
    1094: "build",
    1098: "prefixes",
    1122: "compiler options",
    1123: "URL of the build",
    1124: "payload format",
    1125: "payload compressor",
    1126: "payload compressor options",
    1127: "install colour",
    1128: "transaction",
    1132: "platform",
    1146: "source package digest",
    1151: "script before the transaction",
    1152: "script after the transaction",
    1155: "distribution tag",
    5009: "size (64 bits)",
    5011: "file digest algorithm",
    5012: "bug URL",
    5034: "version control",
    5062: "encoding",
    5066: "file trigger scripts",
    5069: "file triggers on",
    5076: "file trigger scripts of transactions",
    5079: "file triggers of transactions on",
    5092: "payload digest",
    5093: "payload digest algorithm",
    5096: "module",
    5097: "payload digest, inflated",
    5099: "spec",
}


class Dependencies(NamedTuple):
    """Three lists side by side: what, how it is compared, and with which version."""

    word: str
    names: int
    flags: int
    versions: int


DEPENDENCIES: Final = (
    Dependencies("provides", 1047, 1112, 1113),
    Dependencies("requires", 1049, 1048, 1050),
    Dependencies("conflicts", 1054, 1053, 1055),
    Dependencies("obsoletes", 1090, 1114, 1115),
    Dependencies("recommends", 5046, 5048, 5047),
    Dependencies("suggests", 5049, 5051, 5050),
    Dependencies("supplements", 5052, 5054, 5053),
    Dependencies("enhances", 5055, 5057, 5056),
)
LESS: Final = 1 << 1
GREATER: Final = 1 << 2
EQUAL: Final = 1 << 3
"""Bits of how a version is compared: `include/rpm/rpmds.h`, RPMSENSE_*."""

MODES: Final = 1030
OWNERS: Final = 1039
GROUPS: Final = 1040
DIGESTS: Final = 1035
OF_FILES: Final[Mapping[int, str]] = {
    1028: "size",
    5008: "size",
    1036: "to",
    1034: "time",
    1037: "flags",
    1029: "state",
    1045: "verify",
    1097: "language",
    5010: "capabilities",
    1033: "device number",
    5090: "signature",
    276: "verity signature",
}
"""Lists with a value for each file, in the order in which these are told."""
NAMES_OF_FILES: Final = (1027, 1116, 1117, 1118)
"""What paths are put together from: `formats/rpmfiles.py`."""
