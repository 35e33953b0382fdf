"""From a strain card to a Strain, or one clear error: what was expected, what came, what to do."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from commensal import units
from commensal.mouth.errors import StrainError
from commensal.mouth.parameters import Parameter, data_file
from commensal.mouth.processes.table import PLAQUE_GUILDS, load_guilds
from commensal.mouth.strains.strain import (
    BACTERIOCINS,
    Approval,
    Auxotrophy,
    Bacteriocin,
    Harm,
    KillSwitch,
    Resistance,
    Reversion,
    Statement,
    Strain,
    known_parameters,
)
from commensal.mouth.toml_table import FileKind, TomlTable, text_of, toml_of
from commensal.provenance import Mark, Source

FORMAT = "commensal.strain-card/1"
CARD = FileKind("strain card", "docs/specs/strain-card.md", "docs/specs/strain-card.md", StrainError)
MAX_BYTES = 64 * 1024
"""Largest card, bytes."""
MAX_WORDS = 600
"""Characters in a statement."""
MOST = 64
"""Tables of one kind in a card."""
ID = re.compile(r"[a-z][a-z0-9_]{1,31}")
SHA256 = re.compile(r"[0-9a-f]{64}")
DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
SHIPPED = "strains"


def read_card(path: Path) -> Strain:
    """The strain of a card.

    Raises:
        StrainError: a file that is none, too large, no UTF-8, no TOML, or says what cannot be.
    """
    return parse_card(text_of(path, MAX_BYTES, CARD), path.name)


def read_cards(paths: Sequence[Path]) -> dict[str, Strain]:
    """The strains of several cards, by id.

    Raises:
        StrainError: two cards with one id; whatever `read_card` refuses.
    """
    found: dict[str, tuple[Strain, Path]] = {}
    for path in paths:
        strain = read_card(path)
        if strain.id in found:
            told = f"expected an id that no other card has, got {strain.id!r}, which {found[strain.id][1].name} has too"
            raise StrainError(f"{path.name}: id: {told}; give each strain its own")
        found[strain.id] = strain, path
    return {name: strain for name, (strain, _) in found.items()}


@cache
def shipped() -> dict[str, Strain]:
    """The strains that ship with the program, by id.

    Raises:
        StrainError: a card that is not as it must be.
    """
    folder = data_file(SHIPPED)
    cards = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    read = [parse_card(one.read_text(encoding="utf-8"), one.name) for one in cards]
    return {one.id: one for one in read}


def find(told: str) -> Strain:
    """A strain by the id of a shipped card, or by the path of a card.

    Raises:
        StrainError: neither; a card that cannot be read.
    """
    if told in shipped():
        return shipped()[told]
    path = Path(told)
    if path.suffix == ".toml" or path.exists():
        return read_card(path)
    near = get_close_matches(told, shipped(), n=1, cutoff=0.5)
    guess = f"did you mean {near[0]}?" if near else "or name a .toml file"
    raise StrainError(f"expected one of the strains {', '.join(shipped())}, got {told!r}; {guess}")


def parse_card(text: str, file: str) -> Strain:
    """The strain of a card's text; `file` is its name for messages.

    Raises:
        StrainError: text that is no TOML, or says what cannot be.
    """
    card = toml_of(text, file, CARD)
    if card.text("format") != FORMAT:
        raise card.refused("format", f'format = "{FORMAT}" on the first line', card.content.get("format", "nothing"))
    name = _must(card, "id")
    if not ID.fullmatch(name):
        raise card.refused("id", "2 to 32 of a-z, 0-9 and _, a letter first", ascii(name))
    parent = _must(card, "parent")
    if parent not in PLAQUE_GUILDS:
        near = get_close_matches(parent, PLAQUE_GUILDS, n=1, cutoff=0.5)
        guess = f"did you mean {near[0]}?" if near else ""
        raise card.refused("parent", f"one of the guilds {', '.join(PLAQUE_GUILDS)}", ascii(parent), guess)
    is_engineered = card.yes_or_no("is_engineered")
    if is_engineered is None:
        raise card.refused("is_engineered", "true or false", "nothing")
    found = {
        "id": name,
        "name": _must(card, "name"),
        "parent": parent,
        "is_engineered": is_engineered,
        "intended": _statement(card.table("intended")),
        "mechanism": tuple(_said(one) for one in card.tables("mechanism", MOST)),
        "changes": _changes(card, parent),
        "bacteriocin": _bacteriocin(card.table("bacteriocin")),
        "auxotrophy": _auxotrophy(card.table("auxotrophy")),
        "kill_switch": _kill_switch(card.table("kill_switch")),
        "mics_ug_ml": _mics(card),
        "resistance": _resistance(card.table("resistance")),
        "reversion": _reversion(card.table("reversion")),
        "genome_sha256": _genome(card),
        "shedding": _statement(card.table("shedding")),
        "household": _statement(card.table("household")),
        "exclusions": _lines(card, "exclusions"),
        "stop_rule": card.text("stop_rule", MAX_WORDS),
        "consent": card.text("consent", MAX_WORDS),
        "approvals": tuple(_approval(one) for one in card.tables("approval", MOST)),
        "evidence": tuple(_said(one) for one in card.tables("evidence", MOST)),
    }
    card.finish()
    try:
        return Strain(**found)  # type: ignore[arg-type]
    except StrainError as error:
        raise StrainError(f"{file}: {error}") from error


def _must(table: TomlTable, name: str, longest: int = 120) -> str:
    told = table.text(name, longest)
    if told is None:
        raise table.refused(table.place(name), "a line of text", "nothing")
    return told


def _origin(table: TomlTable) -> Source:
    mark = _must(table, "mark")
    if mark not in list(Mark):
        raise table.refused(table.place("mark"), f"a mark: {', '.join(Mark)}", ascii(mark))
    return Source(reference=_must(table, "source", MAX_WORDS), mark=Mark(mark))


def _said(table: TomlTable) -> Statement:
    text, origin = _must(table, "text", MAX_WORDS), _origin(table)
    table.finish()
    return Statement(text=text, origin=origin)


def _statement(table: TomlTable | None) -> Statement | None:
    return None if table is None else _said(table)


def _figure(table: TomlTable, name: str, unit: str, low: float = 0.0) -> Parameter:
    """A figure with all it needs: value, unit, low, high, source and mark."""
    numbers = {}
    for one in ("value", "low", "high"):
        told = table.number(one, low)
        if told is None:
            raise table.refused(table.place(one), f"a number in {unit}", "nothing", "a figure has value, low and high")
        numbers[one] = told
    came = _must(table, "unit")
    if came != unit:
        known = "; it is converted by nobody" if units.known(came) else ""
        raise table.refused(table.place("unit"), f"{unit}{known}", ascii(came))
    origin, note = _origin(table), table.text("note", MAX_WORDS) or ""
    table.finish()
    if not numbers["low"] <= numbers["value"] <= numbers["high"]:
        ordered = f"{numbers['low']:g}, {numbers['value']:g}, {numbers['high']:g}"
        raise table.refused(table.where, "low <= value <= high", ordered)
    return Parameter(name=name, unit=unit, source=origin.reference, mark=origin.mark, note=note, **numbers)


def _part(table: TomlTable, name: str, unit: str) -> Parameter | None:
    part = table.table(name)
    return None if part is None else _figure(part, name, unit)


def _changes(card: TomlTable, parent: str) -> tuple[Parameter, ...]:
    known, found = known_parameters(parent), {}
    for table in card.tables("parameter", MOST):
        name = _must(table, "name")
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            guess = f"did you mean {near[0]}?" if near else "docs/rooms/mouth-parameters.md has all"
            raise table.refused(table.place("name"), f"a parameter of the guild {parent}", ascii(name), guess)
        if name in found:
            raise table.refused(table.place("name"), "each parameter once", f"{name} twice")
        if name in ("kill_unrescued", "half_rescue", "kill_signalled", "half_signal"):
            raise table.refused(
                table.place("name"), "what has no table of its own", name, "use [auxotrophy], [kill_switch]"
            )
        found[name] = _figure(table, name, known[name].unit)
    return tuple(found.values())


def _bacteriocin(table: TomlTable | None) -> Bacteriocin | None:
    if table is None:
        return None
    name, acts_as = _must(table, "name"), table.text("acts_as")
    if acts_as is not None and acts_as not in BACTERIOCINS:
        remedy = "leave it out when the twin has none like it"
        raise table.refused(table.place("acts_as"), f"one of {', '.join(BACTERIOCINS)}", ascii(acts_as), remedy)
    spectrum, origin = tuple(_harm(one, acts_as) for one in table.tables("spectrum", MOST)), _origin(table)
    table.finish()
    guilds = [one.guild for one in spectrum]
    if len(set(guilds)) != len(guilds):
        raise table.refused(table.place("spectrum"), "each guild once", ", ".join(guilds))
    return Bacteriocin(name=name, acts_as=acts_as, spectrum=spectrum, origin=origin)


def _harm(table: TomlTable, acts_as: str | None) -> Harm:
    guild, is_harmed = _must(table, "guild"), table.yes_or_no("is_harmed")
    if guild not in PLAQUE_GUILDS:
        raise table.refused(table.place("guild"), f"one of {', '.join(PLAQUE_GUILDS)}", ascii(guild))
    if is_harmed is None:
        raise table.refused(table.place("is_harmed"), "true or false", "nothing")
    half = _part(table, "half", "ug/mL")
    if half is not None and (not is_harmed or f"{guild}.half_{acts_as}" not in load_guilds() or half.low <= 0.0):
        came = f"one for {guild}"
        raise table.refused(table.place("half"), f"a figure > 0 where the twin has {acts_as} harm {guild}", came)
    zone, origin = table.number("zone_mm", 0.0, 100.0), _origin(table)
    table.finish()
    return Harm(guild=guild, is_harmed=is_harmed, zone_mm=zone, half_ug_ml=half, origin=origin)


def _auxotrophy(table: TomlTable | None) -> Auxotrophy | None:
    if table is None:
        return None
    found = Auxotrophy(
        nutrient=_must(table, "nutrient"),
        death_per_h=_part(table, "death", "1/h"),
        half_mmol_l=_part(table, "half", "mmol/L"),
        origin=_origin(table),
    )
    table.finish()
    return found


def _kill_switch(table: TomlTable | None) -> KillSwitch | None:
    if table is None:
        return None
    signal, killed, within = _must(table, "signal"), _part(table, "log10_killed", "1"), _part(table, "within", "h")
    if killed is None or within is None or within.low <= 0.0:
        raise table.refused(table.where, "tables log10_killed (unit 1) and within (unit h, > 0)", "one of them missing")
    escapes, cells = table.whole("escapes", 0, 10**12), table.number("cells", 1.0, 1e15)
    if (escapes is None) != (cells is None) or (escapes is not None and cells is not None and escapes > cells):
        raise table.refused(
            table.where, "escapes and the cells that were tested, both or neither", f"{escapes}, {cells}"
        )
    found = KillSwitch(
        signal=signal,
        log10_killed=killed,
        within_h=within,
        escapes=escapes,
        cells=cells,
        medium=table.text("medium"),
        origin=_origin(table),
    )
    table.finish()
    return found


def _mics(card: TomlTable) -> tuple[Parameter, ...]:
    found: dict[str, Parameter] = {}
    for table in card.tables("mic", MOST):
        drug = _must(table, "drug").lower()
        if drug in found:
            raise table.refused(table.place("drug"), "each drug once", f"{drug} twice")
        found[drug] = _figure(table, drug, "ug/mL")
    return tuple(found.values())


def _resistance(table: TomlTable | None) -> Resistance | None:
    if table is None:
        return None
    is_transferable = table.yes_or_no("is_transferable")
    if is_transferable is None:
        raise table.refused(table.place("is_transferable"), "true or false", "nothing")
    found = Resistance(is_transferable=is_transferable, told=_must(table, "text", MAX_WORDS), origin=_origin(table))
    table.finish()
    return found


def _reversion(table: TomlTable | None) -> Reversion | None:
    if table is None:
        return None
    reverted, of = table.whole("reverted", 0, 10**12), table.number("of", 1.0, 1e15)
    if reverted is None or of is None or reverted > of:
        raise table.refused(table.where, "reverted, and of how many", f"{reverted}, {of}")
    found = Reversion(reverted=reverted, of=of, where=_must(table, "where"), origin=_origin(table))
    table.finish()
    return found


def _genome(card: TomlTable) -> str | None:
    told = card.text("genome_sha256")
    if told is not None and not SHA256.fullmatch(told):
        raise card.refused("genome_sha256", "64 of 0-9 and a-f: the SHA-256 of the genome's FASTA file", ascii(told))
    return told


def _lines(card: TomlTable, name: str) -> tuple[str, ...]:
    if not card.has(name):
        return ()
    value = card.content[name]
    if not isinstance(value, list) or len(value) > MOST:
        raise card.refused(name, f"a list of at most {MOST} lines of text", repr(value))
    lines = []
    for item in value:
        if not isinstance(item, str) or not 1 <= len(item.strip()) <= MAX_WORDS or not item.isprintable():
            raise card.refused(name, f"lines of text in quotes, 1 to {MAX_WORDS} characters", ascii(item))
        lines.append(item.strip())
    return tuple(lines)


def _approval(table: TomlTable) -> Approval:
    found = Approval(person=_must(table, "person"), role=_must(table, "role"), on=_must(table, "on"))
    if not DAY.fullmatch(found.on):
        raise table.refused(table.place("on"), "a day as 2026-01-31, in quotes", ascii(found.on))
    table.finish()
    return found
