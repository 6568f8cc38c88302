"""Outcomes as a file for statistics: a row a needling, pseudonymised unless names are asked for."""

from .columns import Column, columns
from .files import dictionary_csv, export_csv, export_xlsx
from .rows import READ_WITH_CARE, rows_of

__all__ = ["READ_WITH_CARE", "Column", "columns", "dictionary_csv", "export_csv", "export_xlsx", "rows_of"]
