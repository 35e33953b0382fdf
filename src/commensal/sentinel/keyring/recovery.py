"""Data keys wrapped anew: for a new clinic key, for a new recovery key, or after the clinic key was lost."""

from sqlalchemy import Connection, bindparam, select, update

from commensal.sentinel.tables import data_key
from commensal.sentinel.vault import KeyOpener, Vault

WRAPPED_AT_ONCE = 500
"""Data keys that are in memory at a time."""

PAGE = select(data_key).where(data_key.c.key_id > bindparam("after")).order_by(data_key.c.key_id).limit(WRAPPED_AT_ONCE)
REPLACE = (
    update(data_key)
    .where(data_key.c.key_id == bindparam("old_id"))
    .values(wrapped=bindparam("new_wrapped"), sealed=bindparam("new_sealed"))
)


def rewrap(conn: Connection, opener: KeyOpener, vault: Vault) -> int:
    """Wrap every data key for another clinic key and seal it to that vault's recovery key, in the caller's transaction.

    Payloads, entries and the log itself are not touched. Both copies are checked first as far as `opener` can: a
    changed copy is not healed unseen. Returns how many keys were wrapped.

    Args:
        opener: the vault of before, or the recovery key's when the clinic key is lost.
        vault: who opens them from now on.

    Raises:
        LogError: a data key does not open; roll back, nothing may be half done.
    """
    count, after = 0, ""
    while rows := conn.execute(PAGE, {"after": after}).all():
        fresh = []
        for row in rows:
            opener.check_copies(row.key_id, row.subject, row.wrapped, row.sealed)
            key = opener.unwrap(row.key_id, row.subject, row.wrapped, row.sealed)
            wrapped, sealed = vault.wrap(row.key_id, row.subject, key)
            fresh.append({"old_id": row.key_id, "new_wrapped": wrapped, "new_sealed": sealed})
        conn.execute(REPLACE, fresh)
        count, after = count + len(rows), rows[-1].key_id
    return count
