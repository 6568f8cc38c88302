"""House rules, checked in the source: who writes, what templates may contain, how long a file may be."""

import ast
import re
from itertools import chain
from pathlib import Path

import django
from django.apps import apps
from django.core.management import find_commands
from django.db.models import Field

from .test_arrows import ALL, APPS, ROOT, layer_of, tree_of

WRITES = {"save", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update"}
MASS_WRITES = {"update", "delete", "bulk_create", "bulk_update", "_raw_delete"}
# Catalogue and users belong to the clinic, not to a patient: the admin and the loaders write them.
MAY_WRITE = {"services", "management", "admin"}
# The table of roles is written into Django's groups after every migration.
WRITES_BY_DESIGN = {"clinic.roles"}
INLINE = {
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.S),
    "event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.S),
    "inline style": re.compile(r"<style\b"),
    "javascript: address": re.compile(r"javascript:"),
}
# A name in another script keeps its own direction only inside <bdi>. Attributes and text for screen readers need none.
NAME = re.compile(r"\{\{ (?:\w+\.)*patient\.(?:full_)?name \}\}")
NOT_SHOWN = ("<bdi>", "visually-hidden", "aria-label", "block title", '="')
SCRIPT = re.compile(r"<script\b([^>]*)>", re.S)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
LONGEST = 300
# A line's beginning is a space to the browser, and nobody writes one before a comma.
LONELY_MARK = re.compile(r"^\s*(?:\{% (?:if|elif|else|endif|for|endfor|with|endwith)\b[^%]*%\})*[,;:.!?)](?!\w)")
# The SVG of the body chart is drawing data: a path stays on its line.
WIDEST = 120


def sources(*rooms):
    """(name, syntax tree) of each module in these layers."""
    named = [(name, path) for name, path in ALL if name not in WRITES_BY_DESIGN]
    return [(name, tree_of(path)) for name, path in named if layer_of(name) in rooms]


def writes(modules, verbs):
    """The calls that write to the database with these verbs, as 'module:line: call'."""
    for name, tree in modules:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_write(node, verbs):
                yield f"{name}:{node.lineno}: {ast.unparse(node)}"


def _is_write(call, verbs):
    """Whether it writes. A queryset's update() takes keywords only; a dict's or set's takes an argument."""
    return call.func.attr in verbs and (call.func.attr != "update" or bool(call.keywords and not call.args))


def lines_of_templates():
    """(template, line number, line) of every line of every template."""
    for path in TEMPLATES:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            yield str(path.relative_to(ROOT)), number, line


def test_a_view_writes_nothing_itself():
    assert list(writes(sources("views"), WRITES | MASS_WRITES)) == []


def test_only_services_write_many_rows_at_once():
    others = [(name, tree_of(path)) for name, path in ALL if layer_of(name) not in MAY_WRITE]

    assert list(writes(others, MASS_WRITES)) == []


def test_a_rule_module_only_reads():
    assert list(writes(sources("rules"), WRITES)) == []


def test_a_rule_or_a_service_says_what_it_does():
    functions = [(name, n) for name, tree in sources("rules", "services") for n in tree.body if is_public_function(n)]

    assert [f"{name}.{node.name}" for name, node in functions if not ast.get_docstring(node)] == []


def is_public_function(node):
    return isinstance(node, ast.FunctionDef) and not node.name.startswith("_")


def test_no_file_is_long():
    lengths = {name: len(path.read_text().splitlines()) for name, path in ALL}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_a_template_holds_no_inline_script_or_style():
    wrong = []
    for path in TEMPLATES:
        text = path.read_text()
        tags = [tag for tag in SCRIPT.findall(text) if "src=" not in tag and 'type="application/json"' not in tag]
        found = [name for name, pattern in INLINE.items() if pattern.search(text)] + tags
        wrong += [(path.name, what) for what in found]

    assert wrong == []


def test_the_name_of_a_patient_keeps_its_direction():
    named = [each for each in lines_of_templates() if NAME.search(each[2])]

    assert [each for each in named if not any(part in each[2] for part in NOT_SHOWN)] == []


def test_no_line_of_a_template_is_long():
    assert [(name, number) for name, number, line in lines_of_templates() if len(line) > WIDEST] == []


def test_no_line_of_a_template_begins_with_a_mark_that_ends_a_word():
    assert [(name, number) for name, number, line in lines_of_templates() if LONELY_MARK.match(line)] == []


def test_a_time_and_its_person_are_set_together():
    """signed_at with signed_by: either both always there, or a constraint names the two."""
    unpaired = [
        f"{model.__name__}.{at.name}"
        for model in chain.from_iterable(apps.get_app_config(app).get_models() for app in APPS)
        if not model._meta.proxy
        for at, by in _pairs(model)
        if (at.null or by.null) and not _named_together(model, at, by)
    ]

    assert unpaired == []


def _pairs(model):
    fields = {field.name: field for field in model._meta.get_fields() if isinstance(field, Field)}
    for name, field in fields.items():
        by = fields.get(f"{name.removesuffix('_at')}_by")
        if name.endswith("_at") and by:
            yield field, by


def _named_together(model, at, by):
    conditions = [str(c.condition) for c in model._meta.constraints if getattr(c, "condition", None) is not None]
    return any(at.name in condition and by.name in condition for condition in conditions)


def test_no_command_of_django_is_replaced():
    """An app's `migrate` would replace Django's own without anybody noticing."""
    own = {command for app in APPS for command in find_commands(ROOT / app / "management")}

    assert own & set(find_commands(Path(django.__file__).parent / "core" / "management")) == set()


def test_the_house_rules_read_something():
    assert len(ALL) > 30
    assert len(TEMPLATES) > 5
    assert Path(ROOT, "manage.py").exists()
