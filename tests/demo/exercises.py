"""The demo clinic's list of exercises, and those that one patient has."""

from treatments.services import add_exercise, prescribe_exercise, record_exercise_report

EXERCISES = [
    (
        "Chin tuck",
        "3 × 10, twice a day",
        "Sit upright and look straight ahead. Draw your chin straight back, as if to make a double chin."
        " Hold for five seconds, then let go.",
    ),
    (
        "Shoulder blade squeeze",
        "2 × 12, once a day",
        "Sit or stand with your arms at your sides. Draw your shoulder blades together and down."
        " Hold for five seconds, then let go.",
    ),
    (
        "Neck rotation",
        "10 to each side, three times a day",
        "Sit upright. Turn your head slowly to one side as far as is comfortable, then to the other side.",
    ),
]


def prescribe_exercises(clinic, patient):
    """The patient has the first two; of the first they have reported."""
    by = clinic.practitioners[0].user
    listed = [add_exercise(by=by, name=name, usual_dose=dose, instructions=words) for name, dose, words in EXERCISES]
    first, _ = [prescribe_exercise(patient, by=by, exercise=one, dose=one.usual_dose) for one in listed[:2]]
    record_exercise_report(first, by=by, how="partly", note="Forgets the evening")
