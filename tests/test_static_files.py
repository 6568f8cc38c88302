"""Static files as production serves them: hashed names that all lead somewhere."""

import re
from pathlib import Path

from django.core.management import call_command

IMPORT = re.compile(r'^import\s[^"]*"([^"]+)"', re.MULTILINE)


def test_modules_import_each_other_by_their_hashed_names(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["js", "css", "map", "svg"]  # packing them is the longest part
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "clinic.platform.static_files.HashedFiles"}}

    call_command("collectstatic", interactive=False, verbosity=0)

    modules = [path for path in (tmp_path / "js").rglob("*.js") if IMPORT.search(path.read_text())]
    imports = [(path.parent / name).resolve() for path in modules for name in IMPORT.findall(path.read_text())]
    assert len(imports) > 10
    assert [str(target) for target in imports if not Path(target).exists()] == []
    assert [str(target) for target in imports if not re.search(r"\.[0-9a-f]{12}\.js$", target.name)] == []
