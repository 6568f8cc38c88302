"""A newcomer who has just drawn on the tablet where it hurts; nobody has confirmed the drawing yet."""

from uuid import uuid4

from treatments.services import keep_patient_drawing

DRAWING = [
    {"view": "posterior", "points": [[206, 118], [236, 128], [262, 146], [252, 164], [222, 158], [204, 142]]},
    {"view": "right", "points": [[120, 96], [148, 88], [160, 108], [138, 122]]},
]


def draw_alone(patient, clinic):
    by = clinic.practitioners[0].user
    keep_patient_drawing(patient, by=by, drawing=DRAWING, drawn_by_name=patient.full_name, id=uuid4())
