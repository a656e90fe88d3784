"""Wrong and other right answers to the exercises of lesson 02; see autograde/mutants.py.

A wrong answer early in the lesson also spoils later answers that call it, since the solutions build on each other.
Those losses are listed with it: they are what a student who does the same would see.
"""
from autograde.mutants import Alternative, Mutant

SIZE, PAD = "exercise-2-1-output-size", "exercise-2-2-pad2d"
LOOPS, IM2COL = "exercise-2-3-correlate2d-loops", "exercise-2-4-im2col"
PRODUCT, CONVOLVE = "exercise-2-5-correlate2d", "exercise-2-6-convolve2d"
TOEPLITZ, VIEW = "exercise-2-7-toeplitz-matrix", "exercise-2-8-im2col-view"

FORMULA, DILATION, REFUSES = "test-2-1-stride-padding", "test-2-1-dilation", "test-2-1-refuses"
FRAME = "test-2-2-frame"
LOOP_VALUES, LOOP_OPTIONS = "test-2-3-values", "test-2-3-stride-padding"
ORDER, COL_OPTIONS, COL_DILATION = "test-2-4-order", "test-2-4-stride-padding", "test-2-4-dilation"
VALUES, OPTIONS = "test-2-5-values", "test-2-5-options"
FLIP, IMPULSE = "test-2-6-flip", "test-2-6-impulse"
MATRIX, MATRIX_STRIDE = "test-2-7-matrix", "test-2-7-stride"
WINDOWS, NO_COPIES = "test-2-8-windows", "test-2-8-no-copies"

LOOP = [LOOP_VALUES, LOOP_OPTIONS]
COLUMNS = [ORDER, COL_OPTIONS, COL_DILATION]
CORRELATION = [VALUES, OPTIONS]
CONVOLUTION = [FLIP, IMPULSE]
T_MATRIX = [MATRIX, MATRIX_STRIDE]
VIEWS = [WINDOWS, NO_COPIES]
USES_SIZE = LOOP + COLUMNS + CORRELATION + CONVOLUTION + T_MATRIX       # all that call output_size
USES_PAD = [LOOP_OPTIONS, COL_OPTIONS, OPTIONS] + CONVOLUTION


def size(why, edit, *loses):
    return Mutant(SIZE, why, edit=edit, loses=loses)


