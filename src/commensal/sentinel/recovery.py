"""After the clinic key was lost: every data key opened with the offline recovery key and wrapped anew."""

from sqlalchemy import Connection, select, update

from commensal.sentinel.tables import data_key
from commensal.sentinel.vault import RecoveryVault, Vault


def rewrap(conn: Connection, recovery: RecoveryVault, vault: Vault) -> int:
    """Wrap every data key for a new clinic key (and its recovery key), inside the caller's transaction.

    Payloads, entries and the log itself are not touched. Returns how many keys were wrapped.

    Raises:
        LogError: a data key does not open with this recovery key; roll back, nothing may be half done.
    """
    rows = conn.execute(select(data_key)).all()
    for row in rows:
        key = recovery.unwrap(row.key_id, row.subject, row.wrapped, row.sealed)
        wrapped, sealed = vault.wrap(row.key_id, row.subject, key)
        conn.execute(update(data_key).where(data_key.c.key_id == row.key_id).values(wrapped=wrapped, sealed=sealed))
    return len(rows)
