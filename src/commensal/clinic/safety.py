"""What keeps a clinic's memory safe on its worst days.

beside_keys    what is kept away from the database, and finds an older one put back
clock_alarm    a clock that went back
forgetting     everything kept of somebody destroyed
rotating       the clinic's keys changed
safekeeping    backups, restores, migrations
witnessed      the log cosigned by others
"""

from commensal.clinic import beside_keys, clock_alarm, forgetting, rotating, safekeeping, witnessed

__all__ = ["beside_keys", "clock_alarm", "forgetting", "rotating", "safekeeping", "witnessed"]
