from dataclasses import replace
from datetime import date

import pytest

from commensal.clinic.people import Purpose
from commensal.clinic.report import words
from commensal.clinic.report.states import tooth_states
from commensal.diagnosis.finding import Kind
from tests.clinic.report import made_up


def said(visit):
    return words.summary(visit, tooth_states(visit.exam, visit.patient.age_y(visit.on))).replace("\u00a0", " ")


def test_the_summary_counts_what_the_dentist_found():
    assert said(made_up.visit()).startswith(
        "two teeth need care soon, two need watching and the others we saw look steady."
    )


def test_the_rest_look_steady_only_when_all_of_it_was_seen():
    assert "the rest look steady" in said(made_up.child())
    assert "the rest" not in said(made_up.visit())


def test_without_an_examination_the_summary_claims_nothing_about_teeth():
    assert said(made_up.without_exam()).startswith("your teeth were not looked at on this visit.")


def test_a_sound_mouth_is_called_steady_and_no_more():
    exam = made_up.exam()
    sound = {
        fdi: replace(tooth, surfaces=made_up.whole())
        for fdi, tooth in exam.teeth.items()
        if tooth.presence == "present"
    }
    text = said(made_up.visit(exam=replace(exam, teeth=sound), forecast=None))
    assert text == "all 27 teeth we looked at look steady."


def test_a_referral_comes_first_and_says_by_when():
    assert said(made_up.many_findings()).startswith("one thing should be looked at by a specialist within 14 days.")


def test_a_referral_the_dentist_decided_against_is_not_in_the_summary():
    visit = made_up.many_findings()
    kept = tuple(finding for finding in visit.findings if finding.override or finding.kind != "referral")
    assert "specialist" not in said(replace(visit, findings=kept))


def test_the_day_on_which_something_is_looked_at_again_is_in_the_summary():
    sore = made_up.finding(
        "again", Kind.RECHECK, "Look again: a sore", "We look again.", look_again_on=date(2045, 11, 29)
    )
    assert said(made_up.visit(findings=(sore,))).startswith("we look at one thing again, on 29 November 2045.")


@pytest.mark.parametrize(
    ("grade", "is_said"), [("III", True), ("I", True), ("B", False), ("no stage", False), ("", False)]
)
def test_gums_need_care_only_when_a_stage_was_given(grade, is_said):
    found = made_up.finding("perio", Kind.PERIODONTITIS, "Periodontitis: stage", "Gum disease.", grade=grade)
    assert ("Your gums need care too." in said(made_up.visit(findings=(found,)))) is is_said


def test_the_longest_site_and_what_the_change_gives_are_named():
    assert "One place needs more rest from acid: upper back teeth, between them." in said(made_up.visit())
    assert "no sweet drinks between meals gives it about an hour and a half more." in said(made_up.visit())


def test_a_change_that_does_little_is_not_sold():
    day = made_up.forecast()
    same = replace(day, sites=tuple(replace(site, acid_min_alternative=site.acid_min - 2) for site in day.sites))
    assert "no sweet drinks between meals changes little." in said(made_up.visit(forecast=same))


def test_the_count_of_refused_steps_is_said():
    assert "You said no to five steps" in said(made_up.all_refused())
    one = made_up.visit(refused=((Purpose.LAB, "No sample was kept."),))
    assert "You said no to one step;" in said(one)


def test_without_a_name_the_summary_starts_as_a_sentence():
    visit = made_up.visit(patient=replace(made_up.sam(), given=""))
    assert words.greeting(visit) == ""
    assert said(visit).startswith("Two teeth need care soon")


def test_a_name_that_would_fill_a_line_is_left_out_of_the_greeting():
    assert words.greeting(made_up.visit()) == "Sam"
    assert words.greeting(made_up.long_names()) == ""


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 min"), (59.6, "1 h"), (45, "45 min"), (223.4, "3 h 43 min"), (120, "2 h")]
)
def test_durations_read_as_hours_and_minutes(minutes, text):
    assert words.duration(minutes).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (7, "5 minutes"),
        (38, "40 minutes"),
        (50, "an hour"),
        (89, "an hour and a half"),
        (120, "2 hours"),
        (150, "2 and a half hours"),
        (550, "9 hours"),
    ],
)
def test_what_is_not_known_well_is_said_in_round_figures(minutes, text):
    assert words.roughly(minutes).replace("\u00a0", " ") == text


def test_times_and_dates_read_as_people_say_them():
    assert words.day(date(2045, 3, 1)) == "1 March 2045"
    assert words.moment("2045-11-22T11:24:59+00:00") == "22 November 2045, 11:24 UTC"
    assert words.moment("2045-11-22T11:24:59+02:00") == "22 November 2045, 11:24 +0200"
    assert words.moment("when it suits") == "when it suits"
    assert words.dates_in_words("on 2046-05-22, or on 2046-06-01") == "on 22 May 2046, or on 1 June 2046"
    assert words.dates_in_words("from today, 2046-13-01") == "from today, 2046-13-01"
    assert [words.clock_time(t) for t in (0, 430, 1440)] == ["0:00", "7:10", "24:00"]


def test_neighbouring_teeth_are_drawn_together_within_a_quadrant():
    assert words.teeth_list(["13", "11", "12", "21", "22", "48"]) == "11–13, 21, 22, 48"
    assert words.teeth_list(["11", "12", "14", "15", "16"]) == "11, 12, 14–16"
    assert words.teeth_list([]) == ""


def test_the_voice_avoids_what_frightens_or_promises():
    for make in made_up.VARIANTS.values():
        if make is not made_up.hostile:
            text = said(make()).lower()
            for word in ("don't worry", "just ", "!", "decay", "rot", "drill", "pain", "%", "risk of"):
                assert word not in text
