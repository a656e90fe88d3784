"""The machinery behind loss surfaces: folding, the frugal surface, training that goes on, and the copy of CIFAR-10."""
import io
import types
import zipfile

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from striate import data, downloads, image_zip
from striate.experiments import checkpointed, landscape, store
from striate.experiments.folding import fold
from striate.train import one_cycle


class Residual(nn.Module):
    """A block whose batch norms are not beside their convolutions in the order of registration."""

    def __init__(self, channels):
        super().__init__()
        self.norms = nn.ModuleList([nn.BatchNorm2d(channels), nn.BatchNorm2d(channels, affine=False)])
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x):
        return F.relu(x + self.norms[1](self.second(F.relu(self.norms[0](self.first(x))))))


def small_net(seed=0):
    """A trained-looking network with batch norm, and 160 images with labels."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6), nn.ReLU(), Residual(6), nn.AdaptiveAvgPool2d(1),
                        nn.Flatten(), nn.Linear(6, 4))
    labels = torch.arange(160) % 4
    images = torch.randn(160, 3, 8, 7) + labels.view(-1, 1, 1, 1) - 1.5
    rule = torch.optim.Adam(net.parameters(), 0.02)
    for _ in range(30):
        rule.zero_grad()
        F.cross_entropy(net(images), labels).backward()
        rule.step()
    return net.eval(), images, labels


def simple_losses(net, pair, images, labels, alphas, betas):
    """log10 of the mean loss by torch's functional_call, batch norm as its own layer."""
    weights = {name: weight.detach() for name, weight in net.named_parameters()}
    found = np.empty((len(alphas), len(betas)))
    for i, a in enumerate(alphas):
        for j, b in enumerate(betas):
            moved = {name: w + float(a) * pair[0].get(name, 0) + float(b) * pair[1].get(name, 0) for name, w in weights.items()}
            with torch.no_grad():
                found[i, j] = np.log10(F.cross_entropy(torch.func.functional_call(net, moved, (images,)), labels).item())
    return found


# ---------------------------------------------------------------------------------------------- surfaces

def test_folding_keeps_the_outputs_and_leaves_the_network_alone():
    net, images, _ = small_net()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    folded, factors = fold(net, images[:2])
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in folded.modules())
    assert torch.allclose(folded(images), net(images), atol=1e-4)
    assert set(factors) == {"0.weight", "3.first.weight", "3.second.weight"}
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())


def test_what_cannot_be_folded_is_refused():
    with pytest.raises(ValueError, match="does not follow a convolution"):
        fold(nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 2, 1)), torch.randn(2, 3, 4, 4))


def test_surfaces_of_the_folded_network_are_those_of_the_network():
    net, images, labels = small_net()
    pair = landscape.directions(net, seed=3)
    assert set(pair[0]) == {"0.weight", "3.first.weight", "3.second.weight", "6.weight"}
    alphas, betas = [-0.7, 0.0, 0.4], [0.3, -0.5]
    found = landscape.losses(net, pair, images, labels, alphas, betas, batch_size=33)
    assert found.shape == (3, 2, 160)
    assert np.allclose(landscape.log_mean(found), simple_losses(net, pair, images, labels, alphas, betas), atol=1e-4)


def test_directions_have_the_norms_of_the_filters():
    net, _, _ = small_net()
    weights = dict(net.named_parameters())
    first, second = landscape.directions(net, seed=1)
    for direction in (first, second):
        for name, step in direction.items():
            norms = [part.detach().numpy().reshape(len(part), -1) for part in (step, weights[name])]
            assert np.allclose(*(np.sqrt((part ** 2).sum(1)) for part in norms), rtol=1e-4)
    assert not torch.equal(first["0.weight"], second["0.weight"])


def test_the_frugal_surface_agrees_with_the_full_one():
    net, images, labels = small_net()
    pair = landscape.directions(net, seed=1)
    ours, told = landscape.frugal_surface(net, pair, images, labels, count=13, first_images=32)
    places = np.linspace(-1, 1, 13)
    assert landscape.correlation(ours, simple_losses(net, pair, images, labels, places, places)) > 0.98
    assert told["points a side"] in (7, 13) and 32 <= told["images"] <= 160


