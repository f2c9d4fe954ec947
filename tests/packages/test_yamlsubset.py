"""The reader of lock files' YAML against PyYAML, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packages.formats import yamlsubset
from tests.packages.cases import FOLDER

yaml = pytest.importorskip("yaml")

LOCKS = sorted(
    path
    for path in FOLDER.rglob("*")
    if path.name in {"pnpm-lock.yaml", "lock.yaml", "yarn.lock"}
    and not {"damaged", "strange"} & set(path.parts)
    and b"# yarn lockfile v1" not in path.read_bytes()
)
PLAIN = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=8)
WORDS = PLAIN | st.lists(PLAIN, max_size=3).map(" ".join).map(str.strip)
STYLES: dict[str, dict[str, bool | None]] = {
    "block": {"default_flow_style": False},
    "flow": {"default_flow_style": True},
    "mixed": {"default_flow_style": None},
}
TREES = st.dictionaries(
    PLAIN,
    st.recursive(
        WORDS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
        max_leaves=12,
    ),
    max_size=4,
)


def read(text: str) -> object:
    """As PyYAML sees it: nothing but texts, mappings and sequences."""
    value: object = yaml.load(text, yaml.BaseLoader)
    return value


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: f"{path.parts[-3]}-{path.name}")
def test_lock_files_read_as_pyyaml_reads_them(path: Path) -> None:
    data = path.read_bytes()
    assert yamlsubset.load(data) == read(data.decode())


def test_there_are_lock_files() -> None:
    assert len(LOCKS) > 4


@given(tree=TREES, style=st.sampled_from(sorted(STYLES)))
def test_what_a_writer_writes_is_read_back_or_refused(tree: object, style: str) -> None:
    text = yaml.safe_dump(tree, width=10**6, allow_unicode=True, **STYLES[style])
    if style == "flow":
        text, tree = f"all: {text}", {"all": tree}
    assert read(text) == tree
    try:
        found = yamlsubset.load(text.encode())
    except yamlsubset.Refused:
        # Empty keys in the long form, tags, and the like.
        return
    assert found == tree


@given(
    lines=st.lists(
        st.sampled_from(
            [
                *("a: b", "  c: d", "  - e", "- f", "  'g': [h, {i: j}]", "k:", "    l: 'm''n'"),
                *('  "o\\n": p # q', "r: {}", "s: []", "# t", "", "? u", ": v", "w:x", "  y: z:"),
            ]
        ),
        max_size=8,
    )
)
def test_never_another_answer_than_pyyaml(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        found = yamlsubset.load(text.encode())
    except yamlsubset.Refused:
        return
    assert shown(found) == shown(read(text) or {})


def shown(value: object) -> object:
    """With line breaks as our reader shows them."""
    if isinstance(value, dict):
        return {shown(key): shown(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shown(inner) for inner in value]
    return str(value).replace("\n", "\\x0a")


@pytest.mark.parametrize(
    "text",
    [
        "a: &x b",
        "a: *x",
        "a: !!str b",
        "%YAML 1.2",
        "a:\n\tb: c",
        "a: b\na: c",
        "a: b: c",
        "a: [b",
        "a: {b}",
        "a: 'b' c",
        "- a",
        "a",
        "a: b\n  c: d",
        "  a: b\nc: d",
        "{a: b}: c",
        "a: @b",
        "? a\nb: c",
        "a: " + "[" * 50 + "]" * 50,
        "".join("  " * n + "a:\n" for n in range(50)),
    ],
)
def test_what_goes_beyond_is_refused(text: str) -> None:
    with pytest.raises(yamlsubset.Refused, match=r"^line "):
        yamlsubset.load(text.encode())


def test_a_byte_order_mark_may_begin_it() -> None:
    """YAML 1.2.2, 5.2."""
    assert yamlsubset.load(b"\xef\xbb\xbfa: b\n") == {"a": "b"}
    assert yamlsubset.load(b"\xef\xbb\xbf---\na: b\n") == {"a": "b"}
