"""striate.data and striate.plot: what lessons rely on."""
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from striate import data, plot

matplotlib.use("agg")


@pytest.mark.parametrize("name", ["photo", "flower"])
def test_photographs(name):
    image = data.load(name)
    assert image.shape == (427, 640, 3) and image.dtype == float
    assert 0 <= image.min() < 0.1 and 0.9 < image.max() <= 1


def test_digits():
    images, labels = data.load("digits")
    assert images.shape == (1797, 8, 8) and labels.shape == (1797,)
    assert (images.min(), images.max()) == (0, 1) and set(labels) == set(range(10))


@pytest.mark.parametrize("name", ["photo", "digits"])
def test_every_call_gives_a_fresh_array(name):
    first = np.asarray(data.load(name)[0])
    before = first.copy()
    first[...] = 7
    assert (np.asarray(data.load(name)[0]) == before).all()


def test_an_unknown_name_lists_the_names():
    with pytest.raises(ValueError, match="There is no data set 'cat'; the names are: .*digits, .*flower, .*photo"):
        data.load("cat")


def test_gray():
    assert data.gray(np.eye(3)[None]) == pytest.approx(np.array([[0.299, 0.587, 0.114]]))
    assert data.gray(np.ones((2, 4, 5, 3))) == pytest.approx(np.ones((2, 4, 5)))
    with pytest.raises(ValueError, match="shape \\(height, width, 3\\)"):
        data.gray(np.ones((4, 5)))


@pytest.fixture
def figures(monkeypatch):
    """The figures that were shown; each is drawn, as a notebook would."""
    shown = []

    def show():
        plt.gcf().canvas.draw()
        shown.append(plt.gcf())
        plt.close()

    monkeypatch.setattr(plt, "show", show)
    return shown


def images_of(figure):
    return [image for axis in figure.axes for image in axis.images]


def test_compared_images_share_their_limits_and_the_caption_is_one_line(figures, capsys):
    plot.show_images([np.eye(3), 2 * np.eye(4, 5)], ["a", "b"], caption="Two diagonals.", colourbar=True)
    assert {image.get_clim() for image in images_of(figures[0])} == {(0, 2)}
    assert capsys.readouterr().out == "Two diagonals.\n"


def test_signed_images_are_symmetric_about_zero(figures):
    plot.show_image(np.array([[-1.0, 3.0]]), "signed")
    [image] = images_of(figures[0])
    assert image.get_clim() == (-3, 3) and image.get_cmap().name == "RdBu_r"
    assert image.get_cmap()(0.5)[:3] == pytest.approx((1, 1, 1), abs=0.05)       # 0 is white


def test_own_limits(figures):
    plot.show_images([np.eye(3), 2 * np.eye(3)], limits="each")
    plot.show_images([np.eye(3), 2 * np.eye(3)], limits=(0, 5))
    assert [image.get_clim() for image in images_of(figures[0])] == [(0, 1), (0, 2)]
    assert [image.get_clim() for image in images_of(figures[1])] == [(0, 5), (0, 5)]


def test_numbers_stand_in_the_cells_of_kernels(figures):
    plot.show_kernels([np.array([[1, -2], [0.5, 0]]), np.full((2, 2), 1 / 9)], ["a", "b"])
    texts = [[text.get_text() for text in axis.texts] for axis in figures[0].axes]
    assert texts == [["1", "-2", "0.50", "0"], ["0.11"] * 4]


def test_curves_have_names_and_labels(figures, capsys):
    plot.show_curves([1, 2, 4], {"a": [1, 2, 3], "b": [3, 2, 1]}, "size", "time", log="xy", caption="Two lines cross.")
    [axis] = figures[0].axes
    assert (axis.get_xlabel(), axis.get_ylabel(), axis.get_xscale(), axis.get_yscale()) == ("size", "time", "log", "log")
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["a", "b"]
    assert capsys.readouterr().out == "Two lines cross.\n"


@pytest.mark.parametrize("wrong", [[], [np.ones(4)], [np.ones((2, 2, 4))]])
def test_what_is_no_image_is_refused_in_one_sentence(wrong):
    with pytest.raises(ValueError, match="image"):
        plot.show_images(wrong)
