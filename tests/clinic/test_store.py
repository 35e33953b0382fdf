import threading
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from commensal.clinic import Proposal, audit_store, rebuild, views
from commensal.clinic.errors import ConflictError, RefusedError, StoreError
from tests.clinic.conftest import act

CONSENT = {"given_on": "2026-03-02", "given_by": "patient"}
PERSON = {
    "given": "Ada", "family": "Example", "born": "1990-01-01", "gender": "female", "language": "en",
    "identifiers": [["urn:test", "1"]], "resource": {"resourceType": "Patient"},
}  # fmt: skip


def consented(*purposes: str, on_whom: str = "P-1") -> Proposal:
    known = ("record", "examination", "anxiety", "simulation", "lab", "export")
    content = {**CONSENT, "purposes": {purpose: purpose in purposes for purpose in known}}
    return Proposal(act=act("recordConsent", on_whom=on_whom), content=content)


def registered(on_whom: str = "P-1") -> Proposal:
    return Proposal(act=act("registerPatient", on_whom=on_whom), content=PERSON)


def acts_on_record(store):
    with store.reading() as conn:
        return [record.act for _, record in store.log.records(conn) if record is not None]


def test_what_was_decided_is_recorded_and_then_seen_in_the_views(clinic):
    clinic.store.commit([consented("record"), registered()])
    with clinic.store.reading() as conn:
        assert conn.execute(select(views.person.c.given)).scalar_one() == "Ada"
    assert acts_on_record(clinic.store) == ["foundClinic", "recordConsent", "registerPatient"]


def test_without_consent_nothing_happens_but_the_record_of_the_refusal(clinic):
    with pytest.raises(RefusedError, match="registerPatient"):
        clinic.store.commit([consented(), registered()])
    assert acts_on_record(clinic.store) == ["foundClinic", "denied"]
    with clinic.store.reading() as conn:
        assert conn.execute(select(views.person)).all() == []
        denial = clinic.store.log.read(conn, 1)
    assert denial.subject == "clinic"
    assert "Ada" not in repr(denial.content)


def test_an_optional_act_that_is_refused_is_recorded_and_the_rest_goes_on(clinic):
    sample = Proposal(act=act("storeSample", who_kind="Lab"), content={"visit_id": "v"}, is_required=False)
    outcomes = clinic.store.commit([consented("record"), registered(), sample])
    assert [outcome.index for outcome in outcomes] == [1, 2, None]
    assert acts_on_record(clinic.store)[-1] == "denied"


def test_consent_taken_back_counts_from_the_next_act_on(clinic):
    clinic.store.commit([consented("record"), registered()])
    opening = Proposal(act=act("draftPlan", who_kind="Service"), content={"visit_id": "v"})
    clinic.store.commit([opening])
    clinic.store.commit([consented()])
    with pytest.raises(RefusedError):
        clinic.store.commit([opening])


def test_a_stale_writer_is_told_and_overwrites_nothing(clinic):
    clinic.store.commit([consented("record"), registered()])
    draft = Proposal(act=act("draftPlan", who_kind="Service"), content={"visit_id": "v"}, expected_version=1)
    clinic.store.commit([draft])
    before = acts_on_record(clinic.store)
    with pytest.raises(ConflictError, match="expected version 1, it is 2"):
        clinic.store.commit([draft])
    assert acts_on_record(clinic.store) == before


def test_lila_can_never_sign(clinic):
    clinic.store.commit([consented("record"), registered()])
    signing = Proposal(act=act("signPlan", who_kind="Lila"), content={"visit_id": "v"})
    with pytest.raises(RefusedError, match="lila-never-permits"):
        clinic.store.commit([signing])


