"""Groups of muscles, and the names and words that find a muscle."""

import pytest

from tests.reference_data import have_catalogue
from treatments.evidence.groups import muscle_groups, split_list
from treatments.models import Muscle

pytestmark = pytest.mark.django_db


def test_each_group_has_members_of_the_catalogue_and_words_of_its_own():
    have_catalogue()
    slugs = set(Muscle.objects.values_list("slug", flat=True))

    assert len({group.key for group in muscle_groups()}) == len(muscle_groups()) > 50
    for group in muscle_groups():
        assert set(group.members) <= slugs
        assert len(group.members) >= 2
        assert group.words


def test_muscles_are_called_by_the_names_that_colleagues_use():
    have_catalogue()
    upper = Muscle.objects.get(slug="trapezius-upper")

    assert str(upper) == "Upper trapezius"
    assert upper.name_en == "Trapezius, descending part"
    assert {"UT", "traps"} <= set(split_list(upper.search_words))
    assert not Muscle.objects.filter(kind="muscle", plain_words="").exclude(slug__startswith="other-").exists()