def test_a_spline_goes_through_its_points_and_minima_are_counted():
    places = np.linspace(-1, 1, 7)
    values = places[:, None] ** 2 + 2 * places[None, :]
    assert np.allclose(landscape.spline(places, values, places), values)
    finer = np.linspace(-1, 1, 25)
    assert np.allclose(landscape.spline(places, values, finer), finer[:, None] ** 2 + 2 * finer[None, :], atol=1e-6)
    assert landscape.local_minima(finer[:, None] ** 2 + finer[None, :] ** 2) == 1
    assert landscape.local_minima(np.cos(2 * np.pi * places)[:, None] + np.cos(2 * np.pi * places)[None, :]) == 4
    assert landscape.local_minima(np.zeros((5, 5))) == 0


# ---------------------------------------------------------------------------------------------- training

RECIPE = {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-4, "batch_size": 20, "epochs": 3, "schedule": one_cycle, "flips": True}


class Stopped(Exception):
    """In place of somebody who pulls the plug."""


def test_a_training_that_was_stopped_gives_the_same_weights(tmp_path, monkeypatch, capsys):
    def net():
        torch.manual_seed(5)
        return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 5, 4))

    _, images, labels = small_net()
    whole = net()
    told = checkpointed.train(whole, images, labels, RECIPE, 1, "whole", folder=tmp_path)
    assert len(told["train_loss"]) == 3 and told["train_loss"][-1] < told["train_loss"][0]

    monkeypatch.setattr(checkpointed, "SAVE_EVERY", -1)                     # a checkpoint after every step
    steps = []

    def schedule(done):
        steps.append(done)
        if len(steps) == 14:
            raise Stopped
        return one_cycle(done)

    schedule.__name__ = "one_cycle"
    broken = net()
    with pytest.raises(Stopped):
        checkpointed.train(broken, images, labels, RECIPE | {"schedule": schedule}, 1, "broken", folder=tmp_path)
    other = net()
    again = checkpointed.train(other, images, labels, RECIPE, 1, "broken", folder=tmp_path)
    assert "broken: goes on after step 13" in capsys.readouterr().out
    assert again["train_loss"] == told["train_loss"]
    for name, tensor in whole.state_dict().items():
        assert torch.allclose(tensor.float(), other.state_dict()[name].float(), atol=1e-6), name
    checkpointed.forget("broken", tmp_path)
    assert not (tmp_path / "broken.pt").exists()


def test_a_checkpoint_of_another_recipe_is_not_used(tmp_path, capsys):
    _, images, labels = small_net()
    for lr in (0.05, 0.01):
        net = nn.Sequential(nn.Flatten(), nn.Linear(168, 4))
        checkpointed.train(net, images, labels, RECIPE | {"lr": lr, "epochs": 1}, 1, "trial", folder=tmp_path)
    assert "goes on" not in capsys.readouterr().out


def test_a_device_is_refused_with_a_sentence(tmp_path):
    on_processor = types.SimpleNamespace(NAME="trial", ABOUT="", parts=lambda quick: ({}, {"a": dict}))
    with pytest.raises(store.Unusable, match="on the processor only"):
        store.run(on_processor, folder=tmp_path, device="cpu")
    anywhere = types.SimpleNamespace(NAME="trial", ABOUT="", parts=lambda quick, device="cpu": ({}, {"a": lambda: {"on": device}}))
    with pytest.raises(store.Unusable, match="cannot be used"):
        store.run(anywhere, folder=tmp_path, device="no such device")
    assert '"on": "cpu"' in store.run(anywhere, folder=tmp_path, device="cpu").read_text()


# ---------------------------------------------------------------------------------------------- the copy of CIFAR-10

def test_pictures_from_a_zip(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / image_zip.FILE, "w") as pictures:
        for part, kind, shade in [("train", "cat", 250), ("train", "airplane", 30), ("test", "truck", 120)]:
            file = io.BytesIO()
            Image.fromarray(np.full((32, 32, 3), shade, np.uint8)).save(file, "JPEG")
            pictures.writestr(f"cifar10/{part}/{kind}/0000.jpg", file.getvalue())
    monkeypatch.setenv("STRIATE_DATA", str(tmp_path))
    assert downloads.origin("CIFAR10") == "copy recompressed as JPEG" and downloads.origin("MNIST") == "original"
    (train_x, train_y), (test_x, test_y) = data.load("cifar10")
    assert train_x.shape == (2, 3, 32, 32) and train_x.dtype == np.float32 and test_x.shape == (1, 3, 32, 32)
    assert train_y.tolist() == [0, 3] and test_y.tolist() == [9] and train_y.dtype == np.int64
    assert np.allclose(train_x.mean((1, 2, 3)), [30 / 255, 250 / 255], atol=0.01)
    (tmp_path / "cifar-10-batches-py").mkdir()
    assert downloads.origin("CIFAR10") == "original"
