"""The visit folder: one visit of one patient as files, read strictly (docs/specs/visit-folder.md).

files.py      the folder: links, sizes, hashes      strict_json.py   JSON with nothing left to chance
schema.py     JSON Schemas into helpful words       problems.py      what is wrong, without the patient's name
consent.py    read first, decides the rest          patient.py       one FHIR R4 bundle, one patient
exam.py, anxiety.py, diet.py, lab.py                one file each
read.py       puts them together
"""

from commensal.clinic.folder.contents import (
    AnxietyAnswers,
    BundleSummary,
    DietRow,
    RecordRefused,
    VisitFolder,
    VisitHeader,
)
from commensal.clinic.folder.problems import FolderError
from commensal.clinic.folder.read import read_visit_folder
from commensal.clinic.folder.schema import load_schema

__all__ = [
    "AnxietyAnswers",
    "BundleSummary",
    "DietRow",
    "FolderError",
    "RecordRefused",
    "VisitFolder",
    "VisitHeader",
    "load_schema",
    "read_visit_folder",
]
