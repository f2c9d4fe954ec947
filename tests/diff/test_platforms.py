"""Platforms of one image held against each other: planted differences, and nothing else."""

from __future__ import annotations

import re
import subprocess
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.api import analyze
from analyzer.diff.platforms.compare import compare_platforms
from analyzer.diff.platforms.model import Part, Row, State
from analyzer.diff.platforms.rules import RULES
from analyzer.diff.platforms.spellings import names_of, without_own
from analyzer.image.platform import parse_platform
from tests.diff.dpkgimages import layout, machine, stanza
from tests.support.imagebuilder import Document, ImageBuilder, Layout, attestation, sha256
from tests.support.layouts import blob_path
from tests.support.tools import ROOT, require_tool

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.diff.platforms.model import ImagePlatforms

AMD64, ARM64, S390X = "linux/amd64", "linux/arm64", "linux/s390x"
DAY = "2024-05-01T12:00:00Z"


def compared(path: Path) -> ImagePlatforms:
    (image,) = compare_platforms(analyze(str(path))).images
    return image


def both(path: Path, one: ImageBuilder, two: ImageBuilder) -> ImagePlatforms:
    return compared(layout(path, one, two))


def values(row: Row) -> list[Any]:
    words = {State.ABSENT: "-", State.UNKNOWN: "?"}
    return [words.get(cell.state, cell.value) for cell in row.cells]


def found(image: ImagePlatforms) -> dict[str, list[Any]]:
    """What no rule explains, by part and subject."""
    return {f"{row.part.value} {row.subject}": values(row) for row in image.unexpected}


def explained(image: ImagePlatforms) -> dict[str, tuple[str, ...]]:
    """What a rule explains, without what is true of every pair of platforms."""
    return {row.subject: row.rules for row in image.rows if row.rules not in {(), ("platform",)}}


def configured(platform: str, **run: object) -> ImageBuilder:
    return ImageBuilder().platform(platform).layer({"a": b""}).config(config=run)