OUTPUT_SIZE = [
    size("padding counted on one side only",
         ("room = size + 2 * padding", "room = size + padding"), FORMULA, OPTIONS, *CONVOLUTION),
    size("padding ignored", ("room = size + 2 * padding", "room = size"), FORMULA, OPTIONS, *CONVOLUTION),
    size("gaps counted, not positions", ("room // stride + 1", "room // stride"),
         FORMULA, DILATION, REFUSES, *USES_SIZE),
    size("+ 1 before the division", ("room // stride + 1", "(room + 1) // stride"),
         FORMULA, REFUSES, LOOP_OPTIONS, COL_OPTIONS, COL_DILATION, OPTIONS, MATRIX_STRIDE),
    size("dilation counted as kernel size", ("dilation * (kernel_size - 1) + 1", "dilation * kernel_size"),
         DILATION, COL_DILATION, OPTIONS),
    size("covered size without the last pixel", ("dilation * (kernel_size - 1) + 1", "dilation * (kernel_size - 1)"),
         FORMULA, DILATION, REFUSES, *USES_SIZE),
    size("dilation ignored",
         ("dilation * (kernel_size - 1) + 1", "kernel_size"), DILATION, REFUSES, COL_DILATION, OPTIONS),
    size("gaps of size dilation between the numbers",
         ("dilation * (kernel_size - 1) + 1", "kernel_size + dilation - 1"),
         DILATION, REFUSES, COL_DILATION, OPTIONS),
    size("a fraction is never refused", ("if room % stride and not floor:", "if False:"), REFUSES),
    size("a fraction is refused with floor=True too", ("room % stride and not floor", "room % stride"),
         REFUSES, LOOP_OPTIONS, COL_OPTIONS, COL_DILATION, OPTIONS, MATRIX_STRIDE),
    size("floor means the opposite", ("and not floor", "and floor"),
         REFUSES, LOOP_OPTIONS, COL_OPTIONS, COL_DILATION, OPTIONS, MATRIX_STRIDE),
    size("rounded up", ("room // stride + 1", "-(-room // stride) + 1"),
         REFUSES, LOOP_OPTIONS, COL_OPTIONS, COL_DILATION, OPTIONS, MATRIX_STRIDE),
    size("no check of the fit", ("if room < 0:", "if False:"), REFUSES),
    size("a window that does not fit gives 0", ("if room < 0:\n", "if room < 0:\n        return 0\n"), REFUSES),
    size("a window that just fits is refused",
         ("room < 0", "room <= 0"), REFUSES, LOOP_VALUES, ORDER, COL_DILATION, *CORRELATION, MATRIX),
    size("fit checked without the padding", ("room < 0", "size < covered"), FORMULA, IMPULSE),
    size("fit checked without the dilation", ("room < 0", "size + 2 * padding < kernel_size"), REFUSES),
    size("another kind of error", [("raise ValueError(f\"a", "raise IndexError(f\"a"),
                                   ("raise ValueError(f\"{room}", "raise IndexError(f\"{room}")], REFUSES),
    Mutant(SIZE, "int() of a negative fraction", source='''
def output_size(size, kernel_size, stride=1, padding=0, dilation=1, floor=False):
    positions = (size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride
    if int(positions) != positions and not floor or int(positions) + 1 < 1:
        raise ValueError("impossible")
    return int(positions) + 1
''', loses=[REFUSES]),
    Alternative(SIZE, "counting a range", source='''
def output_size(size, kernel_size, stride=1, padding=0, dilation=1, floor=False):
    starts = range(0, size + 2 * padding - (kernel_size - 1) * dilation, stride)
    if len(starts) == 0 or (not floor and starts[-1] + (kernel_size - 1) * dilation + 1 != size + 2 * padding):
        raise ValueError("the window does not fit")
    return len(starts)
'''),
    Alternative(SIZE, "NumPy's floor, NumPy's integers", source='''
def output_size(size, kernel_size, stride=1, padding=0, dilation=1, floor=False):
    positions = np.float32(size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride + 1
    if size + 2 * padding < dilation * (kernel_size - 1) + 1:
        raise ValueError
    if not floor and positions != np.floor(positions):
        raise ValueError(f"{positions} positions")
    return np.int64(np.floor(positions))
'''),
]


def pad(why, edit, loses=USES_PAD):
    return Mutant(PAD, why, edit=edit, loses=[FRAME, *loses])


WHERE = "padded[vertical:vertical + height, horizontal:horizontal + width]"
PAD2D = [
    pad("top and left only",
        ("(height + 2 * vertical, width + 2 * horizontal)", "(height + vertical, width + horizontal)")),
    pad("bottom and right only",
        [("(height + 2 * vertical, width + 2 * horizontal)", "(height + vertical, width + horizontal)"),
                                  (WHERE, "padded[:height, :width]")]),
    pad("all zeros at the bottom and right", (WHERE, "padded[:height, :width]")),
    pad("height and width swapped", ("vertical, horizontal = as_pair", "horizontal, vertical = as_pair")),
    pad("vertical number used twice", ("as_pair(padding)\n", "as_pair(as_pair(padding)[0])\n")),
    pad("slice to minus padding, empty for 0", (WHERE, "padded[vertical:-vertical, horizontal:-horizontal]"),
        [*LOOP, *COLUMNS, *CORRELATION, *CONVOLUTION]),
    pad("np.pad with (vertical, horizontal) as it comes", (
        "return padded", "return np.pad(image, (vertical, horizontal))")),
    pad("ones instead of zeros", ("np.zeros(", "np.ones(")),
    pad("fractions cut off", ("2 * horizontal))", "2 * horizontal), dtype=int)"),
        [LOOP_OPTIONS, *COLUMNS, OPTIONS, FLIP]),
    pad("no padding at all", ("as_pair(padding)\n", "0, 0\n")),
    pad("the given number is the sum of both sides",
        ("= as_pair(padding)", "= (side // 2 for side in as_pair(padding))")),
    pad("the border repeated", ("return padded", 'return np.pad(image, ((vertical,), (horizontal,)), mode="edge")')),
    pad("the border mirrored",
        ("return padded", 'return np.pad(image, ((vertical,), (horizontal,)), mode="symmetric")')),
    pad("the given image is emptied", ("return padded", "image[:] = 0\n    return padded"), [LOOP_OPTIONS, OPTIONS]),
    pad("absolute values", ("] = image", "] = abs(image)"), [*LOOP, *COLUMNS, *CORRELATION, FLIP]),
    Alternative(PAD, "np.pad", edit=(
        "return padded", "return np.pad(image, [(vertical, vertical), (horizontal, horizontal)])")),
    Alternative(PAD, "float32", edit=("2 * horizontal))", "2 * horizontal), dtype=np.float32)")),
    Alternative(PAD, "joining blocks of zeros", source='''
def pad2d(image, padding):
    vertical, horizontal = (padding, padding) if isinstance(padding, int) else padding
    sides = np.zeros((len(image), horizontal))
    middle = np.hstack([sides, image, sides])
    ends = np.zeros((vertical, middle.shape[1]))
    return np.vstack([ends, middle, ends])
'''),
]


