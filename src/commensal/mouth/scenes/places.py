"""Where a scene plays: its sites, each by its own fields or as one of a group, and the mouth around them."""

from dataclasses import fields, replace
from difflib import get_close_matches
from typing import Any

from commensal.mouth.community import Community
from commensal.mouth.errors import ParameterError, SceneError
from commensal.mouth.groups import SiteGroup, site_groups
from commensal.mouth.saliva import Mouth, Saliva
from commensal.mouth.scenes.scene import NamedSite
from commensal.mouth.site import NO_FIGURES, Site
from commensal.mouth.toml_table import TomlTable, expected

MAX_SITES = 1000


def read_sites(whole: TomlTable) -> tuple[NamedSite, ...]:
    """All tables [[site]] of a scene.

    Raises:
        SceneError: none, too many, two with one id, or a site that cannot be.
    """
    tables = whole.tables("site", MAX_SITES)
    if not tables:
        raise expected(whole.file, "site", "at least one table [[site]]", "none", "an empty [[site]] is a usual one")
    found: dict[str, NamedSite] = {}
    for table in tables:
        named = _site(table)
        if named.id in found:
            remedy = "give each an id of its own"
            raise expected(table.file, table.place("id"), "a name that no other site has", named.id, remedy)
        found[named.id] = named
    return tuple(found.values())


def _site(table: TomlTable) -> NamedSite:
    told_group = table.text("group")
    group = None if told_group is None else _group(table, told_group)
    name = table.text("id") or told_group or table.where
    given: dict[str, Any] = table.numbers([f.name for f in fields(Site) if f.name not in NO_FIGURES])
    aspect = table.text("aspect")
    if aspect is not None:
        given["aspect"] = aspect
    community = _community(table, name)
    table.finish()
    try:
        told_all = {**given, "community": community}
        site = Site(**told_all) if group is None else Site.of_group(group, **told_all)
    except ValueError as error:
        raise SceneError(f"{table.file}: {table.where} ({name}): {error}") from error
    told = (*given, *(() if community is None else ("community",)))
    return NamedSite(id=name, site=site, group=group, given=told)


def _community(site: TomlTable, name: str) -> Community | None:
    """The table [site.community]: the usual ten guilds, or those it gives shares of."""
    table = site.table("community")
    if table is None:
        return None
    shares, changes = table.table("shares"), table.table("changes")
    is_growing = table.yes_or_no("is_growing")
    table.finish()
    try:
        return Community(
            shares=dict(Community.usual().shares) if shares is None else shares.numbers(list(shares.content)),
            changes={} if changes is None else changes.numbers(list(changes.content)),
            is_growing=True if is_growing is None else is_growing,
        )
    except (ValueError, ParameterError) as error:
        raise SceneError(f"{table.file}: {site.where} ({name}): community: {error}") from error


def _group(table: TomlTable, told: str) -> SiteGroup:
    groups = {group.id: group for group in site_groups()}
    if told not in groups:
        near = get_close_matches(told, groups, n=1, cutoff=0.5)
        remedy = f"did you mean {near[0]}?" if near else f"one of {', '.join(groups)}"
        raise expected(table.file, table.place("group"), "a group of data/site_groups.csv", told, remedy)
    return groups[told]


def read_mouth(table: TomlTable) -> tuple[Mouth, tuple[str, ...]]:
    """The table [mouth] of a scene, and the names of what it set.

    Raises:
        SceneError: a mouth or a saliva that cannot be.
    """
    given = table.numbers([f.name for f in fields(Mouth) if f.name not in ("rest", "stimulated")])
    rest, rest_given = _saliva(table, "rest")
    stimulated, stimulated_given = _saliva(table, "stimulated")
    table.finish()
    try:
        mouth = replace(Mouth(), rest=rest, stimulated=stimulated, **given)
    except ValueError as error:
        raise SceneError(f"{table.file}: mouth: {error}") from error
    return mouth, (*given, *rest_given, *stimulated_given)


def _saliva(mouth: TomlTable, which: str) -> tuple[Saliva, tuple[str, ...]]:
    """The saliva of the table [mouth.rest] or [mouth.stimulated]; the usual one where it sets nothing."""
    usual = Saliva.of_table(which)
    table = mouth.table(which)
    if table is None:
        return usual, ()
    given = table.numbers([f.name for f in fields(Saliva)])
    table.finish()
    try:
        return replace(usual, **given), tuple(f"{which}.{name}" for name in given)
    except ValueError as error:
        raise SceneError(f"{table.file}: {table.where}: {error}") from error
