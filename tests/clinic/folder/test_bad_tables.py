"""`diet.csv`, `lab.json` and its tables: what cannot be, told by line and column."""

import gzip
import tracemalloc

import pytest

from commensal.clinic.folder import read_visit_folder
from commensal.clinic.folder.taxon_table import MAX_UNPACKED_BYTES
from tests.clinic.folder.broken import TODAY, edit, first_visit, only_problem, problems_of, put

HEADER = "when,what,how,duration_min,sugar_percent\n"
DIET = [
    ("", "line 1", "the header when,what,how", "an empty file", ""),
    (
        "07:30,coffee,sip,5,6\n",
        "line 1",
        "the header when,what,how",
        "07:30, coffee, sip, 5, 6",
        "add when, what",
    ),
    ("when;what;how;duration_min\n", "line 1", "the header", "other separators", "with commas"),
    ("when,what,how\n", "line 1", "the header", "when, what, how", "add duration_min"),
    ("when,what,how,duration_min,calories\n", "line 1", "the header", "calories", "take out"),
    (HEADER + "7:30,coffee,sip,5,6\n", "line 2 when", "HH:MM from 00:00 to 23:59", '"7:30"', "07:30"),
    (HEADER + "24:00,coffee,sip,5,6\n", "line 2 when", "HH:MM", '"24:00"', ""),
    (HEADER + "07:30,,sip,5,6\n", "line 2 what", "a food or drink", "an empty text", ""),
    (HEADER + "07:30,coffee,gulp,5,6\n", "line 2 how", "meal, drink, sip", '"gulp"', ""),
    (HEADER + "07:30,coffee,sip,-5,6\n", "line 2 duration_min", "in min, 0.1 to 240", '"-5"', ""),
    (HEADER + "07:30,coffee,sip,0,6\n", "line 2 duration_min", "in min, 0.1 to 240", '"0"', ""),
    (
        HEADER + "07:30,coffee,sip,1500,6\n",
        "line 2 duration_min",
        "in min, 0.1 to 240",
        '"1500"',
        "was that seconds? then write 25",
    ),
    (HEADER + "07:30,coffee,sip,,6\n", "line 2 duration_min", "in min", "an empty text", ""),
    (HEADER + "07:30,coffee,sip,nan,6\n", "line 2 duration_min", "in min", '"nan"', ""),
    (HEADER + "07:30,coffee,sip,1_0,6\n", "line 2 duration_min", "in min", '"1_0"', ""),
    (HEADER + "07:30,coffee,sip,1e999,6\n", "line 2 duration_min", "in min", '"1e999"', ""),
    (HEADER + '07:30,coffee,sip,"5,5",6\n', "line 2 duration_min", "in min", '"5,5"', "after a point"),
    (HEADER + "07:30,coffee,sip,5,160\n", "line 2 sugar_percent", "in % w/v, 0 to 100", '"160"', ""),
    (HEADER + "07:30,coffee, with milk,sip,5,6\n", "line 2", "5 cells", "6 cells", 'in "quotes"'),
    (
        HEADER + "07:30,coffee,sip,5,6\n\n07:30,coffee,sip,5,6\n",
        "line 4",
        "each row once",
        "the same as line 2",
        "",
    ),
    (
        HEADER + '07:30,"coffee,sip,5,6\n',
        "",
        "comma-separated values",
        "a cell that never ends",
        "close the quotes",
    ),
    (HEADER + "07:30,water,drink,1,0\n" * 201, "", "at most 200 rows", "201 rows", ""),
]


@pytest.mark.parametrize(
    ("text", "field", "expected", "came", "remedy"), DIET, ids=[f"{n}-{e[1]}" for n, e in enumerate(DIET)]
)
def test_a_wrong_line_in_the_diet(tmp_path, text, field, expected, came, remedy):
    folder = first_visit(tmp_path)
    (folder / "diet.csv").write_text(text)
    problem = only_problem(folder)
    assert (problem.file, problem.field) == ("diet.csv", field)
    assert expected in problem.expected
    assert came in problem.came
    assert remedy in problem.remedy


