"""The twin's minutes in acid, as findings: the three groups of sites that stay longest in acid. Simulated."""

from commensal.diagnosis.finding import Certainty, Evidence, Finding, Kind, Rule
from commensal.diagnosis.forecast import Forecast, SiteForecast
from commensal.diagnosis.rules.tables import plain

LONGEST = 3
"""How many groups of sites are told; the report's table has three rows."""


def acid_findings(forecast: Forecast) -> tuple[Finding, ...]:
    """The three groups of the patient's sites with the most minutes in acid, longest first.

    Groups without one of the patient's teeth are left out; ties keep the forecast's order. The mark and the
    doubts are the forecast's own.
    """
    here = [site for site in forecast.sites if site.teeth]
    longest = sorted(here, key=lambda site: -site.acid_min)[:LONGEST]
    return tuple(_acid_time(site, forecast) for site in longest)


def hours(minutes: float) -> str:
    """Minutes as hours and minutes.

    >>> hours(223.4), hours(59.6), hours(12)
    ('3 h 43 min', '1 h 0 min', '12 min')
    """
    whole = round(minutes)
    return f"{whole // 60} h {whole % 60} min" if whole >= 60 else f"{whole} min"


def _acid_time(site: SiteForecast, forecast: Forecast) -> Finding:
    low, high = (hours(minutes) for minutes in site.acid_min_interval)
    told = "measured" if forecast.flow_is_measured else "not measured, a usual value"
    flow = Evidence(
        name=f"saliva at rest, {told}",
        value=plain(forecast.unstimulated_flow_ml_min),
        unit="mL/min",
        where="exam.json saliva.unstimulated.value" if forecast.flow_is_measured else "",
    )
    return Finding(
        id=f"twin-acid-time:{site.id}",
        kind=Kind.ACID_TIME,
        title=f"Acid time: {site.label}",
        statement=f"{hours(site.acid_min)} a day in acid, or {low} to {high}. Simulated, not measured.",
        rule=Rule(
            id="twin-acid-time",
            version=forecast.model,
            title="Minutes a day below the critical pH",
            source=f"{forecast.model}, parameters {forecast.parameters_sha256[:12]}",
            mark=forecast.mark,
        ),
        evidence=(
            Evidence(name="things eaten or drunk", value=str(len(forecast.occasions)), where="diet.csv"),
            flow,
            Evidence(name="critical pH", value=plain(forecast.critical_ph), unit="pH"),
            Evidence(name="lowest pH", value=plain(round(site.lowest_ph, 2)), unit="pH"),
            Evidence(name="mineral lost a day", value=_mineral(site), unit="vol%.um"),
        ),
        certainty=Certainty.MEDIUM if forecast.flow_is_measured else Certainty.LIMITED,
        grade=f"{round(site.acid_min)} min",
        cannot_know=forecast.cannot_know,
    )


def _mineral(site: SiteForecast) -> str:
    low, high = site.mineral_interval
    return f"{plain(round(site.mineral, 1))} ({plain(round(low, 1))} to {plain(round(high, 1))})"
