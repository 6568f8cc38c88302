"""Questionnaires that are answered item by item: their words, their rules of scoring and what an answer is."""
