"""The log's tree as the database holds it: the right edge to go on from, tiles written, subtrees for proofs."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, text

from commensal.sentinel.errors import LogError
from commensal.sentinel.merkle import Subtree
from commensal.sentinel.tables import tile
from commensal.sentinel.tiles import WIDTH, WIDTH_BITS, perfect_root, split_hashes
from commensal.sentinel.tree import GrowingTree

READ_TILE = select(tile.c.hashes).where(tile.c.level == bindparam("at_level"), tile.c.n == bindparam("at_n"))
WRITE_TILE = text(
    "INSERT INTO log_tile (level, n, hashes) VALUES (:level, :n, :hashes) "
    "ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes"
)
"""The same words in SQLite and PostgreSQL."""


def read_tree(conn: Connection, size: int) -> GrowingTree:
    """The tree of `size` leaves, from the partial tile of each level.

    Raises:
        LogError: a tile at the edge is missing, or has another width than `size` asks for.
    """
    edge: list[list[bytes]] = []
    count = size
    while count:
        hashes: list[bytes] = []
        if count % WIDTH:
            hashes = _read_tile(conn, len(edge), count // WIDTH)
            if len(hashes) != count % WIDTH:
                raise LogError(
                    f"log: tile {len(edge)}/{count // WIDTH} at the edge holds {len(hashes)} hashes, expected "
                    f"{count % WIDTH}; stop recording and run `commensal audit`"
                )
        edge.append(hashes)
        count //= WIDTH
    return GrowingTree(size, edge)


def write_growth(conn: Connection, tree: GrowingTree, leaf_hashes: Sequence[bytes]) -> None:
    """Add leaves to `tree` and write every tile that this fills or begins; a partial tile it continues is replaced."""
    old_size = tree.size
    tiles = tree.extend(leaf_hashes)
    tiles += [t for t in tree.partial_tiles() if _width_at(t[0], tree.size) > _width_at(t[0], old_size)]
    conn.execute(WRITE_TILE, [{"level": level, "n": n, "hashes": hashes} for level, n, hashes in tiles])


def _width_at(level: int, size: int) -> int:
    """How many hashes a level holds in a log of `size` entries."""
    return size >> (WIDTH_BITS * level)


def subtrees(conn: Connection) -> Subtree:
    """Gives the root of any complete, aligned subtree; reads each tile once.

    Raises:
        LogError: (when called) a tile is missing or too short.
    """
    read: dict[tuple[int, int], list[bytes]] = {}

    def subtree(level: int, n: int) -> bytes:
        tile_level, inside = divmod(level, WIDTH_BITS)
        first, span = n << inside, 1 << inside
        where = (tile_level, first // WIDTH)
        if where not in read:
            read[where] = _read_tile(conn, *where)
        hashes = read[where][first % WIDTH :][:span]
        if len(hashes) != span:
            raise LogError(f"log: tile {tile_level}/{first // WIDTH} is too short; run `commensal audit`")
        return perfect_root(hashes)

    return subtree


def _read_tile(conn: Connection, level: int, n: int) -> list[bytes]:
    raw = conn.execute(READ_TILE, {"at_level": level, "at_n": n}).scalar()
    if raw is None:
        raise LogError(f"log: tile {level}/{n} is missing; stop recording and run `commensal audit`")
    return split_hashes(raw)
