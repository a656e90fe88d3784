"""Run the parts of an experiment one after the other and keep what is done: data/results/NAME.json.

An experiment is a module with
    NAME:  the name of its file of results;
    ABOUT: one sentence on what it measures;
    parts(quick) -> (recipe, {part name: function without arguments -> dict}): recipe is a dict of all settings;
    or parts(quick, device="cpu") where the work can be done on another device. The device is no part of the recipe.
The file is written anew after every part. Started again, an experiment does only the parts that are missing, and it
starts over if the recipe has changed.
"""
import inspect
import json
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy
import torch

RESULTS = Path(__file__).resolve().parent.parent.parent / "data" / "results"


class Unusable(Exception):
    """The experiment cannot be run in this way; the text says why."""


def run(experiment, quick=False, only=None, folder=RESULTS, device=None):
    """Do the missing parts of an experiment (or those of `only` that are missing); returns the path of its results.

    device: such as "cuda", for the experiments that take one; None: the processor. Raises Unusable with a sentence.
    """
    path = Path(folder) / f"{experiment.NAME}{'.quick' if quick else ''}.json"
    recipe, parts = experiment.parts(quick, **_device(experiment, device))
    for name, work in parts.items():
        if only and name not in only:
            continue
        if name in _finished(path, recipe):
            print(f"{name}: done before")
            continue
        print(f"{name}: started", flush=True)
        wall, cpu = time.monotonic(), time.process_time()
        measured = work()
        measured |= {"cpu_seconds": round(time.process_time() - cpu, 1),
                     "wall_seconds": round(time.monotonic() - wall, 1), "finished": _now(), **_machine(device)}
        # Read again just before writing: another process may have added its part meanwhile.
        done = _finished(path, recipe) | {name: measured}
        _write(path, {"experiment": experiment.NAME, "about": experiment.ABOUT, "quick": quick, "recipe": recipe,
                      "parts": {part: done[part] for part in parts if part in done}})
        print(f"{name}: finished after {measured['cpu_seconds']} s of processor time", flush=True)
    return path


def _finished(path, recipe):
    """The parts in a file of results that were made by the same recipe."""
    if not path.exists():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))
    return stored["parts"] if stored["recipe"] == recipe else {}


def _write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    scratch.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(scratch, path)


def _now():
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _device(experiment, device):
    """{"device": device} if one is asked for, after a look whether the experiment and this computer can use it."""
    if device is None:
        return {}
    if "device" not in inspect.signature(experiment.parts).parameters:
        raise Unusable(f"{experiment.NAME} computes on the processor only; leave --device out.")
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError):
        raise Unusable(f"The device {device!r} cannot be used by torch on this computer.") from None
    return {"device": device}


def _machine(device=None):
    """Versions and hardware, as a result should state them."""
    hardware = f"{_processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} thread(s) used{_accelerator(device)}"
    return {"versions": {"python": platform.python_version(), "numpy": numpy.__version__, "torch": torch.__version__},
            "hardware": hardware}


def _accelerator(device):
    if device is None or torch.device(device).type != "cuda":
        return ""
    return f", {torch.cuda.get_device_name(device)}"


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
