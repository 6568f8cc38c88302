"""Complaints, the muscles that are needled for them, and what is measured."""

from typing import NamedTuple


class Story(NamedTuple):
    weight: int
    region: str
    complaint: str  # {side} is left or right
    condition: str  # its slug in the list
    mechanisms: tuple
    goal: str
    muscles: tuple  # slugs, the most usual first
    position: str
    movement: str
    degrees: tuple  # usual range before treatment
    plan: str
    oldest: int = 120  # the oldest patient with this complaint


STORIES = [
    Story(
        14, "neck", "Neck pain on the {side}, worse at the desk", "neck-pain",
        ("Gradual, long hours at the screen", "Woke up with it", "After moving house", "Working from home on a laptop"),
        "Work a full day at the desk without pain above 3.",
        ("trapezius-upper", "levator-scapulae", "splenius-cervicis", "semispinalis-capitis", "multifidus-cervicis"),
        "prone", "neck_rotation", (42, 62), "Chin tucks and shoulder blade setting, twice a day.",
    ),
    Story(
        9, "neck", "Stiff neck, turning to the {side} hurts", "torticollis-acute",
        ("Rear-end collision, slow", "Slept badly on a train", "Painting a ceiling"),
        "Turn the head to reverse the car.",
        ("levator-scapulae", "splenius-capitis", "trapezius-upper", "sternocleidomastoid"),
        "side_lying", "neck_rotation", (35, 58), "Active rotation every hour; heat before bed.",
    ),
    Story(
        6, "head_face", "Headache from the neck, {side} temple", "cervicogenic-headache",
        ("Comes with busy weeks", "Since a whiplash two years ago", "Gradual"),
        "Fewer than two headache days a week.",
        ("trapezius-upper", "sternocleidomastoid", "splenius-capitis", "temporalis", "occipitofrontalis"),
        "supine", "neck_flexion", (35, 48), "Headache diary; deep neck flexors daily.",
    ),
    Story(
        4, "head_face", "Jaw pain on the {side}, clenching at night", "bruxism",
        ("Gradual, stress at work", "After long dental work"),
        "Chew without pain.",
        ("masseter", "temporalis", "sternocleidomastoid", "trapezius-upper"),
        "supine", "neck_side_bend", (30, 42), "Jaw relaxation on the hour; splint from the dentist.",
    ),
    Story(
        12, "shoulder", "{Side} shoulder pain reaching overhead", "subacromial-pain",
        ("New swimming plan", "Pruning trees", "Gradual", "Lifting boxes at work"),
        "Reach the top shelf; swim 1 km again.",
        ("infraspinatus", "supraspinatus", "deltoid", "teres-minor", "trapezius-upper"),
        "side_lying", "shoulder_abduction", (110, 160), "Lateral rotation with a band, three sets.",
    ),
    Story(
        6, "shoulder", "{Side} shoulder ache at night", "shoulder-pain",
        ("Gradual", "After a fall on the outstretched arm"),
        "Sleep through on that side.",
        ("infraspinatus", "teres-major", "subscapularis", "latissimus-dorsi", "pectoralis-major"),
        "supine", "shoulder_lateral_rotation", (45, 78), "Sleeper position as shown; avoid lying on it.",
    ),
    Story(
        8, "upper_back", "Ache between the shoulder blades", "thoracic-spine-pain",
        ("Redecorating", "Rowing machine", "Long drives", "Gradual"),
        "Drive two hours without the ache.",
        ("rhomboid-major", "trapezius-middle", "trapezius-lower", "iliocostalis-thoracis", "multifidus-thoracis"),
        "prone", "trunk_rotation", (28, 42), "Thoracic rotation on the side, ten each way.",
    ),
    Story(
        16, "low_back", "Low back pain, {side} side, sitting is worst", "low-back-pain",
        ("Gardening weekend", "Lifting a washing machine", "Gradual, driving for work", "Deadlift at the gym"),
        "Sit through a two-hour meeting.",
        ("quadratus-lumborum", "multifidus-lumborum", "iliocostalis-lumborum", "gluteus-medius"),
        "prone", "trunk_flexion", (45, 72), "Walk 20 minutes daily; hip hinge practice.",
    ),
    Story(
        9, "hip_buttock", "{Side} buttock pain into the thigh", "deep-gluteal",
        ("Hill walking", "Long-haul flight", "Gradual"),
        "Walk an hour; sit through a film.",
        ("gluteus-medius", "gluteus-minimus", "piriformis", "gluteus-maximus", "tensor-fasciae-latae"),
        "side_lying", "hip_internal_rotation", (18, 36), "Side bridge and hip abduction, every other day.",
    ),
    Story(
        6, "forearm", "{Side} tennis elbow", "lateral-elbow",
        ("Tennis twice a week", "Decorating", "New mouse at work", "Climbing wall"),
        "Grip without pain; back on court.",
        ("extensor-carpi-radialis-brevis", "extensor-digitorum", "supinator", "brachioradialis", "anconeus"),
        "supine", "wrist_flexion", (52, 74), "Slow loaded wrist extension, every other day.",
    ),
    Story(
        4, "thigh", "Front of the {side} knee, worse on stairs", "patellofemoral",
        ("Hill running", "Gradual", "Back to football after a break"),
        "Stairs at work without holding the rail.",
        ("vastus-lateralis", "vastus-medialis", "rectus-femoris", "tensor-fasciae-latae"),
        "supine", "knee_flexion", (118, 136), "Step-downs, slow, three sets of eight.", 70,
    ),
    Story(
        3, "thigh", "{Side} hamstring tightness after a strain", "hamstring-strain",
        ("Sprint at five-a-side", "Waterskiing"),
        "Sprint at full speed.",
        ("biceps-femoris", "semitendinosus", "semimembranosus", "gluteus-maximus"),
        "prone", "hip_flexion", (70, 98), "Slow bridges with sliding heels.", 45,
    ),
    Story(
        5, "leg", "{Side} calf pain when running", "calf-muscle-spasm",
        ("Return to running too fast", "New shoes", "Gradual"),
        "Run 5 km.",
        ("gastrocnemius", "soleus", "fibularis-longus", "tibialis-anterior"),
        "prone", "ankle_dorsiflexion", (6, 16), "Heel raises, straight and bent knee.", 62,
    ),
    Story(
        4, "foot", "{Side} heel pain, first steps in the morning", "plantar-heel-pain",
        ("Standing job", "More steps since retirement", "Gradual"),
        "First steps below 3.",
        ("soleus", "gastrocnemius", "quadratus-plantae", "flexor-digitorum-brevis", "abductor-hallucis"),
        "prone", "ankle_dorsiflexion", (5, 15), "Towel stretch before the first steps; heel raises.",
    ),
]  # fmt: skip

