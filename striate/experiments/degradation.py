"""Lesson 11: plain and residual networks of 8 to 56 layers on MNIST-1D, every other setting the same.

After K. He, X. Zhang, S. Ren and J. Sun (2015), Deep Residual Learning for Image Recognition, arXiv:1512.03385, section
4.2: the plan of 6n + 2 layers, batch norm after each convolution, He's weights, momentum 0.9, weight decay 1e-4, a
learning rate of 0.1 divided by 10 twice. Theirs are images (CIFAR-10, widths 16/32/64, 64,000 steps); ours are signals
(widths 8/16/32, 800 steps), so that a pair takes a minute.
"""
import torch

from striate import data
from striate.experiments.lessons import names_of
from striate.train import evaluate, fit, set_seed, step_decay

NAME = "degradation"
ABOUT = "Plain and residual networks of 8 to 56 layers on MNIST-1D: the deeper plain net is worse on its training data."


def parts(quick, device="cpu"):
    """One part per network, depth and seed, first those of the pair 20 and 56. Quick: two epochs, one seed, that pair."""
    epochs, seeds, depths = (2, [1], []) if quick else (20, [1, 2, 3], [44, 32, 8])
    runs = [(seed, depth) for seed in seeds for depth in (20, 56)] + [(seed, depth) for seed in seeds for depth in depths]
    recipe = {"data": "mnist1d", "networks": "solutions/11_gradients", "widths": [8, 16, 32], "optimizer": "SGD", "lr": 0.1,
              "schedule": "divided by 10 at 50 % and 75 %", "momentum": 0.9, "weight_decay": 1e-4, "batch_size": 100,
              "epochs": epochs}
    return recipe, {f"{network}-{depth}-{seed}":
                    lambda network=network, depth=depth, seed=seed: _train(network, depth, seed, recipe, device)
                    for seed, depth in runs for network in ("plain", "residual")}


def _train(network, depth, seed, recipe, device):
    torch.set_num_threads(1)
    lesson = names_of("11_gradients")
    training, test = data.load("mnist1d")
    set_seed(seed)
    model = lesson["PlainNet" if network == "plain" else "ResidualNet"](depth, recipe["widths"][0])
    at_start = _weight_gradients(lesson, model, training)
    history = fit(model, training, test, epochs=recipe["epochs"], batch_size=recipe["batch_size"], lr=recipe["lr"],
                  momentum=recipe["momentum"], weight_decay=recipe["weight_decay"], schedule=step_decay(0.5, 0.75),
                  seed=seed, device=device, keep_best=False, label=f"{network}-{depth}, seed {seed}")
    return {"network": network, "depth": depth, "seed": seed, "parameters": sum(p.numel() for p in model.parameters()),
            "train_error": evaluate(model, training).error, "test_error": evaluate(model, test).error,
            "weight_gradients_at_start": at_start,
            "curves": {"epoch": history.epoch, "train_error": history.error["train"],
                       "test_error": history.error["validation"]}}


def _weight_gradients(lesson, model, training):
    """Norms of the gradients by the weights before training, first layer first, on the first 256 examples."""
    batch = tuple(torch.as_tensor(part[:256]) for part in training)
    return [float(f"{by_weight:.4g}") for _, by_weight in lesson["gradient_norms"](model, batch).values()]
