"""The published rates of adverse events that a clinic's own rates are drawn beside."""

from treatments.evidence.rates import published_rates
from treatments.evidence.reviews import reviews_in_force, with_reviews

# The rate drawn beside the clinic's own is that of the first of these sources that has one per treatment and was read:
# Brady asked physiotherapists about every treatment, White counts what is rare.
DRAWN = ("brady-2014", "white-2001")
DRAWN_NAMES = "[@brady-2014], or [@white-2001] for what Brady does not list"
ALL_MILD = "any_mild"  # the type of the rate of all mild events together


class PublishedRates:
    """The published rates with the reviews in force. One query."""

    def __init__(self, using="default"):
        self.rates = with_reviews(published_rates(), reviews_in_force("rate", using))

    def drawn(self, type_):
        """The rate per 100 treatments to draw beside a type of event; None if there is none to rely on."""
        for source in DRAWN:
            for shown in self.rates:
                rate = shown.fact
                if rate.source == source and rate.type == type_ and _is_to_rely_on(shown):
                    return float(rate.per_100)
        return None

    @property
    def by_type(self):
        """[(words of a type, its ShownFacts)], in the order of the file."""
        groups = {}
        for shown in self.rates:
            groups.setdefault(shown.fact.type, []).append(shown)
        return [(shown[0].fact.statement.partition(":")[0], shown) for shown in groups.values()]


def _is_to_rely_on(shown):
    rate, read = shown.fact, shown.fact.read != "memory" or shown.is_reviewed
    return rate.unit == "treatments" and rate.per_100 and read and not (shown.is_withdrawn or shown.is_corrected)
