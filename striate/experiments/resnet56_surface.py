"""Lesson 13: the loss surface of ResNet-56 with and without skip connections, filter-normalised, on one pair of axes.

Li et al. (2018), figure 1, has 51 × 51 points of nets trained for 300 epochs. Here: 25 × 25 points, 512 training images,
the weights of `resnet56_training` (ten epochs; see there). The same directions' seed for both networks. The numbers are
float32 and not interpolated; how to have them forty times cheaper is in landscape.py and tests/benchmarks/surface.py.
"""
import numpy as np
import torch

from striate.experiments import resnet56_training
from striate.experiments.landscape import directions, local_minima, log_mean, losses

NAME = "resnet56_surface"
ABOUT = "Filter-normalised loss surfaces of the two networks of resnet56_training (Li et al. 2018, figure 1)."


def parts(quick, device="cpu"):
    """One part per network. Quick: 5 × 5 points, 16 images, the weights of the quick training."""
    recipe = {"weights": "data/results/resnet56_skips.npz and resnet56_plain.npz, of resnet56_training",
              "directions": "normal, scaled to the norm of each filter; biases and batch norm left alone",
              "directions_seed": 1, "limit": 1.0, "points": 5 if quick else 25, "images": 16 if quick else 512,
              "images from": "training set, not mirrored", "batch norm": "prediction mode, folded",
              "precision": "float32"}
    return recipe, {name: lambda name=name: _measure(name, recipe, quick, device) for name in resnet56_training.SHORTCUTS}


def _measure(name, recipe, quick, device):
    torch.set_num_threads(1)
    model, training = resnet56_training.load_trained(name, quick)
    (images, labels), _ = resnet56_training.images()
    images, labels = images[:recipe["images"]].to(device), labels[:recipe["images"]].to(device)
    positions = np.linspace(-recipe["limit"], recipe["limit"], recipe["points"])
    pair = directions(model, recipe["directions_seed"])
    surface = np.concatenate([log_mean(losses(model, pair, images, labels, [a], positions, label=f"{name}: a = {a:+.3f}"))
                              for a in positions])
    return {"network": name, "positions": [round(p, 6) for p in positions.tolist()],
            "log10_loss": np.round(surface, 4).tolist(),
            "centre": round(float(surface[len(surface) // 2, len(surface) // 2]), 4),
            "local_minima": local_minima(surface), "training": training}