def test_columns_may_come_in_any_order_and_sugar_may_be_left_out(tmp_path):
    folder = first_visit(tmp_path)
    (folder / "diet.csv").write_text("how,duration_min,when,what\nsip,25,10:00,cola\nmeal,20,07:30,porridge\n")
    diet = read_visit_folder(folder, today=TODAY).diet
    assert [(row.at_min, row.what, row.sugar_percent) for row in diet] == [
        (450, "porridge", None),
        (600, "cola", None),
    ]


MARKER, TABLE = "samples.0.biomarkers.0", "samples.0.tables.0"
LAB = [
    (
        f"{MARKER}.unit",
        "pg/ml",
        "samples[0].biomarkers[0].unit",
        "a unit: pg/mL",
        '"pg/ml"',
        "did you mean pg/mL?",
    ),
    (f"{MARKER}.unit", "drops", "samples[0].biomarkers[0].unit", "a unit: pg/mL", '"drops"', ""),
    (f"{MARKER}.value", -3, "samples[0].biomarkers[0].value", "a number from 0", "-3", ""),
    (
        f"{MARKER}.value",
        "286",
        "samples[0].biomarkers[0].value",
        "a number from 0",
        '"286"',
        "without quotes",
    ),
    (f"{MARKER}.value", "<1", "samples[0].biomarkers[0].value", "null for below", '"<1"', ""),
    (
        f"{MARKER}.value",
        0.5,
        "samples[0].biomarkers[0].value",
        "the detection limit (1)",
        "0.5",
        "below the limit",
    ),
    (f"{MARKER}.detection_limit", 0, "samples[0].biomarkers[0].detection_limit", "above 0", "0", ""),
    (f"{MARKER}.name", "", "samples[0].biomarkers[0].name", "a substance", "an empty text", ""),
    (f"{MARKER}.name", "IL-8", "samples[0].biomarkers", "once per assay", '"IL-8" 2 times', ""),
    (
        "samples.0.taken_on",
        "1991-03-13",
        "samples[0].taken_on",
        "after the patient's birth",
        "a day before it",
        "",
    ),
    ("samples.0.taken_on", "2025-11-21", "samples[0].taken_on", "on or before the visit", "2025-11-21", ""),
    ("samples.0.material", "blood", "samples[0].material", "saliva, plaque, rinse", '"blood"', ""),
    ("samples.0.id", "a b", "samples[0].id", "an id of 1 to 64", '"a b"', ""),
    ("samples", [], "samples", "a list of 1 to 50 samples", "a list of 0", ""),
    (f"{TABLE}.file", "../exam.tsv", "samples[0].tables[0].file", "a file name in lab/", '"../exam.tsv"', ""),
    (f"{TABLE}.file", "genus.xlsx", "samples[0].tables[0].file", "ending in .tsv, .csv", '"genus.xlsx"', ""),
    (f"{TABLE}.rows", "genera", "samples[0].tables[0].rows", "taxa, samples", '"genera"', ""),
    (
        f"{TABLE}.rows",
        "samples",
        "samples[0].tables[0].sample_column",
        "for rows of samples",
        "taxon_column",
        "",
    ),
    (f"{TABLE}.unit", "counts", "samples[0].tables[0].unit", "reads, share, percent", '"counts"', ""),
]


@pytest.mark.parametrize(
    ("path", "value", "field", "expected", "came", "remedy"), LAB, ids=[f"{e[0]}={e[1]}" for e in LAB]
)
def test_a_wrong_value_in_the_lab(tmp_path, path, value, field, expected, came, remedy):
    folder = first_visit(tmp_path)
    edit(folder, "lab/lab.json", lambda lab: put(lab, path, value))
    problem = next(problem for problem in problems_of(folder) if problem.file == "lab/lab.json")
    assert problem.field == field
    assert expected in problem.expected
    assert came in problem.came
    assert remedy in problem.remedy


def test_a_sample_id_twice_is_refused(tmp_path):
    folder = first_visit(tmp_path)
    edit(folder, "lab/lab.json", lambda lab: lab["samples"].append(lab["samples"][0]))
    assert only_problem(folder).expected == "each sample id once"


