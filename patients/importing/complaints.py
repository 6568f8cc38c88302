"""Words of other systems for body regions, sides and the end of an episode."""

import re
import unicodedata

from patients.models import BodyRegion, Episode

Region, Reason = BodyRegion, Episode.ClosingReason
# Words, and beginnings of at least five letters, in six languages. More than one region is a question.
REGIONS = {
    Region.HEAD_FACE: "head headache cephal migraine jaw temporomandibular tmj tmd face facial kopf kopfschmerz kiefer"
    " tete hoofd cabeza testa",
    Region.NECK: "neck cervic whiplash nacken hals hws cou nek cuello collo",
    Region.SHOULDER: "shoulder rotator subacromial supraspinat glenohumeral schulter epaule schouder hombro spalla",
    Region.UPPER_BACK: "thorac interscapular brustwirbel bws dorsal dorsalgie",
    Region.CHEST: "chest rib ribs sternum pectoral brustkorb",
    Region.ARM: "elbow epicondyl biceps triceps ellbogen coude elleboog codo gomito",
    Region.FOREARM: "forearm unterarm",
    Region.HAND: "hand hands wrist carpal thumb finger handgelenk poignet pols muneca polso",
    Region.LOW_BACK: "lumba lumbo sciatic lws lendenwirbel kreuz ischias sacroiliac",
    Region.ABDOMEN: "abdom bauch",
    Region.HIP_BUTTOCK: "hip hips buttock glute trochanter piriformis hufte hanche heup cadera anca",
    Region.PELVIS_PERINEUM: "pelvic perine becken",
    Region.THIGH: "thigh hamstring quadriceps groin oberschenkel cuisse",
    Region.LEG: "knee patell calf shin achilles gastrocnem knie genou rodilla ginocchio",
    Region.FOOT: "foot feet ankle plantar heel metatars fuss fusses fussgelenk cheville enkel tobillo caviglia",
}
# "Lower back pain" has no word that only means it.
PHRASES = {
    Region.LOW_BACK: ["low back", "lower back", "back pain low", "lbp"],
    Region.UPPER_BACK: ["upper back", "mid back", "middle back", "between the shoulder blades"],
    Region.ARM: ["upper arm"],
    Region.LEG: ["lower leg"],
}
SIDES = {
    "left": "left l lt links gauche izquierdo izquierda sinistro sinistra",
    "right": "right r rt rechts droit droite derecho derecha destro destra",
    "both": "both bilateral bilat beide beidseits bilatéral ambos entrambi b",
}
WORDS_OF_SIDES = {word: side for side, words in SIDES.items() for word in words.split()}
REASONS = {
    Reason.GOAL_REACHED: "goals reached,goal reached,goals met,goals achieved,resolved,recovered,treatment completed,"
    "completed,complete,discharged",
    Reason.IMPROVED: "improved,partly improved,partially resolved,goals partly met,goals partially met",
    Reason.NO_CHANGE: "no change,not improved,no improvement,unchanged,no useful change",
    Reason.REFERRED: "referred,referred on,onward referral,referred to specialist",
    Reason.DID_NOT_RETURN: "did not return,dnr,lost to follow up,failed to attend,dna,no show,self discharge",
    Reason.PATIENT_STOPPED: "patient stopped,patient declined,declined,patient choice,cancelled by patient",
    Reason.MOVED: "moved,moved away,relocated,transferred,treated elsewhere",
    Reason.OTHER: "other,another reason",
}
WORDS_OF_REASONS = {word: reason for reason, words in REASONS.items() for word in words.split(",")}


def region_of(text, column):
    """The BodyRegion that a text names, if it names one; "" if somebody has to choose."""
    plain = _plain(text)
    labels = {_plain(region.label): region for region in Region} | {region.value: region for region in Region}
    if plain in labels:
        return labels[plain]
    for region, phrases in PHRASES.items():
        if any(phrase in plain for phrase in phrases):
            return region
    words = plain.split()
    found = {
        region
        for region, starts in REGIONS.items()
        if any(word.startswith(start) for word in words for start in starts.split() if len(start) > 4 or word == start)
    }
    return found.pop() if len(found) == 1 else ""


def side_of(text, column):
    """ "left", "right" or "both"; "" if somebody has to choose."""
    return WORDS_OF_SIDES.get(_plain(text), "")


def reason_of(text, column):
    """The Episode.ClosingReason that a text means; "" if somebody has to choose."""
    labels = {_plain(reason.label): reason for reason in Reason}
    return labels.get(_plain(text)) or WORDS_OF_REASONS.get(_plain(text), "")


def with_side(complaint, side):
    """The complaint with its side, unless it names one already: "Shoulder pain, left"."""
    if not side or set(_plain(complaint).split()) & WORDS_OF_SIDES.keys() - {"l", "r", "b"}:
        return complaint
    return f"{complaint}, {'both sides' if side == 'both' else side}"


def _plain(text):
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in decomposed if not unicodedata.combining(c))))
