"""The forms in which one small image travels, each written by a function into a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.imagebuilder import Image, ImageBuilder, Layout, write_save


def base(word: bytes = b"a", *, platform: str = "linux/amd64", codec: str = "none") -> Image:
    builder = ImageBuilder().platform(platform).layer({"same": b"same"}, codec=codec)
    return builder.layer({"a": word}, codec=codec).layer({"same": b"same"}, codec=codec).build()


def save(*names: str, style: str = "legacy") -> Callable[[Path], Path]:
    return lambda folder: write_save(folder / "file.tar", [(base(), names)], style)


def two(folder: Path) -> Path:
    images = [(base(), ("a:1",)), (base(b"other"), ("example.com/b:2",))]
    return write_save(folder / "file.tar", images)


def layout(
    *, codec: str = "gzip", name: str | None = None, ref_name: str | None = None
) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        written = Layout()
        written.add(base(codec=codec), name=name, ref_name=ref_name)
        return written.write_tar(folder / "file.tar")

    return make


def multi(folder: Path) -> Path:
    written = Layout()
    children = [base(), base(b"arm", platform="linux/arm64")]
    written.add_index(children, name="docker.io/library/m:1")
    return written.write_tar(folder / "file.tar")


def flat(folder: Path) -> Path:
    written = Layout()
    for image, name in ((base(), "example.com/x:1"), (base(b"b"), "example.com/y:2")):
        written.add(image, name=name)
    return written.write_tar(folder / "file.tar")


FORMS: dict[str, Callable[[Path], Path]] = {
    "legacy, one name": save("a:1"),
    "legacy, full names": save("docker.io/library/a:1", "example.com/b/c:2", "localhost:5000/d:3"),
    "legacy, no name": save(),
    "legacy, two images": two,
    "skopeo's": save("localhost/a:1", style="skopeo"),
    "hybrid, one name": save("a:1", style="hybrid"),
    "hybrid, two names": save("a:1", "example.com/b:2", style="hybrid"),
    "hybrid, no name": save(style="hybrid"),
    "containerd's": save("a:1", style="containerd"),
    "layout, full name": layout(name="example.com/x:1"),
    "layout, zstd": layout(name="docker.io/library/x:1", codec="zstd"),
    "layout, only a tag": layout(ref_name="1"),
    "layout, no name": layout(),
    "layout, two platforms": multi,
    "layout, two images": flat,
}
