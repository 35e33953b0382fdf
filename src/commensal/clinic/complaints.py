"""What databases complain of, and what a person can do about it."""

from sqlalchemy.exc import DBAPIError

FULL = "the disk is full; free some space, then run the command again: nothing half-written was kept"
BUSY = "another process is writing to it; try again when it has finished"
LOST = "the connection was lost; whether the last act was recorded is not known: look before you repeat it"
AWAY = "the server cannot be reached; check that it runs, and the host and port in --store"
STARTING = "the server is starting or stopping; try again in a moment"
NO_CLINIC = "this database holds no clinic, or of another version; check the path"

REMEDIES = (
    ("locked", BUSY),
    ("full", FULL),
    ("readonly", "the file or its folder cannot be written; check who owns it"),
    (
        "disk i/o error",
        "the disk is full to the last page, or fails; free some space, else copy the file away and check it",
    ),
    ("unable to open", "the file cannot be opened; check the folder and who owns it"),
    ("not a database", "this file is no database; check the path"),
    ("malformed", "the file is damaged; restore a backup, then run `commensal audit`"),
    ("could not decode", "it was changed from outside; stop recording, then run `commensal audit`"),
    ("no such table", NO_CLINIC),
    ("nul (0x00)", "a text holds a NUL character, which PostgreSQL cannot keep; remove it. Nothing was changed"),
    ("password authentication", "check the user and password in --store or in ~/.pgpass"),
    ("too many clients", "every connection of the server is taken; close some, or raise max_connections"),
    ("does not exist", "make the database first (`createdb NAME`), or check its name in --store"),
    ("the database system is", STARTING),
    ("connection refused", AWAY),
    ("connection failed", AWAY),
    ("could not translate host", AWAY),
    ("timeout expired", AWAY),
    ("server closed the connection", LOST),
    ("connection is closed", LOST),
    ("connection already closed", LOST),
    ("consuming input failed", LOST),
    ("the connection is lost", LOST),
)
"""(what the message holds, in lower case; what to do); the first that fits counts."""

SQLSTATES = {
    "42P01": NO_CLINIC,
    "53100": FULL,
    "53200": "the server is out of memory; try again, or give it more",
    "53300": "every connection of the server is taken; close some, or raise max_connections",
    "55P03": BUSY,
    "57014": "it took longer than is allowed, and was stopped; nothing was changed. Try again when less is going on",
    "57P01": LOST,
    "57P02": LOST,
    "57P03": STARTING,
    "25P03": LOST,
    "25006": "the server takes no writes; is it a standby?",
    "58030": "the disk failed to read or write; check it before anything else",
    "XX001": "the database is damaged; restore a backup, then run `commensal audit`",
}
"""PostgreSQL's own codes. Source: PostgreSQL documentation, appendix A."""


def remedy_for(error: DBAPIError) -> str | None:
    """What to do about an error, None for one that is a bug of ours."""
    state = getattr(error.orig, "sqlstate", None)
    if state in SQLSTATES:
        return SQLSTATES[state]
    said = str(error.orig).lower()
    return next((remedy for sign, remedy in REMEDIES if sign in said), None)
