"""Forms about people, screening and consent."""
