"""The catalogue of muscles, trigger points and needles, and the lots that needles come from."""
