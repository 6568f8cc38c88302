"""The whole record of one patient as one package: for people, for programs, and in the form of FHIR."""
