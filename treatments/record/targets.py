"""Which entry of the catalogue a needling counts as: its own, or the one that its free entry counts as.

Figures of the clinic count each needling there. Pages of one patient keep the words of a free entry, unless an admin
has let it count as an entry that names a place in the body.
"""

from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce

from treatments.models import Muscle, TargetKind

from .field import Export

COUNTED = Coalesce("muscle__counts_as", "muscle")


def counting_as(muscle):
    """The condition on a Needling that it counts as this Muscle, given by object or primary key."""
    entries = Muscle.objects.filter(Q(pk=getattr(muscle, "pk", muscle)) | Q(counts_as=muscle))
    return Q(muscle__in=entries.order_by().values("pk"))


def on_pages(name):
    """The field `name` of a needling's target as pages of one patient show it."""
    return Case(
        When(muscle__counts_as__region__gt="", then=F(f"muscle__counts_as__{name}")), default=F(f"muscle__{name}")
    )


def shown_name(path=""):
    """The displayed name of a Muscle in a query. `path` leads to it from another model, such as "muscle__"."""
    return Case(When(**{f"{path}display_name__gt": "", "then": F(f"{path}display_name")}), default=F(f"{path}name_en"))


NAME_ON_PAGES = Case(
    When(muscle__counts_as__region__gt="", then=shown_name("muscle__counts_as__")), default=shown_name("muscle__")
)

EXPORTS_OF_TARGET = [
    Export(
        "muscle",
        "",
        "What was needled. For a free entry: what it counts as, because the words can name people.",
        read="muscle__name_en",
        also_read=["muscle__counts_as__name_en"],
        of=lambda row: row.muscle__counts_as__name_en or row.muscle__name_en,
    ),
    Export(
        "target",
        "",
        "Whether that is a muscle, tendon, ligament, scar ...",
        read="muscle__kind",
        also_read=["muscle__counts_as__kind"],
        of=lambda row: TargetKind(row.muscle__counts_as__kind or row.muscle__kind).label,
    ),
    Export(
        "free_entry",
        "",
        "Yes if the practitioner described it in their own words.",
        read="muscle__counts_as",
        of=lambda row: "Yes" if row.muscle__counts_as else "No",
    ),
    Export("uberon", "", "Identifier in the UBERON ontology, if there is one.", read="muscle__uberon"),
    Export("fma", "", "Identifier in the Foundational Model of Anatomy.", read="muscle__fma"),
    Export("muscle_region", "", "The muscle's region.", read="muscle__region"),
]
