"""Wrong and other right answers to the exercises of lesson 03; see autograde/mutants.py.

A wrong answer early in the lesson also spoils later answers that call it, since the solutions build on each other.
Those losses are listed with it: they are what a student who does the same would see.
"""
from autograde.mutants import Alternative, Mutant

PATCHES, CONV = "exercise-3-2-patches", "exercise-3-3-conv2d"
PARAMETERS, MACS = "exercise-3-4-conv-parameters", "exercise-3-5-conv-macs"
POINTWISE, SEPARATE = "exercise-3-6-pointwise", "exercise-3-7-separate-kernel"
DEPTHWISE = "exercise-3-8-depthwise-separable"

ORDER, PATCH_OPTIONS = "test-3-2-order", "test-3-2-options"
EXAMPLE, BIAS, BATCH, OPTIONS, GROUPS = (f"test-3-3-{name}" for name in ("example", "bias", "batch", "options",
                                                                         "groups"))
COUNT, COUNT_GROUPS = "test-3-4-count", "test-3-4-groups"
WORK, WORK_OPTIONS = "test-3-5-count", "test-3-5-options"
PIXELS = "test-3-6-pixels"
PRODUCT, REFUSES = "test-3-7-product", "test-3-7-refuses"
STEPS, STEP_OPTIONS = "test-3-8-values", "test-3-8-options"

WINDOWS = [ORDER, PATCH_OPTIONS]
LAYER = [EXAMPLE, BIAS, BATCH, OPTIONS, GROUPS]
BOTH_STEPS = [STEPS, STEP_OPTIONS]
WITH_SETTINGS = [PATCH_OPTIONS, EXAMPLE, OPTIONS, GROUPS, STEP_OPTIONS]      # of patches: what has a setting
ALL = WINDOWS + LAYER + BOTH_STEPS


def patches(why, edit, *loses):
    return Mutant(PATCHES, why, edit=edit, loses=loses or ALL)