class TestPackages:
    def test_another_version(self, tmp_path: Path) -> None:
        one = machine(AMD64, stanza("bash", "5.1-1"), stanza("dash", "1"))
        two = machine(ARM64, stanza("bash", "5.2-1", "arm64"), stanza("dash", "1", "arm64"))
        image = both(tmp_path, one, two)
        assert found(image) == {"packages deb/bash": [["5.1-1"], ["5.2-1"]]}
        assert explained(image) == {"deb/dash": ("architecture",)}

    def test_only_on_one(self, tmp_path: Path) -> None:
        image = both(
            tmp_path,
            machine(AMD64, stanza("bash", "1"), stanza("intel-microcode", "3")),
            machine(ARM64, stanza("bash", "1", "arm64")),
        )
        assert found(image) == {"packages deb/intel-microcode": [["3"], "-"]}
        (row,) = image.unexpected
        assert row.only_some

    def test_all_of_one_architecture_is_no_difference_at_all(self, tmp_path: Path) -> None:
        image = both(
            tmp_path,
            machine(AMD64, stanza("tzdata", "1", "all")),
            machine(ARM64, stanza("tzdata", "1", "all")),
        )
        assert found(image) == {}
        assert explained(image) == {}

    def test_a_foreign_architecture_is_said(self, tmp_path: Path) -> None:
        one = machine(AMD64, stanza("libc6", "1"), stanza("libc6", "1", "i386"))
        image = both(tmp_path, one, machine(ARM64, stanza("libc6", "1", "arm64")))
        assert found(image) == {"packages deb/libc6": [["1", "1 (i386)"], ["1"]]}

    def test_a_package_of_the_wrong_platform(self, tmp_path: Path) -> None:
        """Both say amd64: one of the two images is not what its index says."""
        image = both(
            tmp_path, machine(AMD64, stanza("bash", "1")), machine(ARM64, stanza("bash", "1"))
        )
        assert found(image) == {"packages deb/bash": [["1"], ["1 (amd64)"]]}

    def test_a_state(self, tmp_path: Path) -> None:
        two = machine(ARM64, stanza("bash", "1", "arm64", status="install ok unpacked"))
        image = both(tmp_path, machine(AMD64, stanza("bash", "1")), two)
        assert found(image) == {"packages deb/bash": [["1"], ["1 (unpacked)"]]}

    def test_a_rebuild_of_one_source(self, tmp_path: Path) -> None:
        """Debian Developer's Reference 5.10.2.1."""
        image = both(
            tmp_path,
            machine(AMD64, stanza("bash", "5.2-2+b13", source="bash (5.2-2)")),
            machine(ARM64, stanza("bash", "5.2-2+b2", "arm64", source="bash (5.2-2)")),
        )
        assert found(image) == {}
        assert explained(image) == {"deb/bash": ("binnmu",)}

    def test_a_rebuild_on_one_platform_only(self, tmp_path: Path) -> None:
        image = both(
            tmp_path,
            machine(AMD64, stanza("bash", "5.2-2")),
            machine(ARM64, stanza("bash", "5.2-2+b2", "arm64", source="bash (5.2-2)")),
        )
        assert explained(image) == {"deb/bash": ("binnmu",)}

    @pytest.mark.parametrize(
        ("version", "source"),
        [
            ("5.2-2+b2", "bash (5.2-3)"),
            ("5.2-2+b2", "mash (5.2-2)"),
            ("5.2-2+b2", ""),
            ("5.2-2+deb12u1", "bash (5.2-2)"),
            ("5.2-3+b2", "bash (5.2-2)"),
        ],
    )
    def test_what_only_looks_like_a_rebuild(
        self, tmp_path: Path, version: str, source: str
    ) -> None:
        image = both(
            tmp_path,
            machine(AMD64, stanza("bash", "5.2-2")),
            machine(ARM64, stanza("bash", version, "arm64", source=source)),
        )
        assert found(image) == {"packages deb/bash": [["5.2-2"], [version]]}

    def test_named_after_the_architecture(self, tmp_path: Path) -> None:
        cross = "binutils-{}-linux-gnu"
        image = both(
            tmp_path,
            machine(AMD64, stanza(cross.format("x86-64"), "2")),
            machine(ARM64, stanza(cross.format("aarch64"), "2", "arm64")),
        )
        assert found(image) == {}
        assert explained(image) == {"deb/binutils-{arch}": ("name-of-architecture",)}

    @pytest.mark.parametrize(
        ("name", "version"),
        [("tool-arm64", "2"), ("tool-s390x", "1"), ("toolarm64", "1"), ("other-arm64", "1")],
    )
    def test_what_is_only_named_alike(self, tmp_path: Path, name: str, version: str) -> None:
        image = both(
            tmp_path,
            machine(AMD64, stanza("tool-amd64", "1")),
            machine(ARM64, stanza(name, version, "arm64")),
        )
        assert found(image) == {
            "packages deb/tool-amd64": [["1"], "-"],
            f"packages deb/{name}": ["-", [version]],
        }

    def test_named_after_an_architecture_that_both_have(self, tmp_path: Path) -> None:
        """The one for arm64 is on both, so the other is missing on arm64."""
        one = machine(AMD64, stanza("tool-amd64", "1"), stanza("tool-arm64", "1"))
        image = both(tmp_path, one, machine(ARM64, stanza("tool-arm64", "1", "arm64")))
        assert found(image) == {
            "packages deb/tool-amd64": [["1"], "-"],
        }

    def test_lists_made_by_another_rule_give_the_same_claims(self, tmp_path: Path) -> None:
        lists = [
            {"bash": "1", "dash": "1", "gone": "2", "more": "1"},
            {"bash": "2", "dash": "1", "come": "3", "also": "1"},
            {"bash": "1", "dash": "3+b1", "gone": "2", "more": "1"},
        ]
        images = [
            machine(platform, *(stanza(n, v, platform.split("/")[1]) for n, v in each.items()))
            for platform, each in zip((AMD64, ARM64, S390X), lists, strict=True)
        ]
        image = compared(layout(tmp_path, *images))
        assert len(image.claims) == 6
        for claim in image.claims:
            one, two = lists[claim.of], lists[claim.taken_for]
            assert claim.known
            assert claim.not_in_it == len(one.keys() - two.keys())
            assert claim.missed == len(two.keys() - one.keys())
            other = [name for name in one.keys() & two.keys() if one[name] != two[name]]
            assert claim.other_version == len(other)
            assert (
                claim.right == claim.other_architecture == len(one.keys() & two.keys()) - len(other)
            )

    def test_a_rebuild_is_a_wrong_claim_all_the_same(self, tmp_path: Path) -> None:
        image = both(
            tmp_path,
            machine(AMD64, stanza("bash", "1-1+b1", source="bash (1-1)")),
            machine(ARM64, stanza("bash", "1-1+b2", "arm64", source="bash (1-1)")),
        )
        assert [(c.wrong, c.rebuilds) for c in image.claims] == [(1, 1), (1, 1)]