def test_a_table_that_is_not_there_is_named(tmp_path):
    folder = first_visit(tmp_path)
    (folder / "lab" / "genus.tsv").unlink()
    problem = only_problem(folder)
    assert (problem.file, problem.came) == ("lab/genus.tsv", "nothing there")


def test_both_ways_of_writing_micro_are_one_unit(tmp_path):
    folder = first_visit(tmp_path)
    edit(
        folder,
        "lab/lab.json",
        lambda lab: [put(lab, f"samples.0.biomarkers.{n}.unit", u + "g/mL") for n, u in enumerate("u\u00b5\u03bc")],
    )
    units = [one.unit for one in read_visit_folder(folder, today=TODAY).samples[0].biomarkers]
    assert units[:3] == ["ug/mL"] * 3


GENUS = "genus\tINVENTED-0001\n"
TABLES = [
    ("", "header", "at least two columns", "an empty file", ""),
    ("genus,INVENTED-0001\nA,1\n", "header", "at least two columns", "one column", "separated by tabs?"),
    (
        "taxon\tINVENTED-0001\nA\t1\n",
        "header",
        "a column named genus",
        "2 others, the first named taxon",
        "lab.json",
    ),
    (
        "genus\tB\nA\t1\n",
        "header",
        "a column named INVENTED-0001",
        "2 others, the first named genus",
        "lab.json",
    ),
    (
        "genus\tINVENTED-0001\tINVENTED-0001\nA\t1\t2\n",
        "header",
        "each column once",
        "INVENTED-0001 twice",
        "",
    ),
    (GENUS + "A\n", "line 2", "2 cells", "1 cells", ""),
    (GENUS + "A\t1\nA\t2\n", "line 3 genus", "each name once", "the same one again", ""),
    (GENUS + "A\t-1\n", "line 2 INVENTED-0001", "a whole number of reads", '"-1"', ""),
    (GENUS + "A\t0.25\n", "line 2 INVENTED-0001", "a whole number of reads", '"0.25"', "were those shares?"),
    (GENUS + "A\t\n", "line 2 INVENTED-0001", "a whole number of reads", "an empty text", "write 0"),
    (GENUS + "A\tNA\n", "line 2 INVENTED-0001", "a whole number of reads", '"NA"', ""),
    (GENUS + "A\t1\u0662\n", "line 2 INVENTED-0001", "a whole number of reads", "", ""),
    (GENUS + "A\t0\n", "INVENTED-0001", "sum to more than 0", "0", "holds nothing"),
    (GENUS + 'A"b\t"1\n', "", "separated values", "a cell that never ends", ""),
]


@pytest.mark.parametrize(
    ("text", "field", "expected", "came", "remedy"), TABLES, ids=[f"{n}-{e[1]}" for n, e in enumerate(TABLES)]
)
def test_a_wrong_line_in_a_table(tmp_path, text, field, expected, came, remedy):
    folder = first_visit(tmp_path)
    (folder / "lab" / "genus.tsv").write_text(text)
    problem = only_problem(folder)
    assert (problem.file, problem.field) == ("lab/genus.tsv", field)
    assert expected in problem.expected
    assert came in problem.came
    assert remedy in problem.remedy


def use_table(folder, name, data, **spec):
    (folder / "lab" / "genus.tsv").unlink()
    (folder / "lab" / name).write_bytes(data)
    table = {
        "file": name,
        "rows": "samples",
        "sample_column": "sample",
        "sample": "S2",
        "unit": "share",
        **spec,
    }
    edit(folder, "lab/lab.json", lambda lab: put(lab, TABLE, table))