AXES, THINNED = "transpose(0, 2, 3, 1, 4, 5)", "[:, :, ::down, ::right, ::gap_v, ::gap_h]"
PADDED = "((0, 0), (0, 0), (v, v), (h, h))"
PATCH_CASES = [
    patches("pixel by pixel, the channels last", (AXES, "transpose(0, 2, 3, 4, 5, 1)")),
    patches("each window column by column", (AXES, "transpose(0, 2, 3, 1, 5, 4)")),
    patches("positions exchanged", (AXES, "transpose(0, 3, 2, 1, 4, 5)")),
    patches("channels before positions", (f".{AXES}", "")),
    patches("windows and positions exchanged", (AXES, "transpose(0, 4, 5, 1, 2, 3)")),
    patches("numbers backwards", (".reshape(*windows.shape[:3], -1)", ".reshape(*windows.shape[:3], -1)[..., ::-1]")),
    patches("positions joined", ("*windows.shape[:3], -1", "windows.shape[0], -1, np.prod(windows.shape[3:])")),
    patches("images and positions joined", ("*windows.shape[:3], -1", "-1, np.prod(windows.shape[3:])")),
    patches("windows not flattened", ("windows.reshape(*windows.shape[:3], -1)", "windows")),
    patches("kernel's height and width swapped", ("(height, width), (down", "(width, height), (down")),
    patches("kernel taken as square", ("gap_h * (width - 1)", "gap_h * (height - 1)")),
    patches("stride's axes swapped", ("(down, right),", "(right, down),"), PATCH_OPTIONS, OPTIONS, GROUPS,
            STEP_OPTIONS),
    patches("vertical stride on both axes", ("::down, ::right", "::down, ::down"), PATCH_OPTIONS, OPTIONS, GROUPS,
            STEP_OPTIONS),
    patches("stride ignored", (THINNED, "[:, :, :, :, ::gap_v, ::gap_h]"), *WITH_SETTINGS),
    patches("stride inside the window", (THINNED, "[:, :, :, :, ::down, ::right]"), *WITH_SETTINGS),
    patches("windows do not overlap", ("::down, ::right", "::height, ::width")),
    patches("padding ignored", (PADDED, "((0, 0), (0, 0), (0, 0), (0, 0))"), *WITH_SETTINGS),
    patches("padding on one side", (PADDED, "((0, 0), (0, 0), (v, 0), (h, 0))"), *WITH_SETTINGS),
    patches("padding at the bottom and right only", (PADDED, "((0, 0), (0, 0), (0, v), (0, h))"), *WITH_SETTINGS),
    patches("padding's axes swapped", (PADDED, "((0, 0), (0, 0), (h, h), (v, v))"), PATCH_OPTIONS, OPTIONS, GROUPS,
            STEP_OPTIONS),
    patches("channels padded too", (PADDED, "((0, 0), (v, v), (v, v), (h, h))"), *WITH_SETTINGS),
    patches("padding repeats the border", (PADDED, PADDED + ', mode="edge"'), *WITH_SETTINGS),
    patches("dilation's axes swapped", ("(gap_v, gap_h) =", "(gap_h, gap_v) ="), PATCH_OPTIONS, OPTIONS, GROUPS,
            STEP_OPTIONS),
    patches("dilation ignored", ("padding, dilation))", "padding, 1))"),
            PATCH_OPTIONS, OPTIONS, GROUPS, STEP_OPTIONS),
    patches("dilation counted as kernel size", [("gap_v * (height - 1) + 1", "gap_v * height"),
                                                ("gap_h * (width - 1) + 1", "gap_h * width")],
            PATCH_OPTIONS, OPTIONS, GROUPS, STEP_OPTIONS),
    patches("last column of positions missing", (THINNED, "[:, :, ::down, :-1:right, ::gap_v, ::gap_h]")),
    patches("fractions cut off", ("np.pad(x,", "np.pad(x.astype(int),"), ORDER, PATCH_OPTIONS, EXAMPLE, BATCH, OPTIONS,
            GROUPS, *BOTH_STEPS),
    patches("the first image only", ("np.pad(x,", "np.pad(np.stack([x[0]] * len(x)),"),
            *WINDOWS, BIAS, BATCH, OPTIONS, GROUPS, *BOTH_STEPS),
    patches("the given images are emptied", ("windows = sliding", "x[:] = 0\n    windows = sliding"), PATCH_OPTIONS, BIAS, BATCH,
            OPTIONS, *BOTH_STEPS),
    Mutant(PATCHES, "library unfold", source='''
def patches(x, kernel_size, stride=1, padding=0, dilation=1):
    size, (sv, sh), (pv, ph), (dv, dh) = map(as_pair, (kernel_size, stride, padding, dilation))
    out_height = (x.shape[2] + 2 * pv - dv * (size[0] - 1) - 1) // sv + 1
    columns = F.unfold(torch.as_tensor(x, dtype=torch.float64), tuple(size), (dv, dh), (pv, ph), (sv, sh))
    return columns.mT.reshape(len(x), out_height, -1, columns.shape[1]).numpy()
''', loses=ALL),
    Alternative(PATCHES, "position by position, in float32", source='''
def patches(x, kernel_size, stride=1, padding=0, dilation=1):
    (kh, kw), (sv, sh), (pv, ph), (dv, dh) = map(as_pair, (kernel_size, stride, padding, dilation))
    padded = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph))).astype("float32")
    height, width = dv * (kh - 1) + 1, dh * (kw - 1) + 1
    rows = []
    for top in range(0, padded.shape[2] - height + 1, sv):
        rows.append([])
        for left in range(0, padded.shape[3] - width + 1, sh):
            rows[-1].append(padded[:, :, top:top + height:dv, left:left + width:dh].reshape(len(x), -1))
    return np.moveaxis(np.array(rows), 2, 0)
'''),
    Alternative(PATCHES, "plain loops over lists", source='''
def patches(x, kernel_size, stride=1, padding=0, dilation=1):
    (kh, kw), (sv, sh), (pv, ph), (dv, dh) = map(as_pair, (kernel_size, stride, padding, dilation))
    result = []
    for image in x.tolist():
        padded = [[[0] * (len(sheet[0]) + 2 * ph) for _ in range(len(sheet) + 2 * pv)] for sheet in image]
        for frame, sheet in zip(padded, image):
            for r, row in enumerate(sheet):
                frame[pv + r][ph:ph + len(row)] = row
        rows = range(0, len(padded[0]) - dv * (kh - 1), sv)
        columns = range(0, len(padded[0][0]) - dh * (kw - 1), sh)
        result.append([[[sheet[r + i * dv][c + j * dh] for sheet in padded for i in range(kh) for j in range(kw)]
                        for c in columns] for r in rows])
    return np.array(result)
'''),
    Alternative(PATCHES, "all positions by index arrays, float32", source='''
def patches(x, kernel_size, stride=1, padding=0, dilation=1):
    (kh, kw), (sv, sh), (pv, ph), (dv, dh) = map(as_pair, (kernel_size, stride, padding, dilation))
    x = np.pad(np.asarray(x, np.float32), ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    rows = np.arange(0, x.shape[2] - dv * (kh - 1), sv)[:, None, None, None] + dv * np.arange(kh)[:, None]
    columns = np.arange(0, x.shape[3] - dh * (kw - 1), sh)[:, None, None] + dh * np.arange(kw)
    windows = x[:, :, rows, columns].transpose(0, 2, 3, 1, 4, 5)
    return windows.reshape(*windows.shape[:3], -1)
'''),
    Alternative(PATCHES, "the view that tensors have, float32", source='''
def patches(x, kernel_size, stride=1, padding=0, dilation=1):
    (kh, kw), (sv, sh), (pv, ph), (dv, dh) = map(as_pair, (kernel_size, stride, padding, dilation))
    x = F.pad(torch.as_tensor(x).float(), (ph, ph, pv, pv))
    windows = x.unfold(2, dv * (kh - 1) + 1, sv).unfold(3, dh * (kw - 1) + 1, sh)[..., ::dv, ::dh]
    return windows.permute(0, 2, 3, 1, 4, 5).flatten(3).numpy()
'''),
    Alternative(PATCHES, "shifted images, one for each kernel number", source='''
def patches(x, kernel_size, stride=1, padding=0, dilation=1):
    (kh, kw), (sv, sh), (pv, ph), (dv, dh) = map(as_pair, (kernel_size, stride, padding, dilation))
    batch, channels, height, width = x.shape
    padded = np.zeros((batch, channels, height + 2 * pv, width + 2 * ph))
    padded[:, :, pv:pv + height, ph:ph + width] = x
    rows, columns = padded.shape[2] - dv * (kh - 1), padded.shape[3] - dh * (kw - 1)
    shifted = [padded[:, c, i * dv:i * dv + rows:sv, j * dh:j * dh + columns:sh]
               for c in range(channels) for i in range(kh) for j in range(kw)]
    return np.stack(shifted, axis=-1)
'''),
]


