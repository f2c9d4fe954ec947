"""Every target holds on its seeds, and on seeds that are cut and bent: no fuzzer needed."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS


@pytest.fixture(params=list(TARGETS.values()), ids=list(TARGETS))
def target(request: pytest.FixtureRequest) -> Target:
    found: Target = request.param
    return found


def test_a_target_has_seeds_and_holds_on_them(target: Target) -> None:
    seeds = list(target.seeds())
    assert seeds
    for seed in seeds:
        target.run(seed)
    target.run(b"")


def test_a_target_holds_on_bent_seeds(target: Target) -> None:
    chance = random.Random(target.name)  # noqa: S311 - wants repeatable, not secret
    seeds = list(target.seeds())
    for _ in range(30):
        bent = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(4)):
            if bent:
                bent[chance.randrange(len(bent))] = chance.randrange(256)
        if chance.random() < 0.3:
            del bent[chance.randrange(len(bent) + 1) :]
        target.run(bytes(bent))
