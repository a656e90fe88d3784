"""Wrong and other right answers to the exercises of lesson 05; see autograde/mutants.py."""
from autograde.mutants import Alternative, Mutant

MAX, BACK = "exercise-5-1-max-pool2d", "exercise-5-2-max-pool2d-backward"
AVG, ADAPTIVE = "exercise-5-3-avg-pool2d", "exercise-5-4-adaptive-avg-pool2d"
MAXOUT, FIELD = "exercise-5-5-maxout", "exercise-5-6-receptive-field"
MEASURED = "exercise-5-7-measured-receptive-field"

VALUES, OVERLAP, PADDING = "test-5-1-values", "test-5-1-overlap", "test-5-1-padding"
SWITCH, BACK_OVERLAP, TIES = "test-5-2-switch", "test-5-2-overlap", "test-5-2-ties"
MEANS, COUNTING = "test-5-3-values", "test-5-3-padding"
EVEN, UNEVEN = "test-5-4-even", "test-5-4-uneven"
GROUPS, REFUSES = "test-5-5-groups", "test-5-5-refuses"
SIZE, OFFSET, NETWORKS = "test-5-6-size-jump", "test-5-6-offset", "test-5-6-networks"
RECTANGLE, GRADIENT, CHANNELS = "test-5-7-rectangle", "test-5-7-gradient", "test-5-7-channels"

ALL_MAX = [VALUES, OVERLAP, PADDING]
ALL_BACK = [SWITCH, BACK_OVERLAP, TIES]
ALL_AVG = [MEANS, COUNTING]
ALL_ADAPTIVE = [EVEN, UNEVEN]
ALL_MAXOUT = [GROUPS, REFUSES]
ALL_FIELD = [SIZE, OFFSET, NETWORKS]
ALL_MEASURED = [RECTANGLE, GRADIENT, CHANNELS]


def mutants(cell, all_tests):
    """A short way to write the mutants of one exercise; without tests named, a mutant loses all of them."""
    def mutant(why, edit, *loses):
        return Mutant(cell, why, edit=edit, loses=loses or all_tests)
    return mutant