def conv(why, edit, *loses):
    return Mutant(CONV, why, edit=edit, loses=loses or LAYER + BOTH_STEPS)


KERNELS, MOVED = "weight.reshape(len(weight), -1)", "np.moveaxis(result, -1, 1)"
CALL = "stride, padding, dilation)\n    kernels"
SPLIT_ROWS, SPLIT_KERNELS = "np.split(rows, groups, axis=-1)", "np.split(kernels, groups)"
CONV_CASES = [
    conv("weight reshaped in the wrong order", (KERNELS, "weight.reshape(-1, len(weight)).T"), *LAYER, *BOTH_STEPS),
    conv("weight with the channels last", (KERNELS, "weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)"),
         EXAMPLE, BIAS, BATCH, OPTIONS, GROUPS),
    conv("kernels transposed", (KERNELS, "weight.mT.reshape(len(weight), -1)"),
         EXAMPLE, BIAS, BATCH, OPTIONS, GROUPS, *BOTH_STEPS),
    conv("kernels flipped", (KERNELS, "weight[:, :, ::-1, ::-1].reshape(len(weight), -1)")),
    conv("kernels flipped through the channels too", (KERNELS, "weight.reshape(len(weight), -1)[:, ::-1]")),
    conv("kernel sizes swapped", ("weight.shape[2:]", "weight.shape[:1:-1]")),
    conv("channels stay last", (MOVED, "result")),
    conv("channels moved by reshape", (MOVED, "result.reshape(len(x), len(weight), *result.shape[1:3])")),
    conv("height and width exchanged at the end", (MOVED, "result.transpose(0, 3, 2, 1)")),
    conv("sum over the batch", (MOVED, "np.moveaxis(result, -1, 1).sum(0, keepdims=True)"), BIAS, BATCH, OPTIONS,
         GROUPS, *BOTH_STEPS),
    conv("mean over the batch", (MOVED, "np.moveaxis(result, -1, 1) * 0 + np.moveaxis(result, -1, 1).mean(0)"),
         BIAS, BATCH, OPTIONS, GROUPS, *BOTH_STEPS),
    conv("only the first image", (MOVED, "np.moveaxis(result, -1, 1)[:1]"), BIAS, BATCH, OPTIONS, GROUPS, *BOTH_STEPS),
    conv("batch and channels exchanged", (MOVED, "np.moveaxis(result, -1, 0)")),
    conv("bias ignored", ("result = result + bias", "pass"), EXAMPLE, BIAS, BATCH, OPTIONS, GROUPS),
    conv("bias subtracted", ("result + bias", "result - bias"), EXAMPLE, BIAS, BATCH, OPTIONS, GROUPS),
    conv("all biases added to every map", ("result + bias", "result + bias.sum()"), EXAMPLE, BIAS, BATCH, OPTIONS,
         GROUPS),
    conv("the first bias for all maps", ("result + bias", "result + bias[0]"), EXAMPLE, BIAS, BATCH, OPTIONS, GROUPS),
    conv("one bias per pixel: added for every number of the window",
         ("result + bias", "result + bias * rows.shape[-1]"),
         EXAMPLE, BIAS, BATCH, OPTIONS, GROUPS),
    conv("bias added once for each channel", ("result + bias", "result + bias * x.shape[1]"), EXAMPLE, BIAS, BATCH,
         OPTIONS, GROUPS),
    conv("bias along the width where that is possible", [
        ("result = result + bias", "pass"),
        (f"return {MOVED}",
         "result = np.moveaxis(result, -1, 1)\n    fits = bias is not None and len(bias) == result.shape[3]\n"
         "    return result if bias is None else result + (bias if fits else bias[:, None, None])")], BIAS, OPTIONS),
    conv("bias along the height where that is possible", [
        ("result = result + bias", "pass"),
        (f"return {MOVED}",
         "result = np.moveaxis(result, -1, 1)\n    fits = bias is not None and len(bias) == result.shape[2]\n"
         "    return result if bias is None else result + (bias[:, None] if fits else bias[:, None, None])")],
         BIAS, BATCH, OPTIONS, GROUPS),
    conv("bias cut to whole numbers with whole pixels", ("result + bias", "result + bias.astype(result.dtype)"), BIAS),
    conv("bias counts double", ("result + bias", "result + 2 * bias"), EXAMPLE, BIAS, BATCH, OPTIONS, GROUPS),
    conv("mean instead of sum over the channels", (MOVED, "np.moveaxis(result, -1, 1) / weight.shape[1]"),
         EXAMPLE, BIAS, BATCH, OPTIONS, GROUPS),
    conv("negative results cut off", (MOVED, "np.maximum(np.moveaxis(result, -1, 1), 0)")),
    conv("stride forgotten", (CALL, "1, padding, dilation)\n    kernels"), EXAMPLE, OPTIONS, GROUPS, STEP_OPTIONS),
    conv("padding forgotten", (CALL, "stride, 0, dilation)\n    kernels"), EXAMPLE, OPTIONS, GROUPS, STEP_OPTIONS),
    conv("dilation forgotten", (CALL, "stride, padding)\n    kernels"), OPTIONS, GROUPS, STEP_OPTIONS),
    conv("stride and padding exchanged", (CALL, "padding or 1, stride, dilation)\n    kernels")),
    conv("vertical settings on both axes",
         (CALL, "*(as_pair(n)[0] for n in (stride, padding, dilation)))\n    kernels"),
         OPTIONS, GROUPS, STEP_OPTIONS),
    conv("groups ignored: all kernels see the first channels", [
        (SPLIT_ROWS, "[rows[..., :kernels.shape[1]]]"), (SPLIT_KERNELS, "[kernels]"),
    ], GROUPS, *BOTH_STEPS),
    conv("groups ignored: the kernels repeated for all channels", [
        (SPLIT_ROWS, "[rows]"), (SPLIT_KERNELS, "[np.tile(kernels, (1, groups))]")], GROUPS, *BOTH_STEPS),
    conv("every second channel in a group", ("rows = patches(x,", "rows = patches("
         "x.reshape(len(x), -1, groups, *x.shape[2:]).swapaxes(1, 2).reshape(x.shape),"), GROUPS),
    conv("output channels of the groups mixed", (
        "result = np.concatenate(products, axis=-1)",
        "result = np.stack(products, axis=-1).reshape(*rows.shape[:3], -1)"), GROUPS),
    conv("groups backwards", (SPLIT_KERNELS, "np.split(kernels, groups)[::-1]"), GROUPS, *BOTH_STEPS),
    conv("the groups' results added up", ("np.concatenate(products, axis=-1)", "sum(products)"), GROUPS, *BOTH_STEPS),
    conv("only depthwise groups", ("np.concatenate(products, axis=-1)",
         "np.concatenate(products if groups in (1, x.shape[1]) else products[:1], axis=-1)"), GROUPS),
    conv("the given images are emptied", ("return np", "x[:] = 0\n    return np"), BIAS, BATCH, OPTIONS, *BOTH_STEPS),
    Mutant(CONV, "library convolution", source='''
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    tensors = [None if array is None else torch.as_tensor(array, dtype=torch.float64) for array in (x, weight, bias)]
    return F.conv2d(*tensors, stride, padding, dilation, groups).numpy()
''', loses=LAYER + BOTH_STEPS),
    Mutant(CONV, "sheet by sheet with scipy", source='''
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    from scipy.signal import correlate
    (sv, sh), (pv, ph), (dv, dh) = map(as_pair, (stride, padding, dilation))
    x = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    wide = np.zeros((*weight.shape[:2], dv * (weight.shape[2] - 1) + 1, dh * (weight.shape[3] - 1) + 1))
    wide[:, :, ::dv, ::dh] = weight
    own, depth = len(weight) // groups, weight.shape[1]
    maps = [[correlate(image[o // own * depth:][:depth], wide[o], mode="valid")[0, ::sv, ::sh]
             for o in range(len(weight))] for image in x]
    return np.array(maps) + (0 if bias is None else bias[:, None, None])
''', loses=LAYER + BOTH_STEPS),
    Alternative(CONV, "einsum over windows, no other exercise used", source='''
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (sv, sh), (pv, ph), (dv, dh) = map(as_pair, (stride, padding, dilation))
    out_channels, depth, kh, kw = weight.shape
    x = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    windows = sliding_window_view(x, (dv * (kh - 1) + 1, dh * (kw - 1) + 1), axis=(2, 3))[:, :, ::sv, ::sh, ::dv, ::dh]
    windows = windows.reshape(len(x), groups, depth, *windows.shape[2:])
    result = np.einsum("ngcrsij,gocij->ngors", windows, weight.reshape(groups, -1, depth, kh, kw))
    result = result.reshape(len(x), out_channels, *result.shape[3:])
    return result if bias is None else result + bias.reshape(1, -1, 1, 1)
'''),
    Alternative(CONV, "shift and add in torch, float32", source='''
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (sv, sh), (pv, ph), (dv, dh) = map(as_pair, (stride, padding, dilation))
    x, weight = torch.tensor(x, dtype=torch.float32), torch.tensor(weight, dtype=torch.float32)
    x = F.pad(x, (ph, ph, pv, pv))
    depth, own, result = weight.shape[1], len(weight) // groups, []
    rows, columns = x.shape[2] - dv * (weight.shape[2] - 1), x.shape[3] - dh * (weight.shape[3] - 1)
    for o, kernel in enumerate(weight):
        image = x[:, o // own * depth:(o // own + 1) * depth]
        total = 0 if bias is None else float(bias[o])
        for i in range(weight.shape[2]):
            for j in range(weight.shape[3]):
                shifted = image[:, :, i * dv:i * dv + rows:sv, j * dh:j * dh + columns:sh]
                total = total + (shifted * kernel[:, i, j, None, None]).sum(1)
        result.append(total)
    return torch.stack(result, 1).numpy()
'''),
    Alternative(CONV, "plain loops, a nested list", source='''
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    own, depth, result = len(weight) // groups, weight.shape[1], []
    for image in x:
        maps = []
        for o, kernel in enumerate(weight.tolist()):
            part = image[None, o // own * depth:(o // own + 1) * depth]
            numbers = [number for sheet in kernel for row in sheet for number in row]
            start = 0 if bias is None else float(bias[o])
            maps.append([[start + sum(a * b for a, b in zip(window, numbers)) for window in line]
                         for line in patches(part, weight.shape[2:], stride, padding, dilation)[0].tolist()])
        result.append(maps)
    return np.array(result)
'''),
    Alternative(CONV, "chunks of tensors, a tensor in float32", source='''
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    weight = torch.as_tensor(weight).float()
    rows = torch.as_tensor(patches(x, weight.shape[2:], stride, padding, dilation)).float()
    parts = [row @ kernels.flatten(1).T for row, kernels in zip(rows.chunk(groups, -1), weight.chunk(groups))]
    result = torch.cat(parts, -1)
    if bias is not None:
        result += torch.as_tensor(bias)
    return result.permute(0, 3, 1, 2).numpy()
'''),
    Alternative(CONV, "a weight full of zeros between the groups", source='''
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    out_channels, depth, *size = weight.shape
    full = np.zeros((out_channels, x.shape[1], *size))
    for o in range(out_channels):
        first = o * groups // out_channels * depth
        full[o, first:first + depth] = weight[o]
    result = np.tensordot(patches(x, size, stride, padding, dilation), full.reshape(out_channels, -1), (3, 1))
    return (result + (np.zeros(out_channels) if bias is None else bias)).transpose(0, 3, 1, 2)
'''),
]


