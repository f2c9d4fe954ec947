"""What `compare` says about pairs of reports that differ in one thing each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given

from analyzer.canonical import json_bytes
from analyzer.diff.compare import HOW_TO_PAIR, NOTHING_IN_COMMON, compare
from analyzer.diff.identity import (
    OTHER_CONFIG,
    OTHER_INDEX,
    OTHER_WRAPPING,
    RECOMPRESSED,
    SAME_MANIFEST,
)
from analyzer.diff.pairs import OTHER_PLATFORMS
from analyzer.diff.tree import Kind, mirrored, to_document
from analyzer.packages.distro import Distro
from analyzer.problems import Code, error
from analyzer.report import Report
from tests.diff.images import normal, part, stranger
from tests.diff.reports import digest, image, layer, package, report
from tests.diff.strategies import REPORTS

if TYPE_CHECKING:
    pass


class TestPairing:
    """Nothing is paired silently, and nothing that does not belong together."""

    def test_by_name_and_platform(self) -> None:
        """Order in the file does not matter."""
        a = report(image("a:1"), image("a:1", platform="linux/arm64"), image("b:1", position=1))
        b = report(image("b:1"), image("a:1", platform="linux/arm64", position=1),
                   image("a:1", position=1))  # fmt: skip
        found = compare(a, b)
        assert [c.subject for c in found.children] == [
            "a:1 linux/amd64",
            "a:1 linux/arm64",
            "b:1 linux/amd64",
        ]
        assert all(c.notes == ("paired by name and platform",) for c in found.children)

    def test_short_and_long_names_are_one(self) -> None:
        """Docker writes `alpine:3` where podman writes the whole name."""
        a = report(image("alpine:3"), image("x/y:1", position=1))
        b = report(image("docker.io/library/alpine:3"), image("docker.io/x/y:1", position=1))
        assert [c.subject for c in compare(a, b).children] == [
            "alpine:3 linux/amd64",
            "x/y:1 linux/amd64",
        ]

    def test_two_single_images_by_platform_alone(self) -> None:
        """The usual question: what is new in app:2?"""
        a = report(image("app:1"), stranger("app:1", platform="linux/arm64"))
        b = report(image("app:2"), stranger("app:2", platform="linux/s390x"))
        kinds = {c.subject: c.kind for c in compare(a, b).children}
        assert kinds == {
            "linux/amd64": Kind.SAME,
            "app:1 linux/arm64": Kind.REMOVED,
            "app:2 linux/s390x": Kind.ADDED,
        }

    def test_an_image_paired_by_name_is_not_paired_again_by_platform(self) -> None:
        """Its other platform belongs to it and not to a stranger."""
        a = report(image("app:1"), stranger("app:1", platform="linux/arm64"))
        b = report(image("app:1"), stranger("new:1", platform="linux/arm64", position=1))
        assert {c.subject: c.kind for c in compare(a, b).children} == {
            "app:1 linux/amd64": Kind.SAME,
            "app:1 linux/arm64": Kind.REMOVED,
            "new:1 linux/arm64": Kind.ADDED,
        }

    def test_several_images_by_image_id_only(self) -> None:
        """Renamed images are found, strangers stay alone."""
        a = report(stranger("a:1"), image("b:1", image_id="two", manifest="m1", position=1))
        b = report(image("c:1", image_id="two", manifest="m2"), stranger("d:1", position=1))
        found = {c.subject: c for c in compare(a, b).children}
        assert found["linux/amd64"].notes[0] == "paired by image ID"
        assert found["a:1 linux/amd64"].kind is Kind.REMOVED
        assert found["d:1 linux/amd64"].kind is Kind.ADDED

    def test_several_images_by_manifest_digest(self) -> None:
        """All that is known of an image that is only named."""
        a = report(stranger("a:1"), image("b:1", image_id=None, manifest="m", position=1))
        b = report(image("c:1", manifest="m"), stranger("d:1", position=1))
        found = {c.subject: c for c in compare(a, b).children}
        assert found["linux/amd64"].notes == ("paired by manifest digest",)

    def test_images_without_digests_by_position(self) -> None:
        """Whatever else is known of them must be the same."""
        a = report(*(image(position=n, image_id=None, manifest=None) for n in range(2)))
        notes = [c.notes for c in compare(a, a).children]
        assert notes == [("paired by position: neither has a digest",)] * 2

    def test_one_platform_twice_goes_by_manifest_then_image_id_then_position(self) -> None:
        """As in an index with two entries for one platform."""
        a = report(*(image("a:1", image_id=f"c{n}", manifest=f"m{n}") for n in range(3)))
        b = report(
            image("a:1", image_id="c1", manifest="rewrapped"),
            image("a:1", image_id="other", manifest="other"),
            image("a:1", image_id="c0", manifest="m0"),
        )
        notes = [c.notes[1] for c in compare(a, b).children]
        assert sorted(notes) == [
            "several entries are linux/amd64: paired by image ID",
            "several entries are linux/amd64: paired by manifest digest",
            "several entries are linux/amd64: paired by position",
        ]

    def test_attestations_never_take_part(self) -> None:
        """Neither declared as unknown platform nor told by their layers."""
        unknown = {"os": "unknown", "architecture": "unknown"}
        statement = layer("statement")
        in_toto = type(statement)(
            **{
                **{name: getattr(statement, name) for name in statement.__slots__},
                "media_type": "application/vnd.in-toto+json",
            }
        )
        a = report(image("a:1"))
        b = report(
            image("a:1"),
            image("a:1", platform="unknown/unknown", declared=unknown),
            image("a:1", layers=[in_toto]),
        )
        assert [c.kind for c in compare(a, b).children] == [Kind.SAME]

    def test_nothing_in_common_is_said(self) -> None:
        """Two lists of strangers would otherwise look like a comparison."""
        a = report(image("a:1"))
        b = report(*(stranger("a:1", platform=f"linux/{each}") for each in ("arm64", "s390x")))
        found = compare(a, b)
        assert found.differs
        assert found.notes == (NOTHING_IN_COMMON, HOW_TO_PAIR)

    def test_the_only_images_are_paired_whatever_their_platforms(self) -> None:
        """Who names two archives of one platform each wants these compared; it is said loudly."""
        a, b = report(image("a:1")), report(stranger("b:1", platform="linux/arm64"))
        (pair,) = compare(a, b).children
        assert pair.kind is Kind.CHANGED
        assert pair.notes == (OTHER_PLATFORMS.format("linux/amd64", "linux/arm64"),)
        assert compare(b, a) == mirrored(compare(a, b))

    def test_of_several_images_none_is_picked_and_an_unknown_platform_is_no_other(self) -> None:
        """Both would be a guess."""
        several = report(image("a:1"), image("a:2", position=1))
        other = report(stranger("b:1", platform="linux/arm64"))
        untold = report(stranger("b:1", platform="unknown/unknown"))
        for a, b in ((several, other), (report(image("a:1")), untold)):
            assert compare(a, b).notes == (NOTHING_IN_COMMON, HOW_TO_PAIR)
            assert compare(b, a).notes == (NOTHING_IN_COMMON, HOW_TO_PAIR)

    def test_reports_without_images_do_not_differ(self) -> None:
        """There is nothing to tell them apart by."""
        assert not compare(report(), report()).differs


class TestIdentity:
    """Digests, and what they mean together."""

    def test_other_wrapping(self) -> None:
        """The classic finding."""
        found = part("identity", image("a:1", manifest="m1"), image("a:1", manifest="m2"))
        assert found.differs
        assert found.notes == (OTHER_WRAPPING,)

    def test_a_docker_archive_does_not_know_the_manifest_digest(self) -> None:
        """Not known is no difference, and the reason is there."""
        found = part(
            "identity", image("a:1", manifest=None), image("a:1"), kind="docker-archive tar"
        )
        manifest = found.child("manifest_digest")
        assert manifest is not None
        assert not found.differs
        assert manifest.kind is Kind.UNKNOWN
        assert manifest.notes == (
            "before: the manifest digest is not recoverable from a docker archive",
        )

    def test_other_files_just_do_not_tell(self) -> None:
        """No reason is made up."""
        found = part("identity", image("a:1"), image("a:1", image_id=None))
        missing = found.child("image_id")
        assert missing is not None
        assert missing.notes == ("after: this file does not tell the image ID",)

    def test_same_manifest_in_another_index(self) -> None:
        """As after attestations were added."""
        found = part("identity", image("a:1", index="i1"), image("a:1", index="i2"))
        assert found.notes == (SAME_MANIFEST, OTHER_INDEX)

    def test_recompressed_layers(self) -> None:
        """Different blobs, the same tar inside."""
        found = part(
            "identity",
            image("a:1", manifest="m1", layers=[layer("base")]),
            image("a:1", manifest="m2", layers=[layer("base", blob="zstd")]),
        )
        assert found.notes == (OTHER_WRAPPING, RECOMPRESSED)

    def test_only_the_config_differs(self) -> None:
        """As after `docker build --label`."""
        one = image("a:1", image_id="c1", manifest="m1", layers=[layer("base")])
        two = image("a:1", image_id="c2", manifest="m2", layers=[layer("base")])
        assert part("identity", one, two).notes == (OTHER_CONFIG,)

    def test_lists_with_a_gap_are_not_known(self) -> None:
        """One missing diff ID and nobody can say the lists are equal."""
        one = image("a:1", layers=[layer("base", diff_id=False)])
        diff_ids = part("identity", one, image("a:1", layers=[layer("base")])).child("diff_ids")
        assert diff_ids is not None
        assert diff_ids.kind is Kind.UNKNOWN

    def test_an_image_that_is_only_named_is_compared_by_digest_only(self) -> None:
        """Its packages did not go away, they were never there."""
        absent = image("a:1", image_id=None, completeness="absent", config={})
        full = image("a:1", layers=[layer("base")], packages=[package("x")])
        found = compare(report(absent), report(full))
        assert not found.differs
        assert "before: this file names the image and does not hold it" in found.children[0].notes
        names = {c.subject: c.kind for c in found.children[0].children}
        assert names["packages"] is Kind.UNKNOWN

    def test_unread_content_is_said(self) -> None:
        """Fewer packages may only mean that a layer was damaged."""
        broken = image("a:1", problems=[error(Code.LAYER_DAMAGED, "layer 0", "cut off")])
        notes = compare(report(image("a:1")), report(broken)).children[0].notes
        assert any(note.startswith("after: some of it could not be read") for note in notes)


class TestLayers:
    """The shared base, then each layer once."""

    def layers(self, before: str, after: str) -> list[tuple[str, Kind]]:
        """Letters are contents; all instructions differ."""
        one, two = (image("a:1", layers=[layer(c) for c in text]) for text in (before, after))
        return [(c.subject, c.kind) for c in part("layers", one, two).children]

    def test_base_then_the_rest(self) -> None:
        """Added and removed, bottom first."""
        assert self.layers("abc", "abxy") == [
            ("base", Kind.SAME),
            ("COPY c /", Kind.REMOVED),
            ("COPY x /", Kind.ADDED),
            ("COPY y /", Kind.ADDED),
        ]

    def test_the_same_layer_on_another_base(self) -> None:
        """A rebase keeps layers that `COPY --link` made."""
        assert self.layers("ab", "xyb") == [
            ("COPY a /", Kind.REMOVED),
            ("COPY x /", Kind.ADDED),
            ("COPY b /", Kind.SAME),
            ("COPY y /", Kind.ADDED),
        ]

    def test_order_alone_is_a_difference(self) -> None:
        """Later layers win."""
        found = part(
            "layers",
            image("a:1", layers=[layer("x"), layer("y")]),
            image("a:1", layers=[layer("y"), layer("x")]),
        )
        assert found.differs
        assert [c.kind for c in found.children] == [Kind.SAME, Kind.SAME]

    def test_the_same_empty_layer_twice(self) -> None:
        """Occurrences are counted."""
        assert self.layers("aee", "aeee") == [("base", Kind.SAME), ("COPY e /", Kind.ADDED)]

    def test_same_instruction_with_other_contents(self) -> None:
        """A rebuilt step."""
        found = part(
            "layers",
            image("a:1", layers=[layer("one", "RUN make")]),
            image("a:1", layers=[layer("two", "RUN make")]),
        )
        assert [(c.subject, c.kind) for c in found.children] == [("RUN make", Kind.CHANGED)]

    def test_without_diff_ids_equal_digests_are_enough(self) -> None:
        """And different ones prove nothing."""
        bare = [layer("a", diff_id=False)]
        assert part("layers", image("a:1", layers=bare), image("a:1", layers=[layer("a")])).child(
            "base"
        )
        other = [layer("a", blob="zstd", diff_id=False)]
        found = part("layers", image("a:1", layers=bare), image("a:1", layers=other))
        assert not found.differs
        assert [c.kind for c in found.children] == [Kind.SAME, Kind.UNKNOWN]
        assert found.children[0].before == 0

    def test_the_same_instruction_with_unknown_contents(self) -> None:
        """Above a layer that differs, too, nothing is claimed that is not known."""
        one = image("a:1", layers=[layer("x"), layer("a", "RUN make", diff_id=False)])
        two = image("a:1", layers=[layer("y"), layer("b", "RUN make", blob="zstd")])
        found = part("layers", one, two).child("RUN make")
        assert found is not None
        assert found.kind is Kind.UNKNOWN
        assert found.notes == (
            "not known whether the contents are the same: paired by instruction",
        )


class TestDistro:
    """os-release, member by member."""

    def test_members(self) -> None:
        """Only those that differ."""
        one = image("a:1", distro=Distro("debian", "12", path="etc/os-release"))
        two = image("a:1", distro=Distro("debian", "13", path="etc/os-release"))
        assert [c.subject for c in part("distro", one, two).children] == ["version_id"]

    def test_on_one_side_only(self) -> None:
        """From distroless to a distribution."""
        found = part("distro", image("a:1"), image("a:1", distro=Distro("alpine")))
        assert found.kind is Kind.ADDED


@given(REPORTS)
def test_a_report_does_not_differ_from_itself(one: Report) -> None:
    """Every image finds itself, and nothing in it differs."""
    found = compare(one, one)
    assert not found.differs
    assert len(found.children) == len(one.images)


@given(REPORTS, REPORTS)
def test_exchanging_the_sides_mirrors_the_difference(one: Report, two: Report) -> None:
    """No side is treated specially."""
    assert normal(compare(two, one)) == normal(mirrored(compare(one, two)))


@given(REPORTS, REPORTS)
def test_every_difference_can_be_written(one: Report, two: Report) -> None:
    """The values are JSON."""
    assert json_bytes(to_document(compare(one, two)))


def test_package_order_in_the_report_does_not_matter() -> None:
    """Catalogers run in any order."""
    some = [package("a", licenses=("x",)), package("a", licenses=("y",), layer=1), package("b")]
    one, two = (image("a:1", packages=p) for p in (some, some[::-1]))
    assert not compare(report(one), report(two)).differs


def test_digests_in_the_summary_are_whole() -> None:
    """They can be searched for."""
    (child,) = compare(report(image("a:1")), report(image("a:1"))).children
    assert child.before["manifest_digest"] == digest("manifest")