STRIDE = "as_pair(kernel_size if stride is None else stride)"
maximum = mutants(MAX, ALL_MAX)
WINDOWS = "windows[:, :, ::down, ::right].max(axis=(4, 5))"
MAX_POOL2D = [
    maximum("zeros as padding", ("padding, -np.inf)", "padding, 0)"), PADDING),
    maximum("minus one as padding", ("padding, -np.inf)", "padding, -1)"), PADDING),
    maximum("a small number that is not small enough", ("padding, -np.inf)", "padding, -1000)"), PADDING),
    maximum("plus infinity as padding", ("padding, -np.inf)", "padding, np.inf)"), PADDING),
    maximum("padding ignored", ("pad2d(x, padding, -np.inf)", "pad2d(x, 0)"), PADDING),
    maximum("vertical padding on both axes", ("pad2d(x, padding,", "pad2d(x, as_pair(padding)[0],"), PADDING),
    maximum("padding's axes swapped", ("pad2d(x, padding,", "pad2d(x, as_pair(padding)[::-1],"), PADDING),
    maximum("last element instead of the maximum", (WINDOWS, "windows[:, :, ::down, ::right, -1, -1]")),
    maximum("first element instead of the maximum", (WINDOWS, "windows[:, :, ::down, ::right, 0, 0]")),
    maximum("mean", (".max(", ".mean("), VALUES, OVERLAP, PADDING),
    maximum("minimum", (".max(", ".min(")),
    maximum("largest absolute value", ("return windows", "return abs(windows)")),
    maximum("negative results cut off", (WINDOWS, WINDOWS + ".clip(0)"), VALUES, OVERLAP, PADDING),
    maximum("maximum over the channels too", (WINDOWS, WINDOWS + ".max(axis=1, keepdims=True)")),
    maximum("maximum over the batch too", (WINDOWS, WINDOWS + ".max(axis=0, keepdims=True)")),
    maximum("height's stride on both axes", ("::down, ::right", "::down, ::down")),
    maximum("width's stride on both axes", ("::down, ::right", "::right, ::right")),
    maximum("stride's axes swapped", ("down, right =", "right, down =")),
    maximum("stride 1 by default", ("kernel_size if stride is None", "1 if stride is None"), VALUES, PADDING),
    maximum("stride ignored, windows side by side", (STRIDE, "as_pair(kernel_size)"), OVERLAP, PADDING),
    maximum("square windows", ("as_pair(kernel_size), axis", "(as_pair(kernel_size)[0],) * 2, axis")),
    maximum("kernel's height and width swapped", ("as_pair(kernel_size), axis", "as_pair(kernel_size)[::-1], axis")),
    maximum("last row of windows missing", ("[:, :, ::down, ::right]", "[:, :, :-1:down, ::right]"),
            VALUES, OVERLAP, PADDING),
    maximum("the given array is changed",
            ("padded = pad2d", "x[:] = abs(x)\n    padded = pad2d")),
    Mutant(MAX, "windows cut off at the border are kept", source='''
def max_pool2d(x, kernel_size, stride=None, padding=0):
    (high, wide), (down, right) = as_pair(kernel_size), as_pair(kernel_size if stride is None else stride)
    padded = pad2d(x, padding, -np.inf)
    rows, columns = range(0, padded.shape[2], down), range(0, padded.shape[3], right)
    return np.stack([np.stack([padded[:, :, r:r + high, c:c + wide].max((2, 3)) for c in columns], -1) for r in rows], -2)
''', loses=ALL_MAX),
    Mutant(MAX, "library pooling", source='''
def max_pool2d(x, kernel_size, stride=None, padding=0):
    return F.max_pool2d(torch.tensor(x, dtype=torch.float64), kernel_size, stride, padding).numpy()
''', loses=ALL_MAX),
    Mutant(MAX, "library pooling in three dimensions", source='''
def max_pool2d(x, kernel_size, stride=None, padding=0):
    x = torch.tensor(x, dtype=torch.float64)
    stride = kernel_size if stride is None else stride
    return F.max_pool3d(x, (1, *as_pair(kernel_size)), (1, *as_pair(stride)), (0, *as_pair(padding))).numpy()
''', loses=ALL_MAX),
    Mutant(MAX, "adaptive library pooling", source='''
def max_pool2d(x, kernel_size, stride=None, padding=0):
    (high, wide), (down, right) = as_pair(kernel_size), as_pair(kernel_size if stride is None else stride)
    padded = torch.tensor(pad2d(x, padding, -np.inf))
    rows, columns = range(0, padded.shape[2] - high + 1, down), range(0, padded.shape[3] - wide + 1, right)
    pool = lambda r, c: F.adaptive_max_pool2d(padded[:, :, r:r + high, c:c + wide], 1)
    return torch.cat([torch.cat([pool(r, c) for c in columns], 3) for r in rows], 2).numpy()
''', loses=ALL_MAX),
    Mutant(MAX, "loops whose maximum starts at 0", source='''
def max_pool2d(x, kernel_size, stride=None, padding=0):
    if stride is None:
        stride = kernel_size
    kh, kw = as_pair(kernel_size); sh, sw = as_pair(stride); ph, pw = as_pair(padding)
    batch, channels, height, width = x.shape
    result = []
    for n in range(batch):
        planes = []
        for c in range(channels):
            rows = []
            for i in range(-ph, height + ph - kh + 1, sh):
                row = []
                for j in range(-pw, width + pw - kw + 1, sw):
                    best = 0.0
                    for a in range(max(i, 0), min(i + kh, height)):
                        for b in range(max(j, 0), min(j + kw, width)):
                            best = max(best, float(x[n, c, a, b]))
                    row.append(best)
                rows.append(row)
            planes.append(rows)
        result.append(planes)
    return result
''', loses=ALL_MAX),
    Mutant(MAX, "a library layer", source='''
def max_pool2d(x, kernel_size, stride=None, padding=0):
    return nn.MaxPool2d(kernel_size, stride, padding)(torch.tensor(x, dtype=torch.float64))
''', loses=ALL_MAX),
    Mutant(MAX, "SciPy's filter, then every second number", source='''
from scipy.ndimage import maximum_filter


def max_pool2d(x, kernel_size, stride=None, padding=0):
    (high, wide), (down, right) = as_pair(kernel_size), as_pair(kernel_size if stride is None else stride)
    padded = pad2d(x, padding, -np.inf)
    dense = maximum_filter(padded, (1, 1, high, wide), mode="constant", cval=-np.inf)
    last_row, last_column = padded.shape[2] - (high - 1) // 2, padded.shape[3] - (wide - 1) // 2
    return dense[:, :, high // 2:last_row:down, wide // 2:last_column:right]
''', loses=ALL_MAX),
    Alternative(MAX, "plain loops, nested lists", source='''
def max_pool2d(x, kernel_size, stride=None, padding=0):
    if stride is None:
        stride = kernel_size
    kh, kw = as_pair(kernel_size); sh, sw = as_pair(stride); ph, pw = as_pair(padding)
    batch, channels, height, width = x.shape
    result = []
    for n in range(batch):
        planes = []
        for c in range(channels):
            rows = []
            for i in range(-ph, height + ph - kh + 1, sh):
                row = []
                for j in range(-pw, width + pw - kw + 1, sw):
                    best = -float("inf")
                    for a in range(max(i, 0), min(i + kh, height)):
                        for b in range(max(j, 0), min(j + kw, width)):
                            best = max(best, float(x[n, c, a, b]))
                    row.append(best)
                rows.append(row)
            planes.append(rows)
        result.append(planes)
    return result
'''),
    Alternative(MAX, "loops over windows cut at the border, no helper", source='''
def max_pool2d(x, kernel_size, stride=None, padding=0):
    pairs = [(n, n) if isinstance(n, int) else n for n in (kernel_size, stride or kernel_size, padding)]
    (high, wide), (down, right), (above, beside) = pairs
    height, width = x.shape[2:]
    rows = range(-above, height + above - high + 1, down)
    columns = range(-beside, width + beside - wide + 1, right)
    result = np.empty((x.shape[0], x.shape[1], len(rows), len(columns)))
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            window = x[:, :, max(top, 0):top + high, max(left, 0):left + wide]
            result[:, :, i, j] = window.max(axis=2).max(axis=2)
    return result
'''),
    Alternative(MAX, "float32, maximum of shifted images", source='''
def max_pool2d(x, kernel_size, stride=None, padding=0):
    (high, wide), (down, right) = as_pair(kernel_size), as_pair(stride or kernel_size)
    padded = pad2d(x, padding, -np.inf).astype("float32")
    height, width = padded.shape[2] - high + 1, padded.shape[3] - wide + 1
    shifted = [padded[:, :, i:i + height:down, j:j + width:right] for i in range(high) for j in range(wide)]
    return np.maximum.reduce(shifted)
'''),
    Alternative(MAX, "torch, unfold of both axes", source='''
def max_pool2d(x, kernel_size, stride=None, padding=0):
    (high, wide), (down, right) = as_pair(kernel_size), as_pair(stride or kernel_size)
    padded = torch.tensor(pad2d(x, padding, -1e30))
    return padded.unfold(2, high, down).unfold(3, wide, right).amax((-2, -1))
'''),
]