def loops(why, edit, *loses):
    return Mutant(LOOPS, why, edit=edit, loses=loses or LOOP)


CORRELATE2D_LOOPS = [
    loops("kernel flipped", ("window * kernel", "window * kernel[::-1, ::-1]")),
    loops("kernel transposed", ("window * kernel", "window * kernel.T")),
    loops("mean instead of sum", (".sum()", ".mean()")),
    loops("result cut to whole numbers", ("out_width))", "out_width), dtype=int)")),
    loops("result in the image's dtype", ("out_width))", "out_width), dtype=image.dtype)"), LOOP_VALUES),
    loops("height and width of the result swapped",
          ("np.zeros((out_height, out_width))", "np.zeros((out_width, out_height))")),
    loops("result transposed", ("return result", "return result.T")),
    loops("kernel taken as square", ("left:left + kernel_width", "left:left + kernel_height")),
    loops("last row not computed", ("in range(out_height)", "in range(out_height - 1)")),
    loops("last column not computed", ("in range(out_width)", "in range(out_width - 1)")),
    loops("stride's axes swapped", ("(down, right) =", "(right, down) ="), LOOP_OPTIONS),
    loops("stride on the height only", ("column * right", "column"), LOOP_OPTIONS),
    loops("vertical stride on both axes", ("column * right", "column * down"), LOOP_OPTIONS),
    loops("stride ignored where the window starts", ("row * down, column * right", "row, column"), LOOP_OPTIONS),
    loops("padding ignored", ("pad2d(image, padding)", "pad2d(image, 0)"), LOOP_OPTIONS),
    loops("vertical padding on both axes",
          ("pad2d(image, padding)", "pad2d(image, as_pair(padding)[0])"), LOOP_OPTIONS),
    loops("padding on one side",
          ("pad2d(image, padding)", "np.pad(image, [(n, 0) for n in as_pair(padding)])"), LOOP_OPTIONS),
    loops("negative results cut off", ("return result", "return np.maximum(result, 0)")),
    Mutant(LOOPS, "library convolution", source='''
def correlate2d_loops(image, kernel, stride=1, padding=0):
    image, kernel = torch.as_tensor(image, dtype=torch.float64), torch.as_tensor(kernel, dtype=torch.float64)
    return F.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0].numpy()
''', loses=LOOP),
    Alternative(LOOPS, "four loops into nested lists, no other exercise used", source='''
def correlate2d_loops(image, kernel, stride=1, padding=0):
    (down, right), (above, beside) = [(n, n) if isinstance(n, int) else n for n in (stride, padding)]
    height, width = len(image), len(image[0])
    result = []
    for top in range(-above, height + above - len(kernel) + 1, down):
        result.append([])
        for left in range(-beside, width + beside - len(kernel[0]) + 1, right):
            total = 0
            for i in range(len(kernel)):
                for j in range(len(kernel[0])):
                    if 0 <= top + i < height and 0 <= left + j < width:
                        total += image[top + i][left + j] * kernel[i][j]
            result[-1].append(total)
    return result
'''),
    Alternative(LOOPS, "torch float32, loops over the kernel", source='''
def correlate2d_loops(image, kernel, stride=1, padding=0):
    (down, right), (above, beside) = as_pair(stride), as_pair(padding)
    image, kernel = torch.tensor(image, dtype=torch.float32), torch.tensor(kernel, dtype=torch.float32)
    image = F.pad(image, (beside, beside, above, above))
    height, width = (n - k + 1 for n, k in zip(image.shape, kernel.shape))
    parts = [kernel[i, j] * image[i:i + height, j:j + width] for i in range(len(kernel)) for j in range(len(kernel[0]))]
    return sum(parts)[::down, ::right]
'''),
]


