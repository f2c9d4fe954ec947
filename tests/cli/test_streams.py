"""Two streams, pipes, terminals and signals."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

import pytest

from tests.cli.harness import (
    APK,
    MULTI,
    VERBS,
    Answer,
    call,
    command,
    files_below,
    program,
    words,
)
from tests.support.hostile import HOSTILE
from tests.support.imagebuilder import ImageBuilder, Layout
from tests.support.layouts import blob_path
from tests.support.tarbytes import header
from tests.support.tools import ROOT

WITHOUT_WIDTH = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}


def blob_of(layout: Path) -> str:
    """The digest of some blob of a layout's one image, or of its first."""
    return min(path.name for path in (layout / "blobs" / "sha256").iterdir())


STATUS = "Package: package-{0:05}\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image whose lists do not fit into the buffer of a pipe."""
    status = "".join(STATUS.format(number) for number in range(4000)).encode()
    layer = {"var/lib/dpkg/status": status, "etc/os-release": b"ID=debian\nVERSION_ID=12\n"}
    return ImageBuilder().layer(layer).write_oci(tmp_path_factory.mktemp("large") / "layout")


def shell(line: str) -> Answer:
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, check=False, cwd=ROOT, timeout=60
    )
    return Answer(done.returncode, done.stdout, done.stderr.decode())


class TestStreams:
    def test_results_and_complaints_do_not_mix(self, tmp_path: Path) -> None:
        case = HOSTILE["a layer that is not there"](tmp_path)
        answer = call("ids", case, "-o", "json")
        assert answer.code == 3
        assert json.loads(answer.out)["images"]
        assert "[blob-missing]" in answer.err
        assert all(line.startswith("ociscope: ") for line in answer.err.splitlines())

    def test_what_a_table_tells_is_not_told_twice(self, tmp_path: Path) -> None:
        case = HOSTILE["a layer that is not there"](tmp_path)
        for verb in ("analyze", "inspect"):
            answer = call(verb, case)
            assert answer.code == 3
            assert answer.text.count("[blob-missing]") == 1
            assert answer.err == ""

    def test_a_file_of_results_leaves_complaints_on_the_screen(self, tmp_path: Path) -> None:
        case = HOSTILE["a layer that is not there"](tmp_path)
        answer = call("analyze", case, "-o", f"table={tmp_path / 'report.txt'}")
        assert answer.out == b""
        assert "[blob-missing]" in answer.err

    @pytest.mark.parametrize("given", [("packages",), ("analyze", "-o", "json"), ("sbom",)])
    def test_a_reader_may_leave_early(self, given: tuple[str, ...], large: Path) -> None:
        verb, *options = given
        line = " ".join(command(verb, large, *options))
        answer = shell(f"{line} | head -c 20; exit ${{PIPESTATUS[0]}}")
        assert answer.code == 0
        assert len(answer.out) == 20
        assert answer.err == ""

    def test_a_reader_who_leaves_does_not_take_the_files_along(
        self, large: Path, tmp_path: Path
    ) -> None:
        file = tmp_path / "report.json"
        line = " ".join(command("packages", large, "-o", "table", "-o", f"json={file}"))
        assert shell(f"{line} | true").err == ""
        [image] = json.loads(file.read_bytes())["images"]
        assert len(image["packages"]) == 4000

    def test_a_reader_who_leaves_does_not_hide_damage(self, tmp_path: Path) -> None:
        case = HOSTILE["a layer that is not there"](tmp_path)
        line = " ".join(command("ids", case))
        assert shell(f"{line} 2>&1 | true; exit ${{PIPESTATUS[0]}}").code == 3

    @pytest.mark.parametrize("asked", [("ids", APK), ("--version",), ("files", "--help")])
    def test_a_full_disk_behind_standard_output(self, asked: tuple[object, ...]) -> None:
        answer = shell(f"{' '.join(command(*asked))} > /dev/full")
        assert answer.code == 2
        assert answer.err == (
            "ociscope: error: standard output: No space left on device [output-failed]\n"
        )

    def test_no_standard_output_at_all(self) -> None:
        answer = shell(f"{' '.join(command('ids', APK))} >&-")
        assert answer.code == 2
        assert "standard output: it is closed" in answer.err
        assert "Traceback" not in answer.err

    @pytest.mark.parametrize("verb", ["inspect", "files", "layers", "sbom", "check", "lookup"])
    def test_no_standard_input_at_all(self, verb: str) -> None:
        """`cat - <&-` of coreutils has an error and no file, too."""
        for closed in ("<&-", "0>/dev/null"):
            answer = shell(f"{' '.join(command(*words(verb, '-')))} {closed}")
            assert (answer.code, answer.out) == (2, b"")
            assert "[not-readable]" in answer.err
            assert "internal error" not in answer.err

    def test_no_standard_error_at_all(self, tmp_path: Path) -> None:
        case = HOSTILE["a layer that is not there"](tmp_path)
        answer = shell(f"{' '.join(command('ids', case))} 2>&-")
        assert answer.code == 3
        assert b"linux/amd64" in answer.out


