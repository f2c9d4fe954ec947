"""The table of programs that are known by a version string. Data only; `versionstring` reads it.

Each find says where the program's source has the text. Names that real files have are listed,
whatever links lead to them: a link is no program. A program in Go whose module has a version needs
no row here.
"""

from __future__ import annotations

from analyzer.packages.formats.versionstring import Find, Rule

_THREE = rb"(?P<version>[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4})"
"""Three numbers and nothing more."""
_LONE = rb"\x00" + _THREE + rb"\x00"
"""A string literal of its own that is three numbers."""
_PYTHONS = ("2.7", *(f"3.{minor}" for minor in range(21)))
_PHPS = ("5.6", "7.0", "7.1", "7.2", "7.3", "7.4", *(f"8.{minor}" for minor in range(8)))
_NODE_ABIS = (64, 67, 72, 79, 83, 88, 93, 102, 108, 111, 115, 120, 127, 131, 137, 141)
"""NODE_MODULE_VERSION of releases, https://nodejs.org/en/about/previous-releases."""


def _python(minor: str) -> Rule:
    number = minor.encode()
    return Rule(
        f"python-{minor}",
        (
            f"**/python{minor}",
            *(f"**/libpython{minor}{abi}.so.1.0" for abi in ("", "m", "t", "d")),
        ),
        (
            Find(
                "python",
                (b"\0" + number + b".",),
                rb"\x00(?P<version>"
                + number.replace(b".", rb"\.")
                + rb"\.[0-9]{1,3}(?:(?:a|b|rc)[0-9]{1,2})?\+?)\x00",
                "Include/patchlevel.h, PY_VERSION, of https://github.com/python/cpython",
            ),
        ),
    )


_LANGUAGES = (
    *map(_python, _PYTHONS),
    Rule(
        "node",
        ("**/node", "**/nodejs", *(f"**/libnode.so.{abi}" for abi in _NODE_ABIS)),
        (
            Find(
                "node",
                (b"node.js/v",),
                rb"node\.js/v" + _THREE,
                "src/inspector_socket_server.cc, SendVersionResponse, of"
                " https://github.com/nodejs/node",
            ),
            Find(
                "node",
                (b"node v0.",),
                rb"node v" + _THREE,
                "src/node.cc of https://github.com/nodejs/node before 0.12",
            ),
        ),
    ),
    Rule(
        "php",
        (
            *("**/php", "**/php-fpm", "**/php-cgi", "**/libphp.so", "**/libphp7.so"),
            *(f"**/{name}{minor}" for minor in _PHPS for name in ("php", "php-fpm", "php-cgi")),
            *(f"**/libphp{minor}.so" for minor in _PHPS),
        ),
        (
            Find(
                "php",
                (b"X-Powered-By: PHP/",),
                rb"X-Powered-By: PHP/(?P<version>[0-9]{1,2}\.[0-9]{1,3}\.[0-9]{1,3}"
                rb"(?:(?:alpha|beta|RC)[0-9]{1,2}|-dev)?)",
                "main/SAPI.h, SAPI_PHP_VERSION_HEADER, of https://github.com/php/php-src",
            ),
        ),
    ),
    Rule(
        "perl",
        ("**/perl",),
        (
            Find(
                "perl",
                (b"/perl/5.", b"/perl5/5.", b"/site_perl/5."),
                rb"/(?:site_)?perl5?/(?P<version>5\.[0-9]{1,3}\.[0-9]{1,3})[/\x00]",
                "config.h, PRIVLIB_EXP and SITELIB_EXP, of https://github.com/Perl/perl5",
            ),
        ),
    ),
    Rule(
        "ruby",
        (
            "**/ruby",
            *(f"**/ruby{major}.{minor}" for major in (2, 3, 4) for minor in range(9)),
            *(f"**/libruby*.so.*.{patch}" for patch in range(10)),
        ),
        (
            Find(
                "ruby",
                (b"ruby 2.", b"ruby 3.", b"ruby 4."),
                rb"ruby (?P<version>[0-9]\.[0-9]{1,2}\.[0-9]{1,2}(?:preview[0-9]|rc[0-9]|dev)?)"
                rb"(?:p[0-9]{1,4})? \([0-9]{4}-",
                "version.c, ruby_description, of https://github.com/ruby/ruby",
            ),
        ),
    ),
    Rule(
        "go",
        ("**/go",),
        (
            Find(
                "go",
                (b"\xff Go buildinf:",),
                rb"\xff Go buildinf:.{18}.go(?P<version>1\.[0-9]{1,3}(?:\.[0-9]{1,3})?"
                rb"(?:rc[0-9]{1,2}|beta[0-9]{1,2})?)[^\n]{0,64}path\tcmd/go\n",
                "the build info of the program whose path is cmd/go, cmd/link/internal/ld/data.go"
                " of https://github.com/golang/go",
            ),
        ),
    ),
    Rule(
        "rustc",
        ("**/rustc", "**/librustc_driver-*.so"),
        (
            Find(
                "rustc",
                (b"rustc version ",),
                rb"rustc version (?P<version>[0-9]{1,2}\.[0-9]{1,4}\.[0-9]{1,3}"
                rb"(?:-(?:nightly|beta(?:\.[0-9]{1,2})?))?)(?: \([0-9a-f]{7,}|clang LLVM)",
                "compiler/rustc_codegen_llvm/src/context.rs, the identification of the compiler"
                " that each object has, of https://github.com/rust-lang/rust",
            ),
        ),
    ),
    Rule(
        "openjdk",
        ("**/libjvm.so",),
        (
            Find(
                "openjdk",
                (b"OpenJDK ",),
                rb"OpenJDK [^\x00]{0,60}\) for [a-z0-9-]{3,30} JRE \((?P<version>"
                rb"[0-9]{1,3}(?:\.[0-9]{1,4}){0,4}(?:_[0-9]{1,4})?(?:[-+][0-9b.+]{1,12})?)",
                "src/hotspot/share/runtime/abstract_vm_version.cpp, internal_vm_info_string, of"
                " https://github.com/openjdk/jdk",
            ),
        ),
    ),
)