def im2col(why, edit, *loses):
    return Mutant(IM2COL, why, edit=edit, loses=loses or COLUMNS + CORRELATION + CONVOLUTION)


TOP, LEFT = "for top in range(0, height * gap_v, gap_v):", "for left in range(0, width * gap_h, gap_h):"
IM2COLS = [
    im2col("each window column by column", (f"{TOP}\n        {LEFT}", f"{LEFT}\n        {TOP}")),
    im2col("windows ordered down the columns", ("shifted.ravel()", "shifted.T.ravel()")),
    im2col("windows as columns", ("np.stack(columns).T", "np.stack(columns)")),
    im2col("numbers in a window backwards", ("np.stack(columns)", "np.stack(columns[::-1])")),
    im2col("kernel's height and width swapped", ("padded, (height, width)", "padded, (width, height)")),
    im2col("kernel taken as square", ("= pad2d(image, padding), as_pair(kernel_size)",
                                      "= pad2d(image, padding), as_pair(as_pair(kernel_size)[0])")),
    im2col("stride's axes swapped", ("(down, right), (gap", "(right, down), (gap"), COL_OPTIONS, OPTIONS),
    im2col("vertical stride on both axes", ("as_pair(stride)", "as_pair(as_pair(stride)[0])"), COL_OPTIONS, OPTIONS),
    im2col("stride ignored", ("as_pair(stride)", "(1, 1)"), COL_OPTIONS, COL_DILATION, OPTIONS),
    im2col("windows do not overlap", ("as_pair(stride)", "as_pair(kernel_size)")),
    im2col("padding ignored", ("pad2d(image, padding)", "pad2d(image, 0)"), COL_OPTIONS, OPTIONS, *CONVOLUTION),
    im2col("padding on one side", ("pad2d(image, padding)", "np.pad(image, [(n, 0) for n in as_pair(padding)])"),
           COL_OPTIONS, OPTIONS, *CONVOLUTION),
    im2col("padding's axes swapped", ("pad2d(image, padding)", "pad2d(image, as_pair(padding)[::-1])"),
           COL_OPTIONS, OPTIONS, *CONVOLUTION),
    im2col("dilation's axes swapped", ("(gap_v, gap_h) =", "(gap_h, gap_v) ="), COL_DILATION, OPTIONS),
    im2col("dilation ignored", ("as_pair(dilation)", "(1, 1)"), COL_DILATION, OPTIONS),
    im2col("dilation counted as kernel size", (f"{TOP}\n        {LEFT}",
           "for top in range(height * gap_v):\n        for left in range(width * gap_h):"), COL_DILATION, OPTIONS),
    im2col("size of the result without dilation",
           [(", dilation=gap_v", ""), (", dilation=gap_h", "")], COL_DILATION, OPTIONS),
    im2col("last column of windows missing", ("dilation=gap_h, floor=True)", "dilation=gap_h, floor=True) - 1")),
    im2col("fractions cut off", ("np.stack(columns).T", "np.stack(columns).T.astype(int)"), *COLUMNS, OPTIONS, FLIP),
    im2col("windows kept as squares", ("np.stack(columns).T", "np.stack(columns).T.reshape(-1, height, width)")),
    im2col("image cut into strips", ("np.stack(columns).T",
                                     "np.resize(image, (out_height * out_width, height * width))")),
    Mutant(IM2COL, "library unfold", source='''
def im2col(image, kernel_size, stride=1, padding=0, dilation=1):
    image = torch.as_tensor(image, dtype=torch.float64)[None, None]
    return F.unfold(image, kernel_size, dilation, padding, stride)[0].T.numpy()
''', loses=COLUMNS + CORRELATION + CONVOLUTION),
    Alternative(IM2COL, "row by row, float32", source='''
def im2col(image, kernel_size, stride=1, padding=0, dilation=1):
    padded = pad2d(image, padding).astype("float32")
    (kh, kw), (sv, sh), (dv, dh) = as_pair(kernel_size), as_pair(stride), as_pair(dilation)
    height, width = dv * (kh - 1) + 1, dh * (kw - 1) + 1
    return np.array([padded[top:top + height:dv, left:left + width:dh].ravel()
                     for top in range(0, padded.shape[0] - height + 1, sv)
                     for left in range(0, padded.shape[1] - width + 1, sh)])
'''),
    Alternative(IM2COL, "index arrays, no other exercise used", source='''
def im2col(image, kernel_size, stride=1, padding=0, dilation=1):
    pairs = [n if isinstance(n, tuple) else (n, n) for n in (kernel_size, stride, padding, dilation)]
    padded = np.pad(image, [(n, n) for n in pairs[2]])
    axes = []
    for size, (kernel, step, _, gap) in zip(padded.shape, zip(*pairs)):
        starts = np.arange(0, size - gap * (kernel - 1), step)
        axes.append(starts[:, None] + gap * np.arange(kernel)[None])
    rows, columns = axes
    return padded[rows[:, None, :, None], columns[None, :, None, :]].reshape(len(rows) * len(columns), -1)
'''),
    Alternative(IM2COL, "a window view, reshaped", source='''
def im2col(image, kernel_size, stride=1, padding=0, dilation=1):
    padded = pad2d(image, padding)
    (kh, kw), (sv, sh), (dv, dh) = as_pair(kernel_size), as_pair(stride), as_pair(dilation)
    windows = sliding_window_view(padded, ((kh - 1) * dv + 1, (kw - 1) * dh + 1))[::sv, ::sh, ::dv, ::dh]
    return windows.reshape(-1, kh * kw)
'''),
]


