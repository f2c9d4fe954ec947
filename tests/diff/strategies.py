"""Any reports, small enough that two of them have much in common."""

from __future__ import annotations

from hypothesis import strategies as st

from analyzer.packages.contract import Location
from analyzer.packages.distro import Distro
from tests.diff.reports import image, layer, package, report

WORDS = st.sampled_from(["x", "y", "z"])
LAYERS = st.lists(
    st.builds(
        layer,
        WORDS,
        st.sampled_from(["", "RUN a"]),
        blob=st.sampled_from([None, "", "zstd"]),
        diff_id=st.booleans(),
    ),
    max_size=4,
)
PACKAGES = st.lists(
    st.builds(
        lambda name, version, more, **members: package(name, version, **members)._replace(**more),
        WORDS,
        st.sampled_from(["1.0", "1.0-0", "2.0", "1.0_git1-r0", "odd version"]),
        st.fixed_dictionaries(
            {},
            optional={
                "supplier": WORDS,
                "owner": st.sampled_from(["deb:x@1.0", "deb:x@2.0", "deb:y@1.0"]),
                "hold": st.booleans(),
                "provides": st.lists(WORDS, max_size=2).map(tuple),
                "locations": st.lists(st.builds(Location, WORDS), max_size=3).map(tuple),
            },
        ),
        kind=st.sampled_from(["deb", "apk", "npm", "generic"]),
        arch=st.sampled_from(["amd64", "all"]),
        state=st.sampled_from(["installed", "config-files"]),
        licenses=st.sampled_from([(), ("MIT",), ("MIT", "ISC")]),
        source=st.sampled_from([None, ("s", "1")]),
        layer=st.sampled_from([None, 0, 1, 2]),
    ),
    max_size=6,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 1) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "os": WORDS,
        "config": st.fixed_dictionaries(
            {}, optional={"Env": st.lists(st.sampled_from(["A=1", "A=2", "B=1", "C"]), max_size=3)}
        ),
        "history": st.lists(
            st.dictionaries(st.sampled_from(["created_by", "x"]), WORDS), max_size=3
        ),
        "rootfs": JSON,
        "more": JSON,
    },
)
IMAGES = st.builds(
    lambda names, **members: image(*names, **members),
    st.lists(st.sampled_from(["a:1", "docker.io/library/a:1", "b:1", "c:1"]), max_size=2),
    position=st.integers(0, 2),
    platform=st.sampled_from(["linux/amd64", "linux/arm64"]),
    completeness=st.sampled_from(["complete", "partial", "absent"]),
    image_id=st.none() | WORDS,
    manifest=st.none() | WORDS,
    index=st.none() | WORDS,
    config=CONFIGS,
    layers=LAYERS,
    distro=st.none() | st.builds(Distro, WORDS),
    packages=PACKAGES,
)
REPORTS = st.builds(
    lambda images, kind: report(*images, kind=kind),
    st.lists(IMAGES, max_size=4),
    st.sampled_from(["oci-layout tar", "docker-archive tar"]),
)