_SERVERS = (
    Rule(
        "nginx",
        ("**/nginx", "**/openresty"),
        (
            Find(
                "nginx",
                (b"nginx version: nginx/",),
                rb"nginx version: nginx/" + _THREE,
                "src/core/nginx.h, NGINX_VER, of https://github.com/nginx/nginx",
            ),
            Find(
                "openresty",
                (b"nginx version: openresty/",),
                rb"nginx version: openresty/(?P<version>[0-9]{1,3}(?:\.[0-9]{1,4}){3})",
                "src/core/nginx.h as patched by https://github.com/openresty/openresty",
            ),
        ),
    ),
    Rule(
        "httpd",
        ("**/httpd", "**/apache2"),
        (
            Find(
                "httpd",
                (b"Apache/",),
                rb"Apache/" + _THREE,
                "include/ap_release.h, AP_SERVER_BASEVERSION, of https://github.com/apache/httpd",
            ),
        ),
    ),
    Rule(
        "haproxy",
        ("**/haproxy",),
        (
            Find(
                "haproxy",
                (b", released 20",),
                rb" version (?P<version>[0-9]{1,2}\.[0-9]{1,2}(?:\.[0-9]{1,3}|-dev[0-9]{1,2}))"
                rb"[^\x00 ]{0,40}, released 20",
                "src/haproxy.c, the usage text, of https://github.com/haproxy/haproxy",
            ),
            Find(
                "haproxy",
                (b"HAProxy version follows",),
                rb"\x00(?P<version>[0-9]{1,2}\.[0-9]{1,2}(?:\.[0-9]{1,3}|-dev[0-9]{1,2}))"
                rb"[^\x00 ]{0,30}\x00{1,16}HAProxy version follows",
                "src/version.c of https://github.com/haproxy/haproxy",
            ),
            Find(
                "haproxy",
                (b"HA-Proxy version ",),
                rb"HA-Proxy version (?P<version>[0-9]{1,2}\.[0-9]{1,2}(?:\.[0-9]{1,3}"
                rb"|-dev[0-9]{1,2}))",
                "src/haproxy.c, display_version, of https://github.com/haproxy/haproxy before 2.0",
            ),
        ),
    ),
    Rule(
        "lighttpd",
        ("**/lighttpd",),
        (
            Find(
                "lighttpd",
                (b"lighttpd/",),
                rb"lighttpd/" + _THREE,
                "src/server.c, PACKAGE_DESC, of https://github.com/lighttpd/lighttpd1.4",
            ),
        ),
    ),
    Rule(
        "memcached",
        ("**/memcached",),
        (
            Find(
                "memcached",
                (b"memcached ",),
                rb"memcached " + _THREE + rb"[\x00\n]",
                "memcached.c, usage, of https://github.com/memcached/memcached",
            ),
        ),
    ),
    Rule(
        "redis",
        ("**/redis-server", "**/redis-check-rdb", "**/valkey-server", "**/valkey-check-rdb"),
        (
            Find(
                "redis",
                tuple(b"\0%d." % major for major in range(2, 10)),
                _LONE,
                "src/version.h, REDIS_VERSION, and the same before the build's name, its time and"
                " state of commits in src/release.c, of https://github.com/redis/redis",
                # Valkey has such a version, too, but not in front of a build's name.
                confirm=rb"(?<![a-z.])%s[-A-Za-z0-9_.]{0,80}[0-9]{19}",
            ),
            Find(
                "redis",
                (b"Redis version ",),
                rb"Redis version " + _THREE,
                "src/redis.c, main, of https://github.com/redis/redis before 3.0",
            ),
            Find(
                "valkey",
                tuple(b"\0%d." % major for major in range(7, 20)),
                rb"\x00(?P<version>[0-9]{1,2}\.[0-9]{1,3}\.[0-9]{1,3}(?:-rc[0-9])?)\x00",
                "src/version.h, VALKEY_VERSION, and the same after its name in src/release.c, of"
                " https://github.com/valkey-io/valkey",
                confirm=rb"valkey%s",
            ),
        ),
    ),
    Rule(
        "postgresql",
        ("**/postgres",),
        (
            Find(
                "postgresql",
                (b"PostgreSQL ",),
                rb"PostgreSQL (?P<version>[0-9]{1,2}(?:\.[0-9]{1,3}){1,2}|[0-9]{1,2}"
                rb"(?:alpha|beta|rc)[0-9]{1,2})(?: \([^\x00)]{1,80}\))?"
                rb"(?:\x00| on [^\x00]{1,80}, compiled)",
                "configure.ac, PG_VERSION_STR, of https://github.com/postgres/postgres",
            ),
        ),
    ),
    Rule(
        "mysqld",
        ("**/mysqld", "**/mariadbd"),
        (
            Find(
                "mariadb",
                (b"-MariaDB",),
                rb"\x00" + _THREE + rb"-MariaDB",
                "cmake/mysql_version.cmake and sql/sql_builtin.cc.in, MYSQL_SERVER_VERSION, of"
                " https://github.com/MariaDB/server",
            ),
            Find(
                "mysql",
                (b"/mysql-",),
                rb"/mysql-" + _THREE + rb"/",
                "the folder of the release in names of source files (__FILE__), of"
                " https://github.com/mysql/mysql-server",
            ),
        ),
    ),
    Rule(
        "consul",
        ("**/consul",),
        (
            Find(
                "consul",
                (b"CONSUL_VERSION: ",),
                rb"CONSUL_VERSION: " + _THREE,
                "ui/packages/consul-ui, the page that is embedded, of"
                " https://github.com/hashicorp/consul",
                type="golang",
                namespace="github.com/hashicorp",
            ),
        ),
    ),
    Rule(
        "vault",
        ("**/vault",),
        (
            Find(
                "vault",
                (b")(nil))", b"0x%016x1."),
                rb"(?:%s\.%s:revoke|0x%016x)" + _THREE + rb"(?:\)\(nil\)\)|\n)",
                "version/VERSION, embedded, as Go's linker sorts it among strings of its length;"
                " seen in 1.13, 1.14, 1.19 and 1.20 of https://github.com/hashicorp/vault",
                type="golang",
                namespace="github.com/hashicorp",
            ),
        ),
    ),
    Rule(
        "traefik",
        ("**/traefik",),
        (
            Find(
                "traefik",
                (b"\0v1.",),
                rb"\x00v" + _THREE + rb"\x00",
                "version/version.go, set by the linker (script/binary), of"
                " https://github.com/traefik/traefik before 2.0; later ones have build info",
                type="golang",
                namespace="github.com/traefik",
            ),
        ),
    ),
    Rule(
        "envoy",
        ("**/envoy",),
        (
            Find(
                "envoy",
                (b"\x001.",),
                _LONE,
                "source/common/version/version.h, BUILD_VERSION_NUMBER, of"
                " https://github.com/envoyproxy/envoy",
            ),
        ),
    ),
)

