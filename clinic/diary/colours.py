"""The colours of visits in the diary: by kind of visit or by practitioner, as the site has chosen."""

from clinic.models import Site


def give_colours(grid, site):
    """Give each visit of the grid its colour, and the grid the meaning of each colour. Returns the grid."""
    meanings = set()
    for column in grid.columns:
        for cell in column.items:
            if cell.kind == "visit":
                means = _meaning(cell.appointment, column, site)
                cell.colour = means.colour
                meanings.add((means.colour, str(means)))
    grid.colours = sorted(meanings, key=lambda pair: pair[1])
    return grid


def _meaning(visit, column, site):
    if site.colour_by == Site.ColourBy.KIND:
        return visit.type
    return column.practitioner or visit.practitioner
