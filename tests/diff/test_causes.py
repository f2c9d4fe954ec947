"""Why a file differs: one cause each, by the strongest thing that is known of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.diff.filesystem import causes as c
from analyzer.diff.filesystem.causes import Cause, CauseKind, Ground, cause_of, causes_of, counts
from analyzer.diff.filesystem.model import FileChange
from analyzer.diff.filesystem.noise import Contents, not_read
from analyzer.diff.filesystem.packagechanges import changes_of
from analyzer.diff.filesystem.products import PRODUCTS, locked_accounts, system_accounts
from analyzer.diff.filesystem.steps import Source, source_of, steps_of
from analyzer.diff.layers import align
from analyzer.diff.tree import Kind
from analyzer.packages.contract import Location
from analyzer.tarheader import EntryKind
from tests.diff.changes import added, changed, folder, removed, state
from tests.diff.reports import layer, package
from tests.support.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.packages.contract import Package
    from analyzer.report import LayerReport

SSL = package("openssl", "3.0.1", layer=0)
SSL_NEW = package("openssl", "3.0.2", layer=1)
TAR = package("tar", layer=0)
VERSION = TAR.version
RUN = "RUN /bin/sh -c make install # buildkit"
COPY = "COPY app /app # buildkit"
BASE = layer("base", "ADD file:0123 in / ")


def ground(
    before: Sequence[LayerReport] = (BASE,),
    after: Sequence[LayerReport] = (BASE,),
    packages: tuple[Sequence[Package], Sequence[Package]] = ((TAR,), (TAR,)),
    contents: Contents = not_read,
) -> Ground:
    return Ground(changes_of(*packages), steps_of(before, after, align(before, after)), contents)


UPGRADED = ground(
    [BASE, layer("one", RUN)], [BASE, layer("two", RUN)], ((TAR, SSL), (TAR, SSL_NEW))
)
"""The same Dockerfile, which has upgraded one package."""
NEW_RUN = ground([BASE], [BASE, layer("two", RUN)])
NEW_COPY = ground([BASE], [BASE, layer("two", COPY)])
OTHER_COPY = ground([BASE, layer("one", COPY)], [BASE, layer("two", COPY)])
TOP = {"layer": 1}


def told(change: FileChange, known: Ground) -> tuple[str, str]:
    """Kind and rule, which must be the same for the comparison the other way round."""
    cause = cause_of(change, known)
    return cause.kind.value, cause.rule


# --- files that packages only name ------------------------------------------------


def test_the_content_of_a_ghost_says_nothing_of_its_package() -> None:
    """rpm-spec(5), %ghost: the file is not in the package. rpm -V does not compare its content."""
    members = {"owners": (TAR.ident,), "ghost": True}
    path = "var/cache/ldconfig/aux-cache"
    assert told(changed(path, ("content",), members, members), UPGRADED) == ("noise", "caches")
    brought = {"owners": (TAR.ident,)}
    for sides in ((brought, brought), (brought, members), (members, brought)):
        assert told(changed(path, ("content",), *sides), UPGRADED)[1] == c.PACKAGED_FILE
    program = {**members, "mode": 0o755}
    assert told(changed(path, ("content",), program, program), UPGRADED)[1] == c.PACKAGED_FILE
    writable = {**members, "mode": 0o666}
    assert told(changed(path, ("mode",), members, writable), UPGRADED)[1] == c.PACKAGED_FILE


# --- packages ----------------------------------------------------------------


def test_a_file_of_an_upgraded_package_is_explained_by_it() -> None:
    change = changed(
        "usr/bin/openssl",
        ("content",),
        {"owners": (SSL.ident,), "mode": 0o755},
        {"owners": (SSL_NEW.ident,), "mode": 0o755, **TOP},
    )
    cause = cause_of(change, UPGRADED)
    assert (cause.kind, cause.rule) == (CauseKind.PACKAGE, c.OWNER_CHANGED)
    assert cause.words == "deb:openssl: 3.0.1 -> 3.0.2"
    assert cause.mirrored.words == "deb:openssl: 3.0.2 -> 3.0.1"


def test_a_file_of_an_added_package_is_explained_by_it() -> None:
    known = ground(packages=((TAR,), (TAR, SSL)))
    cause = cause_of(added("usr/bin/openssl", mode=0o755, owners=(SSL.ident,)), known)
    assert (cause.rule, cause.words) == (c.OWNER_CHANGED, "deb:openssl: after: 3.0.1")


def test_a_file_that_was_taken_over_by_another_package_is_explained_by_that_one() -> None:
    change = changed(
        "usr/bin/x", ("content",), {"owners": (TAR.ident,)}, {"owners": (SSL_NEW.ident,), **TOP}
    )
    assert told(change, UPGRADED) == ("package", c.OWNER_CHANGED)


def test_a_database_is_explained_by_the_packages_that_it_records() -> None:
    change = changed("var/lib/dpkg/status", ("content",), {}, TOP)
    assert told(change, UPGRADED) == ("package", c.PACKAGE_RECORD)
    assert told(change, NEW_RUN) == ("build-step", c.OWN_STEP)


def test_packages_for_another_processor_are_named_and_counted_once() -> None:
    """Two platforms of one image have each package twice, once for each processor."""
    sides = [
        [package(f"lib{letter}", layer=0)._replace(arch=arch) for letter in "abcdef"]
        for arch in ("amd64", "arm64")
    ]
    known = replace(UPGRADED, packages=changes_of(*sides))
    whole = cause_of(changed("var/lib/dpkg/status", ("content",), {}, TOP), known)
    assert whole.words == "6 packages differ; deb:liba, deb:libb, deb:libc, deb:libd, 2 more"
    one = cause_of(changed("var/lib/dpkg/info/liba.list", ("content",), {}, TOP), known)
    assert one.words == f"deb:liba: {VERSION} (amd64) -> {VERSION} (arm64)"
    assert one.mirrored.words == f"deb:liba: {VERSION} (arm64) -> {VERSION} (amd64)"


@pytest.mark.parametrize("name", ["openssl.list", "openssl:amd64.postinst"])
def test_dpkg_keeps_files_for_each_package(name: str) -> None:
    change = changed(f"var/lib/dpkg/info/{name}", ("content",), {}, TOP)
    assert told(change, UPGRADED) == ("package", c.PACKAGE_RECORD)


@pytest.mark.parametrize("name", ["tar.postinst", "openssl:i386.list", "openssl-x.list"])
def test_dpkg_files_of_other_packages_are_not_explained_by_one_that_changed(name: str) -> None:
    change = changed(f"var/lib/dpkg/info/{name}", ("content",), {}, TOP)
    assert told(change, UPGRADED) == ("unexplained", c.SAME_STEP)


def test_a_lock_file_is_no_record_of_what_is_there() -> None:
    one, two = (
        package("left-pad", version, kind="npm")._replace(
            method="lock-file",
            locations=(Location("app/package-lock.json"),),
        )
        for version in ("1.0", "2.0")
    )
    known = replace(OTHER_COPY, packages=changes_of([one], [two]))
    change = changed("app/package-lock.json", ("content",), TOP, TOP)
    assert told(change, known) == ("build-step", c.OTHER_INPUT)


def npm(version: str, folder: str = "srv/node_modules/left-pad") -> Package:
    found = package("left-pad", version, kind="npm", arch="")
    return found._replace(method="metadata", locations=(Location(f"{folder}/package.json"),))


def test_a_folder_below_node_modules_belongs_to_its_package() -> None:
    known = replace(UPGRADED, packages=changes_of([npm("1.0")], [npm("2.0")]))
    program = changed("srv/node_modules/left-pad/bin/x.js", ("content",), TOP, TOP)
    assert told(program, known) == ("package", c.OWNER_CHANGED)
    assert told(changed("srv/node_modules/other.js", ("content",), TOP, TOP), known)[0] == (
        "unexplained"
    )
    same = replace(NEW_COPY, packages=changes_of([npm("1.0")], [npm("1.0")]))
    assert told(program, same) == ("unexplained", c.PACKAGED_FILE)


def test_the_folder_of_an_application_is_not_its_package() -> None:
    app = changes_of([npm("1.0", "srv/app")], [npm("1.0", "srv/app")])
    change = changed("srv/app/server.js", ("content",), TOP, TOP)
    assert told(change, replace(OTHER_COPY, packages=app)) == ("build-step", c.OTHER_INPUT)


# --- files of packages that did not change -------------------------------------


@pytest.mark.parametrize("known", [NEW_RUN, NEW_COPY, UPGRADED], ids=["run", "copy", "package"])
def test_other_content_in_a_file_of_the_same_package_is_never_explained(known: Ground) -> None:
    owned = {"owners": (TAR.ident,)}
    change = changed("usr/share/tar/x", ("content",), owned, {**owned, **TOP})
    cause = cause_of(change, known)
    assert (cause.kind, cause.rule) == (CauseKind.UNEXPLAINED, c.PACKAGED_FILE)
    assert cause.words.startswith("its package deb:tar:amd64@1.0 did not change: layer 0")
    assert "-> layer 1 (" in cause.words


GRANTED: dict[str, tuple[tuple[Any, ...], dict[str, Any], dict[str, Any]]] = {
    "setuid": (("mode",), {"mode": 0o755}, {"mode": 0o4755}),
    "setuid taken away": (("mode",), {"mode": 0o4755}, {"mode": 0o755}),
    "world-writable": (("mode",), {"mode": 0o644}, {"mode": 0o666}),
    "executable": (("mode",), {"mode": 0o644}, {"mode": 0o755}),
    "capability": (
        ("capabilities",),
        {"mode": 0o755},
        {"mode": 0o755, "xattrs": (("security.capability", b"1"),)},
    ),
    "other owner of a program": (("owner",), {"mode": 0o755}, {"mode": 0o755, "uid": 7}),
    "link elsewhere": (
        ("target",),
        {"kind": EntryKind.SYMLINK, "target": "a", "size": 0},
        {"kind": EntryKind.SYMLINK, "target": "b", "size": 0},
    ),
}


@pytest.mark.parametrize("case", GRANTED)
def test_more_rights_for_a_file_of_the_same_package_are_never_explained(case: str) -> None:
    what, before, after = GRANTED[case]
    owned = {"owners": (TAR.ident,)}
    change = changed("usr/bin/tar", what, {**before, **owned}, {**after, **owned, **TOP})
    assert told(change, NEW_RUN) == ("unexplained", c.PACKAGED_FILE)


def test_a_step_may_give_a_file_of_a_package_fewer_rights_or_a_data_file_another_owner() -> None:
    owned = {"owners": (TAR.ident,)}
    closed = changed("srv/a", ("mode",), {"mode": 0o644, **owned}, {"mode": 0o600, **owned, **TOP})
    given = changed("srv/a", ("owner",), owned, {"uid": 7, **owned, **TOP})
    assert told(closed, NEW_RUN) == told(given, NEW_RUN) == ("build-step", c.OWN_STEP)


def test_settings_of_a_package_may_be_edited_by_a_step() -> None:
    owned = {"owners": (TAR.ident,)}
    edited = changed("etc/tar.conf", ("content", "time"), owned, {**owned, **TOP})
    assert told(edited, NEW_RUN) == ("build-step", c.OWN_STEP)
    assert told(edited, UPGRADED) == ("unexplained", c.SAME_STEP)
    program = {"owners": (TAR.ident,), "mode": 0o755}
    hook = changed("etc/cron.daily/tar", ("content",), program, {**program, **TOP})
    assert told(hook, NEW_RUN) == ("unexplained", c.PACKAGED_FILE)


def test_documentation_of_a_package_may_be_deleted_and_its_programs_may_not() -> None:
    page = removed("usr/share/doc/tar/README", owners=(TAR.ident,))
    assert told(page, NEW_RUN) == ("build-step", c.TAKEN_AWAY)
    assert cause_of(page, NEW_RUN).words.startswith("taken away: after: layer 1 (RUN /bin/sh -c")
    program = removed("usr/bin/tar", owners=(TAR.ident,), mode=0o755)
    assert told(program, NEW_RUN) == ("unexplained", c.PACKAGED_PROGRAM)


# --- what packages make ----------------------------------------------------------


def test_alternatives_are_explained_by_packages_of_their_layer() -> None:
    link = {"kind": EntryKind.SYMLINK, "size": 0, "mode": 0}
    change = added("etc/alternatives/awk", **link, **TOP)
    assert told(change, UPGRADED) == ("package", "alternatives")
    elsewhere = added("etc/alternatives/awk", **link)
    assert told(elsewhere, UPGRADED)[0] == "unexplained"


PASSWD = b"root:x:0:0:root:/root:/bin/bash\n"
SYSTEM = b"messagebus:x:101:102::/nonexistent:/usr/sbin/nologin\n"
ACCOUNTS = {
    "a system account": (SYSTEM, True),
    "a person": (b"eve:x:1000:1000::/home/eve:/bin/bash\n", False),
    "a second root": (b"toor:x:0:0::/root:/bin/bash\n", False),
    "a system account with a shell": (b"sys:x:102:102::/:/bin/sh\n", False),
    "no line of passwd": (b"eve\n", False),
}


@pytest.mark.parametrize("case", ACCOUNTS)
def test_packages_may_bring_accounts_of_the_system_alone(case: str) -> None:
    line, fine = ACCOUNTS[case]
    assert system_accounts(PASSWD, PASSWD + line) is fine
    known = replace(UPGRADED, contents=lambda _change: (PASSWD, PASSWD + line))
    change = changed("etc/passwd", ("content",), {}, TOP)
    expected = ("package", "accounts") if fine else ("unexplained", c.SAME_STEP)
    assert told(change, known) == expected


def test_accounts_that_nobody_could_read_are_not_explained() -> None:
    change = changed("etc/passwd", ("content",), {}, TOP)
    assert told(change, UPGRADED) == ("unexplained", c.SAME_STEP)


@pytest.mark.parametrize(
    ("password", "fine"), [("!", True), ("*", True), ("", False), ("$6$", False)]
)
def test_packages_may_bring_locked_accounts_alone(password: str, fine: bool) -> None:  # noqa: FBT001
    line = f"messagebus:{password}:19000::::::\n".encode()
    assert locked_accounts(b"root:*:19000::::::\n", b"root:*:19000::::::\n" + line) is fine


def test_certificates_are_explained_by_their_own_package_alone() -> None:
    change = changed("etc/ssl/certs/ca-certificates.crt", ("content",), {}, TOP)
    assert told(change, UPGRADED) == ("unexplained", c.SAME_STEP)
    one, two = (package("ca-certificates", version, layer=1) for version in ("1", "2"))
    known = replace(UPGRADED, packages=changes_of([one], [two]))
    assert told(change, known) == ("package", "certificates")


# --- noise -------------------------------------------------------------------------


def test_noise_explains_what_nothing_better_does() -> None:
    change = changed("var/log/dpkg.log", ("content",), {}, TOP)
    assert told(change, UPGRADED) == ("noise", "logs")
    assert told(changed("usr/bin/tar", ("time",)), UPGRADED) == ("noise", "times")


def test_noise_by_path_does_not_excuse_a_file_of_the_same_package() -> None:
    owned = {"owners": (TAR.ident,)}
    path = "usr/lib/python3/__pycache__/tar.cpython-311.pyc"
    change = changed(path, ("content",), owned, {**owned, **TOP})
    assert told(change, UPGRADED) == ("unexplained", c.PACKAGED_FILE)


# --- build steps -------------------------------------------------------------------


def test_a_file_that_a_new_step_brought_is_explained_by_it() -> None:
    cause = cause_of(added("app/data", **TOP), NEW_COPY)
    assert (cause.kind, cause.rule) == (CauseKind.STEP, c.OWN_STEP)
    assert cause.words == f"after: layer 1 ({COPY})"


def test_the_same_copy_of_something_else_is_explained_and_the_same_command_is_not() -> None:
    change = changed("app/data", ("content",), TOP, TOP)
    assert told(change, OTHER_COPY) == ("build-step", c.OTHER_INPUT)
    assert told(change, UPGRADED) == ("unexplained", c.SAME_STEP)


@pytest.mark.parametrize("mode", [0o755, 0o4644])
def test_a_program_must_come_from_a_package_or_from_outside(mode: int) -> None:
    program = added("usr/local/bin/x", mode=mode, **TOP)
    assert told(program, NEW_RUN) == ("unexplained", c.OWN_PROGRAM)
    assert told(program, NEW_COPY) == ("build-step", c.OWN_STEP)


def test_a_root_filesystem_has_no_steps() -> None:
    bare = layer("tree", created_by=" ")
    other = layer("other", created_by=" ")
    change = changed("opt/x", ("content",))
    known = ground([bare], [other])
    assert told(change, known)[0] == "unexplained"
    assert told(change, ground([], []))[1] == c.NO_STEP


def test_what_shared_layers_brought_and_no_step_took_is_unexplained() -> None:
    assert told(added("opt/x"), ground()) == ("unexplained", c.SAME_LAYERS)


def test_a_file_of_which_a_side_was_not_read_is_not_explained() -> None:
    change = FileChange("opt/x", Kind.UNKNOWN, state(), state(content=None))
    assert told(change, NEW_COPY) == ("unexplained", c.NOT_READ)


SOURCES = {
    "COPY app /app # buildkit": Source.OUTSIDE,
    "/bin/sh -c #(nop) COPY file:0123 in /app ": Source.OUTSIDE,
    "/bin/sh -c #(nop) ADD file:0123 in / ": Source.OUTSIDE,
    "/bin/sh -c apt-get update": Source.COMMAND,
    "RUN |1 A=b /bin/sh -c make # buildkit": Source.COMMAND,
    "ADDUSER x": Source.COMMAND,
    "jib-maven-plugin:3.4.0": Source.OUTSIDE,
    "mmdebstrap": Source.COMMAND,
    "": Source.NOT_KNOWN,
}


@pytest.mark.parametrize(("line", "source"), SOURCES.items())
def test_a_history_line_tells_where_files_are_from(line: str, source: Source) -> None:
    assert source_of(line) is source


# --- folders, counts, both directions -----------------------------------------------


def test_a_folder_has_the_cause_of_what_is_in_it() -> None:
    known = ground([BASE], [BASE, layer("two", RUN)], ((TAR,), (TAR, SSL_NEW)))
    changes = [
        folder(added("opt/ssl", **TOP)),
        folder(added("opt/ssl/bin", **TOP)),
        added("opt/ssl/bin/a", owners=(SSL_NEW.ident,), **TOP),
        folder(added("opt/empty", **TOP)),
    ]
    found = causes_of(changes, known)
    assert [(one.kind, one.rule) for one in found] == [
        (CauseKind.PACKAGE, c.HOLDS),
        (CauseKind.PACKAGE, c.HOLDS),
        (CauseKind.PACKAGE, c.OWNER_CHANGED),
        (CauseKind.STEP, c.OWN_STEP),
    ]


def test_a_folder_does_not_take_over_that_its_content_is_unexplained() -> None:
    changes = [folder(added("opt/x", **TOP)), added("opt/x/run", mode=0o755, **TOP)]
    found = causes_of(changes, NEW_RUN)
    assert [one.kind for one in found] == [CauseKind.STEP, CauseKind.UNEXPLAINED]


def test_counts_have_every_kind() -> None:
    found = causes_of([added("opt/x", **TOP), changed("a", ("time",))], NEW_COPY)
    assert counts(found) == {
        "unexplained": {},
        "package": {},
        "build-step": {c.OWN_STEP: 1},
        "noise": {"times": 1},
    }


def exchanged(change: FileChange) -> FileChange:
    kinds = {Kind.ADDED: Kind.REMOVED, Kind.REMOVED: Kind.ADDED}
    return FileChange(
        change.path, kinds.get(change.kind, change.kind), change.after, change.before, change.what
    )


BOTH_WAYS = [
    added("usr/bin/openssl", owners=(SSL_NEW.ident,), **TOP),
    changed("usr/share/tar", ("content",), {"owners": (TAR.ident,)}, {"owners": (TAR.ident,)}),
    added("opt/x", **TOP),
    added("opt/y"),
    removed("opt/z"),
    removed("opt/run", mode=0o755, **TOP),
    changed("opt/x", ("content",), TOP, TOP),
    changed("var/log/x", ("content",), {}, TOP),
    changed("etc/alternatives/awk", ("content",), {}, TOP),
    changed("var/lib/dpkg/status", ("content",), {}, TOP),
]


@pytest.mark.parametrize("change", BOTH_WAYS, ids=lambda change: f"{change.kind} {change.path}")
def test_comparing_the_other_way_round_finds_the_mirrored_cause(change: FileChange) -> None:
    sides: list[tuple[Any, Any, Any, Any]] = [
        ([BASE, layer("one", RUN)], [BASE, layer("two", RUN)], (TAR, SSL), (TAR, SSL_NEW)),
        ([BASE], [BASE, layer("two", COPY)], (TAR,), (TAR,)),
    ]
    for one, two, packages, others in sides:
        forth = cause_of(change, ground(one, two, (packages, others)))
        back = cause_of(exchanged(change), ground(two, one, (others, packages)))
        assert back == forth.mirrored


def test_every_rule_is_written_down() -> None:
    page = (ROOT / "docs/diff.md").read_text()
    names = {*c.RULES, *(product.name for product in PRODUCTS)}
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_a_cause_says_what_it_is() -> None:
    cause = cause_of(added("opt/x"), ground())
    assert isinstance(cause, Cause)
    assert c.RULES[cause.rule] in cause.words
