"""The companion: for now, the instruments that measure fear."""
from commensal.lila.anxiety import Anxiety

__all__ = ["Anxiety"]
