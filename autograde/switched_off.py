"""Library functions switched off for one call of a student's function, on the student's side of the wall.

striate.check does this with a profiler, which sees what Python code calls. Roads that go round Python code, such as
map(F.conv2d, …), functools.partial, torch.ops, torch.jit and other threads, end here: torch's own kernels are replaced
for the time of the call (https://docs.pytorch.org/docs/stable/library.html), and the profiler is guarded.

All of this runs beside the student's code, which can undo it if it sets out to; autograde.code_look tells a person.
"""
import sys
import threading

import torch

from striate import check

DEVICES = ("CPU", "MkldnnCPU")
RELATIVES = {                    # C functions below the named ones
    "numpy.correlate": ("numpy.correlate2",),
    "scipy.correlate2d": ("scipy._convolve2d", "scipy._correlateND", "scipy._linear_filter"),
    "torch.im2col": ("sklearn.extract_patches_2d", "sklearn._extract_patches"),
}
TAKES_THE_WATCH_OFF = (sys.setprofile, threading.setprofile)
_call_without = check.call_without       # bound before a student's code can put something else in its place
_set_profile, _get_profile = sys.setprofile, sys.getprofile


def call_without(names, function, arguments, keywords):
    """As striate.check.call_without: the function's value, or check.NotAllowed if it called one of `names`."""
    violations = []
    kernels = _replace_kernels(names, violations)
    everything = [*names, *(relative for name in names for relative in RELATIVES.get(name, ()))]
    try:
        value = _call_without(everything, _watched(function, violations), arguments, keywords)
    except check.NotAllowed:
        raise
    except BaseException:
        if not violations:
            raise
    finally:
        kernels._destroy()
    if violations:                       # also when the student's code caught the error and went on
        raise check.NotAllowed(violations[0]) from None
    return value


def _replace_kernels(names, violations):
    """Let torch's kernels of these names refuse, whoever calls them; the returned library's _destroy() ends it."""
    library = torch.library.Library("aten", "IMPL")
    for kernel in _kernels(names):
        for device in DEVICES:
            library.impl(kernel, _refusal(kernel, violations), device)
    return library


def _kernels(names):
    """torch's kernels behind names such as torch.conv2d: for a convolution, every kernel that has to do with one."""
    wanted = {name.split(".")[-1] for name in names if name.startswith("torch.")}
    if not wanted:
        return []
    known = {name.removeprefix("aten::") for name in torch._C._dispatch_get_registrations_for_dispatch_key("CPU")
             if name.startswith("aten::")} | {"convolution", "convolution_overrideable"}
    convolutions = {name for name in known if "conv" in name and "convert" not in name}
    return sorted((convolutions if "convolution" in wanted else set()) | {name for name in known if name.split(".")[0] in wanted})


def _refusal(kernel, violations):
    def refuse(*arguments, **keywords):
        violations.append(f"torch.{kernel.split('.')[0].lstrip('_')}")
        raise check.NotAllowed(violations[-1])
    return refuse


def _watched(function, violations):
    """The function, run so that taking off the profiler of check.call_without counts as calling what it watches for."""
    def guarded(*arguments, **keywords):
        watch, at_work = _get_profile(), True

        def guard(frame, event, callee):
            if at_work and event == "c_call" and callee in TAKES_THE_WATCH_OFF:
                violations.append("sys.setprofile")
                raise check.NotAllowed("sys.setprofile")
            watch(frame, event, callee)

        _set_profile(guard)
        try:
            return function(*arguments, **keywords)
        finally:
            at_work = False
            _set_profile(watch)
    return guarded
