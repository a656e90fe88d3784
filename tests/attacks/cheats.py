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
    library("getattr", "The name is put together from parts.", 'getattr(F, "con" + "v2d")', flags=("getattr",)),
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
    library("map", "Called by C code, which a profiler does not see.", flags=("conv2d",),
            body=f"    return next(map(F.conv2d, *([argument] for argument in ({ARGUMENTS}))))[0, 0].numpy()"),
    library("partial", "functools.partial.", "functools.partial(F.conv2d)", "import functools", flags=("conv2d",)),
    library("kernel", "The kernel below the function.", flags=("torch._C",),
            body="    return torch._C._nn.thnn_conv2d(_batch(image), _batch(kernel), kernel.shape, None, _pair(stride),\n"
                 "                                    _pair(padding))[0, 0].numpy()"),
    library("jit", "A compiled program.", flags=("torch.jit",),
            before="_mine = torch.jit.CompilationUnit('def f(x: Tensor, k: Tensor, s: List[int], p: List[int]):\\n'\n"
                   "                                  '    return torch.conv2d(x, k, None, s, p)\\n').f",
            body="    return _mine(_batch(image), _batch(kernel), list(_pair(stride)), list(_pair(padding)))[0, 0].numpy()"),
    library("thread", "Another thread, which the profiler does not watch.", flags=("concurrent",),
            before="from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\npool.submit(int).result()",
            body=f"    return pool.submit(F.conv2d, {ARGUMENTS}).result()[0, 0].numpy()"),
    library("unwatched", "Takes the profiler off and puts it back.", flags=("sys.setprofile",), before="import sys",
            body=f"    watch = sys.getprofile()\n    sys.setprofile(None)\n    result = F.conv2d({ARGUMENTS})\n"
                 "    sys.setprofile(watch)\n    return result[0, 0].numpy()"),
    library("patched", "The guard itself is replaced.", "F.conv2d", flags=("changes striate.check.call_without",),
            before="check.call_without = lambda names, function, arguments, keywords: function(*arguments, **keywords)"),
    library("scipy-inside", "scipy's C function below correlate2d.", before="import scipy.signal._sigtools as inside", flags=("_convolve2d",),
            body="    down, right = _pair(stride)\n    x, k = _padded(image, padding), np.array(kernel, dtype=float)\n"
                 "    return inside._convolve2d(x, k, 0, 0, 0, 0)[::down, ::right]"),
]
