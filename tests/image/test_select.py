"""Choosing images: by every name, digest and position people use, and never silently."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.digest import Digest
from analyzer.errors import InputError
from analyzer.image.model import Document, Image
from analyzer.image.platform import normalise, parse_platform
from analyzer.image.select import EVERYTHING, Selection, listing, select
from analyzer.problems import Code


def digest(start: str, fill: str) -> Digest:
    return Digest("sha256:" + start.ljust(64, fill))


def document(measured: Digest) -> Document:
    return Document("blob", b"", {}, measured, measured)


def image(position: int, platform: str, *names: str, number: str = "0") -> Image:
    """An image whose digests begin with `1d`, `3a` and `4d` for config, manifest and index."""
    return Image(
        position=position,
        names=names,
        platform=normalise(*platform.split("/")),
        platform_declared=None,
        indexes=(document(digest(f"4dabcd{position}", "4")),),
        manifest=document(digest(f"3aabcd{number}", "3")),
        manifest_declared=digest(f"3aabcd{number}", "3"),
        config_document=document(digest(f"1dabcd{number}", "1")),
        config_declared=digest(f"1dabcd{number}", "1"),
        config=None,
        layers=(),
    )


APP_AMD64 = image(0, "linux/amd64", "docker.io/library/app:1", "latest", number="0")
APP_ARM64 = image(0, "linux/arm64", "docker.io/library/app:1", "latest", number="1")
TOOL = image(1, "linux/amd64", "localhost:5000/team/tool:2", number="2")
OTHER = image(2, "linux/arm/v7", "x.io/app:1", number="3")
NAMELESS = image(3, "linux/s390x", number="4")
ALL = (APP_AMD64, APP_ARM64, TOOL, OTHER, NAMELESS)


def chosen(*images: str, platforms: tuple[str, ...] = ()) -> list[Image]:
    wanted = tuple(parse_platform(text) for text in platforms)
    return list(select(ALL, Selection(images, wanted)))


def refused(*images: str, platforms: tuple[str, ...] = ()) -> InputError:
    with pytest.raises(InputError) as caught:
        chosen(*images, platforms=platforms)
    return caught.value


class TestNames:
    @pytest.mark.parametrize(
        "wanted",
        [
            "docker.io/library/app:1",
            "index.docker.io/library/app:1",
            "app:1",
            "library/app:1",
            "latest",
            "@0",
            "4dabcd0",
            digest("4dabcd0", "4"),
        ],
    )
    def test_one_image_with_all_its_platforms(self, wanted: str) -> None:
        assert chosen(wanted) == [APP_AMD64, APP_ARM64]

    @pytest.mark.parametrize(
        "wanted", ["localhost:5000/team/tool:2", "2", "@1", "localhost:5000/team/tool"]
    )
    def test_a_port_is_no_tag(self, wanted: str) -> None:
        assert chosen(wanted) == [TOOL]

    def test_a_name_with_a_digest_behind_it_is_found_without(self) -> None:
        pinned = replace(TOOL, names=(f"x.io:5000/pinned@{digest('ab', '0')}",))
        assert select((pinned,), Selection(("x.io:5000/pinned",))) == (pinned,)

    def test_a_full_name_beats_a_tag_of_that_spelling(self) -> None:
        images = (replace(TOOL, names=("latest",)), replace(OTHER, names=("x.io/a:latest",)))
        assert select(images, Selection(("latest",))) == images[:1]

    def test_a_tag_of_several_images_is_ambiguous_and_they_are_listed(self) -> None:
        error = refused("1")
        assert error.code is Code.AMBIGUOUS
        assert "@0 (docker.io/library/app:1 linux/amd64)" in error.hint
        assert "@2 (x.io/app:1 linux/arm/v7)" in error.hint

    def test_several_wishes_are_united_in_file_order(self) -> None:
        assert chosen("@2", "app:1") == [APP_AMD64, APP_ARM64, OTHER]
        assert chosen("@1", "@1") == [TOOL]

    @pytest.mark.parametrize("wanted", ["nothing", "app:3", "@9", "", "@", "APP:1", "feedbeef"])
    def test_what_is_not_there_lists_what_is(self, wanted: str) -> None:
        error = refused(wanted)
        assert error.code is Code.NO_MATCH
        for title in (
            "docker.io/library/app:1 linux/amd64",
            "localhost:5000/team/tool:2 linux/amd64",
            "@3 linux/s390x",
        ):
            assert title in error.hint

    def test_one_wrong_wish_among_good_ones_is_an_error(self) -> None:
        assert refused("@1", "nothing").code is Code.NO_MATCH

    def test_no_wish_is_everything(self) -> None:
        assert select(ALL, EVERYTHING) == ALL


class TestDigests:
    @pytest.mark.parametrize(
        "wanted",
        [
            digest("1dabcd2", "1"),
            digest("3aabcd2", "3"),
            digest("1dabcd2", "1").removeprefix("sha256:"),
            "1dabcd2",
            "sha256:1dabcd2",
            "3aabcd2",
        ],
    )
    def test_config_and_manifest_whole_or_a_unique_prefix(self, wanted: str) -> None:
        assert chosen(wanted) == [TOOL]

    def test_a_prefix_of_several_is_ambiguous_and_they_are_listed(self) -> None:
        error = refused("1dabcd")
        assert error.code is Code.AMBIGUOUS
        assert digest("1dabcd0", "1") in error.hint
        assert digest("1dabcd4", "1") in error.hint

    def test_three_digits_are_too_few(self) -> None:
        assert refused("1da").code is Code.NO_MATCH

    def test_a_manifest_that_is_not_in_the_file_can_be_asked_for(self) -> None:
        gone = replace(TOOL, manifest=None, config_document=None)
        assert select((APP_AMD64, gone), Selection(("3aabcd2",))) == (gone,)

    def test_one_content_under_two_names_is_no_ambiguity(self) -> None:
        twin = replace(TOOL, position=7, names=("twin",))
        assert select((TOOL, twin), Selection(("1dabcd2",))) == (TOOL, twin)


class TestPlatforms:
    @pytest.mark.parametrize("wanted", ["linux/arm64", "linux/aarch64", "linux/arm64/v8"])
    def test_every_spelling(self, wanted: str) -> None:
        assert chosen(platforms=(wanted,)) == [APP_ARM64]

    @pytest.mark.parametrize("wanted", ["linux/arm", "linux/armhf", "linux/arm/7"])
    def test_arm_alone_is_v7(self, wanted: str) -> None:
        assert chosen(platforms=(wanted,)) == [OTHER]

    def test_several_platforms(self) -> None:
        found = chosen(platforms=("linux/s390x", "linux/amd64"))
        assert found == [APP_AMD64, TOOL, NAMELESS]

    def test_image_and_platform_together(self) -> None:
        assert chosen("app:1", platforms=("linux/arm64",)) == [APP_ARM64]

    def test_a_platform_that_is_not_there_lists_those_of_the_chosen_images(self) -> None:
        error = refused("app:1", platforms=("linux/s390x",))
        assert error.code is Code.NO_MATCH
        assert "linux/s390x" in error.message
        assert error.hint == (
            "there are: docker.io/library/app:1 linux/amd64, docker.io/library/app:1 linux/arm64"
        )

    def test_a_variant_is_no_other_variant(self) -> None:
        assert refused(platforms=("linux/arm/v6",)).code is Code.NO_MATCH


def test_nothing_to_list_is_said() -> None:
    assert listing(()) == "none"
