"""skopeo reads the forms that our builders write, and finds in them what we find.

The builders follow sources; that another reader of images takes what they write, and gives the
same image ID, layers and manifest digest, is checked here.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from analyzer import analyze
from tests.image.inputs import image
from tests.image.test_writer_archives import FORMS as ARCHIVES
from tests.image.test_writer_archives import built
from tests.image.test_writer_layouts import FORMS as LAYOUTS
from tests.support.archiveforms import write
from tests.support.artifacts import chart
from tests.support.layoutforms import oras_layout
from tests.support.tools import require_tool, run


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.mark.parametrize("form", [form for form in ARCHIVES if form != "jib, OCI"])
def test_an_archive_has_the_image_id_that_skopeo_finds(form: str, tmp_path: Path) -> None:
    skopeo = require_tool("skopeo")
    make, _, outer = ARCHIVES[form]
    path = write(tmp_path / "file.tar", make(built()), outer)
    # skopeo 1.9 ends in "unexpected EOF" on small gzip files; it reads the same archive in plain.
    plain = write(tmp_path / "plain.tar", make(built()))
    config = run([skopeo, "inspect", "--config", "--raw", f"docker-archive:{plain}"]).stdout
    (found,) = analyze(str(path)).images
    assert found.image_id == sha256(config)
    listed = json.loads(config)["rootfs"]["diff_ids"]
    assert [layer.diff_id for layer in found.layers] == listed


@pytest.mark.parametrize("form", [form for form, (_, _, names) in LAYOUTS.items() if names])
def test_a_layout_has_the_manifest_digest_that_skopeo_finds(form: str, tmp_path: Path) -> None:
    skopeo = require_tool("skopeo")
    path = LAYOUTS[form][0](tmp_path / "file", image())
    # The export is a tar, and its only tag is v1.
    kind = "oci-archive" if path.is_file() else "oci"
    name = LAYOUTS[form][2][0].rpartition(":")[2]
    raw = run([skopeo, "inspect", "--raw", f"{kind}:{path}:{name}"]).stdout
    (found,) = analyze(str(path)).images
    assert found.manifest_digest == sha256(raw)


def test_jib_in_oci_format(tmp_path: Path) -> None:
    skopeo = require_tool("skopeo")
    path = write(tmp_path / "file.tar", ARCHIVES["jib, OCI"][0](built()))
    raw = run([skopeo, "inspect", "--raw", f"oci-archive:{path}"]).stdout
    (found,) = analyze(str(path)).images
    assert found.manifest_digest == sha256(raw)


def test_skopeo_too_refuses_a_chart_as_an_image(tmp_path: Path) -> None:
    skopeo = require_tool("skopeo")
    path = oras_layout(tmp_path / "layout", {"chart": chart()}, [])
    answer = run([skopeo, "inspect", f"oci:{path}:chart"], check=False)
    assert answer.returncode != 0
    assert b"unsupported image-specific operation on artifact" in answer.stderr
