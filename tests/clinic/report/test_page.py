import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from commensal.clinic.plan import Plan
from commensal.clinic.report import report_html
from commensal.clinic.report.states import tooth_states
from commensal.diagnosis.exam import PERMANENT
from commensal.diagnosis.finding import Certainty
from commensal.provenance import Mark
from tests.clinic.report import made_up
from tests.clinic.report.page_reader import read_page

VARIANTS = pytest.mark.parametrize("name", made_up.VARIANTS)


@cache
def html(name="rich"):
    return report_html(made_up.VARIANTS[name]())


@cache
def page(name="rich"):
    return read_page(html(name))


@VARIANTS
def test_the_page_is_well_formed_and_every_id_is_unique_and_every_reference_leads_somewhere(name):
    everything = page(name).all()
    ids = [element.attributes["id"] for element in everything if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in everything:
        for attribute in ("aria-labelledby", "aria-describedby"):
            assert set((element.attributes.get(attribute) or "").split()) <= set(ids)


@VARIANTS
def test_headings_stand_in_order_without_a_gap(name):
    levels = [int(element.tag[1]) for element in page(name).all() if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@VARIANTS
def test_the_page_says_its_language_and_fits_a_phone(name):
    (root,) = page(name).all("html")
    assert root.attributes["lang"] == "en"
    assert any(meta.attributes.get("name") == "viewport" for meta in page(name).all("meta"))


@VARIANTS
def test_every_table_has_headers_for_its_columns_and_rows(name):
    for table in page(name).all("table"):
        (head,) = table.all("thead")
        columns = head.all("th", scope="col")
        for row in table.all("tbody")[0].all("tr"):
            assert len(row.all("th", scope="row")) == 1
            assert len(row.all("td")) == len(columns) - 1


@VARIANTS
def test_every_picture_has_a_text_alternative(name):
    for picture in page(name).all("svg"):
        if picture.attributes.get("aria-hidden") != "true":
            assert picture.attributes["role"] == "img"
            assert picture.attributes.get("aria-labelledby") or picture.attributes.get("aria-label")
            assert picture.all("title")[0].text()


@VARIANTS
def test_the_page_needs_nothing_from_outside_and_runs_nothing(name):
    for element in page(name).all():
        assert element.tag not in ("script", "link", "iframe", "object", "embed", "img", "use", "pattern")
        for attribute in element.attributes:
            assert attribute not in ("src", "href", "srcset", "action", "data", "style")
            assert not attribute.startswith("on")
    (style,) = page(name).all("style")
    assert not re.search(r"@import|url\(|http", style.text())
    policy = [meta for meta in page(name).all("meta") if meta.attributes.get("http-equiv")]
    assert "default-src 'none'" in policy[0].attributes["content"]


def test_markup_in_names_stays_text():
    text = page("hostile").text()
    assert text.count("<script>alert") > 20
    assert "<script" not in html("hostile")
    assert "<img" not in html("hostile")
    assert html("hostile").count("</style>") == 1


@VARIANTS
def test_the_same_visit_gives_the_same_page(name):
    assert report_html(made_up.VARIANTS[name]()) == html(name)


def test_the_page_does_not_depend_on_the_order_of_hashes():
    program = (
        "import hashlib\nfrom commensal.clinic.report import report_html\nfrom tests.clinic.report import made_up\n"
        "print(hashlib.sha256(report_html(made_up.visit()).encode()).hexdigest())"
    )
    pages = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(pages) == 1


@VARIANTS
def test_every_tooth_of_the_picture_is_listed_in_words(name):
    visit = made_up.VARIANTS[name]()
    teeth = tooth_states(visit.exam, visit.patient.age_y(visit.on))
    (table,) = page(name).all("table", aria_label="tooth")
    rows = {row.all("b")[0].text(): row.all("td")[0].text() for row in table.all("tbody")[0].all("tr")}
    assert set(rows) == {tooth.fdi for tooth in teeth}
    for tooth in teeth:
        assert rows[tooth.fdi] == " ".join(tooth.text.split())


def test_each_picture_shows_each_tooth_once_with_its_number_and_its_words():
    for picture in page().all("svg", class_="odontogram"):
        (upper, lower) = picture.all("g", class_="tooth-number")
        assert sorted(text.text() for text in upper.all("text") + lower.all("text")) == sorted(PERMANENT)
        titles = [title.text() for title in picture.all("title")[1:]]
        assert sorted(title[:2] for title in titles) == sorted(PERMANENT)


def test_every_state_in_the_picture_is_in_the_list_beside_it():
    (figure,) = page().all("figure", class_="seen")
    (key,) = figure.all("dl")
    for words in (
        "caries 16 front side (ICDAS 3); 36 top (ICDAS 4)",
        "crown 46 all five sides",
        "absent 18, 28, 38, 48",
    ):
        assert words in key.text()
    letters = {text.text() for text in key.all("text")}
    assert letters == {"C", "W", "K", "R", "S", "?", "x"}


def test_simulated_figures_say_so_and_carry_an_interval():
    marks = page().all("span", class_="simulated")
    assert [mark.text() for mark in marks] == ["Simulated, not measured"] * 2
    (table,) = page().all("table", class_="acid")
    assert len(table.all("span", class_="interval")) == 3
    assert "likely 2\u00a0h\u00a058\u00a0min to 4\u00a0h\u00a028\u00a0min" in html()


def test_findings_say_what_they_rest_on_their_mark_and_how_sure_they_are():
    (table,) = page().all("table", class_="findings")
    rows = table.all("tbody")[0].all("tr")
    for row, found in zip(rows, made_up.findings(), strict=True):
        text = row.text()
        assert found.title in text
        assert found.effective in text
        assert found.certainty.value in text
        assert row.all("svg")[0].attributes["aria-label"].startswith(f"{found.rule.mark.letter}: ")
        assert all(f"{item.name}: {item.value}" in text for item in found.evidence)


def test_a_dentists_decision_stands_first_with_its_reason_and_the_rules_own_words_stay():
    (table,) = page().all("table", class_="findings")
    text = table.all("tbody")[0].all("tr")[2].text()
    assert text.index("The risk is moderate.") < text.index("The rule says: The risk of new caries is high.")
    assert "Dr Mia Chen decided this on 22 November 2045. Reason: New fluoride paste since spring" in text


def test_a_referral_is_told_before_the_pictures():
    text = html("forty findings")
    assert text.index('class="referral"') < text.index('class="odontogram"')
    assert "Please go within 14 days." in text
    assert "No referral: it is a scar." in text


def test_all_forty_findings_are_there_referrals_first():
    (table,) = page("forty findings").all("table", class_="findings")
    titles = [row.all("th")[0].text() for row in table.all("tbody")[0].all("tr")]
    assert len(titles) == 40
    assert [title.startswith("Referral") for title in titles[:3]] == [True, True, False]


def test_every_mark_used_is_explained():
    (key,) = page("forty findings").all("ul", class_="marks")
    assert all(mark.meaning in key.text() for mark in Mark)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("without a forecast", "No simulation was run for this visit"),
        ("without an examination", "Nobody looked at your teeth on this visit"),
        ("everything refused", "No rule had anything to say"),
        ("everything refused", "We have no answers from you about fear"),
        ("everything refused", "No lab sample belongs to this visit"),
        ("everything refused", "No step was written down on this visit"),
        ("everything refused", "a draft, not signed"),
        ("everything refused", "No checkpoint was signed for this visit"),
        ("everything refused", "To keep the lab results of your sample. This step was left out."),
        ("rich", "Nothing was left out for want of your consent"),
    ],
)
def test_what_is_missing_is_said(name, missing):
    assert missing in page(name).text()