def parameters(why, edit, *loses):
    return Mutant(PARAMETERS, why, edit=edit, loses=loses)


COUNT_ALL = [COUNT, COUNT_GROUPS, WORK, WORK_OPTIONS]
PARAMETER_CASES = [
    parameters("no bias", (" + bool(bias)", ""), COUNT, COUNT_GROUPS),
    parameters("always a bias", ("bool(bias)", "1"), COUNT, WORK, WORK_OPTIONS),
    parameters("bias means the opposite", ("bool(bias)", "(not bias)"), *COUNT_ALL),
    parameters("one bias for all kernels", [(" + bool(bias)", ""),
               ("return one_kernel * out_channels", "return one_kernel * out_channels + bool(bias)")], COUNT, COUNT_GROUPS),
    parameters("a bias for each input channel", [(" + bool(bias)", ""),
               ("return one_kernel * out_channels", "return one_kernel * out_channels + bool(bias) * in_channels")],
               COUNT, COUNT_GROUPS),
    parameters("a bias for each sheet of a kernel", [(" + bool(bias)", ""),
               ("height * width * ", "(height * width + bool(bias)) * ")], COUNT, COUNT_GROUPS),
    parameters("a bias for each weight", [(" + bool(bias)", ""),
               ("return one_kernel * out_channels", "return one_kernel * out_channels * (1 + bool(bias))")], COUNT,
               COUNT_GROUPS),
    parameters("kernels without depth", (" * (in_channels // groups)", ""), *COUNT_ALL),
    parameters("one kernel only", ("return one_kernel * out_channels", "return one_kernel"), *COUNT_ALL),
    parameters("square kernels", ("height * width *", "height * height *"), *COUNT_ALL),
    parameters("height and width added", ("height * width *", "(height + width) *"), *COUNT_ALL),
    parameters("groups ignored", ("in_channels // groups)", "in_channels)"), COUNT_GROUPS, WORK_OPTIONS),
    parameters("multiplied by groups", ("in_channels // groups)", "in_channels * groups)"), COUNT_GROUPS, WORK_OPTIONS),
    parameters("biases divided by groups too", ("return one_kernel * out_channels",
                                                "return one_kernel * out_channels if groups == 1 else "
               "height * width * in_channels // groups * out_channels + bool(bias) * out_channels // groups"),
               COUNT_GROUPS),
    parameters("channels and kernels both divided", ("one_kernel * out_channels",
                                                     "one_kernel * (out_channels // groups)"),
               COUNT_GROUPS, WORK_OPTIONS),
    parameters("input channels not checked", ("in_channels % groups or out_channels", "out_channels"), COUNT_GROUPS),
    parameters("output channels not checked", ("in_channels % groups or out_channels % groups",
                                               "in_channels % groups"), COUNT_GROUPS),
    parameters("refused only if both do not divide", ("groups or out", "groups and out"), COUNT_GROUPS),
    parameters("another kind of error", ("raise ValueError", "raise TypeError"), COUNT_GROUPS),
    parameters("all groups refused", ("in_channels % groups or out_channels % groups", "groups > 1"), COUNT_GROUPS,
               WORK_OPTIONS),
    Alternative(PARAMETERS, "torch's own layer", source='''
def conv_parameters(in_channels, out_channels, kernel_size, groups=1, bias=True):
    layer = torch.nn.Conv2d(in_channels, out_channels, kernel_size, groups=groups, bias=bias)
    return sum(parameter.numel() for parameter in layer.parameters())
'''),
    Alternative(PARAMETERS, "group by group, as a float", source='''
def conv_parameters(in_channels, out_channels, kernel_size, groups=1, bias=True):
    if not (in_channels / groups).is_integer() or not (out_channels / groups).is_integer():
        raise ValueError
    weights = groups * (in_channels / groups) * (out_channels / groups) * np.prod(as_pair(kernel_size))
    return weights + out_channels if bias else weights
'''),
]


