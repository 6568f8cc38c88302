"""Allowed imports: patients <- clinic <- treatments, and inside each app models <- rules <- services <- views.

An app must also not name an upper app's label, models, URLs or related names in a string.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
APPS = ["patients", "clinic", "treatments"]
# Only the composition root names every app.
COMPOSITION_ROOT = {
    "clinic.settings",
    "clinic.urls",
    "clinic.wsgi",
    "clinic.roles",
    "clinic.platform.organisations.server",
}

FORBIDDEN_APPS = {"patients": {"clinic", "treatments"}, "clinic": {"treatments"}, "treatments": set()}

# In every app, the layer on the left may import none of those on the right.
FORBIDDEN_LAYERS = {
    "models": {"services", "forms", "views", "admin"},
    "rules": {"services", "forms", "views", "admin"},
    "services": {"forms", "views", "admin"},
    "forms": {"services", "views", "admin"},
}
# The folders that every app has; a module in none of them is a rule module, unless it is named below.
LAYERS = {"admin", "forms", "management", "migrations", "models", "services", "templatetags", "views"}
# Words that look like names of an upper app but mean something else in this module.
OTHER_MEANINGS = {
    ("clinic.platform.audit_middleware", "attachment"),  # what HTTP calls a response that is downloaded
    ("patients.importing.bundles", "practitioner"),  # an element of a FHIR resource
    ("patients.models.trail", "clinic"),  # the chain of entries about no patient, as stored and hashed
}
ADDRESSING = {"redirect", "reverse", "reverse_lazy", "resolve_url"}
# What Django calls or reads: neither a rule nor a service.
FRAMEWORK = {"apps", "settings", "urls", "wsgi"}
LAYER_OF_MODULE = {
    "patients.audit.admin": "admin",
    "patients.audit.recording": "services",
    "clinic.accounts.sessions": "middleware",
    "clinic.platform.audit_middleware": "middleware",
    "clinic.accounts.context_processors": "middleware",
    "clinic.platform.middleware": "middleware",
    "clinic.platform.sqlite": "framework",
}


@cache
def tree_of(path):
    return ast.parse(path.read_text())


def modules():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if "migrations" not in name.split("."):
                yield name, path


def imports_of(name, path):
    """Dotted names of everything a module imports, relative imports made absolute."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            origin = ".".join(part for part in (base, node.module) if part)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def layer_of(name):
    """The layer of a module: 'patients.services.people' -> 'services', 'patients.search' -> 'rules'."""
    parts = name.split(".")
    if parts[0] not in APPS or len(parts) < 2:
        return None
    for module, layer in LAYER_OF_MODULE.items():
        if name == module or name.startswith(f"{module}."):
            return layer
    if parts[1] in LAYERS:
        return parts[1]
    return "framework" if FRAMEWORK & set(parts) else "rules"


ALL = list(modules())


def test_an_app_imports_only_the_apps_below_it():
    imports = [(name, i) for name, path in ALL if name not in COMPOSITION_ROOT for i in imports_of(name, path)]

    assert [(name, i) for name, i in imports if _app(i) in FORBIDDEN_APPS[_app(name)]] == []


def test_a_layer_imports_only_the_layers_below_it():
    imports = [(name, i) for name, path in ALL for i in imports_of(name, path)]

    assert [(name, i) for name, i in imports if layer_of(i) in FORBIDDEN_LAYERS.get(layer_of(name), ())] == []


def words_of(app):
    """How an app can be named in a string: its label, its models, and what it adds to models of other apps."""
    models = list(apps.get_app_config(app).get_models())
    links = [link for model in models for link in model._meta.local_fields if link.is_relation]
    added = {link.remote_field.get_accessor_name() for link in links if link.related_model._meta.app_label != app}
    return {app, *(model._meta.model_name for model in models), *added - {None}}


def addresses_of(app):
    """The names in an app's urls.py."""
    for path in (ROOT / app).rglob("urls.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        for keyword in [keyword for call in calls for keyword in call.keywords if keyword.arg == "name"]:
            yield keyword.value.value


@cache
def above(app):
    """(words, addresses) of all apps above one."""
    words = {word for upper in FORBIDDEN_APPS[app] for word in words_of(upper)}
    return words, {name for upper in FORBIDDEN_APPS[app] for name in addresses_of(upper)}


def upper_names_in(tree, app):
    """(line, text) for each name of an app above. Prose is left out: docstrings, and model names in a sentence."""
    words, addresses = above(app)
    labels = "|".join(FORBIDDEN_APPS[app]) or "no app above"
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            if _names(node.value) & words or re.search(rf"\b({labels})(: ?|[./_])[a-z_]+\b", node.value):
                yield node.lineno, node.value
        elif isinstance(node, ast.Attribute) and node.attr in words:
            yield node.lineno, f".{node.attr}"
        elif isinstance(node, ast.keyword) and _names(node.arg or "") & words:
            yield node.value.lineno, f"{node.arg}="
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ADDRESSING:
            names = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
            yield from ((node.lineno, name) for name in names & addresses)


def _names(text):
    """The parts of a dotted name, a look-up or an address; none of a sentence."""
    return set(re.split(r"__|[.:/]", text)) if re.fullmatch(r"[\w.:/-]+", text) else set()


def test_an_app_names_no_app_above_it():
    lower = [(name, path) for name, path in ALL if name not in COMPOSITION_ROOT]
    found = [(name, *upper) for name, path in lower for upper in upper_names_in(tree_of(path), _app(name))]

    assert [f"{name}:{line}: {text}" for name, line, text in found if (name, text) not in OTHER_MEANINGS] == []


@pytest.mark.parametrize(
    ("app", "source"),
    [
        ("patients", 'user.has_perm("treatments.add_treatmentsession")'),
        ("patients", 'getattr(user, "practitioner", None)'),
        ("patients", "user.practitioner"),
        ("patients", 'Patient.objects.filter(treatment_sessions__status="signed")'),
        ("patients", 'RECORDS = {"session_id": "treatmentsession"}'),
        ("patients", 'reverse("patient_chart", args=[patient.pk])'),
        ("patients", 'redirect("today" if may else "patient_search")'),
        ("patients", 'apps.get_model("clinic.Practitioner")'),
        ("patients", 'TABLE = ["clinic: view: site room"]'),
        ("clinic", 'render(request, "treatments/session_edit.html")'),
        ("clinic", "appointment.treatment_sessions"),
        ("clinic", 'reverse("admin:treatments_needle_changelist")'),
    ],
)
def test_a_name_of_an_upper_app_is_found(app, source):
    assert list(upper_names_in(ast.parse(source), app))


def _app(imported):
    return imported.split(".")[0]
