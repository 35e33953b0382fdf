"""The end of a visit: outputs written, their hashes recorded, the proof handed over. Every step can be repeated."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commensal.clinic.errors import EvidenceError
from commensal.clinic.evidence import CLOSING, PROOF, sha256_of, write_durably
from commensal.clinic.fhir import bundle_json, visit_bundle
from commensal.clinic.people import Purpose
from commensal.clinic.reading import find_visit
from commensal.clinic.report import report_html
from commensal.clinic.store import Proposal, Store
from commensal.clinic.visit_record import VisitRecord
from commensal.errors import InputError
from commensal.sentinel import Act

REPORT = "report.html"
BUNDLE = "visit.fhir.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A visit that is on record, proven and handed over."""

    record: VisitRecord
    out: Path
    closing_record: int
    outputs: tuple[str, ...]
    evidence: tuple[str, ...] = (PROOF, CLOSING)


def close_visit(record: VisitRecord, out: Path, store: Store, progress: Callable[[str, float], None]) -> Closed:
    """Write the visit's outputs, record their hashes, and write the closing record's proof.

    Outputs depend on the record alone, so a run that was cut short writes the same files again. A visit that is closed
    already is not closed twice: its outputs must come out as they were recorded.

    Raises:
        InputError: `out` is no folder, or cannot be written.
        EvidenceError: the outputs of a closed visit no longer come out as recorded.
    """
    texts = output_texts(record)
    _write_all(out, texts)
    outputs = {name: sha256_of(out / name) for name in texts}
    progress("closing the record", 0.92)
    known = find_visit(store, record.visit_id)
    if known is None or known.closing_record is None:
        index = _record_closing(record, outputs, store)
    else:
        index = known.closing_record
        _check_as_recorded(store, index, outputs)
    with store.reading() as conn:
        opening, proof = store.log.opening(conn, index), store.log.prove(conn, index)
    _write_all(out, {CLOSING: opening_text(opening), PROOF: proof})
    return Closed(record=record, out=out, closing_record=index, outputs=tuple(texts))


def output_texts(record: VisitRecord) -> dict[str, str]:
    """The visit's outputs by file name: its report and, where the patient agreed to export, its bundle."""
    texts = {REPORT: report_html(record)}
    if record.consent.allows(Purpose.RECORD) and record.consent.allows(Purpose.EXPORT):
        texts[BUNDLE] = bundle_json(visit_bundle(record))
    return texts


def opening_text(opening: Mapping[str, Any]) -> str:
    """An opened closing record as its file has it."""
    return json.dumps(opening, indent=1, ensure_ascii=False) + "\n"


def _write_all(out: Path, texts: dict[str, str]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_durably(out / name, text)
    except OSError as error:
        raise InputError(
            "--out",
            "",
            "a folder that can be written",
            f"{error.strerror}: {out}",
            "then run the visit again: it completes",
        ) from error


def _record_closing(record: VisitRecord, outputs: dict[str, str], store: Store) -> int:
    with store.reading() as conn:
        leaves = store.log.leaf_hashes(conn, record.records[0], record.records[1] + 1)
    content = {
        "visit_id": record.visit_id,
        "first_record": record.records[0],
        "leaf_hashes": [leaf.hex() for leaf in leaves],
        "outputs": outputs,
        "checkpoint": record.checkpoint,
    }
    act = Act(
        who_kind="Service",
        who="commensal",
        what="closeVisit",
        on_whom=record.patient.ref,
        why="the visit ended",
    )
    [outcome] = store.commit([Proposal(act=act, content=content)])
    if outcome.index is None:
        raise EvidenceError("closeVisit: policy did not let the visit be closed; see the refusal on record")
    return outcome.index


def _check_as_recorded(store: Store, index: int, outputs: dict[str, str]) -> None:
    with store.reading() as conn:
        recorded = store.log.read(conn, index).content["outputs"]
    changed = sorted(name for name in {*recorded, *outputs} if recorded.get(name) != outputs.get(name))
    if changed:
        raise EvidenceError(
            f"{', '.join(changed)}: this program no longer writes them as record {index} has them; the recorded hashes "
            "stand. Take the files from a backup, or the program version named in the record"
        )