def macs(why, edit, *loses):
    return Mutant(MACS, why, edit=edit, loses=loses or [WORK, WORK_OPTIONS])


SETTINGS = "*map(as_pair, (kernel_size, stride, padding, dilation))"
MAC_CASES = [
    macs("a position for every pixel", ("(n + 2 * pad - gap * (kernel - 1) - 1) // step + 1", "n")),
    macs("gaps counted, not positions", ("// step + 1", "// step")),
    macs("biases counted", (", bias=False", "")),
    macs("positions not counted", ("positions * conv", "conv")),
    macs("weights not counted",
         ("positions * conv_parameters(in_channels, out_channels, kernel_size, groups, bias=False)", "positions")),
    macs("multiplications and additions counted apart", ("return positions", "return 2 * positions")),
    macs("channels added, not multiplied",
         ("conv_parameters(in_channels, out_channels, kernel_size, groups, bias=False)",
                                           "(in_channels + out_channels) * np.prod(as_pair(kernel_size)) // groups")),
    macs("height and width swapped", ("zip(size,", "zip(size[::-1],")),
    macs("the height's positions squared", (f"zip(size, {SETTINGS})", f"[[*next(zip(size, {SETTINGS}))]] * 2")),
    macs("stride ignored", ("// step", ""), WORK, WORK_OPTIONS),
    macs("padding on one side", ("2 * pad", "pad")),
    macs("padding ignored", ("2 * pad", "0")),
    macs("dilation ignored", ("gap * (kernel - 1)", "(kernel - 1)"), WORK_OPTIONS),
    macs("dilation counted as kernel size", ("gap * (kernel - 1) - 1", "gap * kernel"), WORK_OPTIONS),
    macs("stride's axes swapped",
         (SETTINGS, f"*(pair[::-1] if i == 1 else pair for i, pair in enumerate({SETTINGS[1:]}))"), WORK_OPTIONS),
    macs("groups ignored", ("kernel_size, groups, bias", "kernel_size, 1, bias"), WORK_OPTIONS),
    macs("not rounded down", ("// step", "/ step"), WORK_OPTIONS),
    macs("vertical stride on both axes", (SETTINGS, f"*[pairs if i != 1 else (pairs[0],) * 2 for i, pairs in "
                                          f"enumerate({SETTINGS[1:]})]"), WORK_OPTIONS),
    macs("rounded up", ("(n + 2 * pad - gap * (kernel - 1) - 1) // step",
                        "-(-(n + 2 * pad - gap * (kernel - 1) - 1) // step)"), WORK_OPTIONS),
    Alternative(MACS, "counting ranges, no other exercise used", source='''
def conv_macs(size, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    (kh, kw), (sv, sh), (pv, ph), (dv, dh) = map(as_pair, (kernel_size, stride, padding, dilation))
    down = len(range(0, size[0] + 2 * pv - dv * (kh - 1), sv))
    across = len(range(0, size[1] + 2 * ph - dh * (kw - 1), sh))
    return down * across * kh * kw * in_channels * out_channels // groups
'''),
    Alternative(MACS, "from the shape of a result, as a NumPy float", source='''
def conv_macs(size, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    kernel = np.zeros((out_channels, in_channels // groups, *as_pair(kernel_size)))
    maps = conv2d(np.zeros((1, in_channels, *size)), kernel, None, stride, padding, dilation, groups)
    return np.float64(np.size(maps) * kernel[0].size)
'''),
]


