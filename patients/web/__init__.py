"""What the pages of every app share: PDF, spreadsheets, address converters."""
