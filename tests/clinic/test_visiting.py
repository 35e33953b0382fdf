import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from commensal.clinic import audit_store, closing, conduct_visit, visiting
from commensal.clinic.errors import ConflictError, EvidenceError, RefusedError
from commensal.clinic.evidence import CLOSING, PROOF, check_folder
from commensal.clinic.reading import read_visit
from commensal.errors import InputError
from tests.clinic.conftest import NOW
from tests.clinic.real_visits import LABS, PATIENTS, build_visit

PURPOSES = ["examination", "anxiety", "simulation", "lab", "export"]
FIRST = Path(__file__).parents[2] / "examples" / "visits" / "first"


def conduct(clinic, source=FIRST, out=None):
    out = out or clinic.folder / "out"
    return conduct_visit(source, out, clinic.store, clinic.dentist, today=NOW.date())


def copy_of_first(tmp_path: Path, **changes: object) -> Path:
    """The demonstration visit with fields of its files changed: exam__visit__id="x" sets visit.id in exam.json."""
    folder = tmp_path / "copy"
    shutil.copytree(FIRST, folder)
    for path, value in changes.items():
        name, *keys = path.split("__")
        file = folder / f"{name}.json"
        content = json.loads(file.read_text())
        inner = content
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value
        file.write_text(json.dumps(content))
    return folder


def consenting_to(tmp_path: Path, purposes: set[str]) -> Path:
    refused = sorted({"record", *PURPOSES} - purposes)
    return copy_of_first(tmp_path, consent__permits=sorted(purposes), consent__refusals=refused)


@pytest.fixture
def without_twin(monkeypatch):
    """Visits whose subject is not the twin leave it out, to be quick; the twin has tests of its own."""
    monkeypatch.setattr(visiting, "forecast_day", lambda *_, **__: None)


def test_the_demonstration_visit_is_recorded_proven_and_sound(clinic):
    told = []
    closed = conduct_visit(
        FIRST,
        clinic.folder / "out",
        clinic.store,
        clinic.dentist,
        today=NOW.date(),
        progress=lambda *step: told.append(step),
    )
    record = closed.record
    assert record.forecast is not None
    assert record.forecast.sites
    assert record.anxiety is not None
    assert record.anxiety.mdas == 21
    assert record.plan.signature
    assert record.refused == ()
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert len(shares) >= 5
    assert audit_store(clinic.store, None).is_sound
    check = check_folder(clinic.folder / "out", clinic.log.vkey)
    assert check.problems == ()
    assert set(check.outputs) == {"report.html", "visit.fhir.json"}


def test_four_judges_accept_the_bundles_of_whole_visits(clinic, tmp_path):
    from tests.clinic.fhir.judges import judge, rejected_by

    for name, source in (("first", FIRST), ("real", build_visit(PATIENTS[0], tmp_path, LABS[0]))):
        conduct(clinic, source, clinic.folder / name)
        bundle = json.loads((clinic.folder / name / "visit.fhir.json").read_text())
        [verdict] = judge(bundle)
        assert not rejected_by(verdict), verdict


def test_what_is_read_back_is_what_was_worked_out(clinic, without_twin):
    folder = visiting.read_visit_folder(FIRST, today=NOW.date())
    worked_out = visiting.work_out(folder)
    record = conduct(clinic).record
    assert record.exam == folder.exam
    assert record.findings == worked_out.findings
    assert record.plan.steps == worked_out.plan.steps
    assert record.samples == folder.samples
    assert record.anxiety == worked_out.anxiety
    assert record.consent == folder.consent
    assert read_visit(clinic.store, record.visit_id).findings == record.findings


def test_the_closing_record_names_every_record_and_output(clinic, without_twin):
    closed = conduct(clinic)
    with clinic.store.reading() as conn:
        content = clinic.log.read(conn, closed.closing_record).content
        leaves = clinic.log.leaf_hashes(conn, *[closed.record.records[0], closed.record.records[1] + 1])
    assert content["leaf_hashes"] == [leaf.hex() for leaf in leaves]
    assert closed.record.records[1] + 1 == closed.closing_record
    assert set(content["outputs"]) == {"report.html", "visit.fhir.json"}


@pytest.mark.parametrize("patient", PATIENTS)
def test_every_real_patient_can_be_visited_with_a_real_lab_table(clinic, tmp_path, without_twin, patient):
    lab = LABS[PATIENTS.index(patient) % len(LABS)]
    source = build_visit(patient, tmp_path, lab)
    closed = conduct(clinic, source)
    assert [sample.reading for sample in closed.record.samples] == ["not interpreted"]
    assert audit_store(clinic.store, None).is_sound
    assert check_folder(clinic.folder / "out", clinic.log.vkey).problems == ()


def test_a_real_patient_with_the_whole_twin(clinic, tmp_path):
    closed = conduct(clinic, build_visit(PATIENTS[0], tmp_path, LABS[0]))
    assert closed.record.forecast is not None
    assert check_folder(clinic.folder / "out", clinic.log.vkey).is_sound