def pointwise(why, edit, *loses):
    return Mutant(POINTWISE, why, edit=edit, loses=loses or [PIXELS, *BOTH_STEPS])


FLAT = "x.reshape(batch, in_channels, height * width)"
POINTWISE_CASES = [
    pointwise("weight transposed where it is square", ("weight[:, :, 0, 0]",
                                                       "(weight[:, :, 0, 0].T if len(weight) == in_channels "
              "else weight[:, :, 0, 0])"), PIXELS),
    pointwise("weight transposed", ("weight[:, :, 0, 0]", "weight[:, :, 0, 0].T")),
    pointwise("weight reshaped the wrong way", ("weight[:, :, 0, 0]", "weight.reshape(in_channels, -1).T")),
    pointwise("bias ignored", ("result + bias[:, None]", "result"), PIXELS, *BOTH_STEPS),
    pointwise("bias per pixel", ("result + bias[:, None]", "result + np.resize(bias, height * width)")),
    pointwise("all biases everywhere", ("bias[:, None]", "bias.sum()")),
    pointwise("bias counted for each channel", ("bias[:, None]", "in_channels * bias[:, None]")),
    pointwise("bias along the width where that is possible", ("result = result + bias[:, None]",
              "result = (result.reshape(batch, -1, height, width)"
              " + (bias if len(bias) == width else bias[:, None, None])"
              ").reshape(result.shape)"), PIXELS, STEP_OPTIONS),
    pointwise("bias cut to whole numbers", ("bias[:, None]", "bias[:, None].astype(int)")),
    pointwise("images and channels mixed", (FLAT, "x.swapaxes(0, 1).reshape(batch, in_channels, height * width)"),
              PIXELS, *BOTH_STEPS),
    pointwise("pixels mixed with channels",
              (FLAT, "x.transpose(0, 2, 3, 1).reshape(batch, in_channels, height * width)")),
    pointwise("sum over the batch", ("result.reshape(batch, -1, height, width)",
                                     "result.sum(0).reshape(1, -1, height, width)")),
    pointwise("height and width exchanged", ("-1, height, width)", "-1, width, height)")),
    pointwise("height and width exchanged and turned", ("-1, height, width)", "-1, width, height).mT")),
    pointwise("channels last", ("result.reshape(batch, -1, height, width)",
                                "np.moveaxis(result.reshape(batch, -1, height, width), 1, 3)")),
    pointwise("mean over channels", ("weight[:, :, 0, 0] @", "weight[:, :, 0, 0] / in_channels @")),
    pointwise("negative results cut off", ("return result", "return np.maximum(result, 0)")),
    Mutant(POINTWISE, "library convolution", source='''
def pointwise(x, weight, bias=None):
    tensors = [None if array is None else torch.as_tensor(array, dtype=torch.float64) for array in (x, weight, bias)]
    return F.conv2d(*tensors).numpy()
''', loses=[PIXELS, *BOTH_STEPS]),
    Alternative(POINTWISE, "einsum in torch, float32", source='''
def pointwise(x, weight, bias=None):
    x, weight = torch.tensor(x, dtype=torch.float32), torch.tensor(weight, dtype=torch.float32)
    result = torch.einsum("nchw,oc->nohw", x, weight.squeeze(3).squeeze(2))
    return result if bias is None else result + torch.tensor(bias, dtype=torch.float32).view(1, -1, 1, 1)
'''),
    Alternative(POINTWISE, "channels last and back", source='''
def pointwise(x, weight, bias=None):
    result = np.moveaxis(x, 1, 3) @ weight.squeeze((2, 3)).T
    return np.moveaxis(result + (0 if bias is None else bias), 3, 1)
'''),
    Alternative(POINTWISE, "plain loops, a nested list", source='''
def pointwise(x, weight, bias=None):
    batch, channels, height, width = x.shape
    return [[[[sum(float(x[n][c][i][j]) * float(weight[o][c][0][0]) for c in range(channels))
               + (0 if bias is None else float(bias[o])) for j in range(width)] for i in range(height)]
             for o in range(len(weight))] for n in range(batch)]
'''),
    Alternative(POINTWISE, "conv2d", source='''
def pointwise(x, weight, bias=None):
    return conv2d(x, weight, bias)
'''),
]


