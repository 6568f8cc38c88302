"""Which retention rules the clinic follows in the countries of its sites."""

from clinic.models import RetentionSetting
from patients.retention import RetentionRule, retention_rules, usual_rule


def rules_of_clinic(countries):
    """{country: RetentionRule, or None where neither the clinic nor Filiform has one}. One query."""
    settings = {setting.country: setting for setting in RetentionSetting.objects.filter(country__in=countries)}
    return {
        country: rule_of(settings[country]) if country in settings else usual_rule(country) for country in countries
    }


def rule_of(setting):
    """The RetentionRule of a RetentionSetting."""
    known = retention_rules().get(setting.rule)
    if known is None:
        name = f"{setting.country}: the clinic’s own setting"
        return RetentionRule(name, setting.years, setting.source, until_age=setting.until_age)
    if setting.years or setting.until_age:
        return known.lengthened(years=setting.years, until_age=setting.until_age, source=setting.source)
    return known


def setting_errors(*, country, rule, years, until_age):
    """{field: sentence} of what is wrong with a clinic's own setting: it may keep records longer, never shorter.

    Without a set of rules, the shortest periods that Filiform knows for the country are the least.
    """
    known, errors = retention_rules().get(rule), {}
    least = [known] if known else [one for one in retention_rules().values() if one.country == country]
    whose = "These rules" if known else f"The rules of {country}"
    least_years = min((one.years for one in least), default=0)
    least_age = min((one.until_age or 0 for one in least), default=0)
    if not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        errors["country"] = "Enter two capital letters, such as GB."
    if known and known.country != country:
        errors["rule"] = f"These rules are for {known.country}."
    if years and years < least_years:
        errors["years"] = f"{whose} keep records for {least_years} years. Enter at least that."
    if until_age and until_age < least_age:
        errors["until_age"] = f"{whose} keep them until the age of {least_age}. Enter at least that."
    return errors
