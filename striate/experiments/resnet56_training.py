"""Lessons 12 and 13: ResNet-56 with and without its skip connections, trained on CIFAR-10 by one recipe, weights kept.

The network is lesson 12's own. Li et al. (2018) trained for 300 epochs; this budget is 10 epochs, so that the pair can
be made on a laptop's processor in about two hours: the result is a well-trained residual network and a plain one that
has hardly begun, and the lesson says so. The weights go to data/results/, the matrices rounded to float16, and
all numbers here are measured after that rounding.
"""
import json

import numpy as np
import torch

from striate import data, downloads
from striate.experiments import checkpointed
from striate.experiments.lessons import names_of
from striate.experiments.store import RESULTS
from striate.train import evaluate, one_cycle, set_seed

NAME = "resnet56_training"
ABOUT = "ResNet-56 with and without skip connections on CIFAR-10, the same ten epochs for both (Li et al. 2018)."
SHORTCUTS = {"skips": "A", "plain": "none"}
SEED = 1
# Mean and standard deviation of CIFAR-10's three colours, as they are commonly used.
COLOUR_MEAN, COLOUR_DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def parts(quick, device="cpu"):
    """One part per network. Quick: two epochs of 256 images."""
    recipe = {"data": f"cifar10 ({downloads.origin('CIFAR10')})", "images": 256 if quick else 50_000,
              "network": 'solutions/12_resnet, resnet_cifar(56, shortcut="A" or "none")',
              "initial weights": f"the lesson's own, seed {SEED}", "optimizer": "SGD, Nesterov",
              "lr": 0.1, "schedule": "one_cycle", "momentum": 0.9, "weight_decay": 5e-4, "batch_size": 128,
              "epochs": 2 if quick else 10, "flips": True, "evaluated on": "10,000 training images, 10,000 test images"}
    return recipe, {name: lambda name=name: _train(name, recipe, quick, device) for name in SHORTCUTS}


def network(name):
    """Lesson 12's ResNet-56, untrained; name: "skips" or "plain"."""
    return names_of("12_resnet")["resnet_cifar"](56, shortcut=SHORTCUTS[name])


def images():
    """CIFAR-10 as the networks take it: two pairs of images (N, 3, 32, 32), each colour of mean 0 and deviation 1,
    and labels (N,); tensors, in an order shuffled once and for all.
    """
    return [_shuffled(*part) for part in data.load("cifar10")]


def weights_path(name, quick=False):
    """Where the trained weights of "skips" or "plain" are."""
    folder = checkpointed.FOLDER if quick else RESULTS
    return folder / f"resnet56_{name}{'.quick' if quick else ''}.npz"


def load_trained(name, quick=False):
    """The trained network, in evaluation mode, and the dict of what was measured when it was trained.

    Raises FileNotFoundError with a sentence if it has not been trained here.
    """
    path = weights_path(name, quick)
    if not path.exists():
        raise FileNotFoundError(f"There are no weights of ResNet-56 ({name}) yet: run python -m striate.experiments "
                                f"{NAME}{' --quick' if quick else ''} first.")
    model = network(name)
    with np.load(path, allow_pickle=False) as stored:
        for number, tensor in enumerate(_tensors(model)):
            tensor.copy_(torch.from_numpy(stored[f"tensor_{number:03d}"]))
        measured = json.loads(str(stored["measured"]))
    return model.eval(), measured


def _train(name, recipe, quick, device):
    torch.set_num_threads(1)
    (train_x, train_y), test = images()
    set_seed(SEED)
    model, job = network(name), f"resnet56_{name}{'_quick' if quick else ''}"
    settings = recipe | {"schedule": one_cycle}
    told = checkpointed.train(model, train_x[:recipe["images"]], train_y[:recipe["images"]], settings, SEED, job, device)
    model.to("cpu")
    for tensor in _tensors(model):
        if tensor.ndim > 1:
            tensor.copy_(tensor.half())
    some = min(10_000, recipe["images"])
    train, test = (evaluate(model, (x[:some], y[:some]), batch_size=250) for x, y in ((train_x, train_y), test))
    measured = {"network": name, "seed": SEED, "parameters": sum(p.numel() for p in model.parameters()), **told,
                "final_train_loss": round(train.loss, 4), "final_train_error": round(train.error, 4),
                "test_loss": round(test.loss, 4), "test_error": round(test.error, 4), "trained_on": device}
    _save(model, weights_path(name, quick), measured | {"recipe": recipe})
    checkpointed.forget(job)
    return measured


def _save(model, path, measured):
    """All weights and batch-norm statistics, in the order in which the network registers them."""
    arrays = {f"tensor_{number:03d}": tensor.half().numpy() if tensor.ndim > 1 else tensor.numpy()
              for number, tensor in enumerate(_tensors(model))}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays, measured=np.array(json.dumps(measured)))


def _tensors(model):
    """Weights and running statistics of a network; the counters of batches, which nothing here uses, are left out."""
    return [tensor.detach() for tensor in model.state_dict().values() if tensor.is_floating_point()]


def _shuffled(pictures, labels):
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    shift, scale = (torch.tensor(numbers).view(1, 3, 1, 1) for numbers in (COLOUR_MEAN, COLOUR_DEVIATION))
    return (torch.from_numpy(pictures)[order] - shift) / scale, torch.from_numpy(labels)[order]
