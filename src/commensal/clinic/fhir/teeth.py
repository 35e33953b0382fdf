"""Teeth: one Observation for each tooth looked at, missed or missing, and one for each tooth probed.

Sound, absent and not examined stay three different things:

* a sound tooth has the value `sound`, an absent one `absent`, any other present one `present`;
* a tooth that was not examined has no value and says why in `dataAbsentReason`;
* every surface of a present tooth has a component: its ICDAS code, or why there is none.

All 32 permanent teeth are there, mentioned or not; a primary tooth only when somebody mentioned it.
"""

from commensal.clinic.fhir import codes
from commensal.clinic.fhir.elements import Json, clean, day, note
from commensal.clinic.fhir.frame import Frame
from commensal.diagnosis import Exam
from commensal.diagnosis import exam as charted

FDI_SURFACE = "http://terminology.hl7.org/CodeSystem/FDI-surface"
NOT_EXAMINED = "not examined"


def teeth(frame: Frame, exam: Exam) -> list[Json]:
    """The Observations of all teeth, in FDI order: state and surfaces, then probing."""
    seen = [
        exam.tooth(fdi) for fdi in charted.PERMANENT + charted.PRIMARY if fdi in charted.PERMANENT or fdi in exam.teeth
    ]
    states = [_tooth(frame, exam, tooth) for tooth in seen]
    return states + [_probing(frame, exam, tooth) for tooth in seen if tooth.probing]


def examined_by(frame: Frame, exam: Exam) -> Json:
    """When and by whom it was seen; of a clinician other than the dentist only the clinic is known."""
    by_dentist = exam.examiner is charted.ExaminerRole.DENTIST
    return {
        "effectiveDateTime": day(exam.on),
        "performer": [frame.dentist if by_dentist else frame.clinic],
    }


def tooth_site(fdi: str) -> Json:
    """A tooth as a body site: our code, FDI, and for permanent teeth HL7's example code."""
    return codes.concept("tooth", fdi, f"Tooth {fdi}")


def is_sound(tooth: charted.ToothExam) -> bool:
    """Present, with all five surfaces examined, every ICDAS code 0 and nothing restored."""
    return (
        tooth.presence is charted.Presence.PRESENT
        and all(name in tooth.surfaces for name in charted.SURFACES)
        and all(s.icdas == 0 and not s.restoration for s in tooth.surfaces.values())
    )


def _tooth(frame: Frame, exam: Exam, tooth: charted.ToothExam) -> Json:
    found = frame.observation(
        f"tooth:{tooth.fdi}",
        codes.concept("observation", "tooth-exam"),
        bodySite=tooth_site(tooth.fdi),
        note=note(tooth.why),
        **examined_by(frame, exam),
    )
    if tooth.presence is charted.Presence.NOT_EXAMINED:
        found["dataAbsentReason"] = codes.absent("not-performed", NOT_EXAMINED)
    elif tooth.presence is charted.Presence.ABSENT:
        found["valueCodeableConcept"] = codes.concept("tooth-state", "absent")
    else:
        found["valueCodeableConcept"] = codes.concept("tooth-state", "sound" if is_sound(tooth) else "present")
        found["component"] = _components(tooth)
    return found


def _components(tooth: charted.ToothExam) -> list[Json]:
    found = [part for name in charted.SURFACES for part in _surface(tooth.fdi, name, tooth.surfaces.get(name))]
    for aspect, grade in (("mobility", tooth.mobility), ("furcation", tooth.furcation)):
        if grade is not None:
            found.append({"code": codes.concept("tooth-aspect", aspect), "valueInteger": grade})
    return found


def _surface(fdi: str, name: str, surface: charted.Surface | None) -> list[Json]:
    code = codes.concept("surface", name, "", *_standard_surface(fdi, name))
    if surface is None:
        return [{"code": code, "dataAbsentReason": codes.absent("not-performed", NOT_EXAMINED)}]
    found: list[Json] = [{"code": code, "valueCodeableConcept": codes.concept("icdas", str(surface.icdas))}]
    if surface.is_active is not None:
        activity = codes.concept("surface-aspect", f"{name}-activity")
        found.append({"code": activity, "valueBoolean": surface.is_active})
    if surface.restoration:
        place = codes.concept("surface-aspect", f"{name}-restoration")
        found.append({"code": place, "valueCodeableConcept": _restoration(surface.restoration)})
    return found


def _restoration(word: str) -> Json:
    return codes.concept("restoration", word if codes.has_code("restoration", word) else "other", clean(word))


def _standard_surface(fdi: str, name: str) -> list[Json]:
    """HL7's code where it depends on the tooth: edge and lip side of front teeth have codes of their own."""
    if name not in ("O", "B"):
        return []
    is_front = fdi[1] in "123"
    code = {"O": "I", "B": "V"}[name] if is_front else name
    return [{"system": FDI_SURFACE, "code": code}]


def _probing(frame: Frame, exam: Exam, tooth: charted.ToothExam) -> Json:
    components: list[Json] = []
    for name in charted.PROBING_SITES:
        site = tooth.probing[name]
        depth = codes.concept("probing", f"{name}-depth")
        components.append({"code": depth, "valueQuantity": codes.quantity(site.depth_mm, "mm")})
        if site.attachment_loss_mm is not None:
            loss = codes.concept("probing", f"{name}-attachment-loss")
            components.append({"code": loss, "valueQuantity": codes.quantity(site.attachment_loss_mm, "mm")})
        if site.bleeding is not None:
            bleeding = codes.concept("probing", f"{name}-bleeding")
            components.append({"code": bleeding, "valueBoolean": site.bleeding})
    return frame.observation(
        f"probing:{tooth.fdi}",
        codes.concept("observation", "six-site-probing"),
        bodySite=tooth_site(tooth.fdi),
        component=components,
        **examined_by(frame, exam),
    )
