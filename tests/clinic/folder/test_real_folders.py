"""Real patients and real lab tables, read as they are, and compared with the files counted by other means."""

import csv
import gzip
import json

import pytest

from commensal.clinic.folder import read_visit_folder
from commensal.diagnosis import find
from tests.clinic.real_visits import CHARTS, LABS, PATIENTS, SYNTHEA, TABLES, TODAY, build_visit
from tests.data import data_dir


@pytest.mark.parametrize("patient", PATIENTS)
def test_every_real_patient_is_read(tmp_path, patient):
    folder = build_visit(patient, tmp_path)
    visit = read_visit_folder(folder, today=TODAY)
    bundle = json.loads((folder / "patient.fhir.json").read_text())
    resources = [entry["resource"] for entry in bundle["entry"]]
    person = next(one for one in resources if one["resourceType"] == "Patient")
    assert visit.patient_resource == person
    assert [*visit.other_resources] == [one for one in resources if one is not person]
    assert visit.patient.born.isoformat() == person["birthDate"]
    assert sum(count for _, count in visit.bundle.resources) == len(resources)
    text = json.dumps(resources)
    assert visit.bundle.references == text.count('"reference": "')
    assert find(visit.exam)


@pytest.mark.parametrize("patient", [name for name in SYNTHEA if name.startswith("synthea")])
def test_every_reference_of_a_synthea_transaction_resolves(tmp_path, patient):
    bundle = read_visit_folder(build_visit(patient, tmp_path), today=TODAY).bundle
    assert bundle.type == "transaction"
    assert bundle.references == bundle.resolved > 1000
    assert bundle.conditional == bundle.unresolved == ()


@pytest.mark.parametrize("patient", ["bulk-00", "bulk-07"])
def test_the_searches_of_a_bulk_export_are_kept_and_listed(tmp_path, patient):
    bundle = read_visit_folder(build_visit(patient, tmp_path), today=TODAY).bundle
    assert bundle.conditional
    assert all("?identifier=" in reference for reference in bundle.conditional)
    assert bundle.references > bundle.resolved


def test_a_synthea_patient_has_name_language_and_identifiers(tmp_path):
    patient = read_visit_folder(build_visit("synthea-319", tmp_path), today=TODAY).patient
    assert patient.name
    assert patient.language == "en-US"
    assert (
        "https://github.com/synthetichealth/synthea",
        "2fa15bc7-8866-461a-9000-f739e425860a",
    ) in patient.identifiers


def test_somebody_elses_condition_among_a_bulk_patients_own_is_refused(tmp_path):
    folder = build_visit("bulk-02", tmp_path)
    path = folder / "patient.fhir.json"
    bundle = json.loads(path.read_text())
    lines = gzip.decompress(data_dir("fhir", "synthea-kansas-10", "Condition.ndjson.gz").read_bytes()).splitlines()
    bundle["entry"].append({"resource": json.loads(lines[0])})
    path.write_text(json.dumps(bundle))
    with pytest.raises(Exception, match="a reference to this bundle's Patient"):
        read_visit_folder(folder, today=TODAY)


def test_a_chart_keeps_what_it_says_and_no_more(tmp_path):
    exam = read_visit_folder(build_visit("odontogram-adult", tmp_path), today=TODAY).exam
    assert exam.tooth("16").surfaces["O"].icdas == 4
    assert exam.tooth("16").probing["DB"].depth_mm == 6
    assert exam.tooth("16").probing["DB"].attachment_loss_mm == 8
    assert exam.tooth("46").presence == "absent"
    assert exam.tooth("18").presence == exam.tooth("21").presence == "not examined"
    assert "D" not in exam.tooth("16").surfaces
    assert exam.history.hba1c_percent == 7.4


def test_a_childs_chart_has_primary_teeth_beside_permanent_ones(tmp_path):
    exam = read_visit_folder(build_visit("odontogram-child", tmp_path), today=TODAY).exam
    assert exam.tooth("55").surfaces["O"].icdas == 5
    assert exam.tooth("16").surfaces["O"].restoration == "sealant"
    assert exam.tooth("15").presence == "not examined"


@pytest.mark.parametrize("lab", LABS)
def test_every_kind_of_real_lab_data_is_read(tmp_path, lab):
    sample = read_visit_folder(build_visit(CHARTS[1], tmp_path, lab), today=TODAY).samples[0]
    assert sample.reading == "not interpreted"
    if lab not in TABLES:
        assert any(marker.value is None for marker in sample.biomarkers)
        assert all(marker.value is None or marker.value > 0 for marker in sample.biomarkers)
        return
    table, read = TABLES[lab], sample.taxa[0]
    with gzip.open(data_dir(*table.path.split("/")), "rt", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    if table.rows == "taxa":
        values = {row[table.label_column]: float(row[table.sample]) for row in rows}
    else:
        row = next(row for row in rows if row[table.label_column] == table.sample)
        values = {taxon: float(value) for taxon, value in row.items() if taxon != table.label_column}
    scale = 100 if table.unit == "percent" else 1
    assert read.total == pytest.approx(sum(values.values()) / scale, rel=1e-12)
    assert read.taxa == sum(value > 0 for value in values.values())
    best = max(values, key=values.__getitem__)
    assert values[read.most[0][0]] == values[best]
    assert read.unit == ("reads" if table.unit == "reads" else "share")
