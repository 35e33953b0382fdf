"""Lab samples as they came: Specimen, one Observation for each value or table, and a DiagnosticReport.

Nothing is read out of them: until a panel can interpret a sample, its report stays preliminary and says so,
signed plan or not. A value below the detection limit is "less than the limit", never zero.
"""

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.elements import Json, clean, date_time, identifier, nested, part
from commensal.clinic.fhir.frame import Frame
from commensal.diagnosis import Sample
from commensal.diagnosis import sample as sampled


def lab(frame: Frame, index: int, sample: Sample) -> list[Json]:
    """The resources of one sample; `index` is its place in the visit."""
    results = [
        *(_biomarker(frame, index, sample, i, marker) for i, marker in enumerate(sample.biomarkers)),
        *(_taxa(frame, index, sample, i, table) for i, table in enumerate(sample.taxa)),
    ]
    return [_specimen(frame, index, sample), *results, _report(frame, index, sample, results)]


def _specimen(frame: Frame, index: int, sample: Sample) -> Json:
    material = sample.material if codes.has_code("sample", sample.material) else "other-material"
    return frame.resource(
        "Specimen",
        f"specimen:{index}",
        identifier=[identifier("sample", sample.id)],
        type=codes.concept("sample", material, sample.material),
        subject=frame.patient,
        collection={"collectedDateTime": _taken(sample)},
    )


def _taken(sample: Sample) -> str:
    return date_time(sample.taken_on, "sample.taken_on")


def _reading(sample: Sample) -> Json:
    is_raw = sample.reading == sampled.NOT_INTERPRETED
    return codes.concept("sample", "not-interpreted" if is_raw else "interpreted", sample.reading)


def _result(frame: Frame, index: int, sample: Sample, role: str, code: Json) -> Json:
    return frame.observation(
        role,
        code,
        category=("laboratory", "Laboratory"),
        effectiveDateTime=_taken(sample),
        interpretation=[_reading(sample)],
        specimen=frame.ids.refer("Specimen", f"specimen:{index}"),
    )


def _biomarker(frame: Frame, index: int, sample: Sample, place: int, marker: sampled.Biomarker) -> Json:
    code = codes.concept("observation", "biomarker", marker.name)
    found = _result(frame, index, sample, f"biomarker:{index}:{place}", code)
    if clean(marker.assay):
        found["method"] = codes.concept("sample", "assay", marker.assay)
    if marker.value is not None:
        found["valueQuantity"] = codes.quantity(marker.value, marker.unit)
    elif marker.detection_limit is not None:
        found["valueQuantity"] = codes.quantity(marker.detection_limit, marker.unit) | {"comparator": "<"}
    else:
        found["dataAbsentReason"] = codes.absent("unknown", "below the detection limit, which is not known")
    if marker.detection_limit is not None:
        limit = codes.quantity(marker.detection_limit, marker.unit)
        found["component"] = [{"code": codes.concept("sample", "detection-limit"), "valueQuantity": limit}]
    return found


def _taxa(frame: Frame, index: int, sample: Sample, place: int, table: sampled.TaxonTable) -> Json:
    code = codes.concept("observation", "taxon-table")
    found = _result(frame, index, sample, f"taxa:{index}:{place}", code)
    found["identifier"] = [identifier("sequenced-sample", table.sample_id)]
    found["note"] = [{"text": f"File {table.file}"}]
    found["component"] = [
        {"code": codes.concept("sample", "taxa"), "valueInteger": table.taxa},
        {"code": codes.concept("sample", "total"), "valueQuantity": codes.quantity(table.total, table.unit)},
        *(
            {
                "code": codes.concept("sample", "abundant-taxon", name),
                "valueQuantity": codes.quantity(share, "share"),
            }
            for name, share in table.most
        ),
    ]
    return found


def _report(frame: Frame, index: int, sample: Sample, results: list[Json]) -> Json:
    is_final = frame.is_signed and sample.reading != sampled.NOT_INTERPRETED
    return frame.resource(
        "DiagnosticReport",
        f"lab-report:{index}",
        extension=[
            nested("source-file", part("name", valueString=name), part("sha256", valueString=sha256))
            for name, sha256 in sample.files
        ],
        status="final" if is_final else "preliminary",
        code=codes.concept("sample", "lab-report"),
        subject=frame.patient,
        encounter=frame.encounter,
        effectiveDateTime=_taken(sample),
        specimen=[frame.ids.refer("Specimen", f"specimen:{index}")],
        result=[{"reference": f"urn:uuid:{found['id']}", "type": found["resourceType"]} for found in results],
        conclusion=sample.reading,
    )
