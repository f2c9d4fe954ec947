"""Targets that read what packages of languages leave behind, and documents about packages."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz.packages import FIELDS, JSON, Row, rows

_TOML = (b"[[package]]\n", b'name = "', b'"""', b"'''", b"2024-01-01", b"{a = 1}", b"inf")
_CODE = (b"s.name = ", b".freeze", b"%q(", b"%w[", b"#{", b"else\n", b"add_dependency(")
_TERMS = (b"{application,", b"{vsn,", b"#{", b"<<", b"16#", b"$\\^", b"]}]}.", b"\\x{")
_LUA = (b"package = ", b"[[", b"--[==[", b"]==]", b"\\z", b"\\u{", b"0x", b"dependencies = {")
_NEEDS = (b"Requires-Dist: ", b" ; python_version > ", b' and extra == "a"', b" @ ", b"===", b"1!")
_SITE = "opt/app/lib/python3.11/site-packages"
_GEM = "usr/lib/ruby/gems/3.1.0/specifications/rake-13.0.6.gemspec"
_PERL = "opt/app/local/lib/perl5/x86_64-linux-gnu-thread-multi"
_ROCK = "usr/local/lib/luarocks/rocks-5.3/demo-rock/1.2-1"
_CELLAR = "home/linuxbrew/.linuxbrew/Cellar/xz/5.6.2"

