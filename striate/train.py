"""Train and test a network: `fit` and `evaluate`, for data that fits into memory.

A data set is a pair (inputs, targets) of arrays or tensors with the examples along the first axis, as `data.load`
gives it. Batches are taken by indexing one tensor, which is many times faster than collecting single examples.
"""
import math
import random
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from striate.progress import ProgressLine


class Score(NamedTuple):
    """What `evaluate` finds. loss: mean over the examples; error: share of wrong answers, 0 to 1 (or the metric)."""
    loss: float
    error: float | None


@dataclass
class History:
    """The course of a training; every list has one entry per check (by default one per epoch).

    Draw it with `plot.show_curves(history.epoch, history.loss, "epoch", "loss")`, or history.error.
    """
    epoch: list = field(default_factory=list)          # passes over the training data so far
    lr: list = field(default_factory=list)             # learning rate of the last step
    train: list = field(default_factory=list)          # Score: mean over the batches since the last check, as trained
    validation: list = field(default_factory=list)     # Score: all validation data, in evaluation mode
    best: int | None = None                            # which check had the lowest validation loss
    stopped: str | None = None                         # why the training ended early, if it did

    @property
    def loss(self):
        """{"train": losses, "validation": losses}, the latter only if there was validation data."""
        return self._curves("loss")

    @property
    def error(self):
        """The same for the errors."""
        return self._curves("error")

    def _curves(self, what):
        curves = {"train": self.train, "validation": self.validation}
        return {name: [getattr(score, what) for score in scores] for name, scores in curves.items() if scores}


def fit(model, train, validation=None, *, epochs=None, steps=None, batch_size=100, lr=0.05, momentum=0.0,
        nesterov=False, weight_decay=0.0, optimizer="sgd", schedule=None, loss=F.cross_entropy, metric=None,
        augment=None, seed=0, device=None, check_every=None, keep_best=True, progress=True, label=None):
    """Train `model` in place and return its History.

    train, validation: pairs (inputs, targets). epochs or steps: how long, one of the two.
    batch_size: examples per step; the order is shuffled anew in each epoch, the last batch may be smaller.
    lr, momentum, nesterov, weight_decay: as in torch.optim; optimizer: "sgd" or "adam".
    schedule: None for a constant rate, or a function of the share of steps done (0 to 1) that gives the factor of lr,
        such as `step_decay(0.5, 0.75)`, `cosine` or `one_cycle`.
    loss: function (outputs, targets) -> mean loss. metric: the same for `error`; by default the share of wrong classes
        if the targets are class numbers, else none.
    augment: function (inputs, generator) -> inputs, applied to each training batch.
    seed: of the batch order, dropout and augmentation; the global random state is left as it was. The initial weights
        are drawn when the model is made: call `set_seed` before that.
    device: such as "cuda"; by default the one the model is on. check_every: steps between two checks (default: an epoch).
    keep_best: end with the weights that had the lowest validation loss at a check, if there is validation data.
    progress: show a bar and leave one line of text, which begins with `label` (default: the model's class).

    Ctrl-C (the stop button) and a loss that is no longer a number end the training early; history.stopped says so.
    Raises ValueError for unusable settings.
    """
    if (epochs is None) == (steps is None):
        raise ValueError("fit needs either epochs=… or steps=…, one of the two.")
    if (epochs if steps is None else steps) < 1 or batch_size < 1:
        raise ValueError("fit needs at least one step or epoch, and at least one example in a batch.")
    device = torch.device(device or _device_of(model))
    inputs, targets = _tensors(train, device)
    validation = _tensors(validation, device) if validation is not None else None
    per_epoch = math.ceil(len(inputs) / batch_size)
    total = steps if steps is not None else epochs * per_epoch
    check_every = check_every or per_epoch
    metric = metric or _default_metric(targets)
    step_rule = _optimizer(optimizer, model.to(device), lr, momentum, nesterov, weight_decay)
    history, best_state = History(), None
    bar = ProgressLine(total, progress)

    with _one_thread_if_small(inputs), _random_numbers(seed, device) as generator:
        sums, batches = np.zeros(3), _batches(len(inputs), batch_size, generator)
        model.train()
        try:
            for step in range(total):
                index = next(batches).to(device)
                batch = augment(inputs[index], generator) if augment else inputs[index]
                rate = lr * (schedule(step / total) if schedule else 1.0)
                for group in step_rule.param_groups:
                    group["lr"] = rate
                outputs = model(batch)
                value = loss(outputs, targets[index])
                step_rule.zero_grad(set_to_none=True)
                value.backward()
                step_rule.step()

                error = float(metric(outputs.detach(), targets[index])) if metric else 0.0
                sums += len(index) * np.array([1.0, value.item(), error])
                if not math.isfinite(sums[1]):
                    history.stopped = f"stopped at step {step + 1}: the loss is {value.item()}"
                bar.update(step + 1, f"loss {value.item():.4f}")
                if (step + 1) % check_every == 0 or step + 1 == total or history.stopped:
                    _record(history, (step + 1) / per_epoch, rate, sums, metric)
                    sums[:] = 0
                    if validation is not None:
                        history.validation.append(evaluate(model, validation, loss=loss, metric=metric))
                        if _is_best(history):
                            history.best, best_state = len(history.epoch) - 1, _copy_of_state(model)
                if history.stopped:
                    break
        except KeyboardInterrupt:
            history.stopped = f"interrupted at step {step + 1}"

    if keep_best and best_state is not None:
        model.load_state_dict(best_state)
    model.eval()
    bar.finish(_summary(label or type(model).__name__, history, keep_best))
    return history