@pytest.mark.parametrize("refused", PURPOSES)
def test_a_step_without_consent_is_refused_said_and_recorded(clinic, tmp_path, without_twin, refused):
    source = consenting_to(tmp_path, {"record", *PURPOSES} - {refused})
    record = conduct(clinic, source).record
    assert [purpose.value for purpose, _ in record.refused] == [refused]
    parts = {
        "examination": record.exam,
        "anxiety": record.anxiety,
        "lab": record.samples,
        "simulation": record.forecast,
    }
    assert not parts.get(refused)
    report = (clinic.folder / "out" / "report.html").read_text()
    assert "did not agree" in report
    assert (clinic.folder / "out" / "visit.fhir.json").exists() == (refused != "export")
    with clinic.store.reading() as conn:
        acts = [one.act for _, one in clinic.log.records(conn)]
    assert "denied" in acts
    assert audit_store(clinic.store, None).is_sound


def test_without_consent_to_a_record_there_is_none(clinic, tmp_path):
    with pytest.raises(RefusedError, match="did not agree to a record"):
        conduct(clinic, consenting_to(tmp_path, set(PURPOSES)))
    with clinic.store.reading() as conn:
        acts = [record.act for _, record in clinic.log.records(conn)]
    assert acts == ["foundClinic", "denied"]
    assert not (clinic.folder / "out").exists()


def test_the_same_visit_twice_is_refused_and_changes_nothing(clinic, without_twin):
    conduct(clinic)
    before = {path.name: path.read_bytes() for path in (clinic.folder / "out").iterdir()}
    with clinic.store.reading() as conn:
        size = clinic.log.size(conn)
    with pytest.raises(ConflictError, match=r"visit\.id: first-2025-11-20 is recorded and closed already"):
        conduct(clinic)
    with clinic.store.reading() as conn:
        assert clinic.log.size(conn) == size
    assert {path.name: path.read_bytes() for path in (clinic.folder / "out").iterdir()} == before


def test_other_files_under_a_recorded_visit_id_are_refused(clinic, tmp_path, without_twin):
    conduct(clinic)
    with pytest.raises(ConflictError, match="with other inputs"):
        conduct(clinic, copy_of_first(tmp_path, anxiety__vas=1.0))


def test_a_patient_who_comes_back_keeps_their_reference(clinic, tmp_path, without_twin):
    first = conduct(clinic).record
    again = conduct(clinic, copy_of_first(tmp_path, exam__visit__id="second"), clinic.folder / "again").record
    assert again.patient.ref == first.patient.ref
    with clinic.store.reading() as conn:
        registrations = [r for _, r in clinic.log.records(conn) if r.act == "registerPatient"]
    assert len(registrations) == 1


def test_one_identifier_with_two_birth_dates_is_refused(clinic, tmp_path, without_twin):
    conduct(clinic)
    source = copy_of_first(tmp_path, exam__visit__id="second")
    bundle = json.loads((source / "patient.fhir.json").read_text())
    person = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    person["birthDate"] = "1980-01-01"
    (source / "patient.fhir.json").write_text(json.dumps(bundle))
    with pytest.raises(ConflictError, match="birthDate"):
        conduct(clinic, source)


STEPS = ["write_report", "record_closing", "write_evidence"]