def separate(why, edit, *loses):
    return Mutant(SEPARATE, why, edit=edit, loses=loses or [PRODUCT, REFUSES])


CHECK_RANK, PAIR = "(s[1:] > 1e-5 * s[0]).any()", "u[:, :1] * s[0], vt[:1]"
SEPARATE_CASES = [
    separate("singular value forgotten", (PAIR, "u[:, :1], vt[:1]")),
    separate("singular value on both sides", (PAIR, "u[:, :1] * s[0], vt[:1] * s[0]")),
    separate("root of the singular value on one side", (PAIR, "u[:, :1] * s[0] ** 0.5, vt[:1]")),
    separate("columns of vt", (PAIR, "u[:, :1] * s[0], vt[:, :1].T")),
    separate("rows of u", (PAIR, "u[:1].T * s[0], vt[:1]")),
    separate("the smallest singular value", (PAIR, "u[:, len(s) - 1:len(s)] * s[-1], vt[len(s) - 1:len(s)]"), PRODUCT,
             REFUSES),
    separate("signs lost", (PAIR, "abs(u[:, :1]) * s[0], abs(vt[:1])")),
    separate("column made positive", (PAIR, "abs(u[:, :1]) * s[0], vt[:1]")),
    separate("row and column exchanged", (PAIR, "vt[:1].T, u[:, :1].T * s[0]")),
    separate("flat arrays", (PAIR, "u[:, 0] * s[0], vt[0]")),
    separate("column as a row", (PAIR, "(u[:, :1] * s[0]).T, vt[:1]")),
    separate("the whole kernel and a one", (PAIR, "kernel, np.ones((1, 1))")),
    separate("never refuses", (CHECK_RANK, "False"), REFUSES),
    separate("always refuses", (CHECK_RANK, "True")),
    separate("an absolute tolerance", (CHECK_RANK, "(s[1:] > 1e-5).any()"), REFUSES),
    separate("no tolerance", (CHECK_RANK, "(s[1:] > 0).any()")),
    separate("a generous tolerance", (CHECK_RANK, "(s[1:] > 1e-2 * s[0]).any()"), REFUSES),
    separate("only the last singular value looked at", (CHECK_RANK, "len(s) > 1 and s[-1] > 1e-5 * s[0]"), REFUSES),
    separate("refuses only a full rank",
             (CHECK_RANK, "len(s) > 1 and np.linalg.matrix_rank(kernel) == min(kernel.shape)"), REFUSES),
    separate("refuses only if all are large", (CHECK_RANK, "len(s) > 1 and (s[1:] > 1e-5 * s[0]).all()"), REFUSES),
    separate("determinant", (CHECK_RANK, "kernel.shape[0] == kernel.shape[1] and abs(np.linalg.det(kernel)) > 1e-9")),
    separate("symmetric kernels only", (CHECK_RANK, "kernel.shape[0] != kernel.shape[1]")),
    separate("only square kernels", ("u, s, vt = np.linalg.svd(kernel)",
                                     "if kernel.shape[0] != kernel.shape[1]:\n        raise ValueError\n"
             "    u, s, vt = np.linalg.svd(kernel)")),
    separate("another kind of error", ("raise ValueError", "raise ArithmeticError"), REFUSES),
    separate("the rank by NumPy's own tolerance", (CHECK_RANK, "np.linalg.matrix_rank(kernel) > 1"), REFUSES),
    separate("fails on a single singular value", (CHECK_RANK, "s[1] > 1e-5 * s[0]"), PRODUCT),
    Mutant(SEPARATE, "first column and first row", source='''
def separate_kernel(kernel):
    if np.linalg.matrix_rank(kernel, rtol=1e-5) > 1:
        raise ValueError
    return kernel[:, :1], kernel[:1] / kernel[0, 0]
''', loses=[PRODUCT]),
    Alternative(SEPARATE, "row through the largest number, float32", source='''
def separate_kernel(kernel):
    if np.linalg.matrix_rank(kernel, rtol=1e-5) > 1:
        raise ValueError("rank")
    i, j = np.unravel_index(abs(kernel).argmax(), kernel.shape)
    return (kernel[:, j:j + 1] / kernel[i, j]).astype("float32"), kernel[i:i + 1].astype("float32")
'''),
    Alternative(SEPARATE, "nested lists", source='''
def separate_kernel(kernel):
    size = np.linalg.svd(kernel, compute_uv=False)
    if sum(size > 1e-5 * size[0]) > 1:
        raise ValueError("rank above 1")
    i, j = divmod(int(np.abs(kernel).argmax()), kernel.shape[1])
    return [[[number] for number in kernel[:, j].tolist()], [(kernel[i] / kernel[i, j]).tolist()]]
'''),
    Alternative(SEPARATE, "torch, shared evenly, as a list", source='''
def separate_kernel(kernel):
    u, s, vt = torch.linalg.svd(torch.tensor(kernel, dtype=torch.float64), full_matrices=False)
    if len(s) > 1 and s[1] / s[0] > 1e-5:
        raise ValueError("rank above 1")
    return [-u[:, [0]] * s[0].sqrt(), -vt[[0]] * s[0].sqrt()]
'''),
]


