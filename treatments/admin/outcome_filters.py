"""The filters of the outcome review, in one table. All of them together make the Filters of the figures."""

from django.contrib import admin
from django.db.models import Max, Min

from clinic.models import Practitioner, Site
from patients.models import BodyRegion
from treatments.evidence.groups import muscle_groups
from treatments.models import Axis, Muscle, Needle, Needling, Outcome, SessionSummary, TargetKind, TreatmentSession
from treatments.models.needling import MAX_DEPTH_MM
from treatments.outcomes.facts import DEPTH_BAND_MM, needle_size
from treatments.outcomes.filters import BEGAN, FIRST, LATER, WITHOUT, diagnosis_choices, month_after
from treatments.outcomes.review import BREAKDOWN_LABELS, MUSCLE
from treatments.outcomes.rules import response_rules
from treatments.record.targets import shown_name


class ChoiceFilter(admin.SimpleListFilter):
    """A filter shown as a select."""

    template = "admin/treatments/outcome/_choice.html"
    anything = "All"

    def __init__(self, request, params, model, model_admin):
        super().__init__(request, params, model, model_admin)
        known = {str(value) for value, _ in self.lookup_choices}
        self.error = "" if (self.value() or "") in {"", *known} else "Choose from the list."

    @property
    def chosen(self):
        """The chosen value, or None if there is none or it is not on the list."""
        return None if self.error else self.value() or None

    @property
    def chosen_label(self):
        return next((label for value, label in self.lookup_choices if str(value) == self.chosen), "")

    @property
    def is_changed(self):
        """Whether something else than what is usual is chosen, or what is not on the list."""
        return bool(self.error or self.value())

    def has_output(self):
        return True

    def queryset(self, request, queryset):
        return queryset

    def choices(self, changelist):
        """The options for the template, with the chosen one marked."""
        options = [("", self.anything), *self.lookup_choices] if self.anything else self.lookup_choices
        return [
            {"value": value, "display": label, "selected": str(value) == (self.chosen or "")}
            for value, label in options
        ]


def choice_filter(parameter_name, title, lookups, anything="All"):
    """A ChoiceFilter whose options are those that the function `lookups` returns."""
    values = {"title": title, "parameter_name": parameter_name, "anything": anything}
    return type(f"{parameter_name.title()}Filter", (ChoiceFilter,), values | {"lookups": lambda self, *_: lookups()})


def months_with_sessions():
    """The first days of all months from the first to the last with a signed session, latest first."""
    cells = SessionSummary.objects.filter(axis=Axis.SESSION, is_first=False, key="")
    months = cells.aggregate(first=Min("month"), last=Max("month"))
    found, month = [], months["first"]
    while month and month <= months["last"]:
        found.append(month)
        month = month_after(month)
    return found[::-1]


def _months():
    return [(f"{month:%Y-%m}", f"{month:%b %Y}") for month in months_with_sessions()]


def _practitioners():
    return [(person.pk, str(person)) for person in Practitioner.objects.select_related("user")]


def _muscles():
    return Muscle.objects.exclude(kind=TargetKind.FREE).order_by("name_en").values_list("pk", shown_name())


def _depths():
    lows = range(0, MAX_DEPTH_MM + 1, DEPTH_BAND_MM)
    return [(str(low), f"{low} to {low + DEPTH_BAND_MM - 1} mm") for low in lows]


def _needles():
    sizes = Needle.objects.order_by("diameter_mm", "length_mm").values_list("diameter_mm", "length_mm").distinct()
    return [(size, f"{size} mm") for size in (needle_size(*one) for one in sizes)]


def _co_treatments():
    """With or without each treatment, because the two are compared with each other."""
    return [
        (f"{prefix}{value}", f"{words} {label.lower()}")
        for value, label in TreatmentSession.CoTreatment.choices
        for prefix, words in (("", "With"), (WITHOUT, "Without"))
    ]


class ThresholdFilter(ChoiceFilter):
    title, parameter_name, anything = "Responder threshold", "threshold", ""

    def lookups(self, request, model_admin):
        self.rules = response_rules()
        return [(key, rule.label) for key, rule in self.rules.items()]

    @property
    def chosen(self):
        """The threshold that the clinic draws on pain courses, unless another one is chosen."""
        drawn = (key for key, rule in self.rules.items() if rule.is_on_pain_course)
        return super().chosen or next(drawn, next(iter(self.rules), None))


class BreakdownFilter(ChoiceFilter):
    title, parameter_name, anything = "Pain change by", "by", ""

    def lookups(self, request, model_admin):
        return BREAKDOWN_LABELS

    @property
    def chosen(self):
        return super().chosen or MUSCLE


# The fields of Filters that are numbers and words, in the order of the page; months are read apart.
OF_NUMBERS = {
    "site": ("Site", lambda: Site.objects.values_list("pk", "name")),
    "practitioner": ("Practitioner", _practitioners),
    "muscle": ("Muscle", _muscles),
}
OF_WORDS = {
    "region": ("Region needled", lambda: BodyRegion.choices),
    "group": ("Muscle group", lambda: [(group.key, group.title) for group in muscle_groups()]),
    "risk": ("Lung risk", lambda: [("yes", "Muscles with pneumothorax risk")]),
    "state": ("Point", lambda: Needling.PointState.choices),
    "technique": ("Technique", lambda: Needling.Technique.choices),
    "depth": ("Depth", _depths),
    "needle": ("Needle", _needles),
    "co_treatment": ("Beside needling", _co_treatments),
    "diagnosis": ("Diagnosis", diagnosis_choices),
    "visit": ("Session", lambda: [(FIRST, "First of a course"), (LATER, "Later in a course")]),
}
# Those that the page shows at once. The others are folded, under these headings.
MAIN = ["since", "until", "site", "practitioner", "region", "muscle"]
FOLDED = {
    "Needling, patient and visit": [
        "group", "risk", "state", "technique", "depth", "needle", "co_treatment", "diagnosis", "visit", "kind",
    ],
    "How figures are counted": ["courses", "threshold", "by"],
}  # fmt: skip
NUMBERS, WORDS = list(OF_NUMBERS), [*OF_WORDS, "kind"]
FILTERS = [
    choice_filter("since", "From", _months, "The beginning"),
    choice_filter("until", "To", _months, "Today"),
    *(choice_filter(name, *how) for name, how in (OF_NUMBERS | OF_WORDS).items()),
    choice_filter("kind", "Kind of visit", lambda: Outcome.VisitKind.choices, "All with needling"),
    choice_filter(
        "courses",
        "Courses",
        lambda: [(BEGAN, "That began in the period")],
        "With their latest session in the period",
    ),
    ThresholdFilter,
    BreakdownFilter,
]
