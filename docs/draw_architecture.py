"""Draw the folders of the three apps and the imports between them: python docs/draw_architecture.py.

It writes docs/architecture.dot and, with Graphviz, docs/architecture.svg. A test fails when the drawing is out of date.
"""

import ast
import subprocess
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# From the bottom up. An app may import from those before it, never from those after it.
APPS = ["patients", "clinic", "treatments"]
# Parts of every Django project, which are not drawn.
LEFT_OUT = {"apps", "management", "migrations", "settings", "urls", "wsgi"}
# One-line modules that old migrations import.
RE_EXPORTS = {"patients.frozen", "clinic.no_overlap"}
DOT_FILE, PICTURE = ROOT / "docs" / "architecture.dot", ROOT / "docs" / "architecture.svg"

HEADER = """digraph filiform {
  rankdir=TB; newrank=true; ranksep=0.55; nodesep=0.25; compound=true; bgcolor="white";
  node [shape=box, style="rounded,filled", fillcolor="white", color="#5b6b7a", fontname="Helvetica", fontsize=11];
  edge [color="#8a99a8", arrowsize=0.6];
"""
CLUSTER = 'style=filled; color="#eef2f5"; fontname="Helvetica-Bold";'


def folder_of(module):
    """('patients', 'services') for 'patients.services.people'; None for what is not drawn.

    Modules directly in an app's folder are its rule modules; they share the box "rules".
    """
    app, *parts = module.split(".")
    if app not in APPS or not parts or set(parts) & LEFT_OUT or module in RE_EXPORTS:
        return None
    return app, parts[0] if (ROOT / app / parts[0]).is_dir() else "rules"


def modules():
    """(dotted name, path) of every module of the apps."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imports_of(module, path):
    """Dotted names of everything that a module imports, relative imports made absolute."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            origin = ".".join(part for part in (base, node.module) if part)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def arrows():
    """{(folder, imported folder): number of imports} between folders of all apps."""
    found = Counter()
    for module, path in modules():
        for imported in imports_of(module, path):
            pair = folder_of(module), folder_of(imported)
            if all(pair) and pair[0] != pair[1]:
                found[pair] += 1
    return found


def folders():
    """{folder: names of the modules in it}."""
    found = {}
    for module, path in modules():
        folder = folder_of(module)
        if folder and path.name != "__init__.py":
            found.setdefault(folder, []).append(module.split(".")[-1])
    return found


def dot():
    """The drawing in Graphviz's language. All imports between two apps are one arrow."""
    drawn = folders()
    lines = [HEADER]
    for app in reversed(APPS):
        lines.append(f'  subgraph cluster_{app} {{ label="{app}/"; {CLUSTER}')
        lines += [folder_box(folder, drawn[folder]) for folder in sorted(drawn) if folder[0] == app]
        top = " ".join(f'"{app}.{name}";' for name in ("admin", "templatetags", "views") if (app, name) in drawn)
        lines.append(f"    {{ rank=same; {top} }} }}")
    between = Counter()
    for (importer, imported), count in sorted(arrows().items()):
        if importer[0] == imported[0]:
            lines.append(f'  "{".".join(importer)}" -> "{".".join(imported)}" [weight={count}];')
        else:
            between[importer[0], imported[0]] += count
    lines += [app_arrow(upper, lower, count) for (upper, lower), count in sorted(between.items())]
    return "\n".join([*lines, "}", ""])


def folder_box(folder, names):
    """A box with the folder's name and its modules, about thirty letters a line."""
    rows = [""] if folder[1] == "rules" else [f"{folder[1]}/", ""]
    for name in names:
        if len(rows[-1]) + len(name) > 34:
            rows.append("")
        rows[-1] = f"{rows[-1]} {name}".strip()
    label = "\\n".join(rows)
    return f'    "{".".join(folder)}" [label="{label}"];'


def app_arrow(upper, lower, count):
    """The arrow from app to app; one that passes over an app does not push the others apart."""
    passes_over = APPS.index(upper) - APPS.index(lower) > 1
    ends = f'label="{count} imports", ltail=cluster_{upper}, lhead=cluster_{lower}'
    looks = f'fontname="Helvetica", penwidth=2.5, minlen=2, constraint={str(not passes_over).lower()}'
    return f'  "{upper}.models" -> "{lower}.views" [{ends}, {looks}];'


if __name__ == "__main__":
    DOT_FILE.write_text(dot())
    subprocess.run(["dot", "-Tsvg", DOT_FILE, "-o", PICTURE], check=True)