@VARIANTS
def test_every_section_is_there_whatever_is_missing(name):
    assert [heading.text() for heading in page(name).all("h2") if heading.attributes["id"] != "h-plan"] == [
        "Your teeth",
        "What we found",
        "Acid through one day",
        "About your fear",
        "From the lab",
        "What this report cannot know",
        "What you said no to",
        "Proof that nothing was changed",
    ]


@VARIANTS
def test_every_page_says_that_it_is_a_research_release(name):
    assert page(name).text().count("Research release. Not for clinical use without the validation") >= 2


def test_lab_values_are_stored_and_not_interpreted():
    text = page().text()
    assert "stored, not interpreted . lactate: 3.2 mmol/L" in text
    assert "aMMP-8: below 10 ng/mL, the least the test can see" in text
    assert "Bacteria: 212 kinds, 51,233 reads" in text


def test_what_was_agreed_about_fear_is_told_in_full():
    text = page().text()
    assert "21 of 25 on the MDAS, high" in text
    assert all(sentence in text for sentence in made_up.plan().agreed_about_fear)


def test_an_incomplete_form_is_not_scored_and_says_why():
    unscored = replace(made_up.anxiety(), mdas=None, not_scored_because="two answers are missing", vas=None)
    text = read_page(report_html(made_up.visit(anxiety=unscored))).text()
    assert "Your answers were not scored: two answers are missing." in text


def test_what_the_report_cannot_know_is_told_once_each():
    (section,) = [s for s in page().all("section") if s.attributes["aria-labelledby"] == "h-unknown"]
    sentences = [item.text() for item in section.all("li")]
    assert len(sentences) == len(set(sentences))
    for sentence in ("Tooth 47: not examined: you asked us to stop.", "It cannot see inside a tooth."):
        assert sentence in sentences


def test_the_proof_can_be_checked_with_a_key_from_elsewhere():
    (proof,) = page().all("section", class_="proof")
    assert "commensal verify FOLDER --log-key FILE" in proof.text()
    assert "never take it from that folder" in proof.text()
    assert "Records 1836 to 1842" in proof.text()
    (checkpoint,) = proof.all("pre")
    assert "".join(checkpoint.children) == made_up.CHECKPOINT


def test_a_draft_is_not_called_an_agreement():
    draft = replace(made_up.plan(), signed_by="", signed_at="", signature="")
    text = read_page(report_html(made_up.visit(plan=draft))).text()
    assert "What we could do: a draft, not signed" in text
    assert "What we agreed to do" not in text


def test_a_visit_with_nothing_at_all_still_gives_a_page():
    visit = made_up.visit(
        exam=None, anxiety=None, forecast=None, samples=(), findings=(), plan=Plan(steps=()), checkpoint="", reason=""
    )
    assert "Sam , your teeth were not looked at on this visit." in read_page(report_html(visit)).text()


def test_a_forecast_without_an_alternative_says_nothing_of_a_change():
    day = made_up.forecast()
    sites = tuple(replace(site, ph_alternative=(), acid_min_alternative=None) for site in day.sites)
    plain = replace(day, alternative="", sites=sites, occasions=())
    text = read_page(report_html(made_up.visit(forecast=plain))).text()
    assert "with the change" not in text
    assert "The change" not in text


def test_names_in_other_scripts_do_not_turn_the_sentence_around():
    (voice,) = page("right to left").all("p", class_="voice")
    (name,) = voice.all("bdi")
    assert name.text() == "سامي"
    assert "two teeth need care" in voice.text()


def test_certainty_is_told_in_words():
    sure = [replace(found, certainty=level) for found, level in zip(made_up.findings(), Certainty, strict=False)]
    text = read_page(report_html(made_up.visit(findings=tuple(sure)))).all("table", class_="findings")[0].text()
    assert all(level.value in text for level in Certainty)