@pytest.mark.parametrize("step", STEPS)
def test_a_visit_cut_short_is_completed_by_running_it_again(clinic, monkeypatch, without_twin, step):
    whole, calls = closing._write_all, []

    def stop_at_write(out, texts):
        calls.append(texts)
        if len(calls) == (1 if step == "write_report" else 2):
            raise KeyboardInterrupt
        whole(out, texts)

    with monkeypatch.context() as patch:
        if step == "record_closing":
            patch.setattr(closing, "_record_closing", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        else:
            patch.setattr(closing, "_write_all", stop_at_write)
        with pytest.raises(KeyboardInterrupt):
            conduct(clinic)
    assert not (clinic.folder / "out" / PROOF).exists()
    closed = conduct(clinic)
    assert check_folder(clinic.folder / "out", clinic.log.vkey).is_sound
    with clinic.store.reading() as conn:
        acts = [record.act for _, record in clinic.log.records(conn)]
    assert acts.count("openVisit") == acts.count("closeVisit") == 1
    assert closed.record.visit_id == "first-2025-11-20"


def test_a_lost_folder_comes_back_as_it_was_recorded(clinic, without_twin):
    conduct(clinic)
    before = {path.name: path.read_bytes() for path in (clinic.folder / "out").iterdir()}
    shutil.rmtree(clinic.folder / "out")
    conduct(clinic)
    assert {path.name: path.read_bytes() for path in (clinic.folder / "out").iterdir()} == before


def test_a_program_that_writes_other_bytes_says_so_and_the_recorded_hashes_stand(clinic, monkeypatch, without_twin):
    conduct(clinic)
    shutil.rmtree(clinic.folder / "out")
    monkeypatch.setattr(closing, "report_html", lambda _: "another version's page")
    with pytest.raises(EvidenceError, match=r"report\.html: this program no longer writes them"):
        conduct(clinic)
    assert not (clinic.folder / "out" / PROOF).exists()


def test_a_folder_that_cannot_be_written_is_said_and_the_next_run_completes(clinic, without_twin):
    blocked = clinic.folder / "out"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(InputError, match="--out: expected a folder that can be written"):
        conduct(clinic)
    blocked.unlink()
    conduct(clinic)
    assert check_folder(blocked, clinic.log.vkey).is_sound


def test_nothing_is_recorded_of_a_folder_with_an_error(clinic, tmp_path):
    with pytest.raises(InputError, match=r"exam\.json"):
        conduct(clinic, copy_of_first(tmp_path, exam__teeth={"19": {"presence": "present"}}))
    with clinic.store.reading() as conn:
        assert clinic.log.size(conn) == 1
    assert not (clinic.folder / "out").exists()


def test_a_dentists_override_is_recorded_and_shown_beside_the_rule(clinic, tmp_path, without_twin):
    decision = {"finding": "icdas-merge:46:B", "statement": "Stain, no caries.", "reason": "It polished away."}
    source = copy_of_first(tmp_path, exam__overrides=[decision])
    record = conduct(clinic, source).record
    [finding] = [one for one in record.findings if one.override is not None]
    assert finding.effective == "Stain, no caries."
    report = (clinic.folder / "out" / "report.html").read_text()
    assert "It polished away." in report
    with clinic.store.reading() as conn:
        assert "overrideFinding" in [one.act for _, one in clinic.log.records(conn)]


def test_a_plan_signed_with_another_key_is_found_by_the_audit(clinic, tmp_path, without_twin):
    from commensal.sentinel import keyring

    impostor = keyring.create_keys(
        tmp_path / "other", None, origin="commensal.example/test", dentist="Dr Mia Chen"
    ).dentist
    conduct_visit(FIRST, clinic.folder / "out", clinic.store, impostor, today=NOW.date())
    report = audit_store(clinic.store, None)
    assert not report.is_sound
    assert "the plan's signature does not hold" in report.problems[0]


def test_a_visit_in_the_future_is_refused(clinic):
    with pytest.raises(InputError, match="2025-11-20"):
        conduct_visit(
            FIRST, clinic.folder / "out", clinic.store, clinic.dentist, today=NOW.date() - timedelta(days=365)
        )


CHANGES = {
    "report.html": lambda raw: raw.replace(b"Sam", b"Tam", 1),
    "visit.fhir.json": lambda raw: raw + b" ",
    PROOF: lambda raw: raw.replace(b"index 1", b"index 2", 1),
    CLOSING: lambda raw: raw.replace(b'"salt": "', b'"salt": "AAAA', 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_any_changed_file_of_a_visit_folder_is_found(clinic, without_twin, name):
    conduct(clinic)
    path = clinic.folder / "out" / name
    changed = CHANGES[name](path.read_bytes())
    assert changed != path.read_bytes()
    path.write_bytes(changed)
    if name in (PROOF, CLOSING):
        with pytest.raises(EvidenceError):
            check_folder(clinic.folder / "out", clinic.log.vkey)
    else:
        assert check_folder(clinic.folder / "out", clinic.log.vkey).problems == (
            f"{name}: changed since the visit was closed",
        )


def test_a_missing_or_added_file_is_found(clinic, without_twin):
    conduct(clinic)
    (clinic.folder / "out" / "report.html").unlink()
    (clinic.folder / "out" / "extra.html").write_text("hello")
    problems = check_folder(clinic.folder / "out", clinic.log.vkey).problems
    assert problems == (
        "report.html: named by the closing record and missing",
        "extra.html: not named by the closing record",
    )


def test_a_proof_of_some_other_record_does_not_close_a_visit(clinic, without_twin):
    closed = conduct(clinic)
    with clinic.store.reading() as conn:
        index = closed.closing_record - 1
        (clinic.folder / "out" / CLOSING).write_text(json.dumps(clinic.log.opening(conn, index)))
        (clinic.folder / "out" / PROOF).write_text(clinic.log.prove(conn, index))
    with pytest.raises(EvidenceError, match="expected a visit's closing record"):
        check_folder(clinic.folder / "out", clinic.log.vkey)


def test_a_database_from_before_the_visit_does_not_pass_for_the_visits_own(file_clinic, without_twin):
    file_clinic.store.close()
    before = (file_clinic.folder / "clinic.db").read_bytes()
    conduct(file_clinic)
    (file_clinic.folder / "out" / "clinic.db").write_bytes(before)
    check = check_folder(file_clinic.folder / "out", file_clinic.log.vkey)
    assert check.problems
    assert all(problem.startswith("clinic.db: ") for problem in check.problems)


def test_another_clinics_key_does_not_vouch_for_a_folder(clinic, tmp_path, without_twin):
    from commensal.sentinel import keyring

    conduct(clinic)
    other = keyring.create_keys(tmp_path / "other", None, origin="commensal.example/test", dentist="Dr X")
    with pytest.raises(EvidenceError, match="no signature by a known key"):
        check_folder(clinic.folder / "out", other.log.vkey)