def evaluate(model, data, *, batch_size=1000, loss=F.cross_entropy, metric=None):
    """The Score of a model on a pair (inputs, targets), in evaluation mode; the model's mode is put back afterwards.

    loss, metric: as in `fit`; both are averaged over the examples.
    """
    inputs, targets = _tensors(data, _device_of(model))
    metric = metric or _default_metric(targets)
    was_training, sums = model.training, np.zeros(2)
    model.eval()
    with torch.no_grad():
        for x, y in zip(inputs.split(batch_size), targets.split(batch_size)):
            outputs = model(x)
            sums += len(x) * np.array([float(loss(outputs, y)), float(metric(outputs, y)) if metric else 0.0])
    model.train(was_training)
    mean = sums / len(inputs)
    return Score(float(mean[0]), float(mean[1]) if metric else None)


def set_seed(seed):
    """Seed Python, NumPy and torch, so that what is drawn next (initial weights, say) is the same in every run."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


# ---------------------------------------------------------------------------------------------- schedules

def step_decay(*milestones, factor=0.1):
    """A schedule that multiplies the rate by `factor` at each milestone, a share of all steps between 0 and 1."""
    return lambda done: factor ** sum(done >= milestone - 1e-9 for milestone in milestones)


def cosine(done):
    """A schedule from 1 down to 0 along half a cosine. Loshchilov and Hutter (2017)."""
    return 0.5 * (1 + math.cos(math.pi * done))


def one_cycle(done, peak=0.3, start=0.04):
    """A schedule that climbs from `start` to 1 until `peak`, then falls to 0, both along half cosines. Smith (2018)."""
    if done < peak:
        return start + (1 - start) * (1 - cosine(done / peak))
    return cosine((done - peak) / (1 - peak))


# ---------------------------------------------------------------------------------------------- parts of fit

def _tensors(pair, device):
    """(inputs, targets) on a device; numbers with a fraction become float32, whole targets int64."""
    inputs, targets = (torch.as_tensor(part) for part in pair)
    if len(inputs) != len(targets) or len(inputs) == 0:
        raise ValueError(f"There are {len(inputs)} inputs and {len(targets)} targets; both must be the same and not 0.")
    inputs = inputs.to(device, torch.get_default_dtype())
    return inputs, targets.to(device, torch.get_default_dtype() if targets.is_floating_point() else torch.int64)


def _device_of(model):
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def _default_metric(targets):
    if targets.is_floating_point():
        return None
    return lambda outputs, targets: (outputs.argmax(1) != targets).sum().item() / len(targets)


def _optimizer(name, model, lr, momentum, nesterov, weight_decay):
    if name == "sgd":
        return torch.optim.SGD(model.parameters(), lr, momentum, nesterov=nesterov, weight_decay=weight_decay)
    if name == "adam":
        return torch.optim.Adam(model.parameters(), lr, weight_decay=weight_decay)
    raise ValueError(f"There is no optimizer {name!r}; the names are sgd and adam.")


def _batches(count, batch_size, generator):
    """Index tensors without end: every example once per epoch, in a new random order each time."""
    while True:
        yield from torch.randperm(count, generator=generator).split(batch_size)


def _record(history, epoch, rate, sums, metric):
    history.epoch.append(epoch)
    history.lr.append(rate)
    history.train.append(Score(float(sums[1] / sums[0]), float(sums[2] / sums[0]) if metric else None))


def _is_best(history):
    losses = [score.loss for score in history.validation]
    return math.isfinite(losses[-1]) and (history.best is None or losses[-1] < losses[history.best])


def _copy_of_state(model):
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def _summary(label, history, keep_best):
    """One line that is the same in every run with the same seed: no times."""
    if not history.epoch:
        return f"{label}: {history.stopped}"
    parts = [f"{label}: {history.epoch[-1]:g} epochs", f"training loss {history.train[-1].loss:.4f}"]
    if history.validation:
        parts.append(f"validation loss {history.validation[-1].loss:.4f}")
        if history.best is not None:
            kept = "weights kept from" if keep_best else "best after"
            parts.append(f"{kept} epoch {history.epoch[history.best]:g} ({history.validation[history.best].loss:.4f})")
    return ", ".join(parts) + (f"; {history.stopped}" if history.stopped else "")


@contextmanager
def _one_thread_if_small(inputs):
    """Signals and vectors are too small to share: with one thread they train faster. Images keep all threads."""
    threads = torch.get_num_threads()
    if inputs.ndim <= 3 and inputs.device.type == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def _random_numbers(seed, device):
    """torch's random state seeded within the block and put back after it; gives a generator for the batch order."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield torch.Generator().manual_seed(seed)