backward = mutants(BACK, ALL_BACK)
FIRST = "divmod(int(window.argmax()), wide)"
MAX_POOL2D_BACKWARD = [
    backward("zeros as padding", ("padding, -np.inf)", "padding, 0)"), BACK_OVERLAP, TIES),
    backward("assigned, not added", ("left + j] +=", "left + j] ="), BACK_OVERLAP, TIES),
    backward("the last maximum takes it", (FIRST, "divmod(high * wide - 1 - int(window.ravel()[::-1].argmax()), wide)"),
             TIES),
    backward("the first maximum column by column", (FIRST, "divmod(int(window.T.argmax()), high)[::-1]"), TIES),
    backward("every maximum gets all", ("dx[n, channel, top + i, left + j] +=",
                                        "dx[n, channel, top:top + high, left:left + wide] += (window == window.max()) *"), TIES),
    backward("tied maxima share", ("dx[n, channel, top + i, left + j] +=",
             "dx[n, channel, top:top + high, left:left + wide] += (window == window.max()) / (window == window.max()).sum() *"),
             TIES),
    backward("the last element takes it", (FIRST, "high - 1, wide - 1")),
    backward("the first element takes it", (FIRST, "0, 0")),
    backward("the gradient of the mean", ("dx[n, channel, top + i, left + j] +=",
             "dx[n, channel, top:top + high, left:left + wide] += 1 / high / wide *")),
    backward("the smallest number takes it", ("argmax", "argmin")),
    backward("the largest absolute value takes it", ("window.argmax()", "abs(window).argmax()")),
    backward("row and column in the window swapped", ("top + i, left + j", "top + j, left + i")),
    backward("divided by the height", (FIRST, "divmod(int(window.argmax()), high)")),
    backward("gradients without their sign", ("+= output_gradient[n, channel, row, column]",
                                              "+= abs(output_gradient[n, channel, row, column])")),
    backward("ones instead of the output gradient", ("+= output_gradient[n, channel, row, column]", "+= 1")),
    backward("times the winner's value", ("+= output_gradient", "+= window.max() * output_gradient")),
    backward("stride ignored", ("row * down, column * right", "row, column")),
    backward("height's stride on both axes", ("column * right", "column * down")),
    backward("stride's axes swapped", ("down, right =", "right, down =")),
    backward("windows side by side whatever the stride", (STRIDE, "as_pair(kernel_size)")),
    backward("padding ignored", [("pad2d(x, padding, -np.inf)", "pad2d(x, 0)"), ("as_pair(padding)\n", "(0, 0)\n")],
             BACK_OVERLAP, TIES),
    backward("the frame not cut off", ("return dx[:, :, above:above + x.shape[2], beside:beside + x.shape[3]]", "return dx"),
             BACK_OVERLAP, TIES),
    backward("the frame cut off at the wrong end",
             ("above:above + x.shape[2], beside:beside + x.shape[3]", ":x.shape[2], :x.shape[3]"), BACK_OVERLAP, TIES),
    backward("all gradients to the first channel", ("dx[n, channel,", "dx[n, 0,")),
    backward("all gradients to the first image", ("dx[n, channel,", "dx[0, channel,")),
    backward("winners of the first image for all", ("padded[n, channel,", "padded[0, channel,")),
    Mutant(BACK, "library pooling and autograd", source='''
def max_pool2d_backward(x, output_gradient, kernel_size, stride=None, padding=0):
    x = torch.tensor(x, requires_grad=True)
    F.max_pool2d(x, kernel_size, stride, padding).backward(torch.tensor(output_gradient))
    return x.grad
''', loses=ALL_BACK),
    Mutant(BACK, "tied maxima share, by the gradient of amax", source='''
def max_pool2d_backward(x, output_gradient, kernel_size, stride=None, padding=0):
    (high, wide), (down, right) = as_pair(kernel_size), as_pair(stride or kernel_size)
    above, beside = as_pair(padding)
    leaf = torch.tensor(x, requires_grad=True)
    padded = torch.nn.functional.pad(leaf, (beside, beside, above, above), value=-np.inf)
    padded.unfold(2, high, down).unfold(3, wide, right).amax((-2, -1)).backward(torch.tensor(output_gradient))
    return leaf.grad
''', loses=[TIES]),
    Mutant(BACK, "added with a fancy index, which adds once", source='''
def max_pool2d_backward(x, output_gradient, kernel_size, stride=None, padding=0):
    down, right = as_pair(kernel_size if stride is None else stride)
    high, wide = as_pair(kernel_size)
    padded = pad2d(x, padding, -np.inf)
    windows = sliding_window_view(padded, (high, wide), axis=(2, 3))[:, :, ::down, ::right]
    best = windows.reshape(*windows.shape[:4], -1).argmax(-1)
    n, c, i, j = np.indices(best.shape)
    dx = np.zeros(padded.shape, dtype=np.float32)
    dx[n, c, i * down + best // wide, j * right + best % wide] += output_gradient
    v, h = as_pair(padding)
    return dx[:, :, v:v + x.shape[2], h:h + x.shape[3]]
''', loses=[BACK_OVERLAP, TIES]),
    backward("the frame cut off by minus signs",
             ("above:above + x.shape[2], beside:beside + x.shape[3]", "above:-above, beside:-beside")),
    backward("padding's axes swapped", [("padded = pad2d(x, padding,", "padded = pad2d(x, as_pair(padding)[::-1],"),
                                        ("(above, beside) = as_pair(kernel_size), as_pair(padding)",
                                         "(beside, above) = as_pair(kernel_size), as_pair(padding)")], BACK_OVERLAP, TIES),
    Alternative(BACK, "plain loops, nested lists", source='''
def max_pool2d_backward(x, output_gradient, kernel_size, stride=None, padding=0):
    stride = kernel_size if stride is None else stride
    kh, kw = as_pair(kernel_size); sh, sw = as_pair(stride); ph, pw = as_pair(padding)
    N, C, H, W = x.shape
    dx = [[[[0.0] * W for _ in range(H)] for _ in range(C)] for _ in range(N)]
    out_h, out_w = output_gradient.shape[2:]
    for n in range(N):
        for c in range(C):
            for i in range(out_h):
                for j in range(out_w):
                    best, where = None, None
                    for a in range(kh):
                        for b in range(kw):
                            r, s = i * sh - ph + a, j * sw - pw + b
                            if 0 <= r < H and 0 <= s < W and (best is None or x[n, c, r, s] > best):
                                best, where = x[n, c, r, s], (r, s)
                    dx[n][c][where[0]][where[1]] += float(output_gradient[n, c, i, j])
    return dx
'''),
    Alternative(BACK, "autograd through an own forward pass, float32", source='''
def max_pool2d_backward(x, output_gradient, kernel_size, stride=None, padding=0):
    (high, wide), (down, right) = as_pair(kernel_size), as_pair(stride or kernel_size)
    above, beside = as_pair(padding)
    leaf = torch.tensor(x, dtype=torch.float32, requires_grad=True)
    padded = F.pad(leaf, (beside, beside, above, above), value=-np.inf)
    windows = padded.unfold(2, high, down).unfold(3, wide, right).flatten(4)
    first = torch.tensor(windows.detach().numpy().argmax(-1))
    output = windows.gather(4, first[..., None])[..., 0]
    output.backward(torch.tensor(output_gradient, dtype=torch.float32))
    return leaf.grad
'''),
    Alternative(BACK, "np.add.at on indices of all windows", source='''
def max_pool2d_backward(x, output_gradient, kernel_size, stride=None, padding=0):
    (high, wide), (down, right), (above, beside) = as_pair(kernel_size), as_pair(stride or kernel_size), as_pair(padding)
    padded = pad2d(x, padding, -np.inf)
    windows = sliding_window_view(padded, (high, wide), axis=(2, 3))[:, :, ::down, ::right]
    winner = windows.reshape(*windows.shape[:4], -1).argmax(-1)
    n, channel, row, column = np.indices(winner.shape)
    dx = np.zeros_like(padded)
    np.add.at(dx, (n, channel, row * down + winner // wide, column * right + winner % wide), output_gradient)
    return dx[:, :, above:dx.shape[2] - above, beside:dx.shape[3] - beside]
'''),
]

