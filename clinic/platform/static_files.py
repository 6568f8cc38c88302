"""How the browser's files are named in production."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Hashed names everywhere, also where one of our own JavaScript modules imports another."""

    support_js_module_import_aggregation = True

    def url_converter(self, name, hashed_files, template=None):
        if name.endswith(".js") and not name.startswith("js/"):
            return lambda match: match[0]  # packages' scripts stand alone; what looks like an import there is not ours
        return super().url_converter(name, hashed_files, template)