def product(why, edit, *loses):
    return Mutant(PRODUCT, why, edit=edit, loses=loses or CORRELATION + CONVOLUTION)


CORRELATE2D = [
    product("kernel flipped", ("kernel.ravel()", "kernel[::-1, ::-1].ravel()")),
    product("kernel transposed", ("kernel.ravel()", "kernel.T.ravel()")),
    product("kernel read column by column", ("kernel.ravel()", 'kernel.ravel(order="F")')),
    product("result folded column by column", ("reshape(out_height, -1)", 'reshape(out_height, -1, order="F")')),
    product("height and width of the result swapped", ("reshape(out_height, -1)", "reshape(-1, out_height)")),
    product("result not folded", ("results.reshape(out_height, -1)", "results")),
    product("kernel's height and width swapped", ("im2col(image, kernel.shape", "im2col(image, kernel.shape[::-1]")),
    product("mean instead of sum", ("return results", "return (results / kernel.size)")),
    product("result cut to whole numbers", ("return results", "return results.astype(int)")),
    product("negative results cut off", ("return results", "return np.maximum(results, 0)")),
    product("stride forgotten",
            ("kernel.shape, stride, padding, dilation)", "kernel.shape, 1, padding, dilation)"), OPTIONS),
    product("padding forgotten",
            ("kernel.shape, stride, padding, dilation)", "kernel.shape, stride, 0, dilation)"), OPTIONS, *CONVOLUTION),
    product("dilation forgotten",
            ("kernel.shape, stride, padding, dilation)", "kernel.shape, stride, padding)"), OPTIONS),
    product("dilation and padding exchanged",
            ("kernel.shape, stride, padding, dilation)", "kernel.shape, stride, dilation, padding)")),
    product("horizontal settings for the height",
            ("as_pair(setting)[0]", "as_pair(setting)[1]"), OPTIONS, *CONVOLUTION),
    product("result taken as square", ("reshape(out_height, -1)", "reshape(round(len(results) ** 0.5), -1)")),
    Mutant(PRODUCT, "library convolution", source='''
def correlate2d(image, kernel, stride=1, padding=0, dilation=1):
    image, kernel = (torch.as_tensor(np.array(a), dtype=torch.float64)[None, None] for a in (image, kernel))
    return F.conv2d(image, kernel, None, stride, padding, dilation)[0, 0].numpy()
''', loses=CORRELATION + CONVOLUTION),
    Alternative(PRODUCT, "torch float32 matmul", source='''
def correlate2d(image, kernel, stride=1, padding=0, dilation=1):
    columns = torch.tensor(np.array(im2col(image, kernel.shape, stride, padding, dilation)), dtype=torch.float32)
    settings = [as_pair(n) for n in (stride, padding, dilation)]
    shape = [output_size(*axis, floor=True) for axis in zip(image.shape, kernel.shape, *settings)]
    return torch.mv(columns, torch.tensor(kernel.copy(), dtype=torch.float32)[:].reshape(-1)).reshape(shape)
'''),
    Alternative(PRODUCT, "einsum over a view, no other exercise used", source='''
def correlate2d(image, kernel, stride=1, padding=0, dilation=1):
    (sv, sh), (pv, ph), (dv, dh) = ((n, n) if np.isscalar(n) else n for n in (stride, padding, dilation))
    padded = np.pad(image, ((pv, pv), (ph, ph)))
    covered = [d * (k - 1) + 1 for d, k in zip((dv, dh), kernel.shape)]
    return np.einsum("rcij,ij->rc", sliding_window_view(padded, covered)[::sv, ::sh, ::dv, ::dh], kernel)
'''),
]