_TABLES: Mapping[str, Mapping[str, Row]] = {
    "python/ordinary": {
        "core-metadata": (
            *(f"{_SITE}/requests-2.34.2.dist-info/METADATA", "**/METADATA"),
            (*FIELDS, *_NEEDS, b"License :: "),
        ),
        "wheel-record": (
            *(f"{_SITE}/requests-2.34.2.dist-info/RECORD", "**/RECORD"),
            (b",sha256=", b",,\n", b'"', b"../", b",md5="),
        ),
        "direct-url": (
            *(f"{_SITE}/Demo.Pkg-1.2.dist-info/direct_url.json", "**/direct_url.json"),
            (b'"vcs_info"', b'"archive_info"', b'"hashes"', b'"commit_id"', *JSON),
        ),
        "egg-requires": (
            *(f"{_SITE}/single_demo-0.3-py3.11.egg-info/requires.txt", "**/requires.txt"),
            (b"[a:", b"[:", b"]\n", *_NEEDS),
        ),
        "vendor-list": ("a/_vendor/vendor.txt", "**/vendor*.txt", (b"==", b"# ", b" \\\n")),
    },
    "pythonlocks/ordinary": {
        "requirements": (
            *("srv/pip/requirements.txt", "**/*requirements*.txt"),
            (b" --hash=", b"\\\n", b"-r ", *_NEEDS),
        ),
        "pipfile-lock": ("srv/pipenv/Pipfile.lock", "**/Pipfile.lock", (b'"default"', *JSON)),
        "poetry-lock": ("srv/poetry/poetry.lock", "**/poetry.lock", _TOML),
        "uv-lock": ("srv/uv/uv.lock", "**/uv.lock", _TOML),
        "pdm-lock": ("srv/pdm/pdm.lock", "**/pdm.lock", _TOML),
        "pylock": ("srv/pep751/pylock.toml", "**/pylock.toml", _TOML),
    },
    "erlang/ordinary": {
        "erlang-app": ("usr/lib/erlang/lib/kernel-8.5.3/ebin/kernel.app", "**/*.app", _TERMS),
    },
    "lua/ordinary": {
        "rockspec": (f"{_ROCK}/demo-rock-1.2-1.rockspec", "**/*.rockspec", _LUA),
        "rock-manifest": (f"{_ROCK}/rock_manifest", "**/rock_manifest", _LUA),
    },
    "ruby/ordinary": {"gemspec": (_GEM, "**/*.gemspec", _CODE)},
    "rustlocks/ordinary": {
        "cargo-lock": (
            *("srv/shop/Cargo.lock", "**/Cargo.lock"),
            (b'source = "git+https://a/b?x#c"\n', b'replace = "', b'"checksum a 1 (x)"', *_TOML),
        ),
    },
    "rubylocks/ordinary": {
        "gemfile-lock": ("srv/app/Gemfile.lock", "**/*.lock*", (b"GEM\n", b"    a (1)\n", b"!")),
    },
    "golocks/before-1.17": {
        "go-mod": (
            *("srv/old/go.mod", "**/go.mod"),
            (
                b"require (\n",
                b"replace ",
                b" => ./",
                b"exclude ",
                b"// indirect\n",
                b'"\\x61"',
                b"`",
            ),
        ),
        "go-sum": ("srv/old/go.sum", "**/go.sum", (b" h1:a=\n", b"/go.mod h1:", b"v1.0.0-1.x ")),
    },
    "golocks/ordinary": {
        "go-vendored": (
            *("srv/app/vendor/modules.txt", "**/modules.txt"),
            (b"# example.com/a v1.0.0 => ", b"## explicit\n", b"./b\n"),
        ),
    },
    "erlanglocks/ordinary": {
        "mix-lock": ("srv/sky/mix.lock", "**/mix.lock", (b'"a": {:hex, :', b"#{", b"=>", b"[x: ")),
        "rebar-lock": ("srv/tides/rebar.lock", "**/rebar.lock", (b'{<<"', b"{pkg,", *_TERMS)),
    },
    "condalocks/ordinary": {
        "conda-lock": (
            *("srv/app/conda-lock.yml", "**/*lock.yml"),
            (b"- name: a\n  manager: conda\n", b"package:\n", b": 'a", b': "a\\\n', b"? a\n: b"),
        ),
    },
    "dartlocks/ordinary": {
        "pubspec-lock": (
            *("srv/app/pubspec.lock", "**/pubspec.lock"),
            (
                b"packages:\n",
                b"  a:\n    version: 1\n",
                b"    source: git\n",
                b"      url: https://",
            ),
        ),
    },
    "rlocks/ordinary": {
        "renv-lock": ("srv/now/renv.lock", "**/renv.lock", (b'"RemoteType": "github"', *JSON)),
        "packrat-lock": (
            *("srv/packrat/packrat/packrat.lock", "**/packrat.lock"),
            (b"PackratFormat: ", b"Repos: a=b, ", b"Requires: a, ", *FIELDS),
        ),
    },
    "perl/ordinary": {
        "perllocal": (f"{_PERL}/perllocal.pod", "**/perllocal.pod", (b"=head2 ", b"=over 4\n")),
        "packlist": (
            f"{_PERL}/auto/Demo/Mod/.packlist",
            "**/.packlist",
            (b" type=f", b" from="),
        ),
        "mymeta": (
            *(f"{_PERL}/.meta/Demo-Mod-1.23/MYMETA.json", "**/MYMETA.json"),
            (b'"prereqs"', b'"provides"', b'"license"', *JSON),
        ),
    },
    "homebrew/ordinary": {
        "brew-receipt": (f"{_CELLAR}/INSTALL_RECEIPT.json", "**/*.json", (b'"source"', *JSON)),
        "brew-formula": (f"{_CELLAR}/.brew/xz.rb", "**/*.rb", (b'license any_of: ["', b'url "')),
    },
    "jvm/ordinary": {
        "jvm-release": ("opt/java/openjdk/release", "**/release", (b'JAVA_VERSION="', b"='")),
    },
    "javalocks/ordinary": {
        "gradle-lock": ("srv/app/gradle.lockfile", "**/*.lockfile", (b"a:b:1=", b"empty=")),
        "maven-pom": (
            *("srv/maven/pom.xml", "**/pom.xml"),
            (b"<properties>", b"${", b"<!DOCTYPE", b"<dependency>", b"&#0;", b"<![CDATA["),
        ),
    },
    "wordpress/ordinary": {
        "wordpress-version": (
            *("usr/share/wordpress/wp-includes/version.php", "**/version.php"),
            (b"$wp_version = '", b"/*", b"//", b'"'),
        ),
    },
    "php/ordinary": {
        "composer-lock": ("app/composer.lock", "**/composer.lock", (b'"packages-dev"', *JSON)),
    },
    "dotnet/lock": {
        "nuget-lock": ("src/packages.lock.json", "**/packages.lock.json", (b'"resolved"', *JSON)),
    },
    "yarnpnp/ordinary": {
        "yarn-pnp": (
            *("srv/app/.pnp.cjs", "**/.pnp.*"),
            (b"const RAW_RUNTIME_STATE =\n'", b'"packageLocation"', b"\\\n", *JSON),
        ),
    },
    "sbomfiles/ordinary": {
        "spdx-tags": (
            *("usr/share/doc/demo/demo.spdx", "**/*.spdx"),
            (b"<text>", b"</text>", b"PackageName: ", b"ExternalRef: ", b"Relationship: "),
        ),
        "spdx-json": (
            *("var/lib/db/sbom/demo-1.2-r0.spdx.json", "**/*.spdx.json"),
            (b'"relationships"', b'"externalRefs"', b'"pkg:npm/%40a/b@1"', *JSON),
        ),
        "cyclonedx-json": (
            *("srv/app/env.cdx.json", "**/*.cdx.json"),
            (b'"components"', b'"purl"', b'"dependsOn"', *JSON),
        ),
        "cyclonedx-xml": (
            *("srv/app/xml/env.cdx.xml", "**/*.cdx.xml"),
            (b"<components>", b"<component type=", b"<!DOCTYPE", b"<purl>", b"&lt;"),
        ),
    },
}
PACKAGE_FILES = tuple(
    target
    for place, table in _TABLES.items()
    for target in rows(place.partition("/")[0], place.partition("/")[2], table)
)
