"""What nobody foresaw is one line and exit code 2, never a traceback nobody asked for."""

from __future__ import annotations

import pytest

from tests.cli.harness import APK, VERBS, call, words

PLAIN = "ociscope: internal error: "


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The library raises what the test asks for."""

    def fail(*_: object, **__: object) -> None:
        raise request.param

    monkeypatch.delenv("OCISCOPE_DEBUG", raising=False)
    # The home of a name comes last: modules that are first loaded here take it from there for good.
    monkeypatch.setattr("analyzer.api.analyze", fail)
    monkeypatch.setattr("analyzer.comparing.inputs.open_images", fail)
    monkeypatch.setattr("analyzer.inside.open_images", fail)
    monkeypatch.setattr("analyzer.opening.open_images", fail)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("broken", [ValueError("first\nsecond \x1b[31m")], indirect=True)
@pytest.mark.usefixtures("broken")
def test_a_bug_is_one_line_that_asks_for_a_report(verb: str) -> None:
    answer = call(*words(verb, APK))
    assert answer.code == 2
    assert answer.out == b""
    [line] = answer.err.splitlines()
    assert line.startswith(f"{PLAIN}ValueError: first second \\x1b[31m;")
    assert "please report it" in line
    assert "OCISCOPE_DEBUG=1" in line


@pytest.mark.parametrize(
    "broken",
    [MemoryError(), RecursionError("maximum recursion depth exceeded"), KeyError("x" * 5000)],
    indirect=True,
)
@pytest.mark.usefixtures("broken")
def test_so_is_running_out_of_memory_or_stack() -> None:
    answer = call("ids", APK)
    assert answer.code == 2
    [line] = answer.err.splitlines()
    assert line.startswith(PLAIN)
    assert len(line) < 500


@pytest.mark.parametrize("broken", [ValueError("where?")], indirect=True)
@pytest.mark.usefixtures("broken")
def test_the_traceback_is_there_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCISCOPE_DEBUG", "1")
    with pytest.raises(ValueError, match="where") as caught:
        call("ids", APK)
    assert caught.traceback[-1].name == "fail"


@pytest.mark.parametrize("broken", [KeyboardInterrupt()], indirect=True)
@pytest.mark.usefixtures("broken")
def test_an_interruption_is_no_bug() -> None:
    answer = call("ids", APK)
    assert (answer.code, answer.out, answer.err) == (130, b"", "ociscope: interrupted\n")