def convolve(why, edit, *loses):
    return Mutant(CONVOLVE, why, edit=edit, loses=loses or CONVOLUTION)


CONVOLVE2D = [
    convolve("no flip", ("kernel[::-1, ::-1]", "kernel")),
    convolve("upside down only", ("kernel[::-1, ::-1]", "kernel[::-1]")),
    convolve("left to right only", ("kernel[::-1, ::-1]", "kernel[:, ::-1]")),
    convolve("transposed", ("kernel[::-1, ::-1]", "kernel.T")),
    convolve("turned by 90 degrees", ("kernel[::-1, ::-1]", "np.rot90(kernel)")),
    convolve("turned and transposed", ("kernel[::-1, ::-1]", "kernel[::-1, ::-1].T")),
    convolve("image flipped, result not flipped back", ("image, kernel[::-1, ::-1]", "image[::-1, ::-1], kernel")),
    convolve("result flipped", ("return correlate2d(image, kernel[::-1, ::-1], padding=padding)",
                                "return correlate2d(image, kernel, padding=padding)[::-1, ::-1]")),
    convolve("flipped twice", ("kernel[::-1, ::-1]", "np.flip(kernel[::-1, ::-1])")),
    convolve("padding ignored", (", padding=padding", "")),
    convolve("padding's axes swapped", ("padding=padding", "padding=as_pair(padding)[::-1]")),
    convolve("padding handed over as stride", ("padding=padding", "stride=padding")),
    convolve("always full padding", ("padding=padding", "padding=tuple(n - 1 for n in kernel.shape)"), FLIP, IMPULSE),
    convolve("the given kernel is turned", ("return correlate2d(image, kernel[::-1, ::-1]",
             "kernel[:] = kernel[::-1, ::-1].copy()\n    return correlate2d(image, kernel"), FLIP),
    Mutant(CONVOLVE, "library convolution", source='''
def convolve2d(image, kernel, padding=0):
    import scipy.signal
    return scipy.signal.convolve2d(np.pad(image, [(n, n) for n in as_pair(padding)]), kernel, mode="valid")
''', loses=CONVOLUTION),
    Alternative(CONVOLVE, "flip of image and result", edit=(
        "correlate2d(image, kernel[::-1, ::-1], padding=padding)",
        "correlate2d(image[::-1, ::-1], kernel, padding=padding)[::-1, ::-1]")),
    Alternative(CONVOLVE, "adding shifted images, as a list", source='''
def convolve2d(image, kernel, padding=0):
    padded = pad2d(image, padding)
    height, width = (n - k + 1 for n, k in zip(padded.shape, kernel.shape))
    result = np.zeros((height, width), dtype=np.float32)
    for (i, j), weight in np.ndenumerate(np.rot90(kernel, 2)):
        result += (weight * padded[i:i + height, j:j + width]).astype(np.float32)
    return result.tolist()
'''),
]


def toeplitz(why, edit, *loses):
    return Mutant(TOEPLITZ, why, edit=edit, loses=loses or T_MATRIX)