class TestConfig:
    @pytest.mark.parametrize(
        ("one", "two", "subject"),
        [
            ({"User": "app"}, {"User": "root"}, "config.User"),
            ({"Entrypoint": ["/a"]}, {"Entrypoint": ["/b"]}, "config.Entrypoint"),
            ({"Cmd": ["/a"]}, {"Cmd": ["/a", "-v"]}, "config.Cmd"),
            ({"Env": ["A=1", "B=1"]}, {"Env": ["A=1", "B=2"]}, "config.Env.B"),
            ({"Env": ["A=1", "B=1"]}, {"Env": ["A=1"]}, "config.Env.B"),
            ({"Env": ["A=1", "B=1"]}, {"Env": ["B=1", "A=1"]}, "config.Env (order)"),
            ({"Env": ["A=1", "A=2"]}, {"Env": ["A=1"]}, "config.Env"),
            ({"ExposedPorts": {"80/tcp": {}}}, {}, 'config.ExposedPorts["80/tcp"]'),
            ({"Volumes": {"/data": {}}}, {"Volumes": {}}, 'config.Volumes["/data"]'),
            ({"Labels": {"v": "1"}}, {"Labels": {"v": "2"}}, "config.Labels.v"),
            ({"WorkingDir": "/a"}, {"WorkingDir": "/"}, "config.WorkingDir"),
            ({"StopSignal": "SIGINT"}, {}, "config.StopSignal"),
            ({"Healthcheck": {"Test": ["CMD"]}}, {}, "config.Healthcheck.Test"),
            ({"X": True}, {"X": 1}, "config.X"),
            ({"Env": ["A=amd64"]}, {"Env": ["A=amd64 x"]}, "config.Env.A"),
            ({"Env": ["A=amd64"]}, {"Env": ["A=s390x"]}, "config.Env.A"),
            ({"Hostname": "web"}, {"Hostname": "db"}, "config.Hostname"),
        ],
    )
    def test_a_member(
        self, tmp_path: Path, one: dict[str, Any], two: dict[str, Any], subject: str
    ) -> None:
        image = both(tmp_path, configured(AMD64, **one), configured(ARM64, **two))
        assert list(found(image)) == [f"config {subject}"]
        assert explained(image) == {}

    @pytest.mark.parametrize(
        ("one", "two"),
        [
            ({"Labels": None}, {}),
            ({"Labels": {}}, {"Labels": None}),
            ({"Labels": {"a": "1", "b": "2"}}, {"Labels": {"b": "2", "a": "1"}}),
        ],
    )
    def test_what_is_only_written_otherwise(
        self, tmp_path: Path, one: dict[str, Any], two: dict[str, Any]
    ) -> None:
        image = both(tmp_path, configured(AMD64, **one), configured(ARM64, **two))
        assert (found(image), explained(image)) == ({}, {})

    @pytest.mark.parametrize(
        ("one", "two", "rule"),
        [
            (
                {"Env": ["L=/usr/lib/x86_64-linux-gnu"]},
                {"Env": ["L=/usr/lib/aarch64-linux-gnu"]},
                "architecture-in-text",
            ),
            ({"Cmd": ["/run-amd64"]}, {"Cmd": ["/run-arm64"]}, "architecture-in-text"),
            (
                {"Labels": {"org.opencontainers.image.created": "2024-05-01T12:00:00Z"}},
                {"Labels": {"org.opencontainers.image.created": "2024-05-02T11:59:00.5Z"}},
                "build-time",
            ),
            ({"Hostname": "0123456789ab"}, {"Hostname": "ba9876543210"}, "builder-names"),
        ],
    )
    def test_what_a_rule_explains(
        self, tmp_path: Path, one: dict[str, Any], two: dict[str, Any], rule: str
    ) -> None:
        image = both(tmp_path, configured(AMD64, **one), configured(ARM64, **two))
        assert found(image) == {}
        assert list(explained(image).values()) == [(rule,)]

    @pytest.mark.parametrize(
        ("time", "rules"),
        [
            ("2024-05-02T11:59:59.999Z", ("build-time",)),
            ("2024-05-02T13:59:59+02:00", ("build-time",)),
            ("2024-05-02T12:00:00Z", ()),
            ("2024-04-01T12:00:00Z", ()),
            ("yesterday", ()),
            ("9999-99-99T12:00:00Z", ()),
        ],
    )
    def test_a_platform_that_was_built_later(
        self, tmp_path: Path, time: str, rules: tuple[str, ...]
    ) -> None:
        image = both(tmp_path, configured(AMD64), configured(ARM64).config(created=time))
        (row,) = (row for row in image.rows if row.subject == "created")
        assert (values(row), row.rules) == ([DAY, time], rules)

    def test_a_secret_is_masked(self, tmp_path: Path) -> None:
        secrets = ("hunter2hunter2", "correcthorsebattery")
        image = both(
            tmp_path,
            *(
                configured(p, Env=[f"DB_PASSWORD={s}"])
                for p, s in zip((AMD64, ARM64), secrets, strict=True)
            ),
        )
        assert found(image) == {
            "config config.Env.DB_PASSWORD": ["hu...(14 characters)", "co...(19 characters)"]
        }