average = mutants(AVG, ALL_AVG)
DIVIDED = "sums(x) / (high * wide if count_include_pad else sums(np.ones(x.shape)))"
AVG_POOL2D = [
    average("padding always counted", (DIVIDED, "sums(x) / (high * wide)"), COUNTING),
    average("padding never counted", (DIVIDED, "sums(x) / sums(np.ones(x.shape))"), COUNTING),
    average("count_include_pad the other way round", ("if count_include_pad", "if not count_include_pad"), COUNTING),
    average("padding not counted by default", ("count_include_pad=True", "count_include_pad=False"), COUNTING),
    average("sum instead of mean", (DIVIDED, "sums(x)")),
    average("maximum instead of mean", (".sum(axis=(4, 5))", ".max(axis=(4, 5)) * high * wide")),
    average("divided by the height squared", ("high * wide if", "high * high if")),
    average("divided by the stride's area", ("high * wide if", "down * right if")),
    average("results cut to whole numbers", (f"return {DIVIDED}", f"return ({DIVIDED}).astype(int)")),
    average("whole-number division", ("sums(x) /", "sums(x) //")),
    average("minus infinity as padding", ("pad2d(values, padding)", "pad2d(values, padding, -np.inf)"), COUNTING),
    average("padding ignored", ("pad2d(values, padding)", "pad2d(values, 0)"), COUNTING),
    average("padding's axes swapped", ("pad2d(values, padding)", "pad2d(values, as_pair(padding)[::-1])"), COUNTING),
    average("the border repeated", ("pad2d(values, padding)",
                                    "np.pad(values, [(0, 0), (0, 0), *((n, n) for n in as_pair(padding))], mode='edge')"),
            COUNTING),
    average("height's stride on both axes", ("::down, ::right", "::down, ::down")),
    average("stride's axes swapped", ("down, right =", "right, down =")),
    average("stride 1 by default", ("kernel_size if stride is None", "1 if stride is None")),
    average("windows side by side whatever the stride", (STRIDE, "as_pair(kernel_size)")),
    average("square windows", ("high, wide = as_pair(kernel_size)", "high = wide = as_pair(kernel_size)[0]")),
    average("mean over the channels too", (f"return {DIVIDED}", f"return ({DIVIDED}).mean(axis=1, keepdims=True)")),
    average("mean over the batch too", (f"return {DIVIDED}", f"return ({DIVIDED}).mean(axis=0, keepdims=True)")),
    average("counts the numbers that are not zero", ("sums(np.ones(x.shape))", "sums(x != 0).clip(1)"), COUNTING),
    average("counts the positive numbers", ("sums(np.ones(x.shape))", "sums(x > 0).clip(1)"), COUNTING),
    Mutant(AVG, "library pooling", source='''
def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    x = torch.tensor(x, dtype=torch.float64)
    return F.avg_pool2d(x, kernel_size, stride, padding, count_include_pad=count_include_pad).numpy()
''', loses=ALL_AVG),
    Mutant(AVG, "a library layer", source='''
def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    layer = nn.AvgPool2d(kernel_size, stride, padding, count_include_pad=count_include_pad)
    return layer(torch.tensor(x, dtype=torch.float64))
''', loses=ALL_AVG),
    Alternative(AVG, "a convolution, as section 3 says", source='''
def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    stride, ones = kernel_size if stride is None else stride, torch.ones(1, 1, *as_pair(kernel_size), dtype=torch.float64)
    x = torch.tensor(x, dtype=torch.float64)
    sums = lambda maps: F.conv2d(maps.flatten(0, 1)[:, None], ones, None, stride, padding).unflatten(0, x.shape[:2])[:, :, 0]
    return sums(x) / (ones.numel() if count_include_pad else sums(torch.ones_like(x)))
'''),
    Alternative(AVG, "torch, NaN as padding that is not counted, float32", source='''
def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    down, right = as_pair(kernel_size if stride is None else stride)
    high, wide = as_pair(kernel_size)
    v, h = as_pair(padding)
    x = torch.tensor(x, dtype=torch.float32)
    fill = 0.0 if count_include_pad else torch.nan
    windows = F.pad(x, (h, h, v, v), value=fill).unfold(2, high, down).unfold(3, wide, right).flatten(4)
    return windows.nanmean(-1)
'''),
    Alternative(AVG, "NaN as padding that is not counted", source='''
def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    down, right = as_pair(stride or kernel_size)
    padded = pad2d(x, padding, 0 if count_include_pad else np.nan)
    windows = sliding_window_view(padded, as_pair(kernel_size), axis=(2, 3))[:, :, ::down, ::right]
    return np.nanmean(windows, axis=(4, 5))
'''),
    Alternative(AVG, "float32, loops, nested lists", source='''
def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    (high, wide), (down, right), (above, beside) = as_pair(kernel_size), as_pair(stride or kernel_size), as_pair(padding)
    x = x.astype("float32")

    def mean(image, top, left):
        window = image[max(top, 0):top + high, max(left, 0):left + wide]
        return window.sum() / (high * wide) if count_include_pad else window.mean()

    rows = range(-above, x.shape[2] + above - high + 1, down)
    columns = range(-beside, x.shape[3] + beside - wide + 1, right)
    return [[[[mean(image, r, c) for c in columns] for r in rows] for image in maps] for maps in x]
'''),
]

