"""The twin's day as a RiskAssessment, and the food and drink it was told: simulated, and labelled so."""

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.elements import Json, clean, extension, nested, note, part
from commensal.clinic.fhir.frame import Frame, mark_extension
from commensal.clinic.fhir.teeth import tooth_site
from commensal.diagnosis import Forecast
from commensal.diagnosis import forecast as simulated

SIMULATED = "Simulated, not measured."


def forecast(frame: Frame, day_ahead: Forecast) -> list[Json]:
    """The diet as told (an Observation) and the simulated day (a RiskAssessment).

    Minutes below the critical pH are the model's, not the patient's, so no Observation holds them. The
    course of the pH itself stays in the report and in the records log.
    """
    return [_diet(frame, day_ahead), _assessment(frame, day_ahead)]


def _diet(frame: Frame, day_ahead: Forecast) -> Json:
    return frame.observation(
        "diet",
        codes.concept("observation", "diet-day"),
        category=("social-history", "Social History"),
        performer=[frame.patient],
        component=[_occasion(occasion) for occasion in day_ahead.occasions],
    )


def _occasion(occasion: simulated.Occasion) -> Json:
    minute = round(occasion.at_min) % (24 * 60)
    return {
        "extension": [
            nested(
                "occasion",
                part("at-min", valueDecimal=occasion.at_min),
                part("duration-min", valueDecimal=occasion.duration_min),
                part("is-sweet", valueBoolean=occasion.is_sweet),
                part("is-between-meals", valueBoolean=occasion.is_between_meals),
                part("is-left-out-in-alternative", valueBoolean=occasion.is_left_out),
            )
        ],
        "code": codes.concept("observation", "occasion", occasion.name),
        "valueTime": f"{minute // 60:02d}:{minute % 60:02d}:00",
    }


def _assessment(frame: Frame, day_ahead: Forecast) -> Json:
    measured = ["unstimulated-flow"] if day_ahead.flow_is_measured and frame.visit.exam is not None else []
    flow = "measured" if day_ahead.flow_is_measured else "assumed, not measured"
    return frame.resource(
        "RiskAssessment",
        "forecast",
        meta={"tag": [codes.coding("role", "simulated")]},
        extension=[
            mark_extension(day_ahead.mark),
            extension("parameters-sha256", valueString=day_ahead.parameters_sha256),
            extension("critical-ph", valueDecimal=day_ahead.critical_ph),
            extension(
                "unstimulated-flow",
                valueQuantity=codes.quantity(day_ahead.unstimulated_flow_ml_min, "mL/min"),
            ),
            extension("alternative", valueString=day_ahead.alternative),
            *(extension("cannot-know", valueString=text) for text in day_ahead.cannot_know),
        ],
        status="final" if frame.is_signed else "preliminary",
        method=codes.concept("risk", "twin", day_ahead.model),
        code=codes.concept("role", "simulated"),
        subject=frame.patient,
        encounter=frame.encounter,
        occurrenceDateTime=frame.visit.on.isoformat(),
        performer=frame.software,
        basis=[frame.ids.refer("Observation", role) for role in ("diet", *measured)],
        prediction=[_prediction(day_ahead, site) for site in day_ahead.sites],
        mitigation=day_ahead.alternative,
        note=note(
            SIMULATED,
            f"Model {day_ahead.model}; saliva flow {flow}; {day_ahead.mark.meaning}.",
            " ".join(clean(text) for text in day_ahead.cannot_know),
        ),
    )


def _prediction(day_ahead: Forecast, site: simulated.SiteForecast) -> Json:
    low, high = site.acid_min_interval
    rationale = (
        f"{SIMULATED} {site.acid_min:g} min of the day below pH {day_ahead.critical_ph:g} "
        f"(10th to 90th percentile {low:g} to {high:g} min), lowest pH {site.lowest_ph:g}."
    )
    if site.acid_min_alternative is not None:
        rationale += f" {site.acid_min_alternative:g} min with {day_ahead.alternative}."
    minutes = nested(
        "acid-time",
        part("site", valueString=site.id),
        part("minutes", valueQuantity=codes.quantity(site.acid_min, "min")),
        part("minutes-p10", valueQuantity=codes.quantity(low, "min")),
        part("minutes-p90", valueQuantity=codes.quantity(high, "min")),
        part(
            "minutes-alternative",
            valueQuantity=None
            if site.acid_min_alternative is None
            else codes.quantity(site.acid_min_alternative, "min"),
        ),
        part("lowest-ph", valueQuantity=codes.quantity(site.lowest_ph, "pH")),
        part("lowest-ph-at", valueQuantity=codes.quantity(site.lowest_ph_at_min, "min")),
        *(part("tooth", valueCodeableConcept=tooth_site(fdi)) for fdi in site.teeth),
        *(part("surface", valueCodeableConcept=codes.concept("surface", name)) for name in site.surfaces),
    )
    outcome = codes.concept("risk", "acid-time", site.label)
    none = codes.no_probability("not-applicable")
    return {"extension": [minutes], "outcome": outcome, "probabilityRange": none, "rationale": rationale}
