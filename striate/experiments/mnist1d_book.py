"""Lesson 06: the two networks of Understanding Deep Learning, figure 10.8, by the book's own long recipe.

S. J. D. Prince (2023), Understanding Deep Learning, section 10.2: both networks train for 100,000 steps of plain
stochastic gradient descent, learning rate 0.01, batches of 100, cross-entropy; published test error about 17 % and 40 %.
The recipe is quoted from memory of the book's text. The initial weights are ours: He normal.
"""
import torch

from striate import data
from striate.experiments.lessons import names_of
from striate.train import evaluate, fit

NAME = "mnist1d_book"
ABOUT = "Convolutional and dense network on MNIST-1D, 100,000 steps of plain SGD at lr 0.01 (UDL figure 10.8)."


def parts(quick):
    """One part per network and seed. Quick: one seed, 2,000 steps."""
    steps, seeds = (2_000, [1]) if quick else (100_000, [1, 2, 3, 4, 5])
    recipe = {"data": "mnist1d", "networks": "solutions/06_signals", "initial weights": "He normal, biases 0",
              "optimizer": "SGD", "lr": 0.01, "momentum": 0.0, "weight_decay": 0.0, "batch_size": 100, "steps": steps}
    return recipe, {f"{network}-{seed}": lambda network=network, seed=seed: _train(network, seed, recipe)
                    for seed in seeds for network in ("cnn", "dense")}


def _train(network, seed, recipe):
    torch.set_num_threads(1)
    lesson = names_of("06_signals")
    train, test = data.load("mnist1d")
    model = lesson["fresh"](lesson["Mnist1dCnn" if network == "cnn" else "DenseRival"], seed)
    history = fit(model, train, test, steps=recipe["steps"], batch_size=recipe["batch_size"], lr=recipe["lr"],
                  seed=seed, check_every=recipe["steps"] // 50, keep_best=False, label=f"{network}, seed {seed}")
    return {"network": network, "seed": seed, "parameters": sum(p.numel() for p in model.parameters()),
            "train_error": evaluate(model, train).error, "test_error": evaluate(model, test).error,
            "curves": {"epoch": history.epoch, "train_error": history.error["train"],
                       "test_error": history.error["validation"]}}
