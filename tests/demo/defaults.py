"""The defaults and the texts of the demo clinic's first practitioner."""

import uuid
from decimal import Decimal

from treatments.services import add_snippet, set_own_defaults

# Name, field, text, shared.
SNIPPETS = [
    ("Soreness explained", "note", "{patient} knows that the {muscles} may be sore for one or two days.", True),
    ("Two more", "plan", "Two more sessions, then measure again.", False),
]


def keep_defaults(clinic):
    by = clinic.practitioners[0].user
    set_own_defaults(by=by, needle_size=(Decimal("0.30"), 40), technique="pistoning")
    for name, field, text, is_shared in SNIPPETS:
        add_snippet(by=by, id=uuid.uuid4(), name=name, field=field, text=text, is_shared=is_shared)
