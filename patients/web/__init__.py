"""What the pages of every app share: the patient banner, PDF, spreadsheets, URL converters."""
