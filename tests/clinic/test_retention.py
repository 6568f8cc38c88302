"""The clinic's own settings for how long records are kept."""

import pytest

from clinic.models import RetentionSetting
from clinic.retention import rules_of_clinic, setting_errors
from tests import people
from tests.admin_pages import url_of

pytestmark = pytest.mark.django_db
SETTING = {"country": "GB", "rule": "gb-england", "years": "", "until_age": "", "source": ""}


def test_the_usual_rule_of_a_country_holds_until_the_clinic_chooses():
    before = rules_of_clinic({"GB", "US"})
    RetentionSetting.objects.create(country="GB", rule="gb-scotland")
    RetentionSetting.objects.create(country="US", years=10, until_age=28, source="State law")
    after = rules_of_clinic({"GB", "US"})

    assert (before["GB"].key, before["US"]) == ("gb-england", None)
    assert (after["GB"].key, after["US"].years, after["US"].until_age) == ("gb-scotland", 10, 28)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"years": 8}, set()),
        ({"years": 7}, {"years"}),
        ({"until_age": 21}, {"until_age"}),
        ({"country": "IE"}, {"rule"}),
        ({"country": "Eire"}, {"country", "rule"}),
        ({"country": "US", "rule": "", "years": 1, "until_age": 18}, set()),
        ({"rule": "", "years": 5, "until_age": 24}, {"years", "until_age"}),
        ({"rule": "", "years": 6, "until_age": 25}, set()),
        ({"country": "NZ", "rule": "", "years": 10, "until_age": 18}, set()),
    ],
)
def test_a_clinic_may_keep_records_longer_and_never_shorter(given, wrong):
    setting = {"country": "GB", "rule": "gb-england", "years": None, "until_age": None} | given

    assert set(setting_errors(**setting)) == wrong


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"rule": ""}, "Choose a set of rules, or enter both periods."),
        ({"years": "9"}, "Give the source or the reason of your own periods."),
        ({"years": "3", "source": "x"}, "These rules keep records for 8 years. Enter at least that."),
        ({"years": "0", "source": "x"}, "Enter 1 to 100 years, and an age from 18 to 100."),
    ],
)
def test_an_impossible_setting_is_refused_with_a_sentence(client, given, sentence):
    client.force_login(people.make_admin())

    page = client.post(url_of(RetentionSetting, "add"), SETTING | given).content.decode()

    assert sentence in page
    assert RetentionSetting.objects.count() == 0


def test_an_admin_sets_a_longer_period(client):
    client.force_login(people.make_admin())

    client.post(url_of(RetentionSetting, "add"), SETTING | {"years": "10", "source": "Our insurer"})

    assert rules_of_clinic({"GB"})["GB"].years == 10
    assert "10 years after the last entry" in client.get(url_of(RetentionSetting)).content.decode()