adaptive = mutants(ADAPTIVE, ALL_ADAPTIVE)
BOTTOM, RIGHT = "-(-(row + 1) * height // out_height)", "-(-(column + 1) * width // out_width)"
ADAPTIVE_AVG_POOL2D = [
    adaptive("ends rounded down", [(BOTTOM, "max((row + 1) * height // out_height, row * height // out_height + 1)"),
                                   (RIGHT, "max((column + 1) * width // out_width, column * width // out_width + 1)")], UNEVEN),
    Mutant(ADAPTIVE, "ends rounded down, windows may be empty",
           edit=[("top, bottom = row * height // out_height, " + BOTTOM,
                  "top, bottom = row * height // out_height, (row + 1) * height // out_height"),
                 ("left, right = column * width // out_width, " + RIGHT,
                  "left, right = column * width // out_width, (column + 1) * width // out_width"),
                 (".mean(axis=(2, 3))", ".sum(axis=(2, 3)) / max((bottom - top) * (right - left), 1)")], loses=[UNEVEN]),
    adaptive("ends rounded down along the width only", (RIGHT, "max((column + 1) * width // out_width, column * width // out_width + 1)"), UNEVEN),
    adaptive("starts rounded up", [("top, bottom = row * height // out_height", "top, bottom = -(-row * height // out_height)"),
                                   ("left, right = column * width // out_width", "left, right = -(-column * width // out_width)"),
                                   (".mean(axis=(2, 3))", ".sum(axis=(2, 3)) / max((bottom - top) * (right - left), 1)")],
             UNEVEN),
    adaptive("one pixel too many", ("top:bottom, left:right", "top:bottom + 1, left:right + 1")),
    adaptive("sum instead of mean", (".mean(", ".sum(")),
    adaptive("maximum instead of mean", (".mean(", ".max(")),
    adaptive("height and width of the output swapped", ("out_height, out_width = as_pair", "out_width, out_height = as_pair")),
    adaptive("square output", ("= as_pair(output_size)", "= (as_pair(output_size)[0],) * 2")),
    adaptive("the height's windows along both axes", [("left, right = column * width // out_width, " + RIGHT,
             "left, right = column * height // out_height, -(-(column + 1) * height // out_height)"),
             (".mean(axis=(2, 3))", ".sum(axis=(2, 3)) / max((bottom - top) * (right - left), 1)")]),
    adaptive("mean over the channels too", ("return result", "return result.mean(axis=1, keepdims=True)")),
    adaptive("mean over the batch too", ("return result", "return result.mean(axis=0, keepdims=True)")),
    adaptive("cut to whole numbers", ("out_height, out_width))", "out_height, out_width), dtype=int)")),
    Mutant(ADAPTIVE, "equal windows side by side", source='''
def adaptive_avg_pool2d(x, output_size):
    (height, width), (rows, columns) = x.shape[2:], as_pair(output_size)
    high, wide = max(height // rows, 1), max(width // columns, 1)
    return np.array([[x[:, :, r * high:(r + 1) * high, c * wide:(c + 1) * wide].mean((2, 3)) if r < height and c < width
                      else np.zeros(x.shape[:2]) for c in range(columns)] for r in range(rows)]).transpose(2, 3, 0, 1)
''', loses=[UNEVEN]),
    Mutant(ADAPTIVE, "equal windows, the stride rounded down", source='''
def adaptive_avg_pool2d(x, output_size):
    (height, width), (rows, columns) = x.shape[2:], as_pair(output_size)
    down, right = max(height // rows, 1), max(width // columns, 1)
    high, wide = max(height - (rows - 1) * down, 1), max(width - (columns - 1) * right, 1)
    return np.array([[x[:, :, r * down:, c * right:][:, :, :high, :wide].sum((2, 3)) / high / wide for c in range(columns)]
                     for r in range(rows)]).transpose(2, 3, 0, 1)
''', loses=[UNEVEN]),
    Mutant(ADAPTIVE, "library pooling", source='''
def adaptive_avg_pool2d(x, output_size):
    return F.adaptive_avg_pool2d(torch.tensor(x, dtype=torch.float64), output_size).numpy()
''', loses=ALL_ADAPTIVE),
    Alternative(ADAPTIVE, "plain loops, nested lists", source='''
import math
def adaptive_avg_pool2d(x, output_size):
    oh, ow = as_pair(output_size)
    N, C, H, W = x.shape
    return [[[[float(x[n, c, i * H // oh: math.ceil((i + 1) * H / oh), j * W // ow: math.ceil((j + 1) * W / ow)].mean())
               for j in range(ow)] for i in range(oh)] for c in range(C)] for n in range(N)]
'''),
    Alternative(ADAPTIVE, "two matrices of means, float32", source='''
def adaptive_avg_pool2d(x, output_size):
    def means(pixels, outputs):
        start = np.floor(np.arange(outputs) * pixels / outputs)
        end = np.ceil((np.arange(outputs) + 1) * pixels / outputs)
        inside = (np.arange(pixels) >= start[:, None]) & (np.arange(pixels) < end[:, None])
        return (inside / inside.sum(axis=1, keepdims=True)).astype("float32")

    down, right = (means(*sizes) for sizes in zip(x.shape[2:], as_pair(output_size)))
    return down @ x.astype("float32") @ right.T
'''),
    Alternative(ADAPTIVE, "torch, math.ceil", source='''
def adaptive_avg_pool2d(x, output_size):
    rows, columns = (output_size, output_size) if isinstance(output_size, int) else output_size
    x = torch.tensor(x, dtype=torch.float64)
    height, width = x.shape[2:]
    ceil = lambda a, b: (a + b - 1) // b
    strips = [x[:, :, r * height // rows:ceil((r + 1) * height, rows)].mean(2) for r in range(rows)]
    x = torch.stack(strips, 2)
    strips = [x[..., c * width // columns:ceil((c + 1) * width, columns)].mean(3) for c in range(columns)]
    return torch.stack(strips, 3)
'''),
]

