"""The audit's second half: data keys, payloads against their leaves, and erasures against what is missing."""

from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from commensal.sentinel import tables
from commensal.sentinel.errors import LogError
from commensal.sentinel.findings import Findings
from commensal.sentinel.leaf import COMMITMENT_BYTES, SALT_BYTES, commitment, decoded, is_leaf
from commensal.sentinel.log import CLINIC, ERASURE, open_payload
from commensal.sentinel.raw_rows import LOWEST, Row, count_rows, raw_rows, raw_where, stored_where
from commensal.sentinel.vault import NONCE_BYTES, KeyOpener


class PayloadAudit:
    """Takes the entries page by page and looks at what is kept for them. Without a vault it can only count."""

    def __init__(self, conn: Connection, vault: KeyOpener | None, findings: Findings) -> None:
        self._conn, self._vault, self._findings = conn, vault, findings
        self._keys: dict[str | bytes, tuple[AESGCM, str] | None] = {}
        self._unused: set[str | bytes] = set()
        self._without: list[int] = []
        self._erased: dict[int, int] = {}
        self._after = LOWEST
        self._seen = self._unread = 0
        self.opened = 0

    def open_keys(self) -> None:
        """Open every data key there is; an id that does not open is remembered as such."""
        is_bytes = self._conn.dialect.name == "sqlite"  # payloads name their key as `stored_where` gives it
        for key_id, subject, wrapped, sealed in raw_rows(
            self._conn, tables.data_key, "key_id", "subject", "wrapped", "sealed"
        ):
            if None in (key_id, subject, wrapped, sealed):
                self._findings.add("data key: a row of another type")
                continue
            stored_id = key_id.encode() if is_bytes else key_id
            self._unused.add(stored_id)
            self._keys[stored_id] = None
            if self._vault is None:
                continue
            try:
                self._keys[stored_id] = (AESGCM(self._vault.unwrap(key_id, subject, wrapped, sealed)), subject)
                self._vault.check_copies(key_id, subject, wrapped, sealed)
            except LogError as error:
                self._findings.add(str(error))

    def take(self, page: list[tuple[int, bytes | None]]) -> None:
        """Look at what is kept for these entries, and for none between them and the page before."""
        if not page:
            return
        last = page[-1][0]
        names = ("idx", "key_id", "sealed_record")
        where = "idx > :after AND idx <= :last ORDER BY idx"
        rows = stored_where(self._conn, tables.payload, *names, where=where, after=self._after, last=last)
        self._after = last
        self._seen += len(rows)
        if [row[0] for row in rows] == [index for index, _ in page]:
            self._check(rows, [leaf for _, leaf in page])
            return
        known, kept, leaves = dict(page), [], []  # somebody was forgotten, or something is wrong
        for row in rows:
            if row[0] in known:
                kept.append(row)
                leaves.append(known.pop(row[0]))
            else:
                self._findings.add(f"payload {row[0]}: there is no such entry")
        self._without += known
        self._check(kept, leaves)

    def finish(self, signed_size: int, *, is_whole: bool) -> None:
        """Payloads behind the last entry, keys nobody uses, and erasures against the entries without payload.

        Args:
            signed_size: entries the log is signed for; an erasure behind them explains nothing.
            is_whole: every entry was there. Where one was not, or a payload did not open, that may have been the
                erasure of an entry without payload: then such an entry is told, and not named as the first bad one.
        """
        for (index,) in raw_where(self._conn, tables.payload, "idx", where="idx > :after", after=self._after):
            self._seen += 1
            self._findings.add(f"payload {index}: there is no such entry")
        if self._seen != count_rows(self._conn, tables.payload):
            self._findings.add("payload: rows whose index is no integer")
        for _ in self._unused:
            self._findings.add("data key: one that no payload uses")
        if self._vault is None:
            self._findings.not_checked.append(
                "payloads were not opened: without the clinic key their content, their data keys, and whether an "
                f"erasure names each of the {len(self._without)} entries without one were not checked"
            )
            return
        may_be_erased = not is_whole or self._unread
        erased = {index: by for index, by in self._erased.items() if by < signed_size}
        for index in self._without:
            if index not in erased and may_be_erased:
                self._findings.add(f"entry {index}: its payload is missing, and no erasure that can be read names it")
            elif index not in erased:
                self._findings.add(f"entry {index}: its payload is missing, and no erasure names it", index)
        for index in sorted(erased.keys() - self._without):
            self._findings.add(f"entry {index}: named by the erasure {erased[index]}, yet its payload is here", index)

    def _check(self, rows: list[Row], leaves: list[bytes | None]) -> None:
        """Open payloads and see that each fits its leaf, is a record, and is kept under its own subject's key."""
        keys, findings, opened = self._keys, self._findings, 0
        self._unused.difference_update([row[1] for row in rows])
        for (index, key_id, sealed), leaf in zip(rows, leaves, strict=True):
            if key_id not in keys or sealed is None:
                self._unread += 1
                findings.add(f"entry {index}: its payload names no data key, or is not bytes", index)
                continue
            if self._vault is None or leaf is None:
                continue
            key = keys[key_id]
            try:
                if key is None:
                    raise LogError(f"entry {index}: the data key of its payload does not open")
                record = decoded(_opened(key[0], index, leaf, sealed))
            except LogError as error:
                self._unread += 1
                findings.add(str(error), index)
                continue
            opened += 1
            if record["subject"] != key[1]:
                findings.add(f"entry {index}: kept under the key of another subject", index)
            if record["act"] == ERASURE:
                self._take_erasure(index, record)
        self.opened += opened

    def _take_erasure(self, index: int, record: dict[str, Any]) -> None:
        named = record["content"].get("erased") if isinstance(record["content"], dict) else None
        is_right = record["subject"] == CLINIC and isinstance(named, list) and all(type(i) is int for i in named)
        if not is_right or any(not 0 <= i < index for i in named or ()):
            self._findings.add(f"entry {index}: an erasure that does not name earlier entries", index)
            return
        for i in named or ():
            self._erased.setdefault(i, index)


def _opened(key: AESGCM, index: int, leaf: bytes, sealed: bytes) -> bytes:
    """The canonical record in a payload: `open_payload` written out, for an audit spends most of its time here.

    Raises:
        LogError: it does not open, or does not fit its leaf; in the words of `open_payload`.
    """
    try:
        opened = key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], leaf)
    except (InvalidTag, ValueError):
        opened = b""
    encoded = opened[SALT_BYTES:]
    if leaf[-COMMITMENT_BYTES:] != commitment(opened[:SALT_BYTES], encoded) or not is_leaf(leaf):
        return open_payload(key, index, leaf, sealed)[1]  # says what is wrong
    return encoded
