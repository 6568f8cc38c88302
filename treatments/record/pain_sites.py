"""Where it hurts: the list of sites and the pain drawing of an assessment, and what they may contain."""

from patients.models.episode import BodyRegion

# {view: (label, width, height of its view box)}. The side of the head is drawn for the left and flipped for the right.
VIEWS = {
    "posterior": ("Back", 400, 900),
    "anterior": ("Front", 400, 900),
    "left": ("Head L", 300, 300),
    "right": ("Head R", 300, 300),
}
SIDES = {"right": "Right", "left": "Left", "both": "Both", "middle": "Middle"}
REGIONS = dict(BodyRegion.choices)
MOST_SITES = 8
# Bounds of our own: a drawing is a few areas, and the page thins out the points of each.
MOST_AREAS, FEWEST_POINTS, MOST_POINTS = 40, 3, 200
LONGEST_NOTE = 100

BROKEN = "The drawing could not be read, so it was not saved. Reload the page and draw it again."
TOO_MANY_AREAS = f"A drawing has at most {MOST_AREAS} areas. Take one back before you add another."
TOO_MANY_POINTS = f"An area has {FEWEST_POINTS} to {MOST_POINTS} points. Draw it again in one stroke."


def drawing_error(drawing):
    """Why this value cannot be a pain drawing, as a sentence; "" if it can. Any JSON value is taken.

    Coordinates are whole numbers in the units of the view box, so that both databases return what was sealed.
    """
    if not isinstance(drawing, list):
        return BROKEN
    if len(drawing) > MOST_AREAS:
        return TOO_MANY_AREAS
    for area in drawing:
        if not isinstance(area, dict) or area.keys() != {"view", "points"} or area["view"] not in list(VIEWS):
            return BROKEN
        points, (_, width, height) = area["points"], VIEWS[area["view"]]
        if not isinstance(points, list) or not all(_is_within(point, width, height) for point in points):
            return BROKEN
        if not FEWEST_POINTS <= len(points) <= MOST_POINTS:
            return TOO_MANY_POINTS
    return ""


def _is_within(point, width, height):
    if not isinstance(point, list) or [type(number) for number in point] != [int, int]:
        return False
    return 0 <= point[0] <= width and 0 <= point[1] <= height


def sites_error(sites):
    """Why this list cannot be the sites of an assessment, as a sentence; "" if it can."""
    if len(sites) > MOST_SITES:
        return f"List at most {MOST_SITES} sites."
    for site in sites:
        if site.keys() != {"region", "side", "note", "pain"} or site["region"] not in REGIONS:
            return "Choose where it hurts from the list."
        if site["side"] not in ("", *SIDES) or len(site["note"]) > LONGEST_NOTE:
            return "Choose the side from the list, and keep the note short."
        if site["pain"] is not None and site["pain"] not in range(11):
            return "Pain must be a whole number from 0 to 10."
    return ""


def site_name(site):
    """A site in words, such as "Neck, right: down to the shoulder"."""
    side = f", {SIDES[site['side']].lower()}" if site["side"] else ""
    return f"{REGIONS[site['region']]}{side}" + (f": {site['note']}" if site["note"] else "")