max_out = mutants(MAXOUT, ALL_MAXOUT)
GROUPED = "x.reshape(batch, channels // pieces, pieces, height, width).max(axis=2)"
MAXOUTS = [
    max_out("groups of channels that lie apart",
            (GROUPED, "x.reshape(batch, pieces, channels // pieces, height, width).max(axis=1)"), GROUPS, REFUSES),
    max_out("pieces taken as the number of groups",
            (GROUPED, "x.reshape(batch, pieces, channels // pieces, height, width).max(axis=2)")),
    max_out("mean", (".max(", ".mean(")),
    max_out("minimum", (".max(", ".min(")),
    max_out("largest absolute value", ("return x", "return abs(x)")),
    max_out("negative results cut off", (GROUPED, GROUPED + ".clip(0)")),
    max_out("last channel of each group", (".max(axis=2)", "[:, :, -1]"), GROUPS, REFUSES),
    max_out("first channel of each group", (".max(axis=2)", "[:, :, 0]")),
    max_out("maximum over all channels", (GROUPED, "x.max(axis=1, keepdims=True)")),
    max_out("maximum over the positions too", (GROUPED, GROUPED + ".max(axis=(2, 3), keepdims=True)")),
    max_out("maximum over the batch", (GROUPED, GROUPED + ".max(axis=0, keepdims=True)")),
    max_out("the axis of the group kept", (".max(axis=2)", ".max(axis=2, keepdims=True)")),
    Mutant(MAXOUT, "leftover channels form a smaller group", source='''
def maxout(x, pieces):
    return np.stack([x[:, start:start + pieces].max(axis=1) for start in range(0, x.shape[1], pieces)], axis=1)
''', loses=[REFUSES]),
    max_out("refuses everything but equal numbers", ("if channels % pieces:", "if channels != pieces:")),
    max_out("leftover channels dropped", ("        raise ValueError(f\"{channels} channels cannot be cut into groups of {pieces}\")",
                                          "        channels -= channels % pieces\n        x = x[:, :channels]"), REFUSES),
    max_out("another kind of error", ("raise ValueError", "raise TypeError"), REFUSES),
    max_out("channels and positions mixed up",
            (GROUPED, "x.transpose(0, 2, 3, 1).reshape(batch, channels // pieces, pieces, height, width).max(axis=2)"), GROUPS, REFUSES),
    max_out("another kind of error, by assert",
            ("if channels % pieces:\n        raise", "if channels % pieces:\n        assert False\n        raise"), REFUSES),
    max_out("neighbouring pixels, not channels", (GROUPED,
            "x.reshape(batch, channels // pieces, height, width, pieces).max(axis=4)")),
    Alternative(MAXOUT, "plain loops, nested lists", source='''
def maxout(x, pieces):
    N, C, H, W = x.shape
    if C % pieces:
        raise ValueError("pieces must divide channels")
    return [[[[max(float(x[n, g * pieces + k, i, j]) for k in range(pieces)) for j in range(W)] for i in range(H)]
             for g in range(C // pieces)] for n in range(N)]
'''),
    Alternative(MAXOUT, "NumPy's reshape refuses by itself", edit=("if channels % pieces:", "if False:")),
    Alternative(MAXOUT, "maximum of slices, float32", source='''
def maxout(x, pieces):
    if x.shape[1] / pieces != x.shape[1] // pieces:
        raise ValueError("no")
    result = x[:, ::pieces]
    for piece in range(1, pieces):
        result = np.maximum(result, x[:, piece::pieces])
    return result.astype("float32")
'''),
    Alternative(MAXOUT, "torch, a loop over groups", source='''
def maxout(x, pieces):
    groups = torch.tensor(x).split(pieces, dim=1)
    if any(group.shape[1] != pieces for group in groups):
        raise ValueError("groups of different sizes")
    return torch.stack([group.amax(1) for group in groups], dim=1)
'''),
]

