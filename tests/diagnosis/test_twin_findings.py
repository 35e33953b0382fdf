"""What the twin's forecast becomes: the three longest acid times, always called simulated."""

from dataclasses import replace

from commensal.diagnosis import Forecast, acid_findings
from commensal.diagnosis.finding import Certainty, Kind
from commensal.diagnosis.forecast import SiteForecast
from commensal.lila import flesch_kincaid_grade
from commensal.provenance import Mark


def site(name: str, minutes: float, *, teeth: tuple[str, ...] = ("16",), other: float | None = None) -> SiteForecast:
    return SiteForecast(
        id=name,
        label=f"{name} teeth",
        teeth=teeth,
        surfaces=("B",),
        acid_min=minutes,
        acid_min_interval=(minutes * 0.8, minutes * 1.2),
        acid_min_alternative=other,
        lowest_ph=4.8,
        lowest_ph_at_min=600,
        ph=(7.0,),
        ph_alternative=(),
    )


def forecast(*sites: SiteForecast, **changes: object) -> Forecast:
    made = Forecast(
        time_min=(0.0,),
        sites=sites,
        occasions=(),
        alternative="",
        critical_ph=5.5,
        unstimulated_flow_ml_min=0.3,
        flow_is_measured=True,
        model="twin 0.1",
        parameters_sha256="ab" * 32,
        mark=Mark.CALIBRATED,
        cannot_know=("It cannot see inside a tooth.",),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


DAY = forecast(site("a", 10), site("b", 223.4), site("c", 60), site("d", 159), site("e", 300, teeth=()))


def test_the_three_longest_sites_with_teeth_are_told_longest_first():
    assert [finding.title for finding in acid_findings(DAY)] == [
        "Acid time: b teeth",
        "Acid time: d teeth",
        "Acid time: c teeth",
    ]


def test_minutes_interval_mark_and_doubts_are_the_forecasts_own():
    found = acid_findings(DAY)[0]
    assert found.kind is Kind.ACID_TIME
    assert found.statement == "3 h 43 min a day in acid, or 2 h 59 min to 4 h 28 min. Simulated, not measured."
    assert found.rule.mark is Mark.CALIBRATED
    assert found.rule.version == "twin 0.1"
    assert found.cannot_know == DAY.cannot_know
    assert flesch_kincaid_grade(found.statement) <= 6


def test_a_flow_nobody_measured_limits_the_certainty_and_is_called_usual():
    found = acid_findings(replace(DAY, flow_is_measured=False))[0]
    assert found.certainty is Certainty.LIMITED
    assert any("not measured" in one.name for one in found.evidence)


def test_sites_with_the_same_minutes_keep_the_forecasts_order():
    same = forecast(*[site(name, 60) for name in "dcba"])
    assert [finding.id[-1] for finding in acid_findings(same)] == ["d", "c", "b"]
