"""Every test that depends on the database engine is marked: docs/decisions/010-tests-on-one-or-both-engines.md."""

import ast

import pytest

from .test_arrows import ROOT

TESTS = ROOT / "tests"
# A test with one of these names uses the database itself: its errors, locks, triggers or SQL.
NAMES = {
    "DatabaseError",
    "IntegrityError",
    "OperationalError",
    "Thread",
    "ThreadPoolExecutor",
    "connection",
    "connections",
    "restore_triggers",
    "select_for_update",
    "transactional_db",
    "unguarded",
}
# The folders of code that writes, protects and adds up records.
FOLDERS = {"audit", "integrity", "outcomes", "record", "services"}
# Module or folder, and why one engine is enough for it despite a name or the folder.
ONE_ENGINE = {
    "browser": "a live server takes its own connections; the pages ask nothing that the other tests do not ask",
    "clinic/diary/test_messaging": "its connections and threads are those of a mail server",
    "clinic/views/test_mail_server": "its thread is that of a mail server",
    "clinic/platform/test_sqlite": "tests what only SQLite has",
    "patients/integrity/test_encryption": "encrypts without a database",
    "patients/integrity/test_progress": "what is shown of long work does not depend on the engine",
    "patients/integrity/test_running": "what is written of long work is a file",
    "treatments/record/test_follow_up_times": "calculates without a database",
    "test_error_pages": "simulates a failing database",
    "test_long_lists": "its plans are those of SQLite; both engines have the same indexes",
    "treatments/outcomes/test_estimates": "calculates without a database",
}


def modules():
    for path in sorted(TESTS.rglob("test_*.py")):
        name = path.relative_to(TESTS).with_suffix("").as_posix()
        if not any(name == exempt or name.startswith(f"{exempt}/") for exempt in ONE_ENGINE):
            yield pytest.param(path, id=name)


def parts_of(tree):
    """{name: code} of the functions, classes and constants of a module."""
    parts = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            parts[node.name] = node
        elif isinstance(node, ast.Assign):
            parts |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
    return parts


def names_in(code):
    """The variables, attributes, arguments (so also fixtures) and keywords that a piece of code uses."""
    nodes = list(ast.walk(code))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    # Counting queries is not a use of the connection itself.
    counted = {arg for call in calls if ast.unparse(call.func) == "CaptureQueriesContext" for arg in call.args}
    names = {getattr(node, kind, None) for node in nodes if node not in counted for kind in ("id", "attr", "arg")}
    commits = any(isinstance(node, ast.keyword) and node.arg == "transaction" for node in nodes)
    return names | ({"transactional_db"} if commits else set())


def names_behind(name, parts, seen=()):
    """The names that a test uses, and those of the fixtures, helpers and constants of its module that it uses."""
    names = names_in(parts[name])
    for other in (names & parts.keys()) - {name, *seen}:
        names |= names_behind(other, parts, (*seen, name))
    return names


def dependent_tests(source, *, is_marked_folder=False):
    """The tests of a module that depend on the engine and are not marked."""
    parts = parts_of(ast.parse(source))
    if "pytestmark" in parts and "both_engines" in names_in(parts["pytestmark"]):
        return []
    tests = [name for name in parts if name.startswith(("test_", "Test"))]
    tests = [name for name in tests if "both_engines" not in names_in(parts[name])]
    return [name for name in tests if is_marked_folder or names_behind(name, parts) & NAMES]


@pytest.mark.parametrize("path", list(modules()))
def test_a_test_that_depends_on_the_engine_is_marked(path):
    folders = set(path.relative_to(TESTS).parts[:-1])

    assert dependent_tests(path.read_text(), is_marked_folder=bool(folders & FOLDERS)) == []


@pytest.mark.parametrize(
    "code",
    [
        "def test_x(transactional_db): pass",
        "@pytest.mark.django_db(transaction=True)\ndef test_x(): pass",
        "def test_x():\n    with pytest.raises(IntegrityError): pass",
        "def lock(): Patient.objects.select_for_update()\ndef test_x(): lock()",
        "@pytest.fixture\ndef rows(): connection.cursor()\ndef test_x(rows): pass",
        "WAYS = [lambda: connection.cursor()]\nclass TestX:\n    def test_y(self): WAYS[0]()",
    ],
)
def test_what_depends_on_the_engine_is_noticed(code):
    assert len(dependent_tests(code)) == 1
    assert dependent_tests(f"pytestmark = pytest.mark.both_engines\n{code}") == []


def test_counting_queries_depends_on_no_engine():
    assert dependent_tests("def test_x():\n    with CaptureQueriesContext(connection): pass") == []