TOEPLITZ_MATRIX = [
    toeplitz("kernel flipped", ("] = kernel\n", "] = kernel[::-1, ::-1]\n")),
    toeplitz("T transposed", ("np.stack(rows)", "np.stack(rows).T")),
    toeplitz("pixels ordered down the columns", ("canvas.ravel()", "canvas.T.ravel()")),
    toeplitz("rows ordered down the columns", (
        "for top in range(0, out_height * down, down):\n        for left in range(0, out_width * right, right):",
        "for left in range(0, out_width * right, right):\n        for top in range(0, out_height * down, down):")),
    toeplitz("image's height and width swapped", ("np.zeros(image_shape)", "np.zeros(image_shape[::-1])")),
    toeplitz("height of the result computed from the width",
             ("image_shape[0], kernel_height", "image_shape[1], kernel_width")),
    toeplitz("canvas not cleared", [("rows = []", "rows, canvas = [], np.zeros(image_shape)"),
                                    ("            canvas = np.zeros(image_shape)\n", "")]),
    toeplitz("last row of windows missing", ("out_height * down, down", "(out_height - 1) * down, down")),
    toeplitz("stride ignored", ("as_pair(stride)", "(1, 1)"), MATRIX_STRIDE),
    toeplitz("stride's axes swapped", ("(down, right) =", "(right, down) ="), MATRIX_STRIDE),
    toeplitz("vertical stride on both axes", ("as_pair(stride)", "as_pair(as_pair(stride)[0])"), MATRIX_STRIDE),
    toeplitz("stride ignored where the window starts",
             [("out_height * down, down", "out_height"), ("out_width * right, right", "out_width")],
             MATRIX_STRIDE),
    toeplitz("kernel written in one line", (
        "canvas[top:top + kernel_height, left:left + kernel_width] = kernel",
        "canvas.flat[top * image_shape[1] + left:][:kernel.size] = kernel.ravel()")),
    toeplitz("four axes", ("np.stack(rows)", "np.stack(rows).reshape(out_height, out_width, *image_shape)")),
    toeplitz("fractions cut off", ("np.zeros(image_shape)", "np.zeros(image_shape, dtype=int)")),
    Mutant(TOEPLITZ, "first row rolled, windows over the edge", source='''
def toeplitz_matrix(kernel, image_shape, stride=1):
    canvas = np.zeros(image_shape)
    canvas[:kernel.shape[0], :kernel.shape[1]] = kernel
    rows = (image_shape[0] - kernel.shape[0] + 1) * (image_shape[1] - kernel.shape[1] + 1)
    return np.stack([np.roll(canvas.ravel(), shift) for shift in range(rows)])
''', loses=T_MATRIX),
    Mutant(TOEPLITZ, "library convolution of unit images", source='''
def toeplitz_matrix(kernel, image_shape, stride=1):
    pixels = image_shape[0] * image_shape[1]
    units = torch.eye(pixels, dtype=torch.float64).reshape(pixels, 1, *image_shape)
    kernel = torch.as_tensor(kernel, dtype=torch.float64)[None, None]
    return F.conv2d(units, kernel, stride=stride).reshape(pixels, -1).T
''', loses=T_MATRIX),
    Alternative(TOEPLITZ, "unit images through the loops", source='''
def toeplitz_matrix(kernel, image_shape, stride=1):
    pixels = image_shape[0] * image_shape[1]
    units = np.eye(pixels, dtype=np.float32).reshape(pixels, *image_shape)
    return np.array([np.ravel(correlate2d_loops(unit, kernel, stride)) for unit in units]).T
'''),
    Alternative(TOEPLITZ, "single entries in nested lists, no other exercise used", source='''
def toeplitz_matrix(kernel, image_shape, stride=1):
    (kh, kw), (height, width), (sv, sh) = np.shape(kernel), image_shape, as_pair(stride)
    matrix = []
    for top in range(0, height - kh + 1, sv):
        for left in range(0, width - kw + 1, sh):
            matrix.append([0.0] * (height * width))
            for i in range(kh):
                for j in range(kw):
                    matrix[-1][(top + i) * width + left + j] = float(kernel[i, j])
    return matrix
'''),
]


def view(why, edit, *loses):
    return Mutant(VIEW, why, edit=edit, loses=loses or VIEWS)


