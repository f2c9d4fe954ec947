"""What rebuilds change although nobody changed anything: the list, as data.

`docs/noise.md` is written from it and `ociscope explain noise` names the rules; tests keep them
equal. Where a rule has a mask the content is read, and the rule holds only if nothing but the
masked fields differs. Where it has none, the path alone decides: such a file is expected to
differ, which does not prove that what is in it is harmless.
"""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.diff.filesystem import masks
from analyzer.diff.filesystem.masks import Mask
from analyzer.packages.formats.rpmdatabase import FOLDERS

REPRODUCIBLE = "https://reproducible-builds.org/docs/system-images/"
OFFICIAL_IMAGES = "https://github.com/docker-library/wordpress/pull/915"
DEBUERREOTYPE = "https://github.com/debuerreotype/debuerreotype, scripts/"
STRIP = "strip-nondeterminism, lib/File/StripNondeterminism/handlers/"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of noise. `patterns` are globs over root-relative paths, as in `globs.py`."""

    name: str
    what: str
    """What differs, in words."""
    patterns: tuple[str, ...]
    made_by: str
    """The tool that makes it."""
    why: str
    sources: tuple[str, ...]
    mask: Mask | None = None
    """Proves from the content that nothing else differs; None where the path alone decides."""
    presence: bool = False
    """Whether it also explains that the file is on one side only."""
    empty_programs: bool = False
    """Whether permission to execute an empty file does not matter."""


TIMES = Rule(
    "times",
    "modification times, and nothing else",
    ("**",),
    "whatever writes files",
    "a file written again has the time of the build",
    (REPRODUCIBLE, "https://github.com/moby/buildkit/blob/v0.13.2/docs/build-repro.md"),
)

PROVEN = (
    Rule(
        "bytecode-time",
        "the time of the source in the header of Python bytecode",
        ("**/*.pyc",),
        "Python's import, py_compile and compileall",
        "a .pyc holds the modification time of its .py",
        ("https://peps.python.org/pep-0552/", REPRODUCIBLE),
        masks.bytecode,
    ),
    Rule(
        "gzip-time",
        "the time in the header of a gzip file",
        ("**/*.gz", "**/*.tgz", "**/*.svgz"),
        "gzip",
        "the header holds the time of the original file or of the compression",
        ("RFC 1952, 2.3.1, MTIME", STRIP + "gzip.pm"),
        masks.gzip_time,
    ),
    Rule(
        "zip-times",
        "times of the members of a zip archive",
        ("**/*.zip", "**/*.jar", "**/*.war", "**/*.ear", "**/*.whl", "**/*.egg", "**/*.jmod"),
        "jar, zip, build tools of Java and Python",
        "each member has the time of the file that it was made from",
        ("APPNOTE.TXT 4.4.6", STRIP + "zip.pm, jar.pm"),
        masks.zip_times,
    ),
    Rule(
        "ar-headers",
        "times and owners of the members of a static library",
        ("**/*.a",),
        "ar, ranlib",
        "without its option D, ar writes the time and owner of each object file",
        ("ar(1), option D", STRIP + "ar.pm"),
        masks.ar_times,
    ),
    Rule(
        "apk-scripts",
        "times of the scripts of packages in apk's database",
        ("lib/apk/db/scripts.tar", "usr/lib/apk/db/scripts.tar"),
        "apk until 2.12.11, and 2.14.0",
        "each script had the time at which the database was written",
        (
            "apk-tools, src/database.c, apk_db_scriptdb_write, until commit 2235bf9",
            "https://gitlab.alpinelinux.org/alpine/apk-tools",
        ),
        masks.tar_times,
    ),
    Rule(
        "machine-id",
        "the machine ID",
        ("etc/machine-id", "var/lib/dbus/machine-id"),
        "systemd-machine-id-setup, dbus-uuidgen",
        "a random number; an image for several machines should have it empty",
        ("machine-id(5)", DEBUERREOTYPE + "debuerreotype-fixup"),
        masks.machine_id,
        presence=True,
    ),
    Rule(
        "zypp-id",
        "the number by which openSUSE counts systems",
        ("var/lib/zypp/AnonymousUniqueId",),
        "libzypp",
        "a random number; an image for several machines should not have it",
        (
            "libzypp, zypp/target/TargetImpl.cc, createAnonymousId",
            "https://en.opensuse.org/openSUSE:Statistics",
        ),
        masks.unique_id,
        presence=True,
    ),
    Rule(
        "password-day",
        "the day of the last password change, the third field of each line",
        ("etc/shadow", "etc/shadow-"),
        "useradd, passwd, systemd-sysusers",
        "an account that a build makes gets the day of the build",
        (
            "https://github.com/shadow-maint/shadow/pull/71",
            "https://github.com/systemd/systemd/pull/24534",
        ),
        masks.last_change,
    ),
)

BY_PATH = (
    Rule(
        "logs",
        "log files",
        ("var/log/**",),
        "apt, dpkg, dnf, update-alternatives, ...",
        "they hold the time of every step",
        (OFFICIAL_IMAGES, DEBUERREOTYPE + ".tar-exclude"),
        presence=True,
    ),
    Rule(
        "caches",
        "caches that programs make again when they are gone",
        ("var/cache/**",),
        "ldconfig (aux-cache), apt, dnf, apk, debconf, fontconfig, man-db, ...",
        "inode numbers, times and lists of a repository on the day of the build",
        (OFFICIAL_IMAGES, "https://github.com/SUSE/BCI-dockerfile-generator/pull/2759", "hier(7)"),
        presence=True,
    ),
    Rule(
        "apt-lists",
        "lists of what repositories offer",
        ("var/lib/apt/lists/**", "var/state/apt/lists/**"),
        "apt-get update",
        "they are those of the day of the build",
        (DEBUERREOTYPE + ".tar-exclude",),
        presence=True,
    ),
    Rule(
        "database-backups",
        "the version before the last of package and account databases",
        ("var/lib/dpkg/*-old", "var/lib/aptitude/pkgstates.old", "var/backups/**"),
        "dpkg, update-alternatives, the daily job of dpkg",
        "they tell in how many steps packages were installed, not which there are",
        ("dpkg, lib/dpkg/atomic-file.c, atomic_file_backup", "dpkg, debian/dpkg.cron.daily"),
        presence=True,
    ),
    Rule(
        "ld-cache",
        "the index of shared libraries",
        ("etc/ld.so.cache",),
        "ldconfig",
        "made again from the libraries that are there; the dynamic linker of another"
        " architecture or version writes another one",
        ("ldconfig(8)",),
        presence=True,
    ),
    Rule(
        "builder-stubs",
        "files and folders that a container engine puts its own over",
        (
            "etc/resolv.conf",
            "etc/hosts",
            "etc/hostname",
            ".dockerenv",
            "run/.containerenv",
            "dev",
            "dev/console",
            "dev/pts",
            "dev/shm",
            "proc",
            "sys",
        ),
        "docker, buildah, podman, debootstrap",
        "left behind where a builder mounted something; an engine hides them when it starts",
        (
            "moby, daemon/initlayer/setup_unix.go",
            "https://github.com/podman-container-tools/buildah/issues/4242",
            "https://github.com/bitnami/minideb/pull/69",
        ),
        presence=True,
        empty_programs=True,
    ),
    Rule(
        "home-caches",
        "what programs that ran as a user remember of the network",
        (
            "root/.cache/**",
            "home/*/.cache/**",
            "root/.npm/**",
            "home/*/.npm/**",
            "root/.wget-hsts",
            "usr/local/share/.cache/**",
            "tmp/node-compile-cache/**",
        ),
        "pip, npm, yarn, wget, node",
        "keyed by time and place of the download",
        (
            "https://github.com/stepci/stepci/issues/260",
            "https://github.com/docker-library/httpd/issues/250",
            "XDG Base Directory Specification, XDG_CACHE_HOME",
        ),
        presence=True,
    ),
    Rule(
        "bytecode",
        "Python bytecode in __pycache__",
        ("**/__pycache__", "**/__pycache__/*.pyc"),
        "Python, when it imports a module; py3compile",
        "made again from the source; the same source can give other bytes",
        (
            "https://reproducible-builds.org/events/hamburg2023/images-filesystems/",
            "PEP 3147",
        ),
        presence=True,
    ),
    Rule(
        "seeds",
        "stored randomness",
        ("var/lib/systemd/random-seed", "var/lib/urandom/random-seed", "var/lib/random-seed"),
        "systemd-random-seed",
        "random, and not to be shared between machines",
        (
            "systemd-random-seed.service(8)",
            "https://github.com/podman-container-tools/image_build/pull/51",
        ),
        presence=True,
    ),
    Rule(
        "journal-catalog",
        "the index of messages of the journal",
        ("var/lib/systemd/catalog/database",),
        "journalctl --update-catalog",
        "not the same bytes for the same messages on every distribution",
        (DEBUERREOTYPE + ".tar-exclude",),
        presence=True,
    ),
    Rule(
        "initramfs",
        "the initial root file system",
        ("boot/initrd.img-*", "boot/initramfs-*"),
        "update-initramfs, dracut, mkinitcpio",
        "an archive with times and inode numbers",
        (REPRODUCIBLE,),
        presence=True,
    ),
    Rule(
        "desktop-caches",
        "indexes of icons, fonts, file types and desktop entries",
        (
            "usr/share/icons/**/icon-theme.cache",
            "usr/share/fonts/**/.uuid",
            "usr/share/mime/mime.cache",
            "usr/share/applications/mimeinfo.cache",
            "usr/lib/fontconfig/cache/**",
        ),
        "gtk-update-icon-cache, fc-cache, update-mime-database, update-desktop-database",
        "made again from the files that are there; fontconfig 2.13 gave each folder a random UUID",
        ("gtk-update-icon-cache(1)", "https://github.com/clearlinux/distribution/issues/517"),
        presence=True,
    ),
    Rule(
        "database-locks",
        "locks of package databases, and logs of rpm's",
        (
            *(
                f"{folder}/{name}"
                for folder in FOLDERS
                for name in (
                    *(".rpm.lock", ".dbenv.lock", "__db.0*"),
                    *("rpmdb.sqlite-wal", "rpmdb.sqlite-shm"),
                )
            ),
            *("lib/apk/db/lock", "usr/lib/apk/db/lock"),
            *("var/lib/dpkg/lock", "var/lib/dpkg/lock-frontend", "var/lib/dpkg/triggers/Lock"),
        ),
        "rpm, apk, dpkg",
        "made when the database is opened, and left or taken away when it is closed",
        (
            "rpm, lib/rpmlock.c; lib/backend/sqlite.c, journal_mode",
            "apk-tools, src/database.c, apk_lock_file",
            "dpkg, lib/dpkg/dbmodify.c, modstatdb_open; lib/dpkg/triglib.c",
            "https://www.sqlite.org/walformat.html",
            "Berkeley DB, Programmer's Reference, Shared memory regions",
        ),
        presence=True,
    ),
    Rule(
        "rpm-database",
        "the rpm database, where no package differs",
        (
            "var/lib/rpm/*",
            "usr/lib/sysimage/rpm/*",
            "usr/lib/sysimage/rpm-ostree-base-db/*",
            "usr/share/rpm/rpmdb.sqlite",
            "usr/share/rpm/Packages*",
        ),
        "rpm",
        "each package is kept with the time when it was installed",
        (
            "https://github.com/openSUSE/obs-build/pull/1173",
            "https://github.com/Metaswitch/rpmoci/issues/82",
        ),
    ),
    Rule(
        "dnf-history",
        "the record of past installations",
        (
            "var/lib/dnf/history.sqlite*",
            "var/lib/dnf/repos/*/countme",
            "var/lib/yum/history/**",
            "var/lib/yum/rpmdb-indexes/**",
            "var/lib/yum/yumdb/**",
            "var/lib/yum/uuid",
            "usr/lib/sysimage/libdnf5/transaction_history.sqlite*",
        ),
        "dnf, yum",
        "the time of each transaction; the order of its rows is not fixed either",
        (
            "https://github.com/rpm-software-management/dnf5/issues/2326",
            "https://github.com/rpm-software-management/dnf/issues/2274",
            "yum, yum/rpmsack.py, RPMDBAdditionalData; yum/misc.py, get_uuid",
        ),
        presence=True,
    ),
    Rule(
        "pnpm-state",
        "when pnpm last looked at a workspace",
        (
            "**/node_modules/.pnpm-workspace-state*.json",
            "**/node_modules/.modules.yaml",
        ),
        "pnpm",
        "both files hold a time",
        ("https://github.com/pnpm/pnpm/issues/11669",),
    ),
)

NEVER = {
    "ssh host keys": "a private key in an image is shared by everybody who has the image; that a"
    " build makes one is worth seeing",
    "private keys and certificates of the build, such as ssl-cert-snakeoil": "likewise",
    "/var/lib/dpkg/info": "its scripts run as root, and its lists are what ownership is told by",
    "/var/lib/dpkg/status, /lib/apk/db": "what they say of packages is compared package by package",
    "/etc/passwd, /etc/group": "accounts are not to come and go",
    "whatever lies in /run, /srv or /opt": "nothing there is known to be made by a build alone",
    "setuid and setgid bits, permission to execute, owners, capabilities": "no rule covers them,"
    " whatever the path",
}
"""What is no noise although rebuilds may change it, and why."""

RULES: tuple[Rule, ...] = (TIMES, *PROVEN, *BY_PATH)
