"""What a dentist found in a mouth, as frozen facts: teeth, surfaces, probing, soft tissue, history.

Sound, not examined and absent are three different things:

* a tooth is PRESENT, ABSENT or NOT_EXAMINED; a tooth that was never mentioned counts as NOT_EXAMINED;
* a surface of a present tooth is sound when its `icdas` is 0 and not examined when it is missing from
  `surfaces`.

Teeth are keyed by two-digit FDI strings ("16"; primary "55"), never by position.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

PERMANENT = tuple(f"{q}{p}" for q in (1, 2, 3, 4) for p in range(1, 9))
PRIMARY = tuple(f"{q}{p}" for q in (5, 6, 7, 8) for p in range(1, 6))
TEETH = frozenset(PERMANENT + PRIMARY)
"""Every FDI tooth number: 32 permanent and 20 primary."""

SURFACES = ("M", "D", "O", "B", "L")
"""Mesial, distal, occlusal or incisal, buccal (lip or cheek side), lingual (tongue or palate side)."""

PROBING_SITES = ("MB", "B", "DB", "ML", "L", "DL")


class Presence(StrEnum):
    """Whether a tooth is there to be looked at."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_EXAMINED = "not examined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """One tooth surface: ICDAS caries code 0-6, activity, and a filling, sealant or crown if there is one."""

    icdas: int
    is_active: bool | None = None
    restoration: str | None = None
    """"filling", "sealant", "crown" or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbingSite:
    """One of six probing sites of a tooth. Attachment loss (CAL) is None when it was not measured."""

    depth_mm: float
    attachment_loss_mm: float | None = None
    bleeding: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToothExam:
    """One tooth. `probing` is empty when it was not probed, else it has all six PROBING_SITES."""

    fdi: str
    presence: Presence
    why: str = ""
    """Why it was not examined, or why it is absent, in the dentist's words."""
    surfaces: dict[str, Surface] = field(default_factory=dict)
    probing: dict[str, ProbingSite] = field(default_factory=dict)
    mobility: int | None = None
    """Miller grade 0-3."""
    furcation: int | None = None
    """Grade 0-3."""


class SignKind(StrEnum):
    """Soft-tissue signs that the referral rules ask about."""

    ULCER = "ulcer"
    NECK_LUMP = "neck lump"
    LIP_OR_MOUTH_LUMP = "lip or mouth lump"
    RED_PATCH = "red patch"
    RED_AND_WHITE_PATCH = "red and white patch"
    WHITE_PATCH = "white patch"
    PIGMENTED_AREA = "pigmented area"
    HOARSENESS = "hoarseness"
    THYROID_LUMP = "thyroid lump"
    NUMBNESS = "numbness"
    LOOSE_TOOTH = "loose tooth"
    NON_HEALING_SOCKET = "non-healing socket"
    THROAT_DISCOMFORT = "throat discomfort"
    EAR_PAIN = "ear pain"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftTissueSign:
    """One sign. `since` is the day it was first noticed, by patient or clinician, whichever is earlier."""

    kind: SignKind
    where: str
    since: date
    is_unexplained: bool
    """No local cause was found, or the cause was removed and it had not healed three weeks later."""
    is_persistent: bool = True
    is_suspicious: bool | None = None
    """The dentist judges it consistent with cancer or erythro(leuko)plakia; None = not judged."""
    note: str = ""


class ExaminerRole(StrEnum):
    """Who looked; two of the NG12 rules differ between dentists and everybody else."""

    DENTIST = "dentist"
    OTHER = "other clinician"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the rules ask besides the mouth itself. None = not asked or not known, and is shown as such."""

    months_since_caries_restoration: float | None = None
    radiographic_dentine_caries: bool | None = None
    radiographic_approximal_enamel_lesions: bool | None = None
    heavy_plaque: bool | None = None
    hyposalivatory_drugs: bool | None = None
    mutans_and_lactobacilli_high: bool | None = None
    deep_pits: bool | None = None
    exposed_roots: bool | None = None
    appliances: bool | None = None
    recreational_drugs: bool | None = None
    unable_to_clean: bool | None = None
    medical_condition: bool | None = None
    fluoridated_water: bool | None = None
    fluoride_paste_ppm: float | None = None
    fluoride_paste_times_a_day: float | None = None
    fluoride_varnish_in_6_months: bool | None = None
    fluoride_rinse: bool | None = None
    chlorhexidine: bool | None = None
    xylitol: bool | None = None
    calcium_phosphate_paste: bool | None = None
    cigarettes_a_day: float | None = None
    has_diabetes: bool | None = None
    hba1c_percent: float | None = None
    bone_loss_percent_of_root: float | None = None
    """Largest radiographic bone loss, % of root length."""
    bone_loss_change_5_y_mm: float | None = None
    teeth_lost_to_periodontitis: int | None = None
    vertical_bone_loss_mm: float | None = None
    needs_complex_rehabilitation: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saliva:
    """Measured whole-saliva flow, mL/min; None = not measured."""

    unstimulated_ml_min: float | None = None
    stimulated_ml_min: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """One examination of one mouth on one day."""

    on: date
    age_y: int
    """Completed years on the day of the examination."""
    examiner: ExaminerRole
    teeth: dict[str, ToothExam]
    soft_tissue_examined: bool
    signs: tuple[SoftTissueSign, ...] = ()
    history: History = History()
    saliva: Saliva = Saliva()

    def tooth(self, fdi: str) -> ToothExam:
        """The tooth, or a not-examined one when nobody mentioned it.

        Raises:
            KeyError: `fdi` is not an FDI tooth number.
        """
        if fdi not in TEETH:
            raise KeyError(f"expected an FDI tooth number (11-48, primary 51-85), got {fdi}")
        return self.teeth.get(fdi, ToothExam(fdi=fdi, presence=Presence.NOT_EXAMINED))