def test_a_table_with_samples_in_rows_gives_the_same_as_one_with_taxa_in_rows(tmp_path):
    folder = first_visit(tmp_path)
    use_table(folder, "t.csv", b"sample,A,B,C\nS1,0.1,0.2,0.7\nS2,0.25,0,0.75\n")
    by_sample = read_visit_folder(folder, today=TODAY).samples[0].taxa[0]
    (folder / "lab" / "t.csv").unlink()
    (folder / "lab" / "genus.tsv").touch()
    use_table(
        folder,
        "t.tsv",
        b"id\tx\tS1\tS2\nA\tq\t10\t25\nB\tr\t20\t0\nC\ts\t70\t75\n",
        rows="taxa",
        taxon_column="id",
        ignore_columns=["x"],
        unit="percent",
    )
    edit(folder, "lab/lab.json", lambda lab: lab["samples"][0]["tables"][0].pop("sample_column"))
    by_taxon = read_visit_folder(folder, today=TODAY).samples[0].taxa[0]
    assert (by_sample.taxa, by_sample.total, by_sample.unit) == (by_taxon.taxa, by_taxon.total, by_taxon.unit)
    assert by_sample.most == by_taxon.most == (("C", 0.75), ("A", 0.25))


def test_a_sample_that_has_no_row_is_named(tmp_path):
    folder = first_visit(tmp_path)
    use_table(folder, "t.csv", b"sample,A\nS1,1\n")
    problem = only_problem(folder)
    assert (problem.field, problem.expected, problem.came) == ("sample", "a row named S2", "none")


def test_per_cents_that_say_they_are_shares_are_recognised(tmp_path):
    folder = first_visit(tmp_path)
    use_table(folder, "t.csv", b"sample,A,B\nS2,25,75\n")
    assert "was that per cent?" in problems_of(folder)[0].remedy


def test_shares_that_sum_to_more_than_one_are_refused(tmp_path):
    folder = first_visit(tmp_path)
    use_table(folder, "t.csv", b"sample,A,B\nS2,0.9,0.9\n")
    problem = only_problem(folder)
    assert "at most 1.001" in problem.expected
    assert problem.came == "1.8"


def test_a_packed_table_is_unpacked(tmp_path):
    folder = first_visit(tmp_path)
    use_table(folder, "t.csv.gz", gzip.compress(b"sample,A\n") + gzip.compress(b"S2,1\n"))
    assert read_visit_folder(folder, today=TODAY).samples[0].taxa[0].taxa == 1


@pytest.mark.parametrize(
    ("name", "data", "expected", "came"),
    [
        ("t.csv.gz", b"sample,A\nS2,1\n", "a gzip file", "another kind of file"),
        ("t.csv", gzip.compress(b"sample,A\nS2,1\n"), "a table as text", "a packed one"),
        (
            "t.csv.gz",
            gzip.compress(b"sample,A\nS2,1\n" * 99)[:-12],
            "a whole gzip file",
            "cut off or damaged",
        ),
        ("t.csv.gz", gzip.compress(b"sample,A\n")[:-4] + b"abcd", "a whole gzip file", "cut off or damaged"),
        ("t.csv.gz", b"\x1f\x8b\x08" + b"\xff" * 40, "a whole gzip file", "cut off or damaged"),
    ],
    ids=["not packed", "packed", "cut off", "another checksum", "no stream"],
)
def test_packing_must_be_what_the_name_says_and_whole(tmp_path, name, data, expected, came):
    folder = first_visit(tmp_path)
    use_table(folder, name, data)
    problem = only_problem(folder)
    assert problem.expected == expected
    assert came in problem.came


def test_a_small_file_that_unpacks_to_very_much_is_refused(tmp_path):
    bomb = gzip.compress(bytes(2**20)) * 400
    assert len(bomb) < 2**20
    folder = first_visit(tmp_path)
    use_table(folder, "t.csv.gz", bomb)
    tracemalloc.start()
    try:
        problem = only_problem(folder)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3 * MAX_UNPACKED_BYTES
    assert (problem.expected, problem.came) == ("at most 64 MiB unpacked", "more than that")


def test_a_table_with_very_many_faults_stops_being_counted(tmp_path):
    folder = first_visit(tmp_path)
    (folder / "lab" / "genus.tsv").write_text(GENUS + "".join(f"t{n}\tx\n" for n in range(5000)))
    assert len(problems_of(folder)) <= 11