def built(platform: str, *steps: str) -> ImageBuilder:
    made = ImageBuilder().platform(platform).layer({"a": b""}, created_by="ADD a /")
    for step in steps:
        made = made.empty_layer(step)
    return made


class TestSteps:
    @pytest.mark.parametrize(
        ("one", "two", "row"),
        [
            (["A", "B", "C"], ["A", "C"], ("step 2", ["B", "-"])),
            (["A", "B", "C"], ["A", "X", "C"], ("step 2", ["B", "X"])),
            (["A"], ["A", "A"], ("step 2", ["-", "A"])),
            ([], ["A"], ("step 1", ["-", "A"])),
            (
                ["A", "B"],
                ["B", "A"],
                ("order of the steps", [["ADD a /", "A", "B"], ["ADD a /", "B", "A"]]),
            ),
        ],
    )
    def test_another_step(
        self, tmp_path: Path, one: list[str], two: list[str], row: tuple[str, list[Any]]
    ) -> None:
        image = both(tmp_path, built(AMD64, *one), built(ARM64, *two))
        assert found(image) == {f"build {row[0]}": row[1]}

    @pytest.mark.parametrize(
        ("one", "two", "rules"),
        [
            ("ARG TARGETARCH=amd64", "ARG TARGETARCH=arm64", ("architecture-in-text",)),
            (f"COPY file:{'a' * 64} in /", f"COPY file:{'b' * 64} in /", ("copied-content",)),
            (
                f"COPY file:{'a' * 64} in /amd64",
                f"COPY file:{'b' * 64} in /arm64",
                ("architecture-in-text", "copied-content"),
            ),
        ],
    )
    def test_what_a_rule_explains(
        self, tmp_path: Path, one: str, two: str, rules: tuple[str, ...]
    ) -> None:
        image = both(tmp_path, built(AMD64, one), built(ARM64, two))
        assert found(image) == {}
        assert explained(image) == {"step 1": rules}

    def test_a_base_that_is_older_on_one_platform(self, tmp_path: Path) -> None:
        old = [{"created": "2023-01-01T00:00:00Z", "created_by": "ADD a /"}]
        image = both(tmp_path, built(AMD64), built(ARM64).config(history=old))
        assert found(image) == {"build step 0: created": [DAY, "2023-01-01T00:00:00Z"]}

    def test_steps_of_three_platforms(self, tmp_path: Path) -> None:
        images = (built(AMD64, "A", "B"), built(ARM64, "A", "C"), built(S390X, "A"))
        assert found(compared(layout(tmp_path, *images))) == {"build step 2": ["B", "C", "-"]}


