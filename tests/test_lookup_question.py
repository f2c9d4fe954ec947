"""The hash in whatever a person copies it with, and no other text."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import InputError
from analyzer.lookup.model import Searched
from analyzer.lookup.question import Question, parse_question
from analyzer.lookup.search import search
from tests.sbom.reports import make_report
from tests.test_lookup import IMAGE_ID


class TestQuestion:
    @pytest.mark.parametrize(
        "text",
        [
            IMAGE_ID,
            f"sha256:{IMAGE_ID}",
            f"SHA256:{IMAGE_ID.upper()}",
            f"docker-pullable://registry.example/app@sha256:{IMAGE_ID}",
            f"docker://sha256:{IMAGE_ID}",
            f"containerd://{IMAGE_ID}",
            f"registry.example:5000/team/app:1.0-abcdef0@sha256:{IMAGE_ID}",
            f"{IMAGE_ID}.json",
            f"{IMAGE_ID}.tar.gz",
            f"{IMAGE_ID}/layer.tar",
            f"blobs/sha256/{IMAGE_ID}",
            f"registry.example/app:sha256-{IMAGE_ID}.sig",
            f'  "{IMAGE_ID}"\n',
            f"'sha256:{IMAGE_ID}',",
            f"Digest: sha256:{IMAGE_ID}",
            f"Status: Downloaded newer image (sha256:{IMAGE_ID}).",
            f"sha256sum says {IMAGE_ID}  app.tar",
            f"\u201csha256:{IMAGE_ID}\u201d",
        ],
    )
    def test_the_whole_hash_is_found_in_what_it_was_copied_with(self, text: str) -> None:
        question = parse_question(text)
        assert question.digits == IMAGE_ID
        assert question.whole

    @pytest.mark.parametrize(
        "text",
        ["3f0673c9cee1", "sha256:3f0673c9cee1...", "3F0673C9CEE1\u2026", "<sha256:3f0673c9cee1>"],
    )
    def test_so_is_the_beginning_of_one(self, text: str) -> None:
        question = parse_question(text)
        assert question.digits == "3f0673c9cee1"
        assert not question.whole

    def test_the_algorithm_is_kept_and_narrows(self) -> None:
        assert parse_question("sha512:" + "a" * 128) == Question("a" * 128, "sha512")
        assert not parse_question("sha512:3f0673c").names(f"sha256:{IMAGE_ID}")  # type: ignore[arg-type]
        assert parse_question("3f0673c").names(f"sha256:{IMAGE_ID}")  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "no hash"),
            ("app:latest", "no hash"),
            ("abcdef", "no hash"),
            ("sha256:abcdef", "too few"),
            ("sha256:" + "a" * 65, "more than the 64"),
            ("b" * 129, "more than the 128"),
            ("aaaaaaaa and bbbbbbbb", "several hashes"),
            ("g" * 64, "no hash"),
            ("x" * 5000, "no hash"),
        ],
    )
    def test_what_is_none_is_refused_with_a_reason(self, text: str, why: str) -> None:
        with pytest.raises(InputError, match=why) as caught:
            parse_question(text)
        assert "7 or more" in caught.value.hint
        assert len(str(caught.value)) < 500

    @given(st.text() | st.text(alphabet=string.hexdigits + ":@ ./-\udc80sha256"))
    def test_any_text_is_a_question_or_an_input_error(self, text: str) -> None:
        try:
            question = parse_question(text)
        except InputError:
            return
        assert re.fullmatch("[0-9a-f]{7,128}", question.digits)
        assert question.digits in text.lower()

    @given(st.text())
    def test_every_question_has_an_answer_or_advice(self, text: str) -> None:
        try:
            question = parse_question(f"{text} sha256:{IMAGE_ID}")
        except InputError:
            return
        result = search(question, [Searched("app.tar", make_report())])
        assert bool(result.answers) != (result.advice is not None)
