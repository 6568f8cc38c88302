"""Who may import whom: patients <- clinic <- treatments, and inside each: models <- rules <- services <- views."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ["patients", "clinic", "treatments"]
# Only the composition root names every app.
COMPOSITION_ROOT = {"clinic.settings", "clinic.urls", "clinic.wsgi"}

FORBIDDEN_APPS = {"patients": {"clinic", "treatments"}, "clinic": {"treatments"}, "treatments": set()}

# What stands on the left may import nothing on the right, in any app.
FORBIDDEN_ROOMS = {
    "models": {"services", "forms", "views", "admin"},
    "rules": {"services", "forms", "views", "admin"},
    "services": {"forms", "views", "admin"},
    "forms": {"services", "views", "admin"},
}
# The folders that every app has; a module in none of them is a rule module, unless it is named below.
ROOMS = {"admin", "forms", "management", "migrations", "models", "services", "templatetags", "views"}
# What Django calls or reads: neither a rule nor a service.
FRAMEWORK = {"apps", "settings", "urls", "wsgi"}
ROOM_OF_MODULE = {
    "patients.audit.admin": "admin",
    "patients.audit.recording": "services",
    "clinic.accounts.sessions": "middleware",
    "clinic.platform.audit_middleware": "middleware",
    "clinic.accounts.context_processors": "middleware",
    "clinic.platform.middleware": "middleware",
}


def modules():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if "migrations" not in name.split("."):
                yield name, path


def imports_of(name, path):
    """Dotted names of everything a module imports, relative imports made absolute."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            origin = ".".join(part for part in (base, node.module) if part)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def room_of(name):
    """The room of a module: 'patients.services.people' -> 'services', 'patients.search' -> 'rules'."""
    parts = name.split(".")
    if parts[0] not in APPS or len(parts) < 2:
        return None
    for module, room in ROOM_OF_MODULE.items():
        if name == module or name.startswith(f"{module}."):
            return room
    if parts[1] in ROOMS:
        return parts[1]
    return "framework" if FRAMEWORK & set(parts) else "rules"


ALL = list(modules())


@pytest.mark.parametrize(("name", "path"), ALL, ids=[name for name, _ in ALL])
def test_an_app_imports_only_the_apps_below_it(name, path):
    app = name.split(".")[0]

    wrong = [] if name in COMPOSITION_ROOT else [i for i in imports_of(name, path) if _app(i) in FORBIDDEN_APPS[app]]

    assert wrong == []


@pytest.mark.parametrize(("name", "path"), ALL, ids=[name for name, _ in ALL])
def test_a_room_imports_only_the_rooms_below_it(name, path):
    forbidden = FORBIDDEN_ROOMS.get(room_of(name), set())

    wrong = [i for i in imports_of(name, path) if room_of(i) in forbidden]

    assert wrong == []


def _app(imported):
    return imported.split(".")[0]