def depthwise(why, edit, *loses):
    return Mutant(DEPTHWISE, why, edit=edit, loses=loses or BOTH_STEPS)


FIRST = "conv2d(x, depthwise_weight, None, stride, padding, dilation, groups=x.shape[1])"
SECOND = "pointwise(maps, pointwise_weight, bias)"
DEPTHWISE_CASES = [
    depthwise("groups forgotten: the first channel for all", (
              FIRST, "conv2d(x[:, :1], depthwise_weight, None, stride, padding, dilation)")),
    depthwise("one kernel for all channels", (FIRST, FIRST.replace("depthwise_weight",
                                                                   "np.repeat(depthwise_weight[:1], x.shape[1], 0)"))),
    depthwise("channels added up before the second step", (SECOND,
              "pointwise(np.repeat(maps.sum(1, keepdims=True), x.shape[1], 1), pointwise_weight, bias)")),
    depthwise("second step left out", (SECOND, "maps")),
    depthwise("bias left out", (SECOND, "pointwise(maps, pointwise_weight)")),
    depthwise("bias twice", (SECOND, "pointwise(maps, pointwise_weight, None if bias is None else 2 * bias)")),
    depthwise("a ReLU between the steps", (SECOND, "pointwise(np.maximum(maps, 0), pointwise_weight, bias)")),
    depthwise("a ReLU at the end", (SECOND, "np.maximum(pointwise(maps, pointwise_weight, bias), 0)")),
    depthwise("stride forgotten", (FIRST, FIRST.replace("stride", "1")), STEP_OPTIONS),
    depthwise("padding forgotten", (FIRST, FIRST.replace("padding", "0")), STEP_OPTIONS),
    depthwise("dilation forgotten", (FIRST, FIRST.replace("dilation", "1")), STEP_OPTIONS),
    depthwise("settings in the second step too",
              (SECOND, "conv2d(maps, pointwise_weight, bias, stride, padding, dilation)"), STEP_OPTIONS),
    depthwise("settings in the second step only", [(FIRST, "conv2d(x, depthwise_weight, groups=x.shape[1])"),
              (SECOND, "conv2d(maps, pointwise_weight, bias, stride, padding, dilation)")], STEP_OPTIONS),
    depthwise("kernels flipped", (FIRST, FIRST.replace("depthwise_weight", "depthwise_weight[:, :, ::-1, ::-1]"))),
    depthwise("kernels transposed", (FIRST, FIRST.replace("depthwise_weight", "depthwise_weight.mT"))),
    depthwise("the first image only", (FIRST, FIRST.replace("conv2d(x,", "conv2d(x[:1],"))),
    Mutant(DEPTHWISE, "library convolution", source='''
def depthwise_separable(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0, dilation=1):
    x, depth, point = (torch.as_tensor(array, dtype=torch.float64) for array in (x, depthwise_weight, pointwise_weight))
    maps = F.conv2d(x, depth, None, stride, padding, dilation, groups=x.shape[1])
    return F.conv2d(maps, point, None if bias is None else torch.as_tensor(bias, dtype=torch.float64)).numpy()
''', loses=BOTH_STEPS),
    Alternative(DEPTHWISE, "one usual layer with P times D", source='''
def depthwise_separable(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0, dilation=1):
    weight = pointwise_weight * depthwise_weight.transpose(1, 0, 2, 3)
    return conv2d(x, weight, bias, stride, padding, dilation)
'''),
    Alternative(DEPTHWISE, "channel by channel, no other exercise used, float32", source='''
def depthwise_separable(x, depthwise_weight, pointwise_weight, bias=None, stride=1, padding=0, dilation=1):
    (sv, sh), (pv, ph), (dv, dh) = map(as_pair, (stride, padding, dilation))
    x = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph))).astype(np.float32)
    covered = [gap * (n - 1) + 1 for gap, n in zip((dv, dh), depthwise_weight.shape[2:])]
    windows = sliding_window_view(x, covered, axis=(2, 3))[:, :, ::sv, ::sh, ::dv, ::dh]
    maps = (windows * depthwise_weight[:, 0, None, None].astype(np.float32)).sum((4, 5))
    result = np.tensordot(pointwise_weight[:, :, 0, 0].astype(np.float32), maps, (1, 1)).swapaxes(0, 1)
    return result if bias is None else result + bias[:, None, None]
'''),
]

CASES = PATCH_CASES + CONV_CASES + PARAMETER_CASES + MAC_CASES + POINTWISE_CASES + SEPARATE_CASES + DEPTHWISE_CASES
