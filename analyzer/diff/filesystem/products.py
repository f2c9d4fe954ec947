"""What package managers and the scripts of packages make that no package lists: the list, as data.

A file of this list is explained by packages only where packages of that type came, went or changed,
and only if the layer that brought it changed packages, too. Sources are the manuals of the tools.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Accept = Callable[["bytes | None", "bytes | None"], bool]
"""Whether the content before and after is what packages may make of it; None is no file."""

_SYSTEM_IDS = range(1, 1000)
"""Debian Policy 9.2.2 and systemd's Users, Groups, UIDs and GIDs: 1 to 999 are of the system."""
_NOBODY = 65534
_NO_LOGIN = (b"/nologin", b"/false", b"/sync", b"/halt", b"/shutdown")
_LOCKED = frozenset({b"*", b"!", b"!!", b"!*", b"*LK*", b"x", b""})


@dataclass(frozen=True, slots=True)
class Product:
    """One kind of file that comes with packages. `types` are package URL types; empty for any.

    `names`: only packages of these names make it; empty for any of the types.
    """

    name: str
    patterns: tuple[str, ...]
    types: tuple[str, ...]
    why: str
    names: tuple[str, ...] = ()
    accept: Accept | None = None
    """Asked about the content; None where the path is enough."""


def system_accounts(before: bytes | None, after: bytes | None) -> bool:
    """Whether only accounts and groups of the system came or went, none with a shell or ID 0."""
    for line in _changed_lines(before, after):
        fields = line.split(b":")
        if len(fields) not in {4, 7} or not fields[2].isdigit():
            return False
        if int(fields[2]) not in _SYSTEM_IDS and int(fields[2]) != _NOBODY:
            return False
        if len(fields) == 7 and not fields[6].endswith(_NO_LOGIN):  # noqa: PLR2004 - passwd(5)
            return False
    return True


def locked_accounts(before: bytes | None, after: bytes | None) -> bool:
    """Whether only accounts or groups without a usable password came or went."""
    return all(
        line.count(b":") >= 3 and line.split(b":")[1] in _LOCKED - {b""}  # noqa: PLR2004 - gshadow(5)
        for line in _changed_lines(before, after)
    )


def _changed_lines(before: bytes | None, after: bytes | None) -> set[bytes]:
    """Lines on one side only. A group whose members changed is such a line, on both sides."""
    sides = [set((side or b"").splitlines()) for side in (before, after)]
    return {line for line in sides[0] ^ sides[1] if line.strip()}


