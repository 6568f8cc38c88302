"""The export of outcomes for statistics: one row for each needling, pseudonymised unless names are requested."""

from .columns import ExportColumn, columns
from .files import dictionary_csv, export_csv, export_xlsx
from .rows import READ_WITH_CARE, rows_of

__all__ = ["READ_WITH_CARE", "ExportColumn", "columns", "dictionary_csv", "export_csv", "export_xlsx", "rows_of"]
