"""Storage of static files in production."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Use hashed names everywhere, also in imports between our own JavaScript modules."""

    support_js_module_import_aggregation = True

    def url_converter(self, name, hashed_files, template=None):
        if name.endswith(".js") and not name.startswith("js/"):
            return lambda match: match[0]  # scripts of packages import none of our modules
        return super().url_converter(name, hashed_files, template)