def test_writers_that_wait_together_share_a_commit_and_each_gets_its_own_answer(clinic):
    answers: dict[int, object] = {}
    gate = threading.Barrier(12)

    def write(n: int) -> None:
        gate.wait()
        try:
            allowed = ("record",) if n % 3 else ()
            answers[n] = clinic.store.commit([consented(*allowed, on_whom=f"P-{n}"), registered(f"P-{n}")])[1].index
        except RefusedError as error:
            answers[n] = error

    threads = [threading.Thread(target=write, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = {n for n, answer in answers.items() if isinstance(answer, RefusedError)}
    assert refused == {0, 3, 6, 9}
    with clinic.store.reading() as conn:
        for n in set(answers) - refused:
            assert clinic.store.log.read(conn, answers[n]).subject == f"P-{n}"
    assert audit_store(clinic.store, None).is_sound


def test_a_rebuild_makes_the_views_as_they_were(clinic):
    clinic.store.commit([consented("record"), registered()])
    with clinic.store.reading() as conn:
        before = views.rows(conn)
    done = rebuild(clinic.store)
    with clinic.store.reading() as conn:
        assert views.rows(conn) == before
    assert done.changed == ()
    assert done.records == 3


def test_views_of_another_version_ask_for_a_rebuild_and_get_one(clinic):
    clinic.store.commit([consented("record"), registered()])
    with clinic.store.writing() as conn:
        conn.execute(text("UPDATE setting SET value = '0' WHERE name = 'view_version'"))
        conn.execute(text("DROP TABLE person"))
    with pytest.raises(StoreError, match="commensal rebuild"):
        clinic.another_store()
    assert rebuild(clinic.store).rows["person"] == 1
    clinic.another_store().close()


def test_a_changed_view_row_is_found_with_its_record(clinic):
    clinic.store.commit([consented("record"), registered()])
    with clinic.store.writing() as conn:
        conn.execute(text("UPDATE consent SET is_permitted = 1 WHERE purpose = 'lab'"))
    report = audit_store(clinic.store, None)
    assert not report.is_sound
    assert report.first_bad_index == 1
    assert "view consent" in report.problems[0]


@pytest.mark.parametrize(
    "url", ["mysql://localhost/x", "postgresql://localhost", "sqlite://", "nonsense", "sqlite:///:memory:"]
)
def test_a_url_this_release_cannot_use_is_refused_with_what_was_expected(clinic, url):
    from commensal.clinic import open_store

    with pytest.raises(StoreError, match="expected"):
        open_store(url, clinic.log, clinic.store.clock)


def test_a_database_is_not_founded_twice(clinic):
    from commensal.clinic import found_store

    with pytest.raises(StoreError, match="there already"):
        found_store(clinic.url, clinic.log, clinic.store.clock, clinic="x", dentist=clinic.dentist)


def test_a_file_that_is_no_clinic_is_left_alone(clinic, tmp_path):
    from commensal.clinic import open_store

    stray = tmp_path / "letter.db"
    stray.write_text("Dear clinic, this is a letter and no database. " * 50)
    before = stray.read_bytes()
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{stray}", clinic.log, clinic.store.clock)
    assert stray.read_bytes() == before


def test_a_policy_decision_names_its_policy_in_the_record(clinic):
    clinic.store.commit([consented("record"), registered()])
    with clinic.store.reading() as conn:
        decided_by = clinic.store.log.read(conn, 2).content["decided_by"]
    assert decided_by["policies"] == ["a-record-needs-its-consent"]
    assert decided_by["policy_sha256"] == clinic.store.policy.sha256


def test_a_forgotten_person_leaves_no_trace_and_a_log_that_still_holds(clinic):
    clinic.store.commit([consented("record"), registered()])
    clinic.store.commit(
        [consented("record", on_whom="P-2"), replace(registered("P-2"), content={**PERSON, "given": "Eve"})]
    )
    with clinic.store.writing() as conn:
        clinic.store.log.forget(conn, "P-2", "SafetyLead:x", "asked to", clinic.store.clock.now())
    rebuild(clinic.store)
    report = audit_store(clinic.store, None)
    assert report.is_sound, report.problems