_TOOLS = (
    Rule(
        "busybox",
        ("**/busybox", "**/busybox.static"),
        (
            Find(
                "busybox",
                (b"BusyBox v",),
                rb"BusyBox v(?P<version>[0-9]{1,2}\.[0-9]{1,3}(?:\.[0-9]{1,3})?)",
                "libbb/messages.c, BANNER, of https://git.busybox.net/busybox",
            ),
        ),
    ),
    Rule(
        "bash",
        ("**/bash",),
        (
            Find(
                "bash",
                (b"@(#)Bash version ",),
                rb"@\(#\)Bash version " + _THREE + rb"\(",
                "version.c, sccs_version, of https://git.savannah.gnu.org/cgit/bash.git",
            ),
        ),
    ),
    Rule(
        "curl",
        ("**/curl", *(f"**/libcurl*.so.4.*.{patch}" for patch in range(10))),
        (
            Find(
                "curl",
                (b"libcurl/",),
                rb"libcurl/" + _THREE,
                "include/curl/curlver.h, LIBCURL_VERSION, in lib/version.c, of"
                " https://github.com/curl/curl",
            ),
            Find(
                "curl",
                (b"curl ",),
                rb"\x00curl " + _THREE + rb"(?:-DEV)? \(",
                "src/tool_version.h, CURL_ID, of https://github.com/curl/curl",
            ),
        ),
    ),
    Rule(
        "openssl",
        (
            "**/openssl",
            *(f"**/libcrypto.so.{so}" for so in ("0.9.8", "1.0.0", "1.0.2", "10", "1.1", "3", "4")),
            *(f"**/libssl.so.{so}" for so in ("0.9.8", "1.0.0", "1.0.2", "10", "1.1", "3", "4")),
        ),
        (
            Find(
                "openssl",
                (b"OpenSSL ",),
                rb"OpenSSL (?P<version>[0-9]\.[0-9]{1,2}\.[0-9]{1,2}[a-z]{0,2}"
                rb"(?:-(?:alpha|beta|pre|rc)[0-9]{1,2})?)(?:-?[a-z]{2,5})?"
                rb" {1,2}(?:FIPS )?[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}",
                "include/openssl/opensslv.h, OPENSSL_VERSION_TEXT, of"
                " https://github.com/openssl/openssl",
            ),
            Find(
                "aws-lc",
                (b"AWS-LC ",),
                rb"AWS-LC " + _THREE + rb"\)",
                "include/openssl/base.h, OPENSSL_VERSION_TEXT, of https://github.com/aws/aws-lc",
            ),
        ),
    ),
)

RULES: tuple[Rule, ...] = (*_LANGUAGES, *_SERVERS, *_TOOLS)
"""One rule for each program."""
