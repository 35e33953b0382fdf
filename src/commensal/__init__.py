"""commensal: the open clinic for the mouth as an ecosystem.

Rooms are entered by their doors: `commensal.mouth`, `commensal.diagnosis`, `commensal.lila`, `commensal.sentinel`,
`commensal.clinic`; `commensal.house` puts them together, `commensal.cli` is the command line.
"""

from importlib.metadata import version

__version__ = version("commensal")
