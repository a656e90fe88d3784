"""Right work that looks unusual, and unlucky work. It must get exactly the points it deserves."""
from .kit import (
    CONVOLVE, IM2COL, LESSON, LOOPS, NOT_DONE, PAD, PLACE, PRODUCT, SIZE, TOEPLITZ, VIEW, Specimen, duplicate, graded, index, load, solution, zipped,
)


def _blank_some(*cell_ids):
    """The answers as released, for a notebook of which a part is done."""
    return {cell.id: cell.released for cell in load(LESSON).cells if cell.id in cell_ids}


def _copied_cells(book):
    duplicate(book, IM2COL)
    duplicate(book, PAD, source=_blank_some(PAD)[PAD])           # a fresh copy below the answer, to look at
    duplicate(book, "test-2-4-order")
    duplicate(book, "imports")


def _move_cells(book):
    for cell_id, to in [(VIEW, "section-1"), ("test-2-2-frame", "closing"), (PRODUCT, "closing"), ("imports", "section-3")]:
        cell = book["cells"].pop(index(book, cell_id))
        book["cells"].insert(index(book, to), cell)


def _lose_metadata(book):
    for number, cell in enumerate(book["cells"]):
        cell["metadata"], cell["id"] = {}, f"{number:08x}"
    book["nbformat_minor"] = 4
    book["metadata"] = {}


def _delete_the_courses_cells(book):
    book["cells"] = [cell for cell in book["cells"] if not cell["metadata"].get("nbgrader", {}).get("locked")
                     and cell["id"] not in ("as-pair", "intro")]


