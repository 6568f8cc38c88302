"""The help page: the words of needling as the product uses them, the figures it shows, and the keys."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from treatments.evidence.advice import KIND, advice
from treatments.evidence.reviews import reviews_in_force, with_reviews

# What the fields of this product hold. Clinical words are in treatments/data/advice.csv, where clinicians review them.
OF_NEEDLING = [
    ("Insertions", "How often the skin was pierced in this row. A needle moved without leaving the skin counts once."),
    ("Retention", "How long the needle stays, in minutes and seconds. Empty: in and out."),
    ("Needle count", "Needles in and needles out, counted by hand. A session cannot be signed while they differ."),
]
OF_FIGURES = [
    ("Pain (NPRS)", "The numeric pain rating scale: a whole number from 0, no pain, to 10, the worst pain."),
    (
        "What helped",
        "The mean change of pain from before to right after needling, by muscle, once there are enough sessions. It "
        "does not prove an effect, because pain also changes by itself.",
    ),
    (
        "Depth figures",
        "What a study measured in its own people, such as skin to lung. Open the line in a needling row to see who was "
        "measured.",
    ),
    (
        "Not yet reviewed",
        "A published figure that no clinician of this clinic has checked yet. The source is shown beside it.",
    ),
]


@require_safe
def help(request):
    shown = with_reviews([one for one in advice().values() if one.is_a_word], reviews_in_force(KIND))
    context = {"nav": "help", "words": OF_NEEDLING, "figures": OF_FIGURES}
    context["reviewed"] = [one for one in shown if not one.is_withdrawn]
    return render(request, "treatments/help.html", context)
