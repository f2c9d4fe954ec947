"""Names that syft gives to kinds of packages and to languages, by package URL type.

anchore/syft, `syft/pkg/type.go` (`TypeByName`) and `syft/pkg/language.go` (`LanguageByName`), as of
its JSON schema 16.1.10.
"""

from __future__ import annotations

from collections.abc import Mapping

UNKNOWN = "UnknownPackage"
TYPES: Mapping[str, str] = {
    "alpine": "apk",
    "alpm": "alpm",
    "apk": "apk",
    "bitnami": "bitnami",
    "brew": "homebrew",
    "cargo": "rust-crate",
    "cocoapods": "pod",
    "composer": "php-composer",
    "conan": "conan",
    "conda": "conda",
    "cran": "R-package",
    "deb": "deb",
    "gem": "gem",
    "golang": "go-module",
    "hackage": "hackage",
    "hex": "hex",
    "homebrew": "homebrew",
    "luarocks": "lua-rocks",
    "maven": "java-archive",
    "nix": "nix",
    "npm": "npm",
    "nuget": "dotnet",
    "opam": "opam",
    "otp": "erlang-otp",
    "pear": "php-pear",
    "portage": "portage",
    "pub": "dart-pub",
    "pypi": "python",
    "rpm": "rpm",
    "swift": "swift",
    "swiplpack": "swiplpack",
    "terraform": "terraform",
    "vcpkg": "vcpkg",
    "wordpress-plugin": "wordpress-plugin",
}
LANGUAGES: Mapping[str, str] = {
    "cargo": "rust",
    "cocoapods": "swift",
    "composer": "php",
    "conan": "c++",
    "cran": "R",
    "gem": "ruby",
    "golang": "go",
    "hackage": "haskell",
    "luarocks": "lua",
    "maven": "java",
    "npm": "javascript",
    "nuget": "dotnet",
    "opam": "ocaml",
    "pub": "dart",
    "pypi": "python",
    "swift": "swift",
    "swiplpack": "swipl",
}
WITHOUT_NAMESPACE = frozenset({"alpine", "alpm", "apk", "conan", "cpan", "deb", "maven", "rpm"})
"""Types whose packages syft names without their namespace (`syft/format/internal/backfill.go`,
`NameExcludesPurlNamespace`)."""