def _run_and_save(book):
    """As after hours of work: outputs, counts, timing, widget state, another kernel's name."""
    for number, cell in enumerate(graded(book)):
        cell["metadata"].update(execution={"iopub.status.busy": "2026-01-01"}, collapsed=True, scrolled=False, tags=["later"])
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"output_type": "stream", "name": "stderr", "text": "UserWarning: loading\n" * 2000}]
    book["metadata"]["kernelspec"] = {"name": "conda-env-ml-py", "display_name": "ml", "language": "python"}
    book["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}


FLOAT32 = {
    PAD: "def pad2d(image, padding):\n    v, h = as_pair(padding)\n"
         "    return F.pad(torch.as_tensor(image).float(), (h, h, v, v))",
    LOOPS: "def correlate2d_loops(image, kernel, stride=1, padding=0):\n"
           "    x, (sv, sh) = pad2d(image, padding), as_pair(stride)\n    k = torch.as_tensor(kernel).float()\n"
           "    return [[float((x[r:r + k.shape[0], c:c + k.shape[1]] * k).sum()) for c in range(0, x.shape[1] - k.shape[1] + 1, sh)]\n"
           "            for r in range(0, x.shape[0] - k.shape[0] + 1, sv)]",
    PRODUCT: "def correlate2d(image, kernel, stride=1, padding=0, dilation=1):\n"
             "    flat = im2col(image, kernel.shape, stride, padding, dilation).astype('float32') @ kernel.astype('f4').ravel()\n"
             "    h = output_size(image.shape[0], kernel.shape[0], *(as_pair(n)[0] for n in (stride, padding, dilation)), True)\n"
             "    return np.matrix(flat.reshape(h, -1))",
}

OBJECTS = {
    SIZE: "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Axis:\n    size: int\n    padding: int = 0\n\n"
          "    @property\n    def room(self) -> int:\n        return self.size + 2 * self.padding\n\n"
          "class Counter:\n    def __call__(self, size: int, kernel_size: int, stride: int = 1, padding: int = 0,\n"
          "                 dilation: int = 1, floor: bool = False) -> int:\n"
          "        gaps, rest = divmod(Axis(size, padding).room - dilation * (kernel_size - 1) - 1, stride)\n"
          "        if gaps < 0 or (rest and not floor):\n            raise ValueError('does not fit')\n        return gaps + 1\n\n"
          "output_size = Counter()",
    IM2COL: "import functools\n\ndef noisy(function):\n    @functools.wraps(function)\n    def inner(*args, **kwargs):\n"
            "        calls.append(args)\n        return function(*args, **kwargs)\n    return inner\n\ncalls = []\n\n"
            "def windows(x, size, stride, dilation, shape):\n    for row in range(shape[0]):\n        for column in range(shape[1]):\n"
            "            top, left = row * stride[0], column * stride[1]\n"
            "            yield [x[top + i * dilation[0], left + j * dilation[1]] for i in range(size[0]) for j in range(size[1])]\n\n"
            "@noisy\ndef im2col(image, kernel_size, stride=1, padding=0, dilation=1):\n    x = pad2d(image, padding)\n"
            "    settings = [as_pair(n) for n in (kernel_size, stride, dilation)]\n"
            "    shape = [output_size(n, k, s, 0, d, True) for n, k, s, d in zip(x.shape, *settings)]\n"
            "    return list(windows(x, *settings, shape))",
    PRODUCT: "def correlate2d(image, kernel, stride=1, padding=0, dilation=1):\n"
             "    flat = np.array(im2col(image, kernel.shape, stride, padding, dilation)) @ kernel.ravel()\n"
             "    h = output_size(image.shape[0], kernel.shape[0], *(as_pair(n)[0] for n in (stride, padding, dilation)), True)\n"
             "    return flat.reshape(h, -1)",
    CONVOLVE: "def convolve2d(image, kernel, padding=0, turned=False):\n"
              "    return correlate2d(image, kernel, padding=padding) if turned else convolve2d(image, np.rot90(kernel, 2), padding, True)",
}

OTHER_CELLS = {
    SIZE: "from numpy import *\nfrom math import floor as down\nimport numpy as np\n\ndef output_size(*args, **kwargs):\n"
          "    return _size(*args, **kwargs)     # written further below",
    TOEPLITZ: "memory = {}\n\ndef toeplitz_matrix(kernel, image_shape, stride=1):\n"
              "    key = kernel.tobytes(), kernel.shape, tuple(image_shape), as_pair(stride)\n"
              "    if key not in memory:\n        pixels = np.eye(image_shape[0] * image_shape[1])\n"
              "        memory[key] = np.array([correlate2d(p.reshape(image_shape), kernel, stride).ravel() for p in pixels]).T\n"
              "    return memory[key]",
}

NOISE = ("import sys, warnings\nwarnings.warn('deprecated')\nprint('loading', file=sys.stderr)\nfor i in range(3000):\n    print(i, 'x' * 500)\n"
         "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'\n%time sum(range(10))\n!echo done\nimport asyncio\n"
         "await asyncio.sleep(0)\nfor n in range(3):\n    plt.figure(); plt.plot([n, 1]); plt.show()\n1 / 0")

HONEST = [
    Specimen("solved", "The full solution.", "correct"),
    Specimen("blank", "The release, untouched.", "not attempted", NOT_DONE, blank=True),
    Specimen("half-done", "Stopped after exercise 2.4.", "incomplete",
             {exercise: "not attempted" for exercise in ("2.5", "2.6", "2.7", "2.7p", "2.8")},
             answers=_blank_some(PRODUCT, CONVOLVE, TOEPLITZ, VIEW, "predict-2-7-entries")),
    Specimen("float32", "Torch tensors, float32, nested lists and np.matrix come back.", "correct", answers=FLOAT32),
    Specimen("objects", "A callable object, a dataclass, a decorator, a generator, recursion.", "correct", answers=OBJECTS),
    Specimen("other-cells", "Star imports, a helper in the last cell, a cache of own results.", "correct", answers=OTHER_CELLS,
             last=solution(SIZE).replace("def output_size", "def _size")),
    Specimen("noisy", "Warnings on stderr, prints without end, magics, await, figures, and an error in a scratch cell.", "correct",
             first=NOISE, answers={LOOPS: solution(LOOPS).replace("    for row", "    print('loops', 'y' * 10_000)\n    for row")}),
    Specimen("copied-cells", "Cells copied and pasted, below them an untouched copy.", "correct", edit=_copied_cells,
             flags=("duplicated",)),
    Specimen("moved-cells", "Cells moved to other places.", "correct", edit=_move_cells, flags=("moved",)),
    Specimen("lost-metadata", "All metadata and ids are gone, as after a converter.", "correct", edit=_lose_metadata,
             flags=("renamed",)),
    Specimen("tidied-up", "Test cells and the course's own cells deleted.", "correct", edit=_delete_the_courses_cells,
             flags=("missing",)),
    Specimen("run-and-saved", "Outputs, timings, tags and another kernel's name.", "correct", edit=_run_and_save),
    Specimen("renamed-file", "Another file name.", "correct", pack=lambda notebook: {f"{LESSON}/My final version (2).ipynb": notebook}),
    Specimen("nested", "The lesson's folder within itself.", "correct",
             pack=lambda notebook: {f"{LESSON}/{LESSON}/convolution.ipynb": notebook}),
    Specimen("as-zip", "A zip in place of a folder.", "correct",
             pack=lambda notebook: {"as-zip.zip": zipped({PLACE: notebook})}),
    Specimen("utf-16", "Saved as UTF-16 by an editor.", "correct", pack=lambda notebook: {
        f"{LESSON}/convolution.ipynb": notebook.decode().encode("utf-16")}),
    Specimen("one-crash", "An IndexError in one exercise.", "crashed", {"2.8": "crashed"}, message="IndexError",
             answers={VIEW: "def im2col_view(image, kernel_size, stride=1, dilation=1):\n    return [image][1]"}),
    Specimen("one-syntax-error", "A cell that does not parse.", "crashed", {"2.7": "crashed"}, message="SyntaxError",
             answers={TOEPLITZ: "def toeplitz_matrix(kernel, image_shape, stride=1:\n    return kernel"}),
    Specimen("one-wrong", "The kernel is not turned.", "wrong", {"2.6": "wrong"}, message="cross-correlation|turned",
             answers={CONVOLVE: "def convolve2d(image, kernel, padding=0):\n    return correlate2d(image, kernel, padding=padding)"}),
    Specimen("changes-arguments", "Padding is written into the caller's image.", "wrong", {"2.2": "wrong"}, message="must not change",
             answers={PAD: solution(PAD).replace("    return padded", "    image[:] = 0\n    return padded"),
                      LOOPS: solution(LOOPS).replace("pad2d(image", "pad2d(image.copy()"),
                      IM2COL: solution(IM2COL).replace("pad2d(image", "pad2d(image.copy()")}),
]