field = mutants(FIELD, ALL_FIELD)
LOOP = "    for _, kernel_size, stride, padding in layers:\n"
RECEPTIVE_FIELD = [
    field("jump updated first", [("        jump *= stride\n", ""), (LOOP, LOOP + "        jump *= stride\n")]),
    field("jump updated before the offset",
          [("        jump *= stride\n", ""), ("        offset -=", "        jump *= stride\n        offset -=")], OFFSET, NETWORKS),
    field("jumps ignored in the size", ("(kernel_size - 1) * jump", "kernel_size - 1")),
    field("jumps ignored in the offset", ("padding * jump", "padding"), OFFSET, NETWORKS),
    field("whole kernel added", ("(kernel_size - 1)", "kernel_size")),
    field("half of the kernel added", ("(kernel_size - 1)", "(kernel_size // 2)")),
    field("the layer's own stride in place of the jump", ("(kernel_size - 1) * jump", "(kernel_size - 1) * stride")),
    field("sizes multiplied", ("size += (kernel_size - 1) * jump", "size *= kernel_size")),
    field("strides added", ("jump *= stride", "jump += stride")),
    field("only the last stride", ("jump *= stride", "jump = stride"), SIZE, OFFSET, NETWORKS),
    field("layers from last to first", ("in layers:", "in layers[::-1]:")),
    field("the offset's sign", ("offset -=", "offset +="), OFFSET, NETWORKS),
    field("padding ignored", ("padding * jump", "0"), OFFSET, NETWORKS),
    field("padding of both sides", ("padding * jump", "2 * padding * jump"), OFFSET, NETWORKS),
    field("padding added to the size", ("(kernel_size - 1) * jump", "(kernel_size - 1 + 2 * padding) * jump"), OFFSET, NETWORKS),
    field("the centre of the field, not its beginning", ("return size, jump, offset", "return size, jump, offset + (size - 1) / 2")),
    field("the last pixel, not the first", ("return size, jump, offset", "return size, jump, offset + size - 1")),
    field("pooling layers left out", ("    for _, kernel_size, stride, padding in layers:\n",
          "    for kind, kernel_size, stride, padding in layers:\n        if kind != 'conv':\n            continue\n")),
    field("size of pooling layers left out",
          [("for _, kernel", "for kind, kernel"), ("* jump\n        offset", "* jump * (kind == 'conv')\n        offset")]),
    field("jump and size swapped", ("return size, jump, offset", "return jump, size, offset")),
    field("starts from 0", ("size, jump, offset = 1, 1, 0", "size, jump, offset = 0, 1, 0")),
    field("no offset", ("return size, jump, offset", "return size, jump")),
    Alternative(FIELD, "torch numbers in a tensor", source='''
def receptive_field(layers):
    size, jump, offset = torch.tensor(1), torch.tensor(1), torch.tensor(0)
    for _, k, s, p in layers:
        size = size + (k - 1) * jump
        offset = offset - p * jump
        jump = jump * s
    return torch.stack([size, jump, offset])
'''),
    Alternative(FIELD, "from the top down", source='''
def receptive_field(layers):
    first, last, second = 0, 0, 1
    for _, kernel_size, stride, padding in reversed(layers):
        first, second = first * stride - padding, second * stride - padding
        last = last * stride - padding + kernel_size - 1
    return last - first + 1, second - first, first
'''),
    Alternative(FIELD, "products of strides, NumPy numbers in an array", source='''
def receptive_field(layers):
    kernels, strides, paddings = np.array([layer[1:] for layer in layers], dtype=int).reshape(-1, 3).T
    jumps = np.cumprod(np.append(1, strides))
    return np.array([1 + ((kernels - 1) * jumps[:-1]).sum(), jumps[-1], -(paddings * jumps[:-1]).sum()])
'''),
]