class TestEncoding:
    @pytest.fixture
    def named(self, tmp_path: Path) -> Path:
        layout = Layout()
        layout.add(ImageBuilder().layer({"a": b""}), ref_name="größe")
        return layout.write_dir(tmp_path / "layout")

    @pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in {"diff", "sbom"}])
    def test_ascii_shows_escapes(self, verb: str, named: Path) -> None:
        line = words(verb, named, blob_of(named))
        answer = program(*line, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        assert (answer.code, answer.err) == (0, "")
        assert answer.out.isascii()
        assert b"gr\\xf6\\xdfe" in answer.out

    def test_the_c_locale_works(self, named: Path) -> None:
        answer = program("ids", named, LC_ALL="C", LANG="C")
        assert (answer.code, answer.err) == (0, "")
        assert "größe" in answer.text

    def test_json_is_utf_8_whatever_the_terminal_is(self, named: Path) -> None:
        answer = program("ids", named, "-o", "json", PYTHONIOENCODING="ascii")
        assert answer.json["images"][0]["names"] == ["größe"]
        assert "größe" in answer.text

    @pytest.mark.parametrize("form", ["table", "json"])
    @pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "sbom"])
    def test_names_reach_no_terminal_raw(self, verb: str, form: str, tmp_path: Path) -> None:
        evil = "\x1b]0;owned\x07\x9b31m\u202egnp\u2066\x7f\r\n\u2028error: gone"
        status = STATUS.format(1).replace(
            "Version: 1", f"Version: 1\x1b[2J\u202e\nDescription: {evil!r}"
        )
        layer = {
            "var/lib/dpkg/status": status.encode(),
            f"var/{evil}": b"",
            "etc/os-release": (f'ID=debian\nPRETTY_NAME="Debian {evil[:12]}\u202e"\n'.encode()),
        }
        builder = ImageBuilder().layer(layer, created_by=evil)
        builder.config(author=evil, config={"Labels": {evil: evil}, "Env": [f"A={evil}"]})
        path = Layout()
        path.add(builder, containerd_name=f"app{evil}:1", annotations={evil: evil})
        layout = path.write_dir(tmp_path / "layout")
        given = ["diff", layout, APK] if verb == "diff" else words(verb, layout, blob_of(layout))
        answer = call(*given, "-o", form)
        assert answer.out
        for line in answer.said.split("\n"):
            assert line.isprintable(), repr(line)
        assert not any(line.startswith("error: gone") for line in answer.said.split("\n"))

    @pytest.mark.parametrize(
        "given",
        [
            ("ids", "\x1b[31mx"),
            ("ids", APK, "--image", "\x1b[2J"),
            ("lookup", "\x1b[31mx", APK),
            ("lookup", "1234567", "\x1b[31mx"),
        ],
    )
    def test_what_the_user_typed_is_not_sent_back_raw(self, given: tuple[str, ...]) -> None:
        answer = call(*given)
        assert answer.code == 2
        assert "\x1b" not in answer.err