class TestRest:
    def test_the_distribution(self, tmp_path: Path) -> None:
        other = b'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian 13"\n'
        image = both(tmp_path, machine(AMD64), machine(ARM64, release=other))
        assert found(image) == {
            "distribution version_id": ["12", "13"],
            "distribution pretty_name": ["Debian 12", "Debian 13"],
        }

    def test_no_distribution(self, tmp_path: Path) -> None:
        image = both(tmp_path, machine(AMD64), machine(ARM64, release=b""))
        assert found(image) == {"distribution distribution": ["Debian 12", "-"]}

    def test_an_attestation_of_one_platform_only(self, tmp_path: Path) -> None:
        one, two = built(AMD64).build(), built(ARM64).build()
        kind = "https://spdx.dev/Document"
        made: list[Document | ImageBuilder] = [one, two, attestation(one), attestation(two)]
        made.append(attestation(two, predicate_type=kind))
        image = compared(layout(tmp_path, *made))
        assert [column.label for column in image.columns] == [AMD64, ARM64]
        assert found(image) == {f"attachments attestation {kind}": ["-", 1]}

    def test_layers_that_are_shared(self, tmp_path: Path) -> None:
        one = ImageBuilder().platform(AMD64).layer({"a": b"1"}).layer({"b": b"1"})
        two = ImageBuilder().platform(ARM64).layer({"a": b"1"}).layer({"b": b"2"})
        shared = both(tmp_path, one, two).layers
        assert [each.columns for each in shared] == [(0, 1), (0,), (1,)]
        assert shared[0].diff_ids == (one.build().layers[0].diff_id,)


def three() -> tuple[ImageBuilder, ...]:
    return (
        machine(AMD64, stanza("bash", "1"), stanza("one", "1"))
        .config(config={"User": "a"})
        .empty_layer("RUN a"),
        machine(ARM64, stanza("bash", "2", "arm64")).config(config={"User": "b"}),
        machine(S390X, stanza("bash", "1", "s390x")).config(config={"User": "a"}),
    )


def test_the_order_of_platforms_in_the_index_changes_nothing(tmp_path: Path) -> None:
    results = set()
    for number, order in enumerate(permutations(three())):
        image = compared(layout(tmp_path / str(number), *order))
        results.add(repr((image.columns, image.rows, image.layers, image.claims)))
    assert len(results) == 1
    image = compared(tmp_path / "0")
    assert [column.label for column in image.columns] == [AMD64, ARM64, S390X]
    assert found(image) == {
        "packages deb/bash": [["1"], ["2"], ["1"]],
        "packages deb/one": [["1"], "-", "-"],
        "config config.User": ["a", "b", "a"],
        "build step 1": ["RUN a", "-", "-"],
    }


def test_a_platform_beside_itself_differs_in_nothing(tmp_path: Path) -> None:
    """The same manifest twice: the labels tell the entries apart, everything else is equal."""
    made = three()[0].build()
    other = three()[0].config(author="x").build()
    image = compared(layout(tmp_path, made, other))
    assert found(image) == {"config author": ["-", "x"]} or found(image) == {
        "config author": ["x", "-"]
    }
    assert len({column.label for column in image.columns}) == 2
    same = compared(ROOT / "fixtures" / "layouts" / "multi")
    alone = analyze(str(ROOT / "fixtures" / "layouts" / "multi"), platforms=[ARM64])
    twice = type(alone)(alone.tool, alone.source, alone.tree, alone.images * 2)
    (image,) = compare_platforms(twice).images
    assert (image.rows, {claim.wrong for claim in image.claims}) == ((), {0})
    assert same.unexpected == ()


