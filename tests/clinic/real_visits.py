"""Visit folders built from real files: FHIR patients, dental charts and lab tables that nobody here wrote.

What a source does not say is invented here: the visit itself, consent, diet, answers about fear and, where no
chart exists, teeth. Lab tables are copied byte for byte. Use:

    folder = build_visit("synthea-319", tmp_path, lab="oscc-saliva")
    read_visit_folder(folder, today=TODAY)
"""

import csv
import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.data import data_dir

VISIT_DAY = date(2025, 11, 20)
TODAY = date(2025, 11, 21)
FORMAT = "commensal.visit/1"
BULK_PATIENTS = 13

SYNTHEA = ("synthea-319", "synthea-556", *(f"bulk-{n:02d}" for n in range(BULK_PATIENTS)))
CHARTS = ("odontogram-adult", "odontogram-child")
PATIENTS = (*SYNTHEA, *CHARTS)
"""Every real patient: two Synthea transactions, thirteen lines of a bulk export, two dental charts."""

CHART_BIRTHS = {"odontogram-adult": "1968-02-29", "odontogram-child": "2017-05-05"}
"""Invented: the charts name neither a birth date nor a person."""

ODONTOGRAM_SURFACES = {"mesial": "M", "distal": "D", "occlusal": "O", "buccal": "B", "lingual": "L"}


@dataclass(frozen=True, slots=True)
class LabTable:
    """A real table and one sample in it, as `lab.json` describes it."""

    path: str
    rows: str
    label_column: str
    sample: str
    unit: str
    material: str = "saliva"
    ignore_columns: tuple[str, ...] = ()


TABLES = {
    "oscc-saliva": LabTable("oscc_saliva_prjeb39064/genus_counts.tsv.gz", "taxa", "taxon", "ERR4296609", "reads"),
    "hmp-tongue": LabTable(
        "hmp_healthy_saliva_tongue/genus_counts.tsv.gz", "taxa", "genus", "td_114221", "reads", "swab"
    ),
    "ecc-saliva": LabTable("caries_ecc/ecc_saliva.counts.tsv.gz", "taxa", "taxon", "Indv2", "reads"),
    "ecc-plaque": LabTable("caries_ecc/ecc_plaque.counts.tsv.gz", "taxa", "taxon", "Indv8", "reads", "plaque"),
    "perio-japan": LabTable(
        "perio_metagenome_6cohorts/PRJDB11203.species_relab.tsv.gz", "samples", "sample", "DRR285643", "share"
    ),
    "perio-china": LabTable(
        "perio_metagenome_6cohorts/PRJNA230363.species_relab.tsv.gz",
        "samples",
        "sample",
        "SRR1044006",
        "share",
    ),
    "perio-bergen": LabTable(
        "perio_therapy_bergen/species_relab.tsv.gz", "taxa", "taxon", "B2_T1", "percent", "plaque", ("MGS",)
    ),
    "ecig-saliva": LabTable("saliva_cytokines_perio_ecig/genus_counts.tsv.gz", "taxa", "taxon", "SAL002", "reads"),
    "escc-oral": LabTable("escc_oral_southafrica/genus_counts.tsv.gz", "taxa", "taxon", "COOC0002", "reads", "swab"),
    "oscc-oral": LabTable("oscc_oral_prjna548462/genus_counts.tsv.gz", "taxa", "taxon", "SRR9277638", "reads"),
    "oscc-tissue": LabTable(
        "oscc_tissue_prjna822685/asv_counts.tsv.gz", "taxa", "asv", "SRR18595688", "reads", "tissue"
    ),
}
BIOMARKERS = ("mmp1-taiwan", "cytokines-ecig")
LABS = (*TABLES, *BIOMARKERS)
"""Every kind of real lab data: eleven tables that look different from each other, two sets of markers."""


def build_visit(patient: str, parent: Path, lab: str | None = None) -> Path:
    """A valid visit folder for one of PATIENTS, with one of LABS when given, in a new folder under `parent`."""
    folder = parent / f"{patient}-{lab or 'no-lab'}"
    folder.mkdir()
    bundle, exam = _chart(patient) if patient in CHARTS else (_synthea(patient), _invented_exam(patient))
    on = _visit_day(bundle)
    exam["visit"] = {
        "id": f"{patient}-1",
        "on": on.isoformat(),
        "reason": "A check-up (invented)",
        "clinic": "Test clinic",
        "dentist": "Dr Test",
    }
    write_json(folder / "patient.fhir.json", bundle)
    write_json(folder / "exam.json", exam)
    write_json(folder / "anxiety.json", _invented_answers(patient, on))
    write_json(folder / "consent.json", _consent(on))
    (folder / "diet.csv").write_text(
        "when,what,how,duration_min,sugar_percent\n07:30,porridge,meal,15,\n10:30,cola,sip,30,10.6\n"
        "12:30,rice and vegetables,meal,25,\n16:00,biscuits,snack,10,\n19:00,bread and cheese,meal,20,\n"
    )
    if lab is not None:
        add_lab(folder, lab, on)
    return folder


