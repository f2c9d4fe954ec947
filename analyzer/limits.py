"""Every limit, once, with its unit in its name, and the counter that enforces the shared ones."""

from __future__ import annotations

from dataclasses import dataclass, fields
from threading import Lock

from analyzer.errors import LimitExceeded
from analyzer.problems import Code

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """What untrusted input may cost. Each can be raised by `--limit NAME=VALUE`."""

    manifest_bytes: int = 4 * MIB
    """One manifest or index document; registries refuse larger ones (distribution-spec)."""
    document_bytes: int = 32 * MIB
    """One config, docker `manifest.json` or other JSON document."""
    inflated_bytes: int = 64 * GIB
    """Everything inflated in one run, layers and outer file together."""
    layer_inflated_bytes: int = 32 * GIB
    """One layer after decompression."""
    outer_inflated_bytes: int = 64 * GIB
    """A compressed outer file after decompression; it needs this much temporary disk."""
    inflate_ratio: int = 250
    """Inflated bytes per compressed byte of one stream. Plain zeros pack 1 029 to 1 in gzip and
    far denser in zstd; nothing that people ship comes near over `ratio_free_bytes`."""
    ratio_free_bytes: int = GIB
    """The ratio is not looked at before this many bytes came out of a stream."""
    window_bytes: int = 128 * MIB
    """What inflating one stream may hold of what came out, for what follows to refer to: the window
    of a zstd frame, the dictionary of xz. `zstd --long=27` makes the largest of this size; libzstd
    takes 2 GiB at most."""
    layer_entries: int = 5_000_000
    """Entries of one layer, and folders that only their paths tell of."""
    archive_members: int = 1_000_000
    """Members of the outer file."""
    index_depth: int = 8
    """Index in index in index."""
    index_descriptors: int = 10_000
    """Descriptors in all indexes of a file."""
    json_depth: int = 64
    """Nesting of arrays and objects in a document."""
    layers_per_image: int = 1024
    """Layers of one manifest."""
    path_bytes: int = 8 * KIB
    """One path inside a layer or of an outer member; Linux itself stops at 4 096."""
    path_depth: int = 256
    """Parts of one path or link target; what people ship has a few dozen."""
    pax_bytes: int = 4 * MIB
    """One extended tar header (pax record block, GNU long name) or sparse map."""
    layer_pax_bytes: int = GIB
    """All extended headers of one layer; attributes and long names are kept in memory."""
    link_depth: int = 40
    """Links followed from one member of the outer file to another; Linux has the same 40. Inside
    layers it is always 40: no container could follow more."""
    captured_file_bytes: int = 128 * MIB
    """One package database or other file kept for a cataloger."""
    captured_memory_bytes: int = 4 * MIB
    """One such file in memory; a larger one goes to temporary disk."""
    reduced_file_bytes: int = 4 * GIB
    """One program or archive read for the few parts that matter."""
    passing_bytes: int = 32 * MIB
    """Programs and archives held in memory until their last byte has come, those of all layers that
    are read together; one that finds no room waits on temporary disk."""
    captured_bytes: int = GIB
    """All files kept for catalogers in one run."""
    extracted_bytes: int = 64 * GIB
    """All files that one run writes out of an image; a sparse one may claim any size."""
    sbom_bytes: int = 128 * MIB
    """One bill of materials given to be read; that of a large image with its files has some 50."""
    sbom_yaml_bytes: int = 16 * MIB
    """One bill of materials as YAML, which takes far longer to read than other forms."""
    sbom_values: int = 4_000_000
    """Texts, lists and objects in one bill of materials."""
    sbom_depth: int = 500
    """Components inside components of one bill of materials."""
    template_bytes: int = 256 * MIB
    """What a template may make of one bill."""
    template_seconds: int = 60
    """Time on a processor that it may take."""
    template_memory_bytes: int = 4 * GIB
    """Memory of the process that renders it, the bill in it and the interpreter included."""
    content_files: int = 1000
    """Changed files that `diff --content` looks into."""
    content_file_bytes: int = 256 * MIB
    """One of them; it waits in a temporary file."""
    content_bytes: int = 2 * GIB
    """All of them together, of both images."""
    content_text_bytes: int = 8 * MIB
    """One text, document or member of an archive compared by its lines or parts, in memory."""
    content_inflated_bytes: int = 4 * GIB
    """All bytes read out of archives and programs to compare what is in them."""
    content_members: int = 500_000
    """Members of all archives that are compared."""
    content_depth: int = 3
    """Archives in archives that are opened."""
    content_lines: int = 1000
    """Lines, records or members that are shown of one file."""
    cause_bytes: int = 256 * MIB
    """Changed files of one image whose content tells why they differ, all together, in memory."""
    content_tool_seconds: int = 120
    """Time that diffoscope may take over one file."""
    cache_bytes: int = GIB
    """All entries of the layer cache on disk."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of all limits, sorted."""
        return tuple(sorted(field.name for field in fields(cls)))


def overrun(limit: str, allowed: int, seen: int) -> str:
    """All that a problem says about limit `limit`, for what goes on without the rest."""
    problem = exceeded(limit, allowed, seen, "")
    return f"{problem.message}; {problem.hint}"


def exceeded(limit: str, allowed: int, seen: int, where: str) -> LimitExceeded:
    """The error for limit `limit`: names it, the allowance, what was seen, and how to raise it."""
    return LimitExceeded(
        Code.LIMIT_EXCEEDED,
        f"limit {limit} is {allowed}, seen at least {seen}",
        hint=f"raise it with --limit {limit}=N if you trust this file",
        where=where,
    )


def check_ratio(inflated: int, taken: int, limits: Limits, where: str) -> None:
    """Refuse a stream that inflates beyond all proportion; raises LimitExceeded."""
    if inflated > limits.ratio_free_bytes and inflated > limits.inflate_ratio * taken:
        raise exceeded("inflate_ratio", limits.inflate_ratio, inflated // max(taken, 1), where)


class Budget:
    """Counts what one run has spent, across threads, against `Limits`."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._lock = Lock()
        self._inflated = 0
        self._captured = 0
        self._passing = 0

    def spend_inflated(self, count: int, where: str) -> None:
        """Charge `count` inflated bytes; raises LimitExceeded."""
        with self._lock:
            self._inflated += count
            total = self._inflated
        if total > self.limits.inflated_bytes:
            raise exceeded("inflated_bytes", self.limits.inflated_bytes, total, where)

    def spend_captured(self, count: int, where: str) -> None:
        """Charge `count` bytes kept in memory for catalogers; raises LimitExceeded."""
        with self._lock:
            self._captured += count
            total = self._captured
        if total > self.limits.captured_bytes:
            raise exceeded("captured_bytes", self.limits.captured_bytes, total, where)

    def hold(self, count: int) -> bool:
        """Whether `count` more bytes of passing files may wait in memory; then they are counted."""
        with self._lock:
            if self._passing + count > self.limits.passing_bytes:
                return False
            self._passing += count
        return True

    def let_go(self, count: int) -> None:
        """`count` of the bytes that were held wait no more."""
        with self._lock:
            self._passing -= count
