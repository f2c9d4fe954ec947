"""The largest of the hostile: a million entries, a thousand layers; and cuts and bends anywhere."""

from __future__ import annotations

import hashlib
import io
import itertools
import random
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.harness import TAKING, VERBS, Answer, call, words
from tests.cli.measured import measured
from tests.support.hostile_case import as_layout, victim
from tests.support.imagebuilder import ImageBuilder, Layout, tar_bytes
from tests.support.saves import save_entries
from tests.support.tarbytes import BLOCK, header

SECONDS = 120
MIB = 1 << 20


def _run(arguments: list[object], megabytes: int) -> tuple[int, str]:
    """The program's exit code and words, its memory and time measured."""
    found = measured(*arguments)
    assert "Traceback" not in found.said
    assert found.peak < megabytes * MIB
    assert found.seconds < SECONDS
    return found.code, found.said


def _headers(count: int) -> Iterator[bytes]:
    """So many empty files of one folder."""
    sample = header(b"d/0000000")
    rest = sum(sample[:2] + sample[9:148] + b" " * 8 + sample[156:])
    for number in range(count):
        name = b"%07d" % number
        checksum = b"%06o\0 " % (rest + sum(name))
        yield sample[:2] + name + sample[9:148] + checksum + sample[156:]


def test_a_million_entries(tmp_path: Path) -> None:
    """Memory grows with entries: less than a kilobyte for each."""
    packed, diff_id = bytearray(), hashlib.sha256()
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for block in itertools.chain(_headers(1_000_000), [bytes(2 * BLOCK)]):
        diff_id.update(block)
        packed += packer.compress(block)
    layer = victim().layer(
        raw_tar=b"",
        raw_blob=bytes(packed + packer.flush()),
        codec="gzip",
        declare_diff_id=f"sha256:{diff_id.hexdigest()}",
    )
    path = as_layout(layer, tmp_path)
    code, said = _run(["analyze", path], 1000)
    assert code == 0, said
    code, said = _run(["analyze", path, "--limit", "layer_entries=500K"], 600)
    assert code == 3
    assert "limit layer_entries is 512000, seen at least 512001" in said


def test_a_thousand_layers(tmp_path: Path) -> None:
    builder = ImageBuilder()
    for number in range(1_024):
        builder.layer({"var/lib/x": b"%d" % number, f"d{number % 7}/.wh.f{number}": b""})
    layout = builder.write_oci(tmp_path, ref_name="1")
    code, said = _run(["analyze", layout], 300)
    assert code == 0, said
    builder.layer({"one": b"too many"})
    layout = builder.write_oci(tmp_path / "more", ref_name="1")
    code, said = _run(["analyze", layout], 300)
    assert code in {2, 3}
    assert "limit layers_per_image is 1024, seen at least 1025" in said
    assert _run(["analyze", layout, "--limit", "layers_per_image=1025"], 300)[0] == 0


# Cut and bent.


def _archives() -> Iterator[tuple[str, bytes]]:
    layout = Layout()
    layout.add(victim(), ref_name="1")
    yield "layout", layout.tar()
    for style in ("legacy", "skopeo", "hybrid"):
        yield style, tar_bytes(save_entries([(victim().build(), ("test/one:1",))], style))


ARCHIVES = dict(_archives())


def boundaries(tar: bytes) -> list[int]:
    """Where members, their data and their padding begin, and the end marker."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        found = {0}
        for item in archive:
            end = item.offset_data + item.size
            found |= {item.offset, item.offset_data, end, -(-end // BLOCK) * BLOCK}
        found.add(len(tar) - BLOCK)
    return sorted(found)


ALL = (*VERBS, *TAKING)


def fair(answer: Answer) -> bool:
    """A documented exit code, with words where something is wrong, and never a traceback."""
    spoken = answer.code in {0, 1, 3} or answer.err.startswith("ociscope: error: ")
    wrong = "Traceback" in answer.err or "internal error" in answer.err
    return answer.code in {0, 1, 2, 3} and spoken and not wrong


@pytest.mark.parametrize("name", ARCHIVES)
def test_cut_at_every_boundary(name: str, tmp_path: Path) -> None:
    """Each cut by another command, so that all of them meet many."""
    tar, path = ARCHIVES[name], tmp_path / "cut.tar"
    for number, cut in enumerate(boundaries(tar)):
        path.write_bytes(tar[:cut])
        for verb in (ALL[number % len(ALL)], "analyze"):
            answer = call(*words(verb, path))
            assert fair(answer), (cut, verb, answer)
            told = answer.code or "end-marker-missing" in answer.said
            assert told or verb in {"diff", *TAKING}, (cut, verb)


def test_a_layer_cut_at_every_boundary(tmp_path: Path) -> None:
    whole = victim().build().layers[1].tar
    for number, cut in enumerate(boundaries(whole)):
        layer = ImageBuilder().layer(raw_tar=whole[:cut], codec=("none", "gzip")[number % 2])
        path = as_layout(layer, tmp_path / f"{number}")
        for verb in (ALL[number % len(ALL)], "analyze"):
            assert fair(call(*words(verb, path))), (cut, verb)
        if 0 < cut < len(whole) - 2 * BLOCK:
            said = call("analyze", path).said
            assert "truncated" in said or "end-marker-missing" in said, cut


@pytest.mark.parametrize("name", ARCHIVES)
def test_corrupted_at_random(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)  # noqa: S311 - wants repeatable, not secret
    path = tmp_path / "bent.tar"
    for number in range(25):
        bent = bytearray(ARCHIVES[name])
        for _ in range(chance.choice((1, 5, 50))):
            start = chance.randrange(len(bent))
            size = chance.choice((1, 8, 600))
            bent[start : start + size] = chance.randbytes(min(size, len(bent) - start))
        path.write_bytes(bent)
        verb = ALL[number % len(ALL)]
        assert fair(call(*words(verb, path))), (number, verb)
