"""Patients nobody here made up, straight from the shared Synthea and odontogram files."""

import gzip
import json
from datetime import date

from commensal.clinic.fhir import visit_bundle
from commensal.clinic.people import Patient
from tests.clinic.fhir import reader
from tests.clinic.fhir.factory import visit
from tests.clinic.fhir.judges import judge, rejected_by
from tests.data import data_dir


def sources():
    """Every Patient of the shared Synthea files."""
    folder = data_dir("fhir")
    lines = gzip.decompress((folder / "synthea-kansas-10" / "Patient.ndjson.gz").read_bytes()).splitlines()
    found = [json.loads(line) for line in lines]
    for path in sorted((folder / "synthea-bundle").glob("*.json.gz")):
        bundle = json.loads(gzip.decompress(path.read_bytes()))
        found += [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient"]
    return found


def record_of(index, source):
    name = source["name"][0]
    languages = [part["language"]["coding"][0]["code"] for part in source.get("communication", [])]
    person = Patient(
        ref=f"P-{index}",
        given=" ".join(name["given"]),
        family=name["family"],
        born=date.fromisoformat(source["birthDate"]),
        gender=source["gender"],
        language=languages[0] if languages else "",
        identifiers=tuple((one["system"], one["value"]) for one in source["identifier"]),
    )
    return visit(visit_id=f"V-{index}", patient=person, patient_resource=source)


def test_real_patients_pass_every_judge_and_keep_their_identity():
    patients = sources()
    bundles = [visit_bundle(record_of(index, source)) for index, source in enumerate(patients)]
    assert len(bundles) >= 15
    for source, bundle, verdict in zip(patients, bundles, judge(*bundles), strict=True):
        assert not rejected_by(verdict), (source["id"], verdict)
        [patient] = reader.resources(bundle, "Patient")
        assert patient["name"][0]["given"] == source["name"][0]["given"]
        assert (patient["birthDate"], patient["gender"]) == (source["birthDate"], source["gender"])
        told = {(one["system"], one["value"]) for one in patient["identifier"]}
        assert told >= {(one["system"], one["value"]) for one in source["identifier"]}
        assert (f"{reader.OURS}/sid/source-patient-id", source["id"]) in told


def test_a_file_that_leaves_sound_teeth_out_is_what_ours_is_not():
    """The shared odontogram export cannot tell sound from not examined; ours names every permanent tooth."""
    theirs = json.loads((data_dir("fhir") / "odontogram-export" / "odontogram-adult.json").read_text())
    named = {
        coding["code"]
        for entry in theirs["entry"]
        for coding in entry["resource"].get("bodySite", {}).get("coding", [])
        if isinstance(entry["resource"].get("bodySite"), dict) and coding.get("system") == reader.FDI
    }
    assert 0 < len(named) < 32
    assert len(reader.teeth(visit_bundle(visit()))) == 32
