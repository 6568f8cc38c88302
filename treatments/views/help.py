"""The help page: the words of needling as the product uses them, the figures it shows, and the keys."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

OF_NEEDLING = [
    (
        "Trigger point (TrP)",
        "A tender spot in a taut band of muscle. Numbered points, such as TrP1, follow [@travell-simons-1999].",
    ),
    ("Taut band", "A tense strip of muscle fibres that can be felt across its length."),
    (
        "Active or latent",
        "Active: pressing or needling the point gives the pain that the patient knows. Latent: the point is tender, "
        "but that pain is not the patient's own. [@travell-simons-1999]",
    ),
    (
        "Referred pain",
        "Pain that the patient feels away from the point that is pressed or needled. Record whether it appeared, and "
        "whether the patient recognised it.",
    ),
    (
        "Local twitch response (LTR)",
        "A short, involuntary contraction of the taut band when the needle reaches the point. Record not sought, no, "
        "or how many. Whether it improves the result is not settled: [@ltr-review-2022].",
    ),
    (
        "Pistoning, static, superficial, electrical",
        "The needle moves up and down, stays still, stays under the skin, or "
        "carries a current. The current has a frequency (Hz), a strength (mA) and a duration.",
    ),
    ("Insertions", "How often the skin was pierced in this row. A needle moved without leaving the skin counts once."),
    ("Retention", "How long the needle stays, in minutes and seconds. Empty: in and out."),
    ("Needle count", "Needles in and needles out, counted by hand. A session cannot be signed while they differ."),
]
OF_FIGURES = [
    ("Pain (NPRS)", "The numeric pain rating scale: a whole number from 0, no pain, to 10, the worst pain."),
    (
        "Smallest detectable change",
        "The smallest change of a score that is more than measurement error. Smaller changes may be chance.",
    ),
    ("Smallest important change", "The smallest change that patients in a study called an improvement."),
    (
        "What helped",
        "The mean change of pain from before to right after needling, by muscle, once there are enough sessions. It "
        "does not prove an effect, because pain also changes by itself.",
    ),
    (
        "Depth figures",
        "What a study measured in its own people, such as skin to lung. A mean is not a limit: half of the people "
        "measured less. Open the line in a needling row to see who was measured.",
    ),
    (
        "Not yet reviewed",
        "A published figure that no clinician of this clinic has checked yet. The source stands beside it.",
    ),
]


@require_safe
def help(request):
    return render(request, "treatments/help.html", {"nav": "help", "words": OF_NEEDLING, "figures": OF_FIGURES})