def add_lab(folder: Path, lab: str, on: date) -> None:
    """Adds `lab/` with one real sample: a table copied byte for byte, or biomarker values from a real row."""
    (folder / "lab").mkdir()
    sample: dict[str, object] = {"id": lab, "material": "saliva", "taken_on": on.isoformat()}
    if lab in TABLES:
        table = TABLES[lab]
        source = data_dir(*table.path.split("/"))
        shutil.copyfile(source, folder / "lab" / source.name)
        label = "taxon_column" if table.rows == "taxa" else "sample_column"
        described = {
            "file": source.name,
            "rows": table.rows,
            label: table.label_column,
            "sample": table.sample,
            "unit": table.unit,
            "ignore_columns": list(table.ignore_columns),
        }
        sample |= {"material": table.material, "tables": [described]}
    else:
        sample["biomarkers"] = {"mmp1-taiwan": _mmp1, "cytokines-ecig": _cytokines}[lab]()
    write_json(folder / "lab" / "lab.json", {"format": FORMAT, "samples": [sample]})


def write_json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


def rows_of(*parts: str) -> list[dict[str, str]]:
    """A real tab-separated table as rows by header."""
    with gzip.open(data_dir(*parts), "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def _mmp1() -> list[dict[str, object]]:
    """One person with a value and one below detection; the file writes 0.0 for "< detection"."""
    values = [float(row["mmp1_pg_ml"]) for row in rows_of("saliva_mmp1_taiwan", "mmp1.tsv.gz")]
    measured = next(value for value in values if value > 0)
    return [
        {"name": "MMP-1", "value": value, "unit": "pg/mL", "assay": assay, "detection_limit": None}
        for value, assay in ((measured, "ELISA"), (None, "ELISA, second sample"))
    ]


def _cytokines() -> list[dict[str, object]]:
    row = rows_of("saliva_cytokines_perio_ecig", "cytokines.tsv.gz")[0]
    names = [name for name in row if name not in ("subject", "visit", "group")]
    return [
        {"name": name, "value": float(row[name]) if row[name] else None, "unit": "pg/mL", "assay": "MSD"}
        for name in names
    ]


def _synthea(patient: str) -> dict[str, object]:
    kind, number = patient.split("-")
    if kind == "synthea":
        return _unpacked("synthea-bundle", f"transaction-{number}.json.gz")
    return bulk_bundles()[int(number)]


def bulk_bundles() -> list[dict[str, object]]:
    """Each patient of the bulk export with their own resources, wrapped as a collection."""
    folder = data_dir("fhir", "synthea-kansas-10")
    patients = _lines(folder / "Patient.ndjson.gz")
    own: dict[str, list[dict[str, object]]] = {f"Patient/{one['id']}": [one] for one in patients}
    kinds = (
        "AllergyIntolerance",
        "Condition",
        "Device",
        "Encounter",
        "Immunization",
        "MedicationRequest",
        "Procedure",
    )
    for kind in kinds:
        for resource in _lines(folder / f"{kind}.ndjson.gz"):
            whose = resource.get("subject") or resource["patient"]
            own[whose["reference"]].append(resource)
    return [
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
        for resources in own.values()
    ]


def _lines(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _unpacked(*parts: str) -> dict:
    return json.loads(gzip.decompress(data_dir("fhir", *parts).read_bytes()))


def _visit_day(bundle: dict) -> date:
    """The usual day, or the day before death for the three people of the bulk export who have died."""
    person = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    died = person.get("deceasedDateTime")
    return date.fromisoformat(died[:10]) - timedelta(days=1) if died else VISIT_DAY


def _chart(patient: str) -> tuple[dict, dict]:
    """A dental chart as a visit. Teeth it does not mention stay not examined: the chart cannot say more."""
    bundle = json.loads(data_dir("fhir", "odontogram-export", f"{patient}.json").read_text(encoding="utf-8"))
    person = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    person["birthDate"] = CHART_BIRTHS[patient]
    teeth: dict[str, dict] = {}
    history: dict[str, object] = {}
    for entry in bundle["entry"]:
        found = entry["resource"]
        if found["resourceType"] != "Observation":
            continue
        code = found["code"]["coding"][0]["code"]
        if code == "4548-4":
            history["hba1c_percent"] = found["valueQuantity"]["value"]
        if "bodySite" in found:
            fdi = found["bodySite"]["coding"][0]["code"]
            CHART_READERS.get(code, _only_seen)(teeth.setdefault(fdi, {"presence": "present"}), found)
    return bundle, _exam(teeth, history)


def _only_seen(tooth: dict, found: dict) -> None:
    """An observation that says that the tooth is there, and nothing that the folder holds."""


def _status(tooth: dict, found: dict) -> None:
    status = found["valueCodeableConcept"]["coding"][0]["code"]
    if status == "no-tooth-after-extraction":
        tooth |= {"presence": "absent", "why": "extracted"}
    elif status == "none":
        tooth |= {"presence": "not examined", "why": "the chart gives no status"}


def _caries(tooth: dict, found: dict) -> None:
    for part in found["component"]:
        surface = ODONTOGRAM_SURFACES[part["code"]["coding"][0]["code"].removeprefix("caries-")]
        tooth.setdefault("surfaces", {})[surface] = {"icdas": part["valueInteger"]}


def _fillings(tooth: dict, found: dict) -> None:
    for part in found["component"]:
        surface = ODONTOGRAM_SURFACES[part["code"]["coding"][0]["code"]]
        tooth.setdefault("surfaces", {})[surface] = {"icdas": 0, "restoration": "filling"}


def _sealing(tooth: dict, found: dict) -> None:
    tooth.setdefault("surfaces", {})["O"] = {"icdas": 0, "restoration": "sealant"}


def _crown(tooth: dict, found: dict) -> None:
    if found["valueCodeableConcept"]["coding"][0]["code"] == "crown":
        tooth["surfaces"] = {surface: {"icdas": 0, "restoration": "crown"} for surface in "MDOBL"}


def _mobility(tooth: dict, found: dict) -> None:
    tooth["mobility"] = int(found["valueCodeableConcept"]["coding"][0]["code"].removeprefix("m"))


def _probing(tooth: dict, found: dict) -> None:
    fields = {"32910-2": "depth_mm", "32912-8": "attachment_loss_mm", "perio-bop": "bleeding"}
    probing: dict[str, dict] = {}
    for part in found["component"]:
        field = fields.get(part["code"]["coding"][0]["code"])
        codings = part["extension"][0]["valueCodeableConcept"]["coding"]
        site = next(c["code"].removeprefix("perio-site:") for c in codings if c["code"].startswith("perio-site:"))
        if field:
            value = part["valueBoolean"] if field == "bleeding" else part["valueQuantity"]["value"]
            probing.setdefault(site, {})[field] = value
    tooth["probing"] = probing


CHART_READERS: dict[str, Callable[[dict, dict], None]] = {
    "tooth-status": _status,
    "caries": _caries,
    "restoration": _fillings,
    "fissure-sealing": _sealing,
    "restoration-type": _crown,
    "tooth-mobility": _mobility,
    "74029-0": _probing,
}


def _invented_exam(patient: str) -> dict:
    """Invented teeth that differ a little from patient to patient; third molars are not examined."""
    turn = PATIENTS.index(patient)
    teeth: dict[str, dict] = {
        f"{quadrant}{place}": {"presence": "present", "sound": True} for quadrant in "1234" for place in range(1, 8)
    }
    sites = {site: {"depth_mm": 3, "attachment_loss_mm": turn % 4, "bleeding": turn % 2 == 0} for site in SITES}
    teeth["16"] = {
        "presence": "present",
        "surfaces": {
            "O": {"icdas": turn % 7, "active": turn % 3 == 0},
            "M": {"icdas": 0, "restoration": "filling"},
        },
        "probing": sites,
    }
    teeth["24"] = {"presence": "present", "sound": True, "probing": sites}
    teeth["46"] = {"presence": "absent", "why": "extracted (invented)"}
    return _exam(teeth, {"cigarettes_a_day": turn % 15})


SITES = ("MB", "B", "DB", "ML", "L", "DL")


def _exam(teeth: dict[str, dict], history: dict[str, object]) -> dict:
    return {
        "format": FORMAT,
        "examiner": "dentist",
        "teeth": teeth,
        "soft_tissue": {"examined": True, "signs": []},
        "history": history,
        "saliva": {"unstimulated": {"value": 0.4, "unit": "mL/min"}},
    }


def _invented_answers(patient: str, on: date) -> dict:
    turn = PATIENTS.index(patient)
    return {
        "format": FORMAT,
        "taken_at": f"{on}T09:00:00+00:00",
        "language": "en",
        "mode": "self",
        "mdas": [1 + turn % 5, 2, 3, None if turn % 6 == 5 else 2, 1 + turn % 4],
        "vas": turn % 11,
    }


def _consent(on: date) -> dict:
    purposes = ["record", "examination", "anxiety", "simulation", "lab", "export"]
    return {"format": FORMAT, "given_on": on.isoformat(), "given_by": "patient", "permits": purposes}