measured = mutants(MEASURED, ALL_MEASURED)
SEEN, UNIT = "(gradient[0] != 0).any(dim=0)", "model(x)[0, :, row, column].sum()"
MEASURED_FIELD = [
    measured("positive gradients only", ("gradient[0] != 0", "gradient[0] > 0"), RECTANGLE, CHANNELS),
    measured("negative gradients only", ("gradient[0] != 0", "gradient[0] < 0")),
    measured("pixels with a gradient in all channels", (".any(dim=0)\n", ".all(dim=0)\n"), GRADIENT, CHANNELS),
    measured("the first channel of the image only", (SEEN, "gradient[0][0] != 0"), GRADIENT, CHANNELS),
    measured("the last channel of the image only", (SEEN, "gradient[0][-1] != 0"), GRADIENT, CHANNELS),
    measured("the first output channel only", (UNIT, "model(x)[0, 0, row, column]"), GRADIENT, CHANNELS),
    measured("large gradients only", ("gradient[0] != 0", "abs(gradient[0]) > 0.3 * abs(gradient).max()"), RECTANGLE, CHANNELS),
    measured("row and column of the unit swapped", ("[0, :, row, column]", "[0, :, column, row]"), *ALL_MEASURED),
    measured("all units", (UNIT, "model(x).sum()")),
    measured("unit [0, 0]", (UNIT, "model(x)[0, :, 0, 0].sum()")),
    measured("left before top", ("return top, left,", "return left, top,")),
    measured("width before height", [("rows, columns = ", "columns, rows = ")]),
    measured("last row and column instead of sizes", [("int(rows.max()) - top + 1", "int(rows.max())"),
                                                      ("int(columns.max()) - left + 1", "int(columns.max())")]),
    measured("one too small", [("int(rows.max()) - top + 1", "int(rows.max()) - top"),
                               ("int(columns.max()) - left + 1", "int(columns.max()) - left")]),
    measured("counts instead of sizes", [("int(rows.max()) - top + 1", "len(rows)"),
                                         ("int(columns.max()) - left + 1", "len(columns)")]),
    measured("gradients of the channels added up: they cancel", (SEEN, "gradient[0].sum(dim=0) != 0"), CHANNELS),
    measured("the last output channel only", (UNIT, "model(x)[0, -1, row, column]"), GRADIENT, CHANNELS),
    measured("height and width swapped",
             ("int(rows.max()) - top + 1, int(columns.max()) - left + 1", "int(columns.max()) - left + 1, int(rows.max()) - top + 1")),
    measured("square", ("int(columns.max()) - left + 1", "int(rows.max()) - top + 1")),
    measured("for images of the value one", ("x = x.clone()", "x = torch.ones_like(x)"), GRADIENT),
    measured("bright pixels only", ("(gradient[0] != 0)", "(gradient[0] * x[0].relu() != 0)"), CHANNELS),
    Mutant(MEASURED, "values changed by one, not the gradient", edit=[
        ("    gradient, = torch.autograd.grad(model(x)[0, :, row, column].sum(), x)\n", '''    gradient = torch.zeros_like(x)
    with torch.no_grad():
        for place in np.ndindex(*x.shape):
            changed = x.clone()
            changed[place] += 100
            gradient[place] = (model(changed) - model(x))[0, :, row, column].sum()
''')], loses=[GRADIENT]),
    Mutant(MEASURED, "the formula, clipped", edit=[
        ("    gradient, = torch.autograd.grad(model(x)[0, :, row, column].sum(), x)\n", '''    first, last = np.array([row, column]), np.array([row, column])
    for layer in reversed(list(model)):
        size, stride, padding = (np.broadcast_to(n, 2) for n in (layer.kernel_size, layer.stride, layer.padding))
        first, last = first * stride - padding, last * stride - padding + size - 1
    first, last = np.maximum(first, 0), np.minimum(last, np.array(x.shape[2:]) - 1)
    gradient = torch.zeros_like(x)
    gradient[:, :, first[0]:last[0] + 1, first[1]:last[1] + 1] = 1
''')], loses=[GRADIENT]),
    Alternative(MEASURED, "plain loops, nested lists", source='''
def make_stack(layers, channels=3):
    """A torch model, in float64 and with random weights, from (kind, kernel_size, stride, padding)."""
    return nn.Sequential(*(make_layer(channels, *layer) for layer in layers)).double()


def measured_receptive_field(model, x, row, column):
    image = torch.tensor(x.tolist(), dtype=torch.float64, requires_grad=True)
    model(image)[0, :, row, column].sum().backward()
    g = image.grad[0].tolist()
    points = [(i, j) for plane in g for i, r in enumerate(plane) for j, v in enumerate(r) if v != 0]
    rows = [i for i, _ in points]; cols = [j for _, j in points]
    return [min(rows), min(cols), max(rows) - min(rows) + 1, max(cols) - min(cols) + 1]
'''),
    Alternative(MEASURED, "backward, absolute values, NumPy", edit=[
        ("gradient, = torch.autograd.grad(model(x)[0, :, row, column].sum(), x)",
         "model(x)[0, :, row, column].sum().backward()"),
        ("seen = (gradient[0] != 0).any(dim=0)", "seen = x.grad[0].abs().sum(0)"),
        ("return top, left, int(rows.max()) - top + 1, int(columns.max()) - left + 1",
         "down, right = np.nonzero(seen.numpy())\n    return np.array([down.min(), right.min(), np.ptp(down) + 1, np.ptp(right) + 1])"),
        ("rows, columns = seen.any(dim=1).nonzero(), seen.any(dim=0).nonzero()", "rows = columns = seen.nonzero()")]),
    Alternative(MEASURED, "an output gradient of one, torch numbers", edit=[
        ("gradient, = torch.autograd.grad(model(x)[0, :, row, column].sum(), x)",
         "output = model(x)\n    mark = torch.zeros_like(output)\n    mark[0, :, row, column] = 1\n"
         "    gradient, = torch.autograd.grad(output, x, mark)"),
        ("return top, left, int(rows.max()) - top + 1, int(columns.max()) - left + 1",
         "return [torch.tensor(top), left, rows.max() - top + 1, columns.max() - left + 1]")]),
]

CASES = (MAX_POOL2D + MAX_POOL2D_BACKWARD + AVG_POOL2D + ADAPTIVE_AVG_POOL2D + MAXOUTS + RECEPTIVE_FIELD
         + MEASURED_FIELD)
