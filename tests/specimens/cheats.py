"""Library calls in place of own work, in several disguises. They lose the points of their exercise."""
from .kit import LOOPS, Specimen

HELPERS = """
def _pair(value): return (value, value) if isinstance(value, int) else tuple(value)
def _batch(array): return torch.from_numpy(np.array(array, dtype=float))[None, None]
def _padded(array, padding): return np.pad(np.asarray(array, dtype=float), [(n, n) for n in _pair(padding)])
"""
ARGUMENTS = "_batch(image), _batch(kernel), None, _pair(stride), _pair(padding)"
BY = "def correlate2d_loops(image, kernel, stride=1, padding=0):\n"


def library(name, trick, call="", before="", body="", status="wrong", flags=()):
    body = body or f"    return {call}({ARGUMENTS})[0, 0].numpy()"
    return Specimen("library-" + name, trick, status, {"2.3": status}, answers={LOOPS: f"{before}\n{HELPERS}\n{BY}{body}"},
                    flags=flags, no_flags=() if not flags else None, message="was called" if status == "wrong" else "")


CHEATS = [
    library("plain", "F.conv2d.", "F.conv2d", flags=("conv2d",)),
    library("alias", "Another name for it.", "_mine", "from torch import conv2d as _mine", flags=("conv2d",)),
    library("swallowed", "The refusal is caught.", flags=("conv2d",),
            body=f"    try: return F.conv2d({ARGUMENTS})[0, 0].numpy()\n    except BaseException: return np.zeros((3, 3))"),
    library("getattr", "The name is put together from parts.", 'getattr(F, "con" + "v2d")'),
    library("eval", "The call is a string.", 'eval("F.conv2d")', flags=("eval",)),
    library("ops", "torch.ops.", "torch.ops.aten.conv2d", flags=("conv2d",)),
    library("module", "nn.Conv2d.", "_run", body="    return _run(image, kernel, stride, padding)",
            before="def _run(image, kernel, stride, padding):\n"
                   "    layer = torch.nn.Conv2d(1, 1, kernel.shape, _pair(stride), _pair(padding), bias=False).double()\n"
                   "    layer.weight.data = _batch(kernel)\n    return layer(_batch(image))[0, 0].detach().numpy()"),
    library("unfold", "F.unfold does the windows.", body="    x = _batch(_padded(image, padding))\n"
            "    columns = F.unfold(x, kernel.shape, stride=_pair(stride))[0].numpy()\n"
            "    return (np.ravel(kernel) @ columns).reshape((x.shape[2] - kernel.shape[0]) // _pair(stride)[0] + 1, -1)"),
    library("scipy", "scipy.signal.", before="import scipy.signal", flags=("correlate2d",),
            body="    down, right = _pair(stride)\n"
                 "    return scipy.signal.correlate2d(_padded(image, padding), kernel, 'valid')[::down, ::right]"),
    library("numpy-rows", "np.correlate row by row.", flags=("correlate",),
            body="    x, (down, right) = _padded(image, padding), _pair(stride)\n"
                 "    return np.array([sum(np.correlate(x[r + i], k) for i, k in enumerate(np.asarray(kernel, float)))[::right]\n"
                 "                     for r in range(0, len(x) - len(kernel) + 1, down)])"),
]
