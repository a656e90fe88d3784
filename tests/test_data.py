"""The data sets that lessons train on: MNIST-1D as published, generated scenes, and downloads."""
import json
import re

import numpy as np
import pytest

from autograde.lesson import COURSE, lesson_names, load_lesson
from striate import data, downloads, mnist1d, scenes


def test_mnist1d_is_the_published_set_bit_for_bit():
    """The checksum is that of the package mnist1d 0.0.2.post1, make_dataset(get_dataset_args()), in float32."""
    train, test = data.load("mnist1d")
    assert mnist1d.checksum(train, test) == mnist1d.SHA256
    assert mnist1d.SHA256 == "e051c8bd6bf115350c592615ee38c8e61442875a67da419c4dd8db4c1fdc7436"
    assert f"`{mnist1d.SHA256}`" in (COURSE / "data" / "README.md").read_text(encoding="utf-8")


def test_mnist1d_shapes_and_scale():
    (x, y), (test_x, test_y) = data.load("mnist1d")
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((4000, 40), np.float32, (4000,), np.int64)
    assert (test_x.shape, test_y.shape) == ((1000, 40), (1000,))
    everything, labels = np.concatenate([x, test_x]), np.concatenate([y, test_y])
    assert (np.bincount(labels) == 500).all()
    assert abs(everything.mean()) < 1e-5 and abs(everything.std() - 1) < 1e-5


def test_mnist1d_calls_share_nothing():
    (x, _), _ = data.load("mnist1d")
    x[:] = 7
    assert mnist1d.checksum(*data.load("mnist1d")) == mnist1d.SHA256


def test_another_seed_gives_other_signals_of_the_same_kind():
    (x, y), (test_x, _) = mnist1d.generate(200, seed=5)
    (again, _), _ = mnist1d.generate(200, seed=5)
    assert (x == again).all() and x.shape == (160, 40) and test_x.shape == (40, 40)
    assert not np.array_equal(x, mnist1d.generate(200, seed=6)[0][0])


def test_templates_start_and_end_at_zero():
    strokes = mnist1d.templates()
    assert strokes.shape == (10, 12) and (strokes[:, 0] == 0).all() and np.allclose(strokes[:, -1], 0)


@pytest.fixture(scope="module")
def drawn():
    return scenes.generate(150, seed=3, size=(40, 56), objects=(1, 4))


def test_scenes_shapes(drawn):
    assert drawn.images.shape == (150, 3, 40, 56) and drawn.images.dtype == np.float32
    assert drawn.images.min() >= 0 and drawn.images.max() <= 1
    assert drawn.masks.shape == (150, 4, 40, 56) and drawn.boxes.shape == (150, 4, 4)
    assert drawn.labels.shape == drawn.backgrounds.shape == (150,)


def test_scenes_everything_varies(drawn):
    there = drawn.shapes >= 0
    for numbers, names in ((drawn.shapes, scenes.SHAPES), (drawn.textures, scenes.TEXTURES), (drawn.colours, scenes.COLOURS)):
        assert set(numbers[there]) == set(range(len(names))) and (numbers[~there] == -1).all()
    assert set(there.sum(1)) == {1, 2, 3, 4} and there[:, 0].all()
    assert set(drawn.backgrounds) == set(range(len(scenes.BACKGROUNDS)))


def test_scenes_boxes_and_masks_agree(drawn):
    for shape, box, mask in zip(drawn.shapes.ravel(), drawn.boxes.reshape(-1, 4), drawn.masks.reshape(-1, 40, 56)):
        if shape < 0:
            assert not mask.any() and (box == 0).all()
            continue
        left, top, right, bottom = box.astype(int)
        outside = mask.copy()
        outside[top:bottom, left:right] = False
        inside = mask[top:bottom, left:right]
        assert not outside.any() and inside[[0, -1]].any(axis=1).all() and inside[:, [0, -1]].any(axis=0).all()
        assert 0 <= left < right <= 56 and 0 <= top < bottom <= 40 and mask.sum() >= 12


def test_scenes_objects_do_not_overlap_and_maps_say_what_is_where(drawn):
    assert drawn.masks.sum(axis=1).max() == 1
    scene, place = 0, 0
    assert (drawn.class_maps[scene][drawn.masks[scene, place]] == 1 + drawn.shapes[scene, place]).all()
    assert (drawn.class_maps[~drawn.masks.any(axis=1)] == 0).all()


def test_scenes_colours_show_in_the_picture():
    """The mean colour inside the mask of a plain object is nearest to its own colour."""
    drawn = scenes.generate(80, seed=4)
    for scene in np.flatnonzero(drawn.textures[:, 0] == 0):
        mean = drawn.images[scene][:, drawn.masks[scene, 0]].mean(axis=1)
        assert np.linalg.norm(scenes._RGB - mean, axis=1).argmin() == drawn.colours[scene, 0]


