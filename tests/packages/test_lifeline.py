"""The life of packages, by what their databases state after each layer."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.diff.versions import order
from analyzer.packages.contract import Location, Package
from analyzer.packages.lifeline import Event, Life, LostDatabase, Turn, lives_of

STATUS = "var/lib/dpkg/status"


def deb(name: str, version: str, state: str = "installed", at: str = STATUS) -> Package:
    """A package of dpkg."""
    return Package(name, version, "amd64", "deb", state, locations=(Location(at, 0),))


def life(*prefixes: Sequence[Package], name: str = "a") -> Life:
    """The life of one package."""
    (found,) = [each for each in lives_of(prefixes, order).lives if each.name == name]
    return found


def test_installed_upgraded_removed_and_back() -> None:
    one, two, other = deb("a", "1:1.9"), deb("a", "1:1.10"), deb("b", "1")
    found = life([other], [other, one], [other, one], [other, two], [other], [other, one])
    assert found.events == (
        Event(1, Turn.INSTALLED, "", "1:1.9"),
        Event(3, Turn.UPGRADED, "1:1.9", "1:1.10"),
        Event(4, Turn.REMOVED, "1:1.10", ""),
        Event(5, Turn.INSTALLED, "", "1:1.9"),
    )
    assert found.versions == ("1:1.9",)
    assert found.eventful
    assert not life([other], [other], name="b").eventful


def test_versions_installed_side_by_side_are_no_event_until_one_is_changed() -> None:
    one, two, three = (deb("a", version) for version in ("1", "2", "3"))
    assert not life([one, two]).eventful
    assert not life([], [one, two], [one, two]).eventful
    assert life([one, two], [one, three]).eventful
    assert life([one], [one, two]).eventful


def test_an_older_version_and_one_without_order() -> None:
    assert life([deb("a", "2")], [deb("a", "1")]).events[1].turn is Turn.DOWNGRADED
    odd = [Package("a", version, "", "generic") for version in ("x", "y")]
    assert life([odd[0]], [odd[1]]).events[1].turn is Turn.CHANGED
    gentoo = [Package("a", v, "", "generic", cataloger="portage") for v in ("1.0_rc1", "1.0")]
    assert life([gentoo[0]], [gentoo[1]]).events[1].turn is Turn.UPGRADED


def test_a_removal_may_leave_configuration() -> None:
    found = life([deb("a", "1")], [deb("a", "1", "config-files")], [])
    assert found.events[1:] == (Event(1, Turn.REMOVED, "1", "", "config-files"),)
    assert found.versions == ()


def test_versions_side_by_side_come_and_go_one_by_one() -> None:
    kernels = [deb("a", "5"), deb("a", "6"), deb("a", "7")]
    found = life(kernels[:1], kernels, kernels[2:])
    assert [(event.turn, event.before or event.after) for event in found.events[1:]] == [
        (Turn.INSTALLED, "6"),
        (Turn.INSTALLED, "7"),
        (Turn.REMOVED, "5"),
        (Turn.REMOVED, "6"),
    ]
    assert found.versions == ("7",)


def test_a_deleted_database_loses_its_packages() -> None:
    lives = lives_of([[deb("a", "1"), deb("b", "1")], []], order)
    assert lives.databases == (LostDatabase(1, STATUS, 2),)
    assert {each.events[1].turn for each in lives.lives} == {Turn.LOST}


def test_a_database_that_moved_or_is_one_of_many_loses_nothing() -> None:
    before, after = deb("a", "1"), deb("a", "1", at="other/status")
    again = deb("b", "1"), deb("b", "1", at="other/status")
    moved = lives_of([[before, again[0]], [after, again[1]]], order)
    assert moved.databases == ()
    assert [len(each.events) for each in moved.lives] == [1, 1]
    split = [deb(name, "1", at=f"var/lib/dpkg/status.d/{name}") for name in "ab"]
    removed = lives_of([split, split[:1]], order)
    assert removed.databases == ()
    assert removed.lives[1].events[1].turn is Turn.REMOVED


def test_what_is_only_declared_has_no_life() -> None:
    assert lives_of([[deb("a", "1", "declared")], []], order).lives == ()
    assert lives_of([], order).lives == ()