class TestIncomplete:
    def test_a_platform_that_is_only_named(self, tmp_path: Path) -> None:
        one, two = three()[0].build(), three()[1].build()
        made = Layout()
        made.add_index([one, two, three()[2]], ref_name="1.0")
        made.omit(two.digest, sha256(two.config), *(layer.digest for layer in two.layers))
        image = compared(made.write_dir(tmp_path))
        assert [column.completeness for column in image.columns] == [
            "complete",
            "absent",
            "complete",
        ]
        assert found(image) == {
            "packages deb/one": [["1"], "?", "-"],
            "build step 1": ["RUN a", "?", "-"],
        }
        assert {(c.of, c.taken_for): c.known for c in image.claims}[0, 1] is False

    def test_a_layer_that_is_missing(self, tmp_path: Path) -> None:
        """Its packages are not known; its config is, and is compared."""
        one, two = three()[0], three()[1]
        path = layout(tmp_path, one, two)
        (path / blob_path(two.build().layers[0].digest)).unlink()
        report = analyze(str(path))
        assert report.exit_code == 3
        (image,) = compare_platforms(report).images
        assert found(image) == {
            "config config.User": ["a", "b"],
            "build step 1": ["RUN a", "-"],
        }
        assert image.columns[1].packages is None
        assert image.columns[1].not_compared == (Part.DISTRIBUTION, Part.PACKAGES)
        assert not any(claim.known for claim in image.claims)


class TestRules:
    def test_the_documentation_lists_them_all(self) -> None:
        text = (ROOT / "docs" / "platforms.md").read_text("utf-8").partition("## Rules")[2]
        assert re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE) == list(RULES)

    def test_the_explanation_lists_them_all(self) -> None:
        folder = ROOT / "analyzer" / "explain" / "topics"
        text = (folder / "platform-diff.md").read_text("utf-8")
        assert re.findall(r"^- `([a-z-]+)`:", text, re.MULTILINE) == list(RULES)

    @pytest.mark.parametrize(
        ("debian", "platform"),
        [
            ("amd64", "linux/amd64"),
            ("i386", "linux/386"),
            ("arm64", "linux/arm64"),
            ("armhf", "linux/arm/v7"),
            ("armel", "linux/arm/v5"),
            ("ppc64el", "linux/ppc64le"),
            ("s390x", "linux/s390x"),
            ("riscv64", "linux/riscv64"),
            ("loong64", "linux/loong64"),
            ("mips64el", "linux/mips64le"),
            ("mipsel", "linux/mipsle"),
        ],
    )
    def test_every_name_that_dpkg_has_for_an_architecture(self, debian: str, platform: str) -> None:
        """`dpkg-architecture` of dpkg-dev is the source of those names."""
        tool = require_tool("dpkg-architecture")
        known = parse_platform(platform)
        made = set()
        for variable in ("DEB_HOST_ARCH", "DEB_HOST_MULTIARCH", "DEB_HOST_GNU_TYPE"):
            done = subprocess.run(
                [tool, "-f", "-a", debian, "-q", variable], check=True, capture_output=True
            )
            name = done.stdout.decode().strip()
            made.add(without_own(f"/usr/lib/{name}/x", known))
            made.add(without_own(f"/usr/lib/{name.replace('_', '-')}/x", known))
        assert made <= {"/usr/lib/{arch}/x", "/usr/lib/{arch}-linux-gnu/x"}
        assert debian in names_of(known)

    @pytest.mark.parametrize("text", ["charm64", "arm64x", "xx64", "arm6", "amd64"])
    def test_what_is_no_name_of_the_architecture(self, text: str) -> None:
        assert without_own(text, parse_platform(ARM64)) == text
