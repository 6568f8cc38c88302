"""Lookups in the catalogue of muscles, trigger points and needles, and the tracing of needle lots."""