NOTES = (
    "Slept better this week.",
    "Back at work, half days.",
    "Sore for a day after last time, then easier.",
    "Forgot the exercises on the weekend.",
    "Stressful week; pain followed it.",
    "Wants to try running again.",
    "No change since last visit; changed the points.",
)

CLOSINGS = (
    ("goal_reached", "Pain {first} at the first visit, {last} at the last. Goals reached; goes on with the exercises."),
    ("goal_reached", "Pain {first} to {last}. Independent with the programme; knows when to come back."),
    ("improved", "Pain {first} to {last}. Satisfied; opens a new episode if it returns."),
)
CLOSING_UNCHANGED = ("referred", "Pain {first} to {last}: no useful change. Referred back to the GP with a letter.")

# Question key, details of a yes, and how many in a hundred answer yes.
YES_ANSWERS = [
    ("bleeding", ("Bruises easily", "Aspirin 75 mg", ""), 5),
    ("fainting", ("Once, at a blood test", "Lies down", ""), 5),
    ("anticoag_deep", ("Apixaban", "Rivaroxaban", "Warfarin"), 3),
    ("diabetes", ("Type 2, tablets", "Type 1"), 5),
    ("lung", ("Smokes 10 a day", "Asthma", "Very slim"), 6),
    ("metal_allergy", ("Nickel",), 4),
    ("anxiety_psych", ("Uneasy in small rooms", ""), 3),
    ("skin_disease", ("Psoriasis", "Eczema in winter"), 3),
    ("vascular", ("Varicose veins",), 3),
    ("cardiac", ("Irregular heartbeat, checked yearly",), 2),
    ("epilepsy", ("Last seizure 2011",), 1),
    ("acute_surgery", ("Knee arthroscopy in spring",), 1),
]
# Side and regions of the answers that have a place.
PLACES = {"skin_disease": ("both", ["arm", "forearm"]), "acute_surgery": ("right", ["thigh", "leg"])}
