"""Run the parts of an experiment one after the other and keep what is done: data/results/NAME.json.

An experiment is a module with
    NAME:  the name of its file of results;
    ABOUT: one sentence on what it measures;
    parts(quick) -> (recipe, {part name: function without arguments -> dict}): recipe is a dict of all settings.
The file is written anew after every part. Started again, an experiment does only the parts that are missing, and it
starts over if the recipe has changed.
"""
import json
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy
import torch

RESULTS = Path(__file__).resolve().parent.parent.parent / "data" / "results"


def run(experiment, quick=False, only=None, folder=RESULTS):
    """Do the missing parts of an experiment (or those of `only` that are missing); returns the path of its results."""
    path = Path(folder) / f"{experiment.NAME}{'.quick' if quick else ''}.json"
    recipe, parts = experiment.parts(quick)
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
                     "wall_seconds": round(time.monotonic() - wall, 1), "finished": _now(), **_machine()}
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


def _machine():
    """Versions and hardware, as a result should state them."""
    return {"versions": {"python": platform.python_version(), "numpy": numpy.__version__, "torch": torch.__version__},
            "hardware": f"{_processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} thread(s) used"}


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