SLICE = "[::down, ::right, ::gap_v, ::gap_h]"
IM2COL_VIEW = [
    view("kernel's height and width swapped", ("(height, width), (down", "(width, height), (down")),
    view("windows transposed", (SLICE, SLICE + ".swapaxes(2, 3)")),
    view("positions transposed", (SLICE, SLICE + ".swapaxes(0, 1)")),
    view("windows upside down", (SLICE, SLICE + "[:, :, ::-1]")),
    view("last row of windows missing", (SLICE, SLICE + "[:-1]")),
    view("last column of windows missing", (SLICE, SLICE + "[:, :-1]")),
    view("stride's axes swapped", ("(down, right) =", "(right, down) =")),
    view("stride ignored", (SLICE, "[:, :, ::gap_v, ::gap_h]")),
    view("stride on the wrong axes", (SLICE, "[:, :, ::down, ::right]")),
    view("dilation's axes swapped", ("gap_v, gap_h =", "gap_h, gap_v ="), WINDOWS),
    view("dilation ignored", ("as_pair(dilation)", "(1, 1)")),
    view("dilation counted as kernel size", (SLICE, "[::down, ::right]")),
    view("covered size is dilation times kernel",
         ("(gap_v * (height - 1) + 1, gap_h * (width - 1) + 1)", "(gap_v * height, gap_h * width)")),
    view("windows flattened to two axes", (SLICE, SLICE + ".reshape(-1, height * width)")),
    view("a copy at the end", (SLICE, SLICE + ".copy()"), NO_COPIES),
    view("im2col, reshaped", ("return sliding_window_view(image, covered)[::down, ::right, ::gap_v, ::gap_h]",
         "return im2col(image, kernel_size, stride, 0, dilation).reshape("
         "-1, output_size(image.shape[1], width, right, 0, gap_h, floor=True), height, width)"), NO_COPIES),
    Mutant(VIEW, "windows stacked by loops", source='''
def im2col_view(image, kernel_size, stride=1, dilation=1):
    (height, width), (down, right), (gap_v, gap_h) = as_pair(kernel_size), as_pair(stride), as_pair(dilation)
    rows = range(0, image.shape[0] - gap_v * (height - 1), down)
    columns = range(0, image.shape[1] - gap_h * (width - 1), right)
    return np.stack([np.stack([image[r:r + gap_v * height:gap_v, c:c + gap_h * width:gap_h][:height, :width]
                               for c in columns]) for r in rows])
''', loses=[NO_COPIES]),
    Mutant(VIEW, "library unfold", source='''
def im2col_view(image, kernel_size, stride=1, dilation=1):
    (height, width), (down, right), (gap_v, gap_h) = as_pair(kernel_size), as_pair(stride), as_pair(dilation)
    columns = F.unfold(torch.from_numpy(image)[None, None], (height, width), (gap_v, gap_h), 0, (down, right))
    rows = output_size(image.shape[0], height, down, 0, gap_v, floor=True)
    return columns[0].T.reshape(rows, -1, height, width)
''', loses=VIEWS),
    view("the windows as lists", ("::gap_h]", "::gap_h].tolist()"), NO_COPIES),
    Alternative(VIEW, "as_strided", source='''
def im2col_view(image, kernel_size, stride=1, dilation=1):
    pairs = zip(image.shape, image.strides, as_pair(kernel_size), as_pair(stride), as_pair(dilation))
    outer, inner = [], []
    for size, step, kernel, stride, dilation in pairs:
        outer.append((output_size(size, kernel, stride, dilation=dilation, floor=True), step * stride))
        inner.append((kernel, step * dilation))
    shape, strides = zip(*outer, *inner)
    return as_strided(image, shape, strides, writeable=False)
'''),
    Alternative(VIEW, "a torch view", source='''
def im2col_view(image, kernel_size, stride=1, dilation=1):
    (kh, kw), (sv, sh), (dv, dh) = as_pair(kernel_size), as_pair(stride), as_pair(dilation)
    pixels = torch.from_numpy(image)
    windows = pixels.unfold(0, dv * (kh - 1) + 1, sv).unfold(1, dh * (kw - 1) + 1, sh)
    return windows[:, :, ::dv, ::dh]
'''),
]

CASES = OUTPUT_SIZE + PAD2D + CORRELATE2D_LOOPS + IM2COLS + CORRELATE2D + CONVOLVE2D + TOEPLITZ_MATRIX + IM2COL_VIEW
