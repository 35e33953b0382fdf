"""The log's tree as it grows: only its right edge is held, every tile is handed over when it is full.

Adding a leaf costs two hashes on average and never looks at an older one.
Format: C2SP tlog-tiles; docs/specs/records-log.md section 5.
"""

from collections.abc import Sequence

from commensal.sentinel.tiles import WIDTH, WIDTH_BITS, perfect_root, root_of_edge

Tile = tuple[int, int, bytes]
"""(level, number, hashes one after the other)."""


class GrowingTree:
    """A tree of `size` leaves.

    Args:
        size: leaves so far.
        edge: the hashes of the partial tile of each level, level 0 first; [] where the last tile is full.
    """

    def __init__(self, size: int = 0, edge: Sequence[Sequence[bytes]] = ()) -> None:
        self.size = size
        self._edge = [list(hashes) for hashes in edge]

    def extend(self, leaf_hashes: Sequence[bytes]) -> list[Tile]:
        """Add leaves; gives the tiles this fills, lowest level first."""
        filled: list[Tile] = []
        arriving, level = list(leaf_hashes), 0
        while arriving:
            if level == len(self._edge):
                self._edge.append([])
            row = self._edge[level] + arriving if self._edge[level] else arriving
            first = (self.size >> (WIDTH_BITS * level)) // WIDTH
            blocks = [row[i : i + WIDTH] for i in range(0, len(row) - WIDTH + 1, WIDTH)]
            filled += [(level, first + k, b"".join(block)) for k, block in enumerate(blocks)]
            self._edge[level] = row[WIDTH * len(blocks) :]
            arriving, level = [perfect_root(block) for block in blocks], level + 1
        self.size += len(leaf_hashes)
        return filled

    def partial_tiles(self) -> list[Tile]:
        """The tiles at the right edge that are begun and not full."""
        return [
            (level, (self.size >> (WIDTH_BITS * level)) // WIDTH, b"".join(hashes))
            for level, hashes in enumerate(self._edge)
            if hashes
        ]

    @property
    def root(self) -> bytes:
        """The root over all leaves so far."""
        return root_of_edge(self._edge)
