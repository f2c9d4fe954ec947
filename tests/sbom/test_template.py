"""Templates: what they are given, what they cannot do, and the examples of the documentation."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analyzer.api import analyze
from analyzer.bills.model import Bill, Element, Evidence, ExternalDocument, Party, Reference
from analyzer.errors import InputError, LimitExceeded
from analyzer.limits import Limits
from analyzer.problems import Code
from analyzer.report import ImageReport, image_document
from analyzer.sbom.compose import compose
from analyzer.sbom.created import creation_time
from analyzer.sbom.template import plain, rendered
from tests.sbom.handmade import FULL, hostile_bill
from tests.sbom.reports import make_image, make_package
from tests.support.tools import ROOT

DOCS = ROOT / "docs" / "templates.md"
MULTI = ROOT / "fixtures" / "layouts" / "multi"
DOUBLING = """\
{% set ns = namespace(s="aaaa") %}
{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}
"""
SMALL = Limits(template_seconds=1, template_memory_bytes=1 << 29, template_bytes=1 << 16)


def text(template: str, bill: Bill = FULL, image: ImageReport | None = None) -> str:
    return rendered(template, bill, image).decode()


def refusal(template: str, bill: Bill = FULL) -> InputError:
    with pytest.raises(InputError) as caught:
        rendered(template, bill, None, SMALL)
    assert caught.value.code is Code.BAD_TEMPLATE
    return caught.value


class TestWhatIsGiven:
    def test_packages_are_those_of_the_bill(self) -> None:
        names = text("{% for p in bill.packages %}{{ p.name }}\n{% endfor %}")
        assert names.splitlines() == [package.name for package in FULL.packages]

    def test_every_member_of_a_bill_is_there(self) -> None:
        given = json.loads(text("{{ bill | tojson }}"))
        assert given.pop("packages") == [
            each for each in given["elements"] if each["name"] in {"libc6", "core", "tool"}
        ]
        assert given.keys() == {field.name for field in fields(Bill)}
        assert given == json.loads(json.dumps(plain(FULL)))

    def test_the_image_is_as_in_the_report(self) -> None:
        image = make_image(make_package())
        given = json.loads(text("{{ image | tojson }}", FULL, image))
        assert given == json.loads(json.dumps(image_document(image)))

    def test_a_document_has_no_image(self) -> None:
        assert text("{{ image is none }}[{{ image }}]") == "True[]"

    def test_texts_are_fit_for_a_terminal(self) -> None:
        image = make_image(config={"config": {"Labels": {"a\x1b": "b\x1b[2J\nc"}}})
        shown = text("{{ bill.packages }} {{ image.config }}", hostile_bill(), image)
        assert all(line.isprintable() for line in shown.split("\n"))
        labels = text("{{ image.config.config.Labels['a\\\\x1b'] }}", FULL, image)
        assert labels == "b\\x1b[2J\nc"

    def test_what_the_bill_says_is_no_template(self) -> None:
        """A package that is called `{{ 7 * 7 }}` is called that."""
        assert "{{ 7 * 7 }}" in text(
            "{{ bill.packages | map(attribute='name') | join }}", hostile_bill()
        )

    def test_nothing_is_escaped_unless_asked(self) -> None:
        bill = Bill("<a> & 'b'", (), ())
        assert text("{{ bill.name }}", bill) == "<a> & 'b'"
        assert text("{{ bill.name | e }}", bill) == "&lt;a&gt; &amp; &#39;b&#39;"

    def test_blocks_leave_no_lines_and_the_last_line_break_stays(self) -> None:
        assert text("a\n  {% if true %}\nb\n  {% endif %}\n\n") == "a\nb\n\n"


class TestFaults:
    @pytest.mark.parametrize(
        ("template", "line", "reason"),
        [
            ("a\n\n{{ nothing }}", 3, "'nothing' is undefined"),
            ("\n{{ bill.nothing }}", 2, "no attribute 'nothing'"),
            ("\n\n{% if %}", 3, "Expected an expression"),
            ("{% for %}", 1, "end of statement block"),
            ("{{ 1 / 0 }}", 1, "division by zero"),
            ("a\n{% include '/etc/passwd' %}", 2, "no loader"),
            ("{% import 'a' as b %}", 1, "no loader"),
            ("{% extends 'a' %}", 1, "no loader"),
            ("{{ ''.__class__.__mro__ }}", 1, "unsafe"),
            ("{{ '{0.__class__}'.format(1) }}", 1, "unsafe"),
            ("{{ bill.update({}) }}", 1, "unsafe"),
            ("{{ bill.elements.append(1) }}", 1, "unsafe"),
            ("{{ range(10 ** 9) | list }}", 1, "Range too big"),
            ("{{ bill.items }}", 1, "cannot be printed"),
            ("{{ bill.packages | map(attribute='name') }}", 1, "cannot be printed"),
            ("{{ cycler(1) }}", 1, "cannot be printed"),
            ("{{ [1, 2] | random }}", 1, "No filter named 'random'"),
            ("{{ lipsum() }}", 1, "'lipsum' is undefined"),
            ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", 1, "recursion"),
        ],
    )
    def test_name_the_line_and_the_reason(self, template: str, line: int, reason: str) -> None:
        fault = refusal(template)
        assert fault.message.startswith(f"line {line}: ")
        assert reason in fault.message

    @pytest.mark.parametrize(
        "template",
        ["a\n\ud800", "{{ '\\ud800' }}", "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "{{ '\x00"],
    )
    def test_without_a_line_are_told_in_words(self, template: str) -> None:
        assert refusal(template).message.isprintable()

    def test_nothing_is_given_of_what_was_made_before_it_failed(self) -> None:
        refusal("{{ bill.name }}\n{{ nothing }}")


class TestLimits:
    @pytest.mark.parametrize(
        ("template", "limit"),
        [
            ("{{ 'a' * 10 ** 10 }}", "template_memory_bytes"),
            ("{{ 'a'.center(10 ** 10) }}", "template_memory_bytes"),
            ("{{ '%10000000000d' % 1 }}", "template_memory_bytes"),
            (DOUBLING, "template_memory_bytes"),
            ("{{ 10 ** (10 ** 10) }}", "template_seconds"),
            (
                "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
                "template_seconds",
            ),
            (
                "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
                "template_bytes",
            ),
        ],
    )
    def test_bound_what_the_sandbox_does_not(self, template: str, limit: str) -> None:
        with pytest.raises(LimitExceeded, match=limit):
            rendered(template, FULL, None, SMALL)

    def test_of_the_output_is_exact(self) -> None:
        most = Limits(template_bytes=8)
        assert rendered("{{ 'é' * 4 }}", FULL, None, most) == "éééé".encode()
        with pytest.raises(LimitExceeded, match="template_bytes is 8, seen at least 9"):
            rendered("{{ 'é' * 4 }}!", FULL, None, most)

    def test_beyond_all_numbers_are_none(self) -> None:
        endless = Limits(template_seconds=10**30, template_memory_bytes=10**30)
        assert rendered("a", FULL, None, endless) == b"a"


class TestTheProcess:
    def test_takes_nothing_from_the_folder_it_is_started_in(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "jinja2.py").write_text("raise SystemExit('taken')")
        (tmp_path / "json.py").write_text("raise SystemExit('taken')")
        monkeypatch.chdir(tmp_path)
        assert text("{{ bill.packages[0].name }}") == "libc6"

    def test_gives_the_same_bytes_whatever_is_around_it(self) -> None:
        program = (
            "import sys; from tests.sbom.handmade import FULL;"
            "from analyzer.sbom.template import rendered;"
            "t = \"{{ bill | tojson }}{{ bill.packages | groupby('kind') }}\";"
            "sys.stdout.buffer.write(rendered(t, FULL))"
        )
        seen = {
            subprocess.run(
                [sys.executable, "-c", program],
                cwd=ROOT,
                env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
                capture_output=True,
                check=True,
            ).stdout
            for seed, zone, locale in (("1", "UTC", "C"), ("2", "Asia/Tokyo", "C.UTF-8"))
        }
        assert len(seen) == 1
        assert len(seen.pop()) > 1000


class TestTheDocumentation:
    EXAMPLES = re.findall(
        r"```jinja\n(.*?)```\n\n```text\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL
    )

    def test_has_two_examples(self) -> None:
        assert len(self.EXAMPLES) == 2

    @pytest.mark.parametrize("number", [0, 1])
    def test_examples_print_what_it_shows(self, number: int) -> None:
        template, shown = self.EXAMPLES[number]
        made = text(template, *multi())
        if os.environ.get("UPDATE_GOLDEN") == "1":
            page = DOCS.read_text("utf-8")
            DOCS.write_text(
                page.replace(
                    f"{template}```\n\n```text\n{shown}```", f"{template}```\n\n```text\n{made}```"
                ),
                "utf-8",
            )
            return
        assert made == shown

    def test_the_list_has_the_packages_that_dpkg_lists(self) -> None:
        expected = json.loads((ROOT / "fixtures/layouts/multi.expected.json").read_bytes())
        lines = [line.split() for line in expected["platforms"]["amd64"]["packages"]]
        dpkg = {(name, version) for state, name, version, _ in lines if state == "installed"}
        made = text(self.EXAMPLES[0][0], *multi())
        told = {tuple(line.split(" | ")[:2]) for line in made.splitlines() if line[:5] == "| lib"}
        assert {(name[2:], version) for name, version in told} == {
            (name, version) for name, version in dpkg if name.startswith("lib")
        }

    def test_the_page_is_html_whatever_packages_are_called(self) -> None:
        layer = Element(
            "l",
            "layer",
            "l",
            properties=(("ociscope:layer:created-by", "<b>"), ("ociscope:layer:position", "0")),
        )
        evil = Element("p", "package", "<script>", properties=(("ociscope:layer:position", "0"),))
        parser = Tags()
        parser.feed(text(self.EXAMPLES[1][0], Bill("x", (), (layer, evil))))
        assert parser.seen == ["ol", "li"]

    @pytest.mark.parametrize("model", [Bill, Element, Party, Evidence, Reference, ExternalDocument])
    def test_names_every_member(self, model: type) -> None:
        page = DOCS.read_text("utf-8")
        missing = [field.name for field in fields(model) if f"`{field.name}`" not in page]
        assert missing == []


def multi() -> tuple[Bill, ImageReport]:
    """The fixture's image for linux/amd64, as it is read from the docker archive of it."""
    report = analyze(str(ROOT / "fixtures" / "saves" / "multi-amd64.tar"))
    (image,) = report.images
    created, source = creation_time(image, None)
    return compose(report, image, created=created, created_from=source), image


class Tags(HTMLParser):
    """Remembers the tags that begin."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - as it is called
        self.seen.append(tag)
