"""The uses of the fields of a needling's dose; treatments.record.fields puts them in the list of the row."""

from functools import partial

from .field import Export, Field


def minutes(seconds):
    """A number of seconds as minutes and seconds: 600 is "10:00 min"."""
    return f"{seconds // 60}:{seconds % 60:02} min"


def _label(name, words):
    """A text such as "found by palpation"."""
    return lambda row: words.format(getattr(row, f"get_{name}_display")().lower())


FREQUENCY = Field(
    "frequency_hz",
    in_form=True,
    copied=True,
    in_line=True,
    as_text=lambda row: f"{row.frequency_hz} Hz",
    exports=[Export("frequency", "Hz", "Of electrical stimulation.")],
)
# Every field of the dose is on the form, and among the notes of a row where it has a value.
_noted = partial(Field, in_form=True, in_notes=True)
DOSE = [
    _noted(
        "level",
        copied=True,
        as_text=lambda row: f"level {row.get_level_display()}" if len(row.level) < 4 else row.get_level_display(),
        exports=[Export("level", "", "Level of the spine, or third of the muscle.")],
    ),
    _noted(
        "found_by",
        copied=True,
        as_text=lambda row: f"found by {'EMG' if row.found_by == 'emg' else row.get_found_by_display().lower()}",
        exports=[Export("found_by", "", "How the point was found.")],
    ),
    _noted(
        "direction",
        copied=True,
        as_text=_label("direction", "direction {}"),
        exports=[Export("direction", "", "Direction of the needle.")],
    ),
    _noted(
        "angle_degrees",
        copied=True,
        as_text=lambda row: f"{row.angle_degrees}° to the skin",
        exports=[Export("angle", "degrees", "Angle between needle and skin; 90 is perpendicular.")],
    ),
    _noted(
        "tissue_reached",
        as_text=_label("tissue_reached", "tissue reached: {}"),
        exports=[Export("tissue_reached", "", "The deepest tissue that the needle reached.")],
    ),
    _noted(
        "response_sought",
        copied=True,
        as_text=_label("response_sought", "response sought: {}"),
        exports=[Export("response_sought", "", "The response that the needling was to bring about.")],
    ),
    _noted(
        "strokes",
        as_text=lambda row: f"{row.strokes} strokes",
        exports=[Export("strokes", "strokes", "How often the needle was moved up and down.")],
    ),
    _noted(
        "needling_seconds",
        as_text=lambda row: f"needled for {minutes(row.needling_seconds)}",
        exports=[Export("needling_time", "seconds", "How long the needle was moved.")],
    ),
    _noted(
        "current_ma",
        copied=True,
        as_text=lambda row: f"{row.current_ma} mA",
        exports=[Export("current", "mA", "Of electrical stimulation.")],
    ),
    _noted(
        "waveform",
        copied=True,
        exports=[Export("waveform", "", "Of electrical stimulation.")],
    ),
    _noted(
        "stimulation_minutes",
        copied=True,
        as_text=lambda row: f"stimulated for {row.stimulation_minutes} min",
        exports=[Export("stimulation", "minutes", "How long the current was on.")],
    ),
    _noted(
        "pulse_width_us",
        copied=True,
        as_text=lambda row: f"pulse width {row.pulse_width_us} µs",
        exports=[Export("pulse_width", "µs", "Of electrical stimulation.")],
    ),
    _noted(
        "electrodes",
        copied=True,
        as_text=_label("electrodes", "current: {}"),
        exports=[Export("electrodes", "", "Whether the current flowed between needles or to a pad on the skin.")],
    ),
    _noted(
        "imaging",
        as_text=lambda row: "no imaging" if row.imaging == "none" else row.get_imaging_display(),
        exports=[Export("imaging", "", "Whether imaging was used to plan or guide the needle.")],
    ),
    _noted(
        "imaged_depth_mm",
        as_text=lambda row: f"{row.imaged_depth_mm} mm on the image",
        exports=[Export("imaged_depth", "mm", "Depth from the skin to a structure, measured on the image.")],
    ),
    _noted(
        "imaged_structure",
        as_text=_label("imaged_structure", "to the {}"),
        exports=[Export("imaged_structure", "", "The structure to which the depth was measured.")],
    ),
    _noted(
        "guide_tube",
        copied=True,
        exports=[Export("guide_tube", "", "Whether a guide tube was used, when noted.")],
    ),
    _noted(
        "skin_preparation",
        as_text=_label("skin_preparation", "skin preparation: {}"),
        exports=[Export("skin_preparation", "", "How the skin was prepared, when noted.")],
    ),
    _noted(
        "gloves",
        exports=[Export("gloves", "", "Whether gloves were worn, when noted.")],
    ),
]
