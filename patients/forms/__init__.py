"""Forms about patients, episodes, screening and consent."""