def test_scenes_are_reproducible():
    assert (scenes.generate(5, seed=1).images == scenes.generate(5, seed=1).images).all()
    assert (scenes.generate(5, seed=1).images != scenes.generate(5, seed=2).images).any()


def test_loaded_scenes():
    train, test = data.load("scenes")
    assert train.images.shape == (2000, 3, 48, 64) and test.images.shape == (500, 3, 48, 64)
    assert np.bincount(train.labels).min() > 250


@pytest.mark.parametrize("wrong", [{"size": (8, 40)}, {"objects": 0}, {"objects": (3, 2)}, {"objects": 7}])
def test_scenes_that_cannot_be_drawn(wrong):
    with pytest.raises(ValueError):
        scenes.generate(2, seed=1, **wrong)


def test_six_objects_fit_into_the_smallest_scene():
    assert (scenes.generate(5, seed=1, size=(16, 16), objects=6).shapes >= 0).all()


# ---------------------------------------------------------------------------------------------- downloads

def write_mnist(folder, counts=(60, 10)):
    """Small files in the format and at the place of MNIST's."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for part, count in zip(("train", "t10k"), counts):
        images, labels = rng.integers(0, 256, (count, 28, 28), np.uint8), rng.integers(0, 10, count, np.uint8)
        images[0, 0, :2] = 0, 255
        for kind, magic, array in (("images-idx3", 0x803, images), ("labels-idx1", 0x801, labels)):
            header = b"".join(number.to_bytes(4, "big") for number in (magic, *array.shape))
            (raw / f"{part}-{kind}-ubyte").write_bytes(header + array.tobytes())


def test_mnist_from_files_that_are_there(tmp_path, monkeypatch):
    write_mnist(tmp_path)
    monkeypatch.setenv("STRIATE_DATA", str(tmp_path))
    (x, y), (test_x, test_y) = data.load("mnist")
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((60, 1, 28, 28), np.float32, (60,), np.int64)
    assert (test_x.shape, test_y.shape) == ((10, 1, 28, 28), (10,))
    assert x[0, 0, 0, 0] == 0 and x[0, 0, 0, 1] == 1 and x.max() == 1


@pytest.mark.parametrize("name, readable", [("mnist", "MNIST"), ("fashion_mnist", "Fashion-MNIST"), ("cifar10", "CIFAR-10")])
def test_without_network_one_sentence_says_what_to_do(name, readable, tmp_path, monkeypatch):
    def no_network(*arguments, **keywords):
        raise OSError("Name or service not known")

    monkeypatch.setattr("urllib.request.urlopen", no_network)
    monkeypatch.setenv("STRIATE_DATA", str(tmp_path))
    with pytest.raises(data.DataNotAvailable) as caught:
        data.load(name)
    text = str(caught.value)
    assert text.startswith(f"{readable} is not in {tmp_path} and could not be downloaded (")
    assert "\n" not in text and "connect to the internet once" in text and "STRIATE_DATA" in text


def test_a_damaged_file_is_not_used(tmp_path, monkeypatch):
    """CIFAR-10's files are checked against torchvision's checksums at every load."""
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for batch in [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"]:
        (folder / batch).write_bytes(b"not CIFAR")
    monkeypatch.setenv("STRIATE_DATA", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", lambda *arguments, **keywords: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(data.DataNotAvailable):
        data.load("cifar10")


def test_where_downloads_are_kept(monkeypatch):
    monkeypatch.delenv("STRIATE_DATA", raising=False)
    assert downloads.folder() == COURSE / "data" / "cache"
    assert "/data/cache/" in (COURSE / ".gitignore").read_text().split("\n")


# ---------------------------------------------------------------------------------------------- cards, results

def test_every_data_set_has_a_card_that_names_the_lessons_with_it():
    cards = (COURSE / "data" / "README.md").read_text(encoding="utf-8")
    cells = [(lesson[:2], cell.source) for lesson in lesson_names() for cell in load_lesson(lesson).cells]
    for name in data._LOADERS:
        card = cards.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        used_in = re.findall(r"\d\d", re.search(r"Used in:\*\*(.*)", card)[1])
        if "long experiments" not in card:
            assert used_in == sorted({lesson for lesson, source in cells if "data.load(" in source and f'"{name}"' in source}), name
        assert all(f"**{entry}" in card for entry in ("What:", "Source:", "How made:")), name
        assert "icence:**" in card, name


def test_stored_results(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "RESULTS", tmp_path)
    (tmp_path / "trial.json").write_text(json.dumps({"parts": {}}))
    assert data.stored("trial") == {"parts": {}}
    with pytest.raises(ValueError, match="There are no stored results 'tria'; there are: trial."):
        data.stored("tria")
