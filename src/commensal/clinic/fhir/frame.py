"""What all resources of one visit share: its ids, its people, its day, and whether a dentist has signed."""

from dataclasses import dataclass
from typing import Any

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.elements import Ids, Json, day, extension
from commensal.clinic.visit_record import VisitRecord
from commensal.provenance import Mark


@dataclass(frozen=True, slots=True)
class Frame:
    """One visit on its way to FHIR."""

    visit: VisitRecord
    ids: Ids

    @property
    def is_signed(self) -> bool:
        """Whether the plan carries a dentist's signature; everything is provisional until it does."""
        return bool(self.visit.plan.signature)

    @property
    def patient(self) -> Json:
        """Reference to the Patient."""
        return self.ids.refer("Patient", "patient")

    @property
    def encounter(self) -> Json:
        """Reference to the Encounter."""
        return self.ids.refer("Encounter", "encounter")

    @property
    def dentist(self) -> Json:
        """Reference to the dentist's Practitioner."""
        return self.ids.refer("Practitioner", "dentist")

    @property
    def clinic(self) -> Json:
        """Reference to the clinic's Organization."""
        return self.ids.refer("Organization", "clinic")

    @property
    def software(self) -> Json:
        """Reference to the program's Device."""
        return self.ids.refer("Device", "software")

    def resource(self, resource_type: str, role: str, **rest: Any) -> Json:
        """A resource of this visit: its type, the id that goes with its role, and `rest`."""
        return {"resourceType": resource_type, "id": self.ids.of(role), **rest}

    def observation(self, role: str, code: Json, *, category: tuple[str, str] = ("exam", "Exam"), **rest: Any) -> Json:
        """An Observation of the patient in this visit; `rest` may say its time and performer otherwise."""
        return self.resource(
            "Observation",
            role,
            **{
                "status": "final" if self.is_signed else "preliminary",
                "category": codes.category(*category),
                "code": code,
                "subject": self.patient,
                "encounter": self.encounter,
                "effectiveDateTime": day(self.visit.on),
                **rest,
            },
        )


def mark_extension(mark: Mark) -> Json:
    """How a figure is known: seen, derived, calibrated or recalled."""
    return extension("mark", valueCoding=codes.coding("mark", mark.value))
