"""Common reasons for going on after a warning, offered as one tap each. Any other reason can be typed.

They save typing and are not clinical advice: the wording has no clinical source, and the practitioner decides.
"""

USUAL = {
    "screened-fainting": ["Lying down, watched", "Fewer needles, lying down"],
    "screened-anxiety_psych": ["Calm today, agreed", "Stops at a sign"],
    "screened-anticoag_deep": ["Muscle can be pressed, pressed longer", "Superficial only"],
    "screened-bleeding": ["Light technique, pressed longer", "Superficial only"],
    "screened-lymphoedema_area": ["Not in that area"],
    "screened-node_removal": ["Not in that limb", "Discussed, skin cleaned"],
    "screened-local_infection": ["Not near that site"],
    "screened-skin_disease": ["Healthy skin at the site", "Not near that site"],
    "screened-acute_surgery": ["Not near the wound", "Surgeon agrees"],
    "screened-implants": ["Not near the implant", "Superficial, away from it"],
    "screened-soft_implants": ["Not near the implant"],
    "screened-joint_prosthesis": ["Not near the joint", "Superficial, away from it"],
    "screened-device": ["No electrical stimulation"],
    "screened-pump_stimulator": ["No electrical stimulation, away from its leads"],
    "screened-pregnancy": ["Agreed in writing, abdomen left out"],
    "screened-epilepsy": ["Stable, lying down, watched"],
    "screened-spinal_surgery": ["Superficial, away from that level"],
    "screened-spinal_hardware": ["Superficial, away from it"],
    "screened-not_eaten": ["Has eaten now, lying down"],
    "screened-lung": ["Superficial, tangential", "Away from the ribs"],
    "screened-neuropathy": ["Feeling intact at the site"],
    "screened-metal_allergy": ["Needle without that metal"],
    "screened-drives_after": ["Waits until it has passed", "Somebody else drives"],
    "screened-minor": ["Guardian agrees, is here"],
    "thorax_both_sides": ["Superficial, tangential", "Not over the ribs"],
    "depth": ["Depth intended, build palpated"],
    "depth-p01": ["Superficial only"],
    "depth-r09": ["Muscle lifted, away from the ribs"],
    "depth-r16": ["Superficial, tangential", "Not over the ribs"],
    "depth-r17": ["Short of the lamina", "Lamina touched"],
    "depth-r18": ["Short of the lamina", "Lamina touched"],
    "depth-r23": ["Away from the sciatic notch"],
    "depth-r31": ["Held between the fingers"],
    "superficial_depth": ["Depth and technique are right"],
    "dose_contradiction": ["Both are right"],
    "cover": ["Renewed, date not entered yet"],
    "certificate": ["Renewed, date not entered yet", "Under supervision"],
    "same_region": ["Other muscle than last time", "Light dose, agreed"],
}
DEPTH = USUAL["depth"]
BLEEDING = ["Superficial only", "Away from the vessels"]
ANY = ["Discussed, technique adapted"]
# Going on after a stop has no usual reason: the two people write it. A lot that was already used is the exception.
PAST_A_STOP = {"lot_recalled": ["Used before the recall was known"]}


def usual_reasons(warning):
    """The reasons offered for a SafetyWarning: a list of short sentences, empty for most stops."""
    if warning.is_stop:
        return PAST_A_STOP.get(warning.key, [])
    if warning.key.startswith("bleeding-"):
        return BLEEDING
    return USUAL.get(warning.key, DEPTH if warning.key.startswith("depth-") else ANY)