def on_terminal(*arguments: object, stream: str, columns: int = 80) -> tuple[Answer, str]:
    """Run with `stream` (stdout or stderr) on a terminal; returns also what that showed."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    other = "stderr" if stream == "stdout" else "stdout"
    streams = {stream: follower, other: subprocess.PIPE}
    env = {**WITHOUT_WIDTH, "TERM": "xterm"}
    with subprocess.Popen(
        command(*arguments),
        stdout=streams["stdout"],
        stderr=streams["stderr"],
        cwd=ROOT,
        env=env,
    ) as process:
        os.close(follower)
        shown = _drain(leader)
        rest = process.stderr if stream == "stdout" else process.stdout
        assert rest is not None
        data = rest.read()
    os.close(leader)
    text = shown.decode().replace("\r\n", "\n")
    out, err = (b"", data.decode()) if stream == "stdout" else (data, "")
    return Answer(process.returncode, out, err), text


def _drain(leader: int) -> bytes:
    data = b""
    while True:
        try:
            piece = os.read(leader, 1 << 16)
        except OSError:  # Linux's way to say that the other side has closed
            return data
        if not piece:
            return data
        data += piece


class TestTerminal:
    def test_progress_shows_on_a_terminal_behind_standard_error(self) -> None:
        answer, shown = on_terminal("ids", MULTI, stream="stderr")
        assert answer.code == 0
        assert "reading" in shown
        assert answer.out == call("ids", MULTI).out

    def test_progress_never_shows_on_standard_output(self) -> None:
        answer, shown = on_terminal("ids", MULTI, stream="stdout")
        assert answer.code == 0
        assert "\x1b" not in shown
        assert "reading" not in shown
        assert answer.err == ""

    def test_progress_is_silent_without_a_terminal(self) -> None:
        assert program("ids", MULTI).err == ""

    @pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in {"diff", "sbom"}])
    def test_lines_fit_80_columns(self, verb: str) -> None:
        answer, shown = on_terminal(*words(verb, MULTI, blob_of(MULTI)), stream="stdout")
        assert answer.code == 0
        assert max(map(len, shown.splitlines())) <= 80

    @pytest.mark.parametrize("columns", [30, 80])
    @pytest.mark.parametrize("verb", ["analyze", "inspect", "ids", "lookup", "verify"])
    def test_a_narrow_terminal_leaves_nothing_out(self, verb: str, columns: int) -> None:
        line = words(verb, MULTI, blob_of(MULTI))
        _, shown = on_terminal(*line, stream="stdout", columns=columns)
        digests = {word for word in call(*line).text.split() if word.startswith("sha256:")}
        assert digests
        assert all(digest in shown.split() for digest in digests)

    def test_a_wide_terminal_shows_what_a_pipe_gets(self) -> None:
        _, shown = on_terminal("ids", MULTI, stream="stdout", columns=200)
        assert shown == call("ids", MULTI).text


@pytest.fixture
def endless(tmp_path: Path) -> tuple[Path, str]:
    """A layout whose one layer takes minutes to read and no disk: a sparse file."""
    builder = ImageBuilder().layer(raw_blob=b"", codec="none")
    image = builder.build()
    layout = Layout()
    layout.add(image, ref_name="1")
    path = layout.write_dir(tmp_path / "layout")
    blob = path / blob_path(image.layer_digests[0])
    blob.unlink()
    with blob.open("wb") as stream:
        stream.write(header(b"zeros", 200 << 30))
        stream.truncate(200 << 30)
    return path, blob.name


@pytest.mark.parametrize("verb", ["analyze", "inspect"])
def test_ctrl_c_ends_a_run_at_once(verb: str, endless: tuple[Path, str], tmp_path: Path) -> None:
    path, blob = endless
    out = tmp_path / "out"
    options = ["-d", out] if verb == "analyze" else []
    process = subprocess.Popen(
        command(verb, path, *options, "-o", f"json={out / 'x.json'}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    with process:
        try:
            wait_until_open(process.pid, blob)
            process.send_signal(signal.SIGINT)
            start = time.monotonic()
            stdout, stderr = process.communicate(timeout=30)
        finally:
            process.kill()
    assert time.monotonic() - start < 10
    assert process.returncode == 130
    assert stderr.decode() == "ociscope: interrupted\n"
    assert stdout == b""
    assert files_below(out) == {}


def wait_until_open(pid: int, name: str) -> None:
    """Wait until a process has a file of that name open."""
    for _ in range(1200):
        if any(target.endswith(name) for target in open_files(pid)):
            return
        time.sleep(0.05)
    pytest.fail(f"nobody opened {name}")


def open_files(pid: int) -> list[str]:
    """The targets of a process's descriptors, without those it closed while we looked."""
    folder = Path(f"/proc/{pid}/fd")
    if not folder.exists():
        pytest.skip("there is no /proc here")
    targets = []
    for link in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            targets.append(str(link.readlink()))
    return targets
