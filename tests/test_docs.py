"""The generated drawing in docs/ is up to date, and shows no circular imports."""

from docs import draw_architecture


def test_the_drawing_of_the_architecture_is_up_to_date():
    assert draw_architecture.DOT_FILE.read_text() == draw_architecture.dot(), "run: make docs"


def test_no_two_folders_import_each_other():
    arrows = draw_architecture.arrows()

    assert [pair for pair in arrows if (pair[1], pair[0]) in arrows] == []
