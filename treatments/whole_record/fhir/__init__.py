"""The whole record as FHIR R4: one module for each group of resources, each a table from a model to a function."""
