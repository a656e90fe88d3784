"""A training that takes hours and survives being stopped: it goes on from its last checkpoint, with the same numbers.

`striate.train.fit` is what lessons use. This one adds what a long run needs: a checkpoint every few minutes, bfloat16
where the processor has it, any device. Everything random is drawn from (seed, epoch) alone, so a run that was stopped
and went on sees the same batches as one that was not.
"""
import json
import os
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from striate.progress import ProgressLine

FOLDER = Path(__file__).resolve().parent.parent.parent / "data" / "cache" / "checkpoints"    # git ignores data/cache
SAVE_EVERY = 180                                                                             # seconds


def train(model, images, labels, recipe, seed, name, device="cpu", folder=FOLDER):
    """Train `model` in place by stochastic gradient descent with momentum.

    images: (N, channels, H, W) float32; labels: (N,) int64. recipe: a dict with lr, momentum, weight_decay, batch_size,
    epochs, schedule (function of the share of steps done), flips (bool: mirror half of the images, drawn anew).
    name: of the checkpoint's file, which is deleted by `forget(name)`.
    Returns {"precision", "train_loss": one mean per epoch, "train_seconds": processor time over all its runs}.
    Raises FloatingPointError if the loss is no longer a number.
    """
    half = has_bfloat16(device)
    channels_last = torch.channels_last if images.ndim == 4 else torch.preserve_format
    model.to(device, memory_format=channels_last).train()
    rule = torch.optim.SGD(model.parameters(), recipe["lr"], recipe["momentum"], nesterov=True,
                           weight_decay=recipe["weight_decay"])
    per_epoch = len(images) // recipe["batch_size"]
    total, state = per_epoch * recipe["epochs"], {"step": 0, "losses": [], "sum": 0.0, "seconds": 0.0}
    path = Path(folder) / f"{name}.pt"
    _resume(path, model, rule, state, _identity(recipe, seed, len(images)))
    bar, saved, clock = ProgressLine(total), time.monotonic(), time.process_time()
    images, labels = images.to(device), labels.to(device)

    for step in range(state["step"], total):
        epoch, place = divmod(step, per_epoch)
        if place == 0 or step == state["step"]:
            order, mirrored = _epoch_order(len(images), seed, epoch, recipe["flips"], device)
        index = order[place * recipe["batch_size"]:(place + 1) * recipe["batch_size"]]
        batch = torch.where(mirrored[index].view(-1, 1, 1, 1), images[index].flip(-1), images[index])
        for group in rule.param_groups:
            group["lr"] = recipe["lr"] * recipe["schedule"](step / total)
        with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=half):
            loss = F.cross_entropy(model(batch.contiguous(memory_format=channels_last)), labels[index])
        rule.zero_grad(set_to_none=True)
        loss.backward()
        rule.step()

        value = loss.item()
        if value != value:
            raise FloatingPointError(f"{name}: the loss is not a number at step {step + 1}.")
        state["sum"] += value
        state["step"] = step + 1
        bar.update(step + 1, f"epoch {epoch + 1}, loss {value:.3f}")
        if place == per_epoch - 1:
            state["losses"].append(round(state["sum"] / per_epoch, 4))
            state["sum"] = 0.0
        if place == per_epoch - 1 or time.monotonic() - saved > SAVE_EVERY:
            state["seconds"] += time.process_time() - clock
            saved, clock = time.monotonic(), time.process_time()
            _save(path, model, rule, state, _identity(recipe, seed, len(images)))
        if place == per_epoch - 1:
            print(f"{name}: epoch {epoch + 1} of {recipe['epochs']}, training loss {state['losses'][-1]:.4f}, "
                  f"{state['seconds']:.0f} s of processor time", flush=True)
    model.eval()
    return {"precision": "bfloat16 products, float32 weights" if half else "float32", "train_loss": state["losses"],
            "train_seconds": round(state["seconds"])}


def forget(name, folder=FOLDER):
    """Delete a checkpoint: to be called when the result of the training is safely written."""
    (Path(folder) / f"{name}.pt").unlink(missing_ok=True)


def has_bfloat16(device="cpu"):
    """True if the device multiplies bfloat16 numbers in hardware; elsewhere they are slower than float32."""
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    able = getattr(torch.cpu, "get_capabilities", dict)()           # older versions of torch do not tell
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _epoch_order(count, seed, epoch, flips, device):
    generator = torch.Generator().manual_seed(1000 * seed + epoch)
    order = torch.randperm(count, generator=generator)
    mirrored = (torch.rand(count, generator=generator) < 0.5) & flips
    return order.to(device), mirrored.to(device)


def _identity(recipe, seed, count):
    """Text that tells one training from another: a checkpoint of a different recipe is not used."""
    plain = {name: value if not callable(value) else value.__name__ for name, value in recipe.items()}
    return json.dumps([plain, seed, count], sort_keys=True)


def _resume(path, model, rule, state, identity):
    if not path.exists():
        return
    stored = torch.load(path, map_location="cpu", weights_only=True)
    if stored["identity"] == identity:
        model.load_state_dict(stored["model"])
        rule.load_state_dict(stored["rule"])
        state.update(stored["state"])
        print(f"{path.stem}: goes on after step {state['step']}", flush=True)


def _save(path, model, rule, state, identity):
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    torch.save({"identity": identity, "model": model.state_dict(), "rule": rule.state_dict(), "state": state}, scratch)
    os.replace(scratch, path)