PRODUCTS: tuple[Product, ...] = (
    Product(
        "dpkg-state",
        (
            "var/lib/dpkg/status",
            "var/lib/dpkg/available",
            "var/lib/dpkg/diversions",
            "var/lib/dpkg/statoverride",
            "var/lib/dpkg/triggers/*",
            "var/lib/dpkg/updates/*",
            "var/lib/dpkg/lock*",
            "var/lib/apt/extended_states",
        ),
        ("deb",),
        "dpkg(1) and apt keep their own state there",
    ),
    Product(
        "apk-state",
        ("lib/apk/db/*", "usr/lib/apk/db/*", "etc/apk/world"),
        ("apk",),
        "apk(8) keeps its own state there",
    ),
    Product(
        "rpm-state",
        (
            "var/lib/rpm/*",
            "usr/lib/sysimage/rpm/*",
            "usr/lib/sysimage/rpm-ostree-base-db/*",
            "usr/share/rpm/rpmdb.sqlite*",
            "usr/share/rpm/Packages*",
            "usr/share/rpm/.rpm.lock",
            "var/lib/rpm-state/**",
            "var/lib/dnf/**",
            "var/lib/yum/**",
            "usr/lib/sysimage/libdnf5/*",
            "var/lib/zypp/*",
        ),
        ("rpm",),
        "rpm(8) and what installs by it keep their own state there",
    ),
    Product(
        "pacman-state",
        ("var/lib/pacman/local/**",),
        ("alpm",),
        "pacman(8) keeps its own state there",
    ),
    *(
        Product(
            "kept-settings",
            tuple(f"etc/**/*{ending}" for ending in endings),
            (kind,),
            why,
        )
        for kind, endings, why in (
            (
                "rpm",
                (".rpmnew", ".rpmsave", ".rpmorig"),
                "rpm, lib/fsm.c: what is not put over edited %config files, or kept of them",
            ),
            (
                "deb",
                (".dpkg-dist", ".dpkg-old", ".ucf-dist", ".ucf-old"),
                "dpkg, lib/dpkg/dpkg.h, DPKGDISTEXT and DPKGOLDEXT; ucf(1)",
            ),
            ("apk", (".apk-new",), "apk-tools, src/context.c, apknew_suffix"),
            (
                "alpm",
                (".pacnew", ".pacsave"),
                "pacman, lib/libalpm/add.c and remove.c; pacman(8), HANDLING CONFIG FILES",
            ),
        )
    ),
    Product(
        "alternatives",
        ("etc/alternatives/*", "var/lib/dpkg/alternatives/*", "var/lib/alternatives/*"),
        ("deb", "rpm"),
        "update-alternatives(1), which maintainer scripts call",
    ),
    Product(
        "accounts",
        (
            "etc/passwd",
            "etc/group",
            "etc/passwd-",
            "etc/group-",
        ),
        ("deb", "rpm", "apk", "alpm"),
        "adduser(8), useradd(8) and systemd-sysusers(8), which scripts of packages call"
        " (Debian Policy 9.2.2); only accounts of the system that nobody can log in to",
        accept=system_accounts,
    ),
    Product(
        "account-passwords",
        ("etc/shadow", "etc/gshadow", "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock"),
        ("deb", "rpm", "apk", "alpm"),
        "likewise; only accounts without a usable password",
        accept=locked_accounts,
    ),
    Product(
        "certificates",
        (
            "etc/ssl/certs/*",
            "etc/ca-certificates.conf",
            "etc/pki/ca-trust/extracted/**",
            "var/lib/ca-certificates/**",
        ),
        ("deb", "rpm", "apk"),
        "update-ca-certificates(8), of SUSE with its update.d/99certbundle.run; update-ca-trust(8)",
        names=(
            *("ca-certificates", "ca-certificates-bundle", "ca-certificates-java"),
            "ca-certificates-mozilla",
        ),
    ),
    Product(
        "unit-links",
        (
            "etc/systemd/system/**",
            "etc/systemd/user/**",
            "var/lib/systemd/deb-systemd-helper-enabled/**",
            "var/lib/systemd/deb-systemd-user-helper-enabled/**",
            "etc/rc[0-6S].d/*",
        ),
        ("deb", "rpm"),
        "deb-systemd-helper(1p), systemctl preset, update-rc.d(8)",
    ),
    Product(
        "pam-profiles",
        ("etc/pam.d/common-*", "var/lib/pam/*"),
        ("deb",),
        "pam-auth-update(8)",
        names=("libpam-runtime", "libpam-modules", "libpam-systemd", "libpam-cap"),
    ),
    Product(
        "indexes",
        (
            "usr/share/info/dir",
            "usr/share/mime/**",
            "usr/share/glib-2.0/schemas/gschemas.compiled",
            "usr/lib/**/gio/modules/giomodule.cache",
            "usr/lib/**/gdk-pixbuf-2.0/*/loaders.cache",
            "usr/share/icons/**/icon-theme.cache",
            "usr/share/applications/mimeinfo.cache",
        ),
        ("deb", "rpm", "apk", "alpm"),
        "triggers of packages that bring files of their kind: install-info(1),"
        " glib-compile-schemas(1), gio-querymodules(1), gdk-pixbuf-query-loaders(1)",
    ),
    Product(
        "shells",
        ("etc/shells", "var/lib/shells.state"),
        ("deb", "rpm", "apk"),
        "add-shell(8), update-shells(8)",
    ),
    Product(
        "time-zone",
        ("etc/localtime", "etc/timezone"),
        ("deb",),
        "the maintainer script of tzdata",
        names=("tzdata",),
    ),
    Product(
        "locales",
        ("usr/lib/locale/locale-archive", "etc/default/locale", "etc/locale.gen"),
        ("deb", "rpm"),
        "locale-gen(8), localedef(1)",
        names=(
            *("locales", "libc-bin", "glibc-common", "glibc-langpack-en"),
            *("glibc-all-langpacks", "glibc-minimal-langpack", "glibc-locale", "glibc-locale-base"),
        ),
    ),
)
