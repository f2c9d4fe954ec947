"""The creation time: whole seconds in UTC from one of three sources."""

from __future__ import annotations

import pytest

from analyzer.errors import InputError
from analyzer.problems import Code
from analyzer.sbom.created import FROM_ENVIRONMENT, FROM_IMAGE, FROM_NOTHING, creation_time
from tests.sbom.reports import make_image


class TestCreationTime:
    """Whole seconds in UTC from one of three sources."""

    def test_environment_first(self) -> None:
        """reproducible-builds.org, SOURCE_DATE_EPOCH."""
        assert creation_time(make_image(), "0") == ("1970-01-01T00:00:00Z", FROM_ENVIRONMENT)
        assert creation_time(make_image(), "253402300799")[0] == "9999-12-31T23:59:59Z"

    @pytest.mark.parametrize(
        "text", ["", "x", "-1", "1.5", " 1", "1\n", "\u0661", "253402300800", "9" * 30]
    )
    def test_malformed_environment(self, text: str) -> None:
        """An error, never ignored."""
        with pytest.raises(InputError) as caught:
            creation_time(make_image(), text)
        assert caught.value.code is Code.BAD_ARGUMENT

    @pytest.mark.parametrize(
        ("stated", "time"),
        [
            ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
            ("2024-01-02T03:04:05.999999999Z", "2024-01-02T03:04:05Z"),
            ("2024-01-02t03:04:05z", "2024-01-02T03:04:05Z"),
            ("2024-01-02T03:04:05+02:30", "2024-01-02T00:34:05Z"),
            ("2024-01-02T23:04:05-02:00", "2024-01-03T01:04:05Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ],
    )
    def test_image_time(self, stated: str, time: str) -> None:
        """RFC 3339, normalised."""
        image = make_image(config={"created": stated})
        assert creation_time(image, None) == (time, FROM_IMAGE)

    @pytest.mark.parametrize(
        "stated",
        [
            None, 5, "", "yesterday", "2024-01-02", "2024-13-02T03:04:05Z", "2024-01-02T03:04:05",
            "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
        ],
    )  # fmt: skip
    def test_no_time(self, stated: object) -> None:
        """Not stated, not a time, or Go's way to write "never set"."""
        image = make_image(config={"created": stated})
        assert creation_time(image, None) == ("1970-01-01T00:00:00Z", FROM_NOTHING)
