"""Tiles: names, widths, bundles, and the tree that grows by them."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commensal.sentinel.errors import LogError
from commensal.sentinel.merkle import leaf_hash
from commensal.sentinel.tiles import (
    bundle,
    bundle_path,
    parse_tile_path,
    path_number,
    split_bundle,
    split_hashes,
    tile_path,
)
from commensal.sentinel.tree import GrowingTree
from tests.sentinel.logs import tiles_of
from tests.sentinel.test_merkle import mth


def test_tile_numbers_are_written_in_groups_of_three():
    assert path_number(1234067) == "x001/x234/067"
    assert tile_path(0, 5) == "tile/0/005"
    assert tile_path(1, 1000, 17) == "tile/1/x001/000.p/17"
    assert bundle_path(273, 112) == "tile/entries/273.p/112"


@given(
    st.one_of(st.none(), st.integers(0, 63)),
    st.one_of(st.integers(0, 3000), st.integers(0, 2**55)),
    st.integers(1, 256),
)
def test_a_tile_path_reads_back_as_it_was_written(level, n, width):
    path = bundle_path(n, width) if level is None else tile_path(level, n, width)
    assert parse_tile_path(path) == (level, n, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1",
        "tile/0/0001",
        "tile/00/001",
        "tile/64/001",
        "tile/0/x000/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/300",
        "tile/0/001.p/01",
        "tile/0/001.p",
        "tile/0/٠٠١",
        "tile/entries/001/",
        "tile/entry/001",
        "tile/0/001\n",
    ],
)
def test_no_other_path_is_a_tile(path):
    assert parse_tile_path(path) is None


def test_seventy_thousand_entries_make_the_published_tiles():
    tiles = list(tiles_of(70_000))
    assert [(n, w) for level, n, w in tiles if level == 0][-2:] == [(272, 256), (273, 112)]
    assert sum(level == 0 and width == 256 for level, _, width in tiles) == 273
    assert [(n, w) for level, n, w in tiles if level == 1] == [(0, 256), (1, 17)]
    assert [(n, w) for level, n, w in tiles if level == 2] == [(0, 1)]
    assert list(tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles_of(0)) == []


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513, 1000])
def test_a_growing_tree_has_the_rfcs_root_and_the_specs_tiles_at_the_edges(size):
    entries = [i.to_bytes(2, "big") for i in range(size)]
    tree, filled, chance = GrowingTree(), [], random.Random(size)
    while tree.size < size:
        step = chance.randint(1, 300)
        filled += tree.extend([leaf_hash(e) for e in entries[tree.size : min(size, tree.size + step)]])
    tiles = {(level, n): raw for level, n, raw in [*filled, *tree.partial_tiles()]}
    assert tree.root == mth(entries)
    assert {(level, n, len(raw) // 32) for (level, n), raw in tiles.items()} == set(tiles_of(size))
    for (level, n), raw in tiles.items():
        span = 256**level
        for i, found in enumerate(split_hashes(raw)):
            start = (n * 256 + i) * span
            assert found == mth(entries[start : start + span])


def test_seventy_thousand_leaves_grow_the_published_tiles_and_the_rfcs_root():
    entries = [i.to_bytes(3, "big") for i in range(70_000)]
    tree = GrowingTree()
    filled = tree.extend([leaf_hash(e) for e in entries[:65_000]])
    filled += tree.extend([leaf_hash(e) for e in entries[65_000:]])
    shapes = {(level, n, len(raw) // 32) for level, n, raw in [*filled, *tree.partial_tiles()]}
    assert shapes == set(tiles_of(70_000))
    assert tree.root == mth(entries)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_entries_and_nothing_else(entries):
    raw = bundle(entries)
    assert split_bundle(raw, len(entries)) == entries
    for broken in (raw + b"\0", raw[:-1]) if raw else (b"\0",):
        with pytest.raises(LogError):
            split_bundle(broken, len(entries))
    with pytest.raises(LogError):
        split_bundle(raw, len(entries) + 1)


def test_an_entry_too_long_for_a_bundle_is_refused():
    assert len(bundle([bytes(65_535)])) == 65_537
    with pytest.raises(LogError, match="65535"):
        bundle([bytes(65_536)])


def test_a_tile_of_a_broken_length_is_refused():
    for length in (0, 31, 33, 257 * 32):
        with pytest.raises(LogError):
            split_hashes(bytes(length))
