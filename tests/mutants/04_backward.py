"""Wrong and other right answers to the exercises of lesson 04; see autograde/mutants.py.

The solutions build on each other: conv2d_backward and conv_transpose2d call col2im, learn_kernel calls conv2d_backward.
What a wrong col2im spoils later is listed with it.
"""
from autograde.mutants import Alternative, Mutant

COL2IM, BACKWARD, TRANSPOSE = "exercise-4-1-col2im", "exercise-4-2-conv2d-backward", "exercise-4-3-conv-transpose2d"
CHECK, LEARN = "exercise-4-4-gradient-check", "exercise-4-5-learn-kernel"

ADDS, COL_OPTIONS, LEFTOVERS = "test-4-1-accumulates", "test-4-1-stride-padding", "test-4-1-leftovers"
DW, DB, DX, OPTIONS = "test-4-2-weight", "test-4-2-bias", "test-4-2-input", "test-4-2-stride-padding"
STAMPS, STAMP_OPTIONS, EXTRA = "test-4-3-values", "test-4-3-stride-padding", "test-4-3-output-padding"
NUMERICAL, ERROR, SPECIAL = "test-4-4-numerical", "test-4-4-error", "test-4-4-special"
STEP, PATH, RECOVERS = "test-4-5-one-step", "test-4-5-path", "test-4-5-recovers"

OF_COL2IM = [ADDS, COL_OPTIONS, LEFTOVERS]
OF_BACKWARD = [DW, DB, DX, OPTIONS]
OF_TRANSPOSE = [STAMPS, STAMP_OPTIONS, EXTRA]
OF_CHECK = [NUMERICAL, ERROR, SPECIAL]
OF_LEARN = [STEP, PATH, RECOVERS]
BY_COL2IM = [DX, OPTIONS, *OF_TRANSPOSE]                                # later tests that need col2im's values
USERS_OF_COL2IM = OF_COL2IM + OF_BACKWARD + OF_TRANSPOSE + OF_LEARN      # when it stops with an error
WITH_OPTIONS = [COL_OPTIONS, LEFTOVERS, OPTIONS, STAMP_OPTIONS, EXTRA]      # those with a stride or a padding


def col2im(why, edit, *loses):
    return Mutant(COL2IM, why, edit=edit, loses=loses or OF_COL2IM + BY_COL2IM)


COL2IMS = [
    col2im("assigned instead of accumulated", ("spread += patches[..., i, j].transpose(0, 3, 1, 2)",
                                               "spread[...] = patches[..., i, j].transpose(0, 3, 1, 2)")),
    col2im("the mean of what meets in a pixel", [
        ("canvas = np.zeros(", "counts = np.zeros((height + 2 * above, width + 2 * beside))\n    canvas = np.zeros("),
        ("            spread += ", "            counts[i:i + down * rows:down, j:j + right * cols:right] += 1\n            spread += "),
        ("    return canvas[", "    canvas = canvas / np.maximum(counts, 1)\n    return canvas[")]),
    col2im("the largest of what meets in a pixel", ("spread += patches[..., i, j].transpose(0, 3, 1, 2)",
           "spread[...] = np.maximum(spread, patches[..., i, j].transpose(0, 3, 1, 2))")),
    col2im("stride ignored where the windows lie", ("i:i + down * rows:down, j:j + right * cols:right", "i:i + rows, j:j + cols"), *WITH_OPTIONS),
    col2im("stride's axes swapped", ("(down, right), (above", "(right, down), (above"), COL_OPTIONS, LEFTOVERS, OPTIONS, STAMP_OPTIONS, EXTRA),
    col2im("vertical stride on both axes", ("as_pair(stride), as_pair(padding)", "as_pair(as_pair(stride)[0]), as_pair(padding)"),
           COL_OPTIONS, LEFTOVERS, OPTIONS, STAMP_OPTIONS, EXTRA),
    col2im("padding's axes swapped", ("(above, beside) =", "(beside, above) ="), *WITH_OPTIONS),
    col2im("padding ignored", ("as_pair(padding)", "(0, 0)"), *WITH_OPTIONS),
    col2im("padding cut off at the top and left only", (
        "canvas[:, :, above:above + height, beside:beside + width]", "canvas[:, :, above:, beside:]"), *WITH_OPTIONS),
    col2im("frame cut off at the wrong end", (
        "canvas[:, :, above:above + height, beside:beside + width]", "canvas[:, :, :height, :width]"), *WITH_OPTIONS),
    col2im("frame not cut off", ("canvas[:, :, above:above + height, beside:beside + width]", "canvas"), *WITH_OPTIONS),
    col2im("slice to minus padding, empty for 0", (
        "canvas[:, :, above:above + height, beside:beside + width]", "canvas[:, :, above:-above, beside:-beside]")),
    col2im("leftover pixels missing", ("canvas[:, :, above:above + height, beside:beside + width]",
           "canvas[:, :, above:min(above + height, (rows - 1) * down + high), beside:min(beside + width, (cols - 1) * right + wide)]"),
           LEFTOVERS, OPTIONS, EXTRA),
    col2im("kernel's height and width swapped", ("(high, wide) = x_shape", "(wide, high) = x_shape"), *USERS_OF_COL2IM),
    col2im("kernel taken as square", ("= x_shape, as_pair(kernel_size)", "= x_shape, as_pair(as_pair(kernel_size)[0])"), *USERS_OF_COL2IM),
    col2im("windows read down the columns", ("columns.reshape(batch, rows, cols, channels, high, wide)",
           "columns.reshape(batch, cols, rows, channels, high, wide).swapaxes(1, 2)")),
    col2im("windows read with the batch last", ("columns.reshape(batch, rows, cols, channels, high, wide)",
           "np.moveaxis(columns.reshape(rows, cols, batch, channels, high, wide), 2, 0)")),
    col2im("channels last in a patch", ("columns.reshape(batch, rows, cols, channels, high, wide)",
           "np.moveaxis(columns.reshape(batch, rows, cols, high, wide, channels), 5, 3)")),
    col2im("patches transposed", ("columns.reshape(batch, rows, cols, channels, high, wide)",
           "columns.reshape(batch, rows, cols, channels, wide, high).swapaxes(4, 5)")),
    col2im("patches turned by 180 degrees", ("columns.reshape(batch, rows, cols, channels, high, wide)",
           "columns.reshape(batch, rows, cols, channels, high, wide)[..., ::-1, ::-1]")),
    col2im("last row of windows missing", ("spread += patches[..., i, j].transpose(0, 3, 1, 2)",
           "spread[:, :, :rows - 1] += patches[:, :rows - 1, :, :, i, j].transpose(0, 3, 1, 2)")),
    col2im("only the first image of the batch", ("return canvas[:, :, above", "canvas[1:] = 0\n    return canvas[:, :, above")),
    col2im("columns doubled in place", ("patches = columns.reshape", "columns *= 2\n    patches = columns.reshape")),
    col2im("columns cleared afterwards", ("    return canvas[", "    columns[:] = 0\n    return canvas["), COL_OPTIONS, LEFTOVERS),
    col2im("canvas of whole numbers", [
        ("width + 2 * beside))", "width + 2 * beside), dtype=int)"),
        ("patches[..., i, j].transpose(0, 3, 1, 2)", "patches[..., i, j].transpose(0, 3, 1, 2).astype(int)")]),
    Mutant(COL2IM, "an index array and +=, which adds once a pixel", source='''
def col2im(columns, x_shape, kernel_size, stride=1, padding=0):
    (high, wide), (above, beside) = as_pair(kernel_size), as_pair(padding)
    pixels = np.arange(1, np.prod(x_shape) + 1).reshape(x_shape)
    index = im2col(pixels, kernel_size, stride, padding)
    flat = np.zeros(np.prod(x_shape) + 1)
    flat[index] += columns
    return flat[1:].reshape(x_shape)
''', loses=OF_COL2IM + BY_COL2IM),
    Mutant(COL2IM, "library fold", source='''
def col2im(columns, x_shape, kernel_size, stride=1, padding=0):
    stacked = torch.as_tensor(columns).reshape(x_shape[0], -1, columns.shape[1]).mT
    return F.fold(stacked, x_shape[2:], as_pair(kernel_size), 1, padding, stride).numpy()
''', loses=USERS_OF_COL2IM),
    Mutant(COL2IM, "autograd through unfold", source='''
def col2im(columns, x_shape, kernel_size, stride=1, padding=0):
    x = torch.zeros(x_shape, dtype=torch.float64, requires_grad=True)
    stacked = F.unfold(x, as_pair(kernel_size), 1, padding, stride).mT.reshape(columns.shape)
    stacked.backward(torch.as_tensor(columns))
    return x.grad.numpy()
''', loses=USERS_OF_COL2IM),
    Alternative(COL2IM, "window by window, float32", source='''
def col2im(columns, x_shape, kernel_size, stride=1, padding=0):
    batch, channels, height, width = x_shape
    (high, wide), (down, right), (above, beside) = as_pair(kernel_size), as_pair(stride), as_pair(padding)
    rows, cols = output_size(height, high, down, above), output_size(width, wide, right, beside)
    patches = np.float32(columns).reshape(batch, rows, cols, channels, high, wide)
    canvas = np.zeros((batch, channels, height + 2 * above, width + 2 * beside), dtype=np.float32)
    for row in range(rows):
        for column in range(cols):
            top, left = row * down, column * right
            canvas[:, :, top:top + high, left:left + wide] += patches[:, row, column]
    return canvas[:, :, above:above + height, beside:beside + width]
'''),
    Alternative(COL2IM, "six loops over lists", source='''
def col2im(columns, x_shape, kernel_size, stride=1, padding=0):
    batch, channels, height, width = x_shape
    (high, wide), (down, right), (above, beside) = as_pair(kernel_size), as_pair(stride), as_pair(padding)
    rows, cols = output_size(height, high, down, above), output_size(width, wide, right, beside)
    home = [[[[0.0] * width for _ in range(height)] for _ in range(channels)] for _ in range(batch)]
    for window, row_of_columns in enumerate(columns):
        image, place = divmod(window, rows * cols)
        row, column = divmod(place, cols)
        for entry, value in enumerate(row_of_columns):
            channel, inside = divmod(entry, high * wide)
            r, c = row * down + inside // wide - above, column * right + inside % wide - beside
            if 0 <= r < height and 0 <= c < width:
                home[image][channel][r][c] += float(value)
    return home
'''),
    Alternative(COL2IM, "np.add.at over the addresses that im2col gives", source='''
def col2im(columns, x_shape, kernel_size, stride=1, padding=0):
    addresses = np.arange(1, np.prod(x_shape) + 1).reshape(x_shape)       # 0 is the frame
    home = np.zeros(np.prod(x_shape) + 1)
    np.add.at(home, im2col(addresses, kernel_size, stride, padding), columns)
    return home[1:].reshape(x_shape)
'''),
    Alternative(COL2IM, "bincount into a torch tensor", source='''
def col2im(columns, x_shape, kernel_size, stride=1, padding=0):
    addresses = im2col(np.arange(1, np.prod(x_shape) + 1).reshape(x_shape), kernel_size, stride, padding)
    home = np.bincount(addresses.ravel(), np.ravel(columns), minlength=np.prod(x_shape) + 1)
    return torch.tensor(home[1:]).reshape(tuple(x_shape))
'''),
]


def backward(why, edit, *loses):
    return Mutant(BACKWARD, why, edit=edit, loses=loses)


G_ROWS = "output_gradient.transpose(0, 2, 3, 1).reshape(-1, out_channels)"
BACKWARDS = [
    backward("db averaged over the batch", ("gradient.sum(axis=0)", "gradient.sum(axis=0) / len(x)"), DB, OPTIONS),
    backward("db averaged over everything", ("gradient.sum(axis=0)", "gradient.mean(axis=0)"), DB, OPTIONS),
    backward("db averaged over the pixels", ("gradient.sum(axis=0)", "output_gradient.mean(axis=(2, 3)).sum(axis=0)"), DB, OPTIONS),
    backward("db not summed over the batch", ("gradient.sum(axis=0)", "output_gradient.sum(axis=(2, 3))"), DB, OPTIONS),
    backward("db of the first image only", ("gradient.sum(axis=0)", "output_gradient[0].sum(axis=(1, 2))"), DB, OPTIONS),
    backward("db as one number", ("gradient.sum(axis=0)", "gradient.sum()"), DB, OPTIONS),
    backward("db as a column", ("gradient.sum(axis=0)", "gradient.sum(axis=0)[:, None]"), DB, OPTIONS),
    backward("dw averaged over the batch", ("(gradient.T @ patches)", "(gradient.T @ patches / len(x))"), DW, OPTIONS, *OF_LEARN[:2]),
    backward("dw averaged over the windows", ("(gradient.T @ patches)", "(gradient.T @ patches / len(patches))"),
             DW, OPTIONS, *OF_LEARN),
    backward("dw of the turned kernel", ("reshape(weight.shape)", "reshape(weight.shape)[:, :, ::-1, ::-1]"), DW, OPTIONS, *OF_LEARN),
    backward("dw not transposed before the fold", ("(gradient.T @ patches)", "(patches.T @ gradient)"), DW, OPTIONS, STEP, PATH, RECOVERS),
    backward("dw left as a matrix", ("(gradient.T @ patches).reshape(weight.shape)", "gradient.T @ patches"), DW, OPTIONS, *OF_LEARN),
    backward("dw with a minus", ("(gradient.T @ patches)", "(-gradient.T @ patches)"), DW, OPTIONS, *OF_LEARN),
    backward("dx of the turned kernel", ("weight.reshape(out_channels, -1)", "weight[:, :, ::-1, ::-1].reshape(out_channels, -1)"), DX, OPTIONS),
    backward("dx averaged over the batch", ("return dx, dw, db", "return dx / len(x), dw, db"), DX, OPTIONS),
    backward("dx of the absolute weights", ("gradient @ weight.reshape", "gradient @ abs(weight).reshape"), DX, OPTIONS),
    backward("output gradient not transposed", (G_ROWS, "output_gradient.reshape(-1, out_channels)"), DW, DB, DX, OPTIONS, STEP, PATH, RECOVERS),
    backward("rows and columns of the output exchanged", (G_ROWS, "output_gradient.transpose(0, 3, 2, 1).reshape(-1, out_channels)"),
             DW, DX, OPTIONS, STEP, PATH, RECOVERS),
    backward("stride ignored in dw", ("patches = im2col(x, kernel_size, stride, padding)",
             "(down, right), full = as_pair(stride), im2col(x, kernel_size, 1, padding)\n"
             "    patches = full[:output_gradient[:, 0].size]"), OPTIONS),
    backward("stride ignored in dx", ("col2im(patch_gradient, x.shape, kernel_size, stride, padding)",
             "col2im(np.resize(patch_gradient, im2col(x, kernel_size, 1, padding).shape), x.shape, kernel_size, 1, padding)"), OPTIONS),
    backward("stride's axes swapped in dx", ("col2im(patch_gradient, x.shape, kernel_size, stride, padding)",
             "col2im(patch_gradient, x.shape, kernel_size, as_pair(stride)[::-1], padding)"), OPTIONS),
    backward("padding ignored", [("im2col(x, kernel_size, stride, padding)", "im2col(x, kernel_size, stride)"),
                                 ("x.shape, kernel_size, stride, padding)", "x.shape, kernel_size, stride)")], OPTIONS),
    backward("padding fixed at 1 where there is any", [("im2col(x, kernel_size, stride, padding)", "im2col(x, kernel_size, stride, np.minimum(as_pair(padding), 1))"),
             ("x.shape, kernel_size, stride, padding)", "x.shape, kernel_size, stride, np.minimum(as_pair(padding), 1))")], OPTIONS),
    backward("padding's axes swapped", [("im2col(x, kernel_size, stride, padding)", "im2col(x, kernel_size, stride, as_pair(padding)[::-1])"),
             ("x.shape, kernel_size, stride, padding)", "x.shape, kernel_size, stride, as_pair(padding)[::-1])")], OPTIONS),
    backward("padding forgotten in dw", ("im2col(x, kernel_size, stride, padding)", "im2col(x, kernel_size, stride)"), OPTIONS),
    backward("padding forgotten in dx", ("x.shape, kernel_size, stride, padding)", "x.shape, kernel_size, stride)"), OPTIONS),
    backward("kernel taken as square", ("out_channels, _, *kernel_size = weight.shape", "out_channels, _, kernel_size, _ = weight.shape"),
             *OF_BACKWARD, *OF_LEARN),
    backward("order dw, dx, db", ("return dx, dw, db", "return dw, dx, db"), DW, DX, OPTIONS, *OF_LEARN),
    backward("db forgotten", ("return dx, dw, db", "return dx, dw"), *OF_BACKWARD, *OF_LEARN),
    backward("output gradient changed in place", ("    dw = (gradient", "    output_gradient *= 1.5\n    gradient = output_gradient.transpose(0, 2, 3, 1)"
             ".reshape(-1, out_channels) / 1.5\n    dw = (gradient"), OPTIONS),
    backward("x changed in place", ("    patches = im2col(", "    x += 0.5\n    patches = im2col("), DW, OPTIONS, *OF_LEARN),
    Mutant(BACKWARD, "own forward as oracle: exact gradients of a convolution padded at the top and left only", source='''
def conv2d_backward(output_gradient, x, weight, stride=1, padding=0):
    out_channels, _, *kernel_size = weight.shape
    above, beside = (2 * n for n in as_pair(padding))
    padded = np.pad(x, ((0, 0), (0, 0), (above, 0), (beside, 0)))
    gradient = output_gradient.transpose(0, 2, 3, 1).reshape(-1, out_channels)
    dw = (gradient.T @ im2col(padded, kernel_size, stride)).reshape(weight.shape)
    dpadded = col2im(gradient @ weight.reshape(out_channels, -1), padded.shape, kernel_size, stride)
    return dpadded[:, :, above:, beside:], dw, gradient.sum(axis=0)
''', loses=[OPTIONS]),
    Mutant(BACKWARD, "own forward as oracle: numerical gradients of a convolution padded with the border", source='''
def conv2d_backward(output_gradient, x, weight, stride=1, padding=0):
    above, beside = as_pair(padding)

    def own_conv2d(x, weight):
        return conv2d(np.pad(x, ((0, 0), (0, 0), (above, above), (beside, beside)), mode="edge"), weight, None, stride)

    def slopes(function, place):
        result = np.zeros(place.shape)
        for index in np.ndindex(place.shape if place.size < 240 else ()):
            direction = np.zeros(place.shape)
            direction[index] = 1
            result[index] = (function(direction) * output_gradient).sum()      # linear: no small step needed
        return result
    return (slopes(lambda x: own_conv2d(x, weight), x), slopes(lambda weight: own_conv2d(x, weight), weight),
            output_gradient.sum(axis=(0, 2, 3)))
''', loses=[OPTIONS]),
    Mutant(BACKWARD, "own forward as oracle: exact gradients of a convolution with turned kernels", edit=[
        ("reshape(weight.shape)", "reshape(weight.shape)[:, :, ::-1, ::-1]"),
        ("weight.reshape(out_channels, -1)", "weight[:, :, ::-1, ::-1].reshape(out_channels, -1)")], loses=[DW, DX, OPTIONS, *OF_LEARN]),
    Mutant(BACKWARD, "autograd", source='''
def conv2d_backward(output_gradient, x, weight, stride=1, padding=0):
    x, weight = (torch.tensor(array, requires_grad=True) for array in (x, weight))
    windows = torch.nn.functional.pad(x, (as_pair(padding)[1],) * 2 + (as_pair(padding)[0],) * 2)
    for axis in (0, 1):
        windows = windows.unfold(2 + axis, weight.shape[2 + axis], as_pair(stride)[axis])
    output = torch.einsum("nchwij,ocij->nohw", windows, weight)
    output.backward(torch.as_tensor(output_gradient.copy()))
    return x.grad.numpy(), weight.grad.numpy(), output_gradient.sum(axis=(0, 2, 3))
''', loses=[*OF_BACKWARD, STEP, PATH, RECOVERS]),
    Mutant(BACKWARD, "torch's own backward of a convolution", source='''
def conv2d_backward(output_gradient, x, weight, stride=1, padding=0):
    g, x, weight = (torch.as_tensor(array.copy()) for array in (output_gradient, x, weight))
    return (torch.nn.grad.conv2d_input(x.shape, weight, g, stride, padding),
            torch.nn.grad.conv2d_weight(x, weight.shape, g, stride, padding), g.sum((0, 2, 3)))
''', loses=[*OF_BACKWARD, STEP, PATH, RECOVERS]),
    Alternative(BACKWARD, "sums over the kernel's entries, no other exercise used, float32", source='''
def conv2d_backward(output_gradient, x, weight, stride=1, padding=0):
    (down, right), (above, beside) = as_pair(stride), as_pair(padding)
    g = np.float32(output_gradient)
    padded = np.float32(np.pad(x, ((0, 0), (0, 0), (above, above), (beside, beside))))
    dpadded, dw = np.zeros_like(padded), np.zeros(weight.shape, dtype=np.float32)
    rows, cols = g.shape[2:]
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            part = np.s_[:, :, i:i + down * rows:down, j:j + right * cols:right]
            dw[:, :, i, j] = np.einsum("nohw,nchw->oc", g, padded[part])
            dpadded[part] += np.einsum("nohw,oc->nchw", g, np.float32(weight[:, :, i, j]))
    return [dpadded[:, :, above:above + x.shape[2], beside:beside + x.shape[3]], dw, g.sum((0, 2, 3))]
'''),
    Alternative(BACKWARD, "loops over outputs, dx and db as lists", source='''
def conv2d_backward(output_gradient, x, weight, stride=1, padding=0):
    (down, right), (above, beside), (high, wide) = as_pair(stride), as_pair(padding), weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (above, above), (beside, beside)))
    dpadded, dw, db = np.zeros_like(padded), np.zeros(weight.shape), [0.0] * len(weight)
    for (image, kernel, row, column), blame in np.ndenumerate(output_gradient):
        part = np.s_[image, :, row * down:row * down + high, column * right:column * right + wide]
        dpadded[part] += blame * weight[kernel]
        dw[kernel] += blame * padded[part]
        db[kernel] += float(blame)
    return dpadded[:, :, above:above + x.shape[2], beside:beside + x.shape[3]].tolist(), dw, db
'''),
    Alternative(BACKWARD, "torch arithmetic without autograd, torch results", source='''
def conv2d_backward(output_gradient, x, weight, stride=1, padding=0):
    g = torch.tensor(output_gradient.copy()).movedim(1, -1).flatten(0, 2)
    patches = torch.tensor(im2col(x, weight.shape[2:], stride, padding))
    dw = (g.T @ patches).reshape(weight.shape)
    dx = torch.as_tensor(np.asarray(col2im((g @ torch.tensor(weight).flatten(1)).numpy(), x.shape, weight.shape[2:], stride, padding)).copy())
    return dx, dw.numpy(), g.sum(0)
'''),
]


def transpose(why, edit, *loses):
    return Mutant(TRANSPOSE, why, edit=edit, loses=loses or OF_TRANSPOSE)


TRANSPOSES = [
    transpose("kernel turned by 180 degrees", ("@ weight.reshape", "@ weight[:, :, ::-1, ::-1].reshape")),
    transpose("kernel transposed", ("@ weight.reshape", "@ weight.swapaxes(2, 3).reshape")),
    transpose("weight's channels as in conv2d", ("(_, out_channels, high, wide) = x.shape", "(out_channels, _, high, wide) = x.shape")),
    transpose("channels of x not moved last", ("x.transpose(0, 2, 3, 1).reshape(-1, channels)", "x.reshape(-1, channels)")),
    transpose("rows and columns of x exchanged", ("x.transpose(0, 2, 3, 1)", "x.transpose(0, 3, 2, 1)")),
    transpose("bias forgotten", ("result if bias is None else result + bias.reshape(-1, 1, 1)", "result"), STAMPS, EXTRA),
    transpose("bias added along the columns", ("bias.reshape(-1, 1, 1)", "np.resize(bias, result.shape[-1])"), STAMPS, EXTRA),
    transpose("bias in each stamp", [("columns = x", "columns = (0 if bias is None else np.repeat(bias, high * wide)) + x"),
                                     ("result if bias is None else result + bias.reshape(-1, 1, 1)", "result")], STAMPS, EXTRA),
    transpose("kernel size not added", ("- 2 * above + high + extra_height", "- 2 * above + 1 + extra_height")),
    transpose("size of an ordinary convolution", ("out_height = (height - 1) * down - 2 * above + high", "out_height = (height - high + 2 * above) // down + 1")),
    transpose("N instead of N - 1", ("(width - 1) * right", "width * right"), *OF_TRANSPOSE),
    transpose("stride's axes swapped", [("(down, right), (above", "(right, down), (above"), ("(high, wide), stride, padding)", "(high, wide), (down, right), padding)")],
              STAMP_OPTIONS, EXTRA),
    transpose("stride ignored", [("as_pair(stride), as_pair(padding)", "(1, 1), as_pair(padding)"), ("(high, wide), stride, padding)", "(high, wide), 1, padding)")],
              STAMP_OPTIONS, EXTRA),
    transpose("padding ignored", [("as_pair(stride), as_pair(padding)", "as_pair(stride), (0, 0)"), ("(high, wide), stride, padding)", "(high, wide), stride)")],
              STAMP_OPTIONS, EXTRA),
    transpose("padding added instead of cut off", [
        ("- 2 * above + high", "+ 2 * above + high"), ("- 2 * beside + wide", "+ 2 * beside + wide"),
        ("result = col2im(columns, out_shape, (high, wide), stride, padding)", "inner = (batch, out_channels, out_height - 2 * above, out_width - 2 * beside)\n"
         "    result = np.pad(col2im(columns, inner, (high, wide), stride), ((0, 0), (0, 0), (above, above), (beside, beside)))")], STAMP_OPTIONS, EXTRA),
    transpose("padding cut off once, not on both sides", ("- 2 * beside + wide", "- beside + wide"), STAMP_OPTIONS, EXTRA),
    transpose("padding's axes swapped", [("(above, beside) =", "(beside, above) ="), ("(high, wide), stride, padding)", "(high, wide), stride, (above, beside))")],
              STAMP_OPTIONS, EXTRA),
    transpose("output padding ignored", ("as_pair(output_padding)", "(0, 0)"), EXTRA),
    transpose("output padding's axes swapped", ("extra_height, extra_width =", "extra_width, extra_height ="), EXTRA),
    transpose("output padding as zeros after the padding is cut off", [
        ("extra_height, extra_width = as_pair(output_padding)", "extra_height, extra_width = 0, 0"),
        ("    return result", "    more = as_pair(output_padding)\n"
         "    result = np.pad(result, ((0, 0), (0, 0), (0, more[0]), (0, more[1])))\n    return result")], EXTRA),
    transpose("output padding in front", [
        ("extra_height, extra_width = as_pair(output_padding)", "extra_height, extra_width = 0, 0"),
        ("    return result", "    more = as_pair(output_padding)\n"
         "    result = np.pad(result, ((0, 0), (0, 0), (more[0], 0), (more[1], 0)))\n    return result")], EXTRA),
    transpose("output padding on both sides", [
        ("- 2 * above + high + extra_height", "- 2 * above + high + 2 * extra_height"),
        ("- 2 * beside + wide + extra_width", "- 2 * beside + wide + 2 * extra_width")], EXTRA),
    transpose("stamps assigned, not added", ("result = col2im(columns, out_shape, (high, wide), stride, padding)",
              "canvas = np.zeros((batch, out_channels, out_height + 2 * above, out_width + 2 * beside))\n"
              "    for n, (row, column) in enumerate(np.ndindex(height, width)):\n"
              "        block = columns.reshape(batch, height * width, out_channels, high, wide)[:, n]\n"
              "        canvas[:, :, row * down:row * down + high, column * right:column * right + wide] = block\n"
              "    result = canvas[:, :, above:above + out_height, beside:beside + out_width]")),
    Mutant(TRANSPOSE, "library transposed convolution", source='''
def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    bias = None if bias is None else torch.as_tensor(bias)
    return F.conv_transpose2d(torch.as_tensor(x), torch.as_tensor(weight), bias, stride, padding, output_padding).numpy()
''', loses=OF_TRANSPOSE),
    Alternative(TRANSPOSE, "zeros between the pixels and a convolution with the turned kernel", source='''
def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    (batch, channels, height, width), (high, wide) = x.shape, weight.shape[2:]
    (down, right), (above, beside), (more, wider) = as_pair(stride), as_pair(padding), as_pair(output_padding)
    spread = np.zeros((batch, channels, (height - 1) * down + 1 + more, (width - 1) * right + 1 + wider))
    spread[:, :, :(height - 1) * down + 1:down, :(width - 1) * right + 1:right] = x
    turned = weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    full = conv2d(spread, turned, bias, padding=(high - 1, wide - 1))
    return full[:, :, above:full.shape[2] - above, beside:full.shape[3] - beside]
'''),
    Alternative(TRANSPOSE, "the backward step of exercise 4.2", source='''
def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    sizes = [(size - 1) * by - 2 * cut + kernel + extra for size, by, cut, kernel, extra in zip(
        x.shape[2:], as_pair(stride), as_pair(padding), weight.shape[2:], as_pair(output_padding))]
    large, _, _ = conv2d_backward(x, np.zeros((len(x), weight.shape[1], *sizes)), weight, stride, padding)
    return large if bias is None else np.asarray(large) + bias[None, :, None, None]
'''),
    Alternative(TRANSPOSE, "stamp by stamp, float32, lists", source='''
def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    (batch, _, height, width), (_, out_channels, high, wide) = x.shape, weight.shape
    (down, right), (above, beside), (more, wider) = [(n, n) if np.isscalar(n) else n for n in (stride, padding, output_padding)]
    canvas = np.zeros((batch, out_channels, (height - 1) * down + high + more, (width - 1) * right + wide + wider), dtype=np.float32)
    for row in range(height):
        for column in range(width):
            stamps = np.einsum("nc,coij->noij", x[:, :, row, column], weight)
            canvas[:, :, row * down:row * down + high, column * right:column * right + wide] += stamps.astype(np.float32)
    canvas = canvas[:, :, above:canvas.shape[2] - above, beside:canvas.shape[3] - beside]
    return (canvas if bias is None else canvas + np.float32(bias)[None, :, None, None]).tolist()
'''),
]


def checker(why, edit, *loses):
    return Mutant(CHECK, why, edit=edit, loses=loses or OF_CHECK)


CHECKS = [
    checker("one-sided difference", ("(values[0] - values[1]) / (2 * step)", "(values[0] - function(x)) / step"), NUMERICAL),
    checker("divided by the step, not twice the step", ("/ (2 * step)", "/ step")),
    checker("step not in the divisor", ("/ (2 * step)", "/ 2")),
    checker("sign of the difference", ("(values[0] - values[1])", "(values[1] - values[0])")),
    checker("step ignored", ("(step, -step)", "(1e-5, -1e-5)"), NUMERICAL),
    checker("own fixed step throughout", ("    x = np.array(", "    step = 1e-5\n    x = np.array("), NUMERICAL),
    checker("too large a step by default", ("    x = np.array(", "    step = max(step, 1e-2)\n    x = np.array("), NUMERICAL),
    checker("entries not moved back", ("moved = x.copy()", "moved = x")),
    checker("only the first axis", ("np.ndindex(x.shape)", "range(len(x))"), *OF_CHECK),
    checker("last entry forgotten", ("in np.ndindex(x.shape)", "in list(np.ndindex(x.shape))[:-1]")),
    checker("whole numbers kept", ("np.array(x, dtype=float)", "np.array(x)"), SPECIAL),
    checker("the given x moved and not moved back", [("    x = np.array(x, dtype=float)\n", ""), ("            moved = x.copy()\n", "            moved = x\n")]),
    checker("numerical gradient flattened", ("return numerical, ", "return numerical.ravel(), "), NUMERICAL, SPECIAL),
    checker("error and gradient exchanged", ("return numerical, float(error)", "return float(error), numerical")),
    checker("error alone", ("return numerical, float(error)", "return float(error)")),
    checker("the gradient on trial returned", ("return numerical, float(error)", "return gradient, float(error)"), NUMERICAL, SPECIAL),
    checker("difference as a part of the numerical gradient", ("size = np.linalg.norm(gradient) + np.linalg.norm(numerical)", "size = np.linalg.norm(numerical)"),
            ERROR, SPECIAL),
    checker("difference not divided", ("/ size if size > 0 else 0.0", ""), ERROR, SPECIAL),
    checker("squares without the root", [("size = np.linalg.norm(gradient) + np.linalg.norm(numerical)", "size = (gradient ** 2).sum() + (numerical ** 2).sum()"),
                                         ("np.linalg.norm(gradient - numerical) / size", "((gradient - numerical) ** 2).sum() / size")], ERROR, SPECIAL),
    checker("largest entries instead of norms", [("size = np.linalg.norm(gradient) + np.linalg.norm(numerical)", "size = abs(gradient).max() + abs(numerical).max()"),
                                                 ("np.linalg.norm(gradient - numerical) / size", "abs(gradient - numerical).max() / size")], ERROR),
    checker("sums of absolute values instead of norms", [
        ("size = np.linalg.norm(gradient) + np.linalg.norm(numerical)", "size = abs(gradient).sum() + abs(numerical).sum()"),
        ("np.linalg.norm(gradient - numerical) / size", "abs(gradient - numerical).sum() / size")], ERROR),
    checker("norm along one axis", ("np.linalg.norm(gradient - numerical)", "np.linalg.norm(gradient - numerical, axis=0)")),
    checker("a matrix's largest singular value", ("np.linalg.norm(gradient - numerical)", "np.linalg.norm(gradient - numerical, 2)")),
    checker("mean of the entries' own ratios", ("np.linalg.norm(gradient - numerical) / size",
            "np.mean(abs(gradient - numerical) / (abs(gradient) + abs(numerical)))"), ERROR),
    checker("the sizes compared, not the directions", ("np.linalg.norm(gradient - numerical)",
            "abs(np.linalg.norm(gradient) - np.linalg.norm(numerical))"), ERROR, SPECIAL),
    checker("0 / 0", (" if size > 0 else 0.0", ""), SPECIAL),
    checker("1e-8 added to the divisor always", (" / size if size > 0 else 0.0", " / (size + 1e-8)"), SPECIAL),
    checker("zero gradients reported as an error", ("else 0.0", "else 1.0"), SPECIAL),
    checker("the error is the one of float32", ("x = np.array(x, dtype=float)", "x = np.array(x, dtype=np.float32)"), NUMERICAL, ERROR, SPECIAL),
    Alternative(CHECK, "flat view, moved in place and moved back", source='''
def gradient_check(function, x, gradient, step=1e-5):
    place = np.array(x, dtype=np.float64)
    flat, numerical = place.ravel(), []
    for n in range(len(flat)):
        kept = flat[n]
        flat[n] = kept + step
        above = function(place)
        flat[n] = kept - step
        below = function(place)
        flat[n] = kept
        numerical.append((above - below) / 2 / step)
    numerical = np.reshape(numerical, place.shape)
    sizes = np.sqrt((np.asarray(gradient) ** 2).sum()) + np.sqrt((numerical ** 2).sum())
    return numerical, 0 if sizes == 0 else np.sqrt(((gradient - numerical) ** 2).sum()) / sizes
'''),
    Alternative(CHECK, "sums in plain Python, lists", source='''
def gradient_check(function, x, gradient, step=1e-5):
    flat = [float(value) for value in np.ravel(x)]
    numerical = []
    for n, value in enumerate(flat):
        above, below = (function(np.reshape(flat[:n] + [moved] + flat[n + 1:], np.shape(x))) for moved in (value + step, value - step))
        numerical.append(float(above - below) / (2 * step))
    given = [float(value) for value in np.ravel(gradient)]
    difference = sum((g - n) ** 2 for g, n in zip(given, numerical)) ** 0.5
    sizes = sum(g * g for g in given) ** 0.5 + sum(n * n for n in numerical) ** 0.5
    return np.reshape(numerical, np.shape(x)).tolist(), difference / sizes if sizes else 0
'''),
    Alternative(CHECK, "unit directions, torch results in a list", source='''
def gradient_check(function, x, gradient, step=1e-5):
    size = np.size(x)
    directions = np.eye(size).reshape(size, *np.shape(x))
    slopes = [(function(x + step * direction) - function(x - step * direction)) / (2 * step) for direction in directions]
    numerical, gradient = torch.tensor(slopes, dtype=torch.float64).reshape(np.shape(x)), torch.tensor(gradient)
    both = torch.linalg.vector_norm(gradient) + torch.linalg.vector_norm(numerical)
    return [numerical, torch.linalg.vector_norm(gradient - numerical) / both if both else torch.tensor(0.0)]
'''),
]


def learn(why, edit, *loses):
    return Mutant(LEARN, why, edit=edit, loses=loses or OF_LEARN)


LEARNS = [
    learn("uphill", ("weight - lr * dw", "weight + lr * dw")),
    learn("learning rate ignored", ("weight - lr * dw", "weight - 0.01 * dw"), STEP, PATH, RECOVERS),
    learn("sum instead of mean in the gradient", ("2 * error / error.size", "2 * error")),
    learn("mean over the batch only in the gradient", ("2 * error / error.size", "2 * error / len(error)")),
    learn("mean without the channels", ("2 * error / error.size", "2 * error / error[:, 0].size"), STEP, PATH),
    learn("2 of the square forgotten", ("2 * error / error.size", "error / error.size"), STEP, PATH),
    learn("residual's sign", ("conv2d(x, weight) - y", "y - conv2d(x, weight)")),
    learn("in place: every entry is the last one", ("weight = weight - lr * dw", "weight -= lr * dw"), STEP, PATH),
    learn("stored after the update", [("        kernels.append(weight)\n", ""), ("weight = weight - lr * dw", "weight = weight - lr * dw\n        kernels.append(weight)")],
          STEP, PATH),
    learn("starts from ones", ("np.zeros(weight_shape)", "np.ones(weight_shape)"), STEP, PATH),
    learn("starts from random weights", ("np.zeros(weight_shape)", "np.random.standard_normal(weight_shape)"), STEP, PATH),
    learn("one update too few", ("range(steps + 1)", "range(steps)"), *OF_LEARN[:2]),
    learn("sum of squares as loss", ("(error ** 2).mean()", "(error ** 2).sum()"), STEP, PATH),
    learn("half the loss", ("(error ** 2).mean()", "(error ** 2).mean() / 2"), STEP, PATH),
    learn("mean absolute error as loss", ("(error ** 2).mean()", "abs(error).mean()"), STEP, PATH),
    learn("squared error of the weights as loss", ("(error ** 2).mean()", "(weight ** 2).mean()"), ),
    learn("last kernel only", ("np.stack(kernels), ", "kernels[-1], "), *OF_LEARN),
    learn("losses forgotten", ("return np.stack(kernels), np.array(losses)", "return np.stack(kernels)")),
    learn("losses first", ("return np.stack(kernels), np.array(losses)", "return np.array(losses), np.stack(kernels)")),
    learn("momentum", [("weight, kernels, losses = ", "velocity = 0\n    weight, kernels, losses = "),
                       ("weight = weight - lr * dw", "velocity = 0.5 * velocity + dw\n        weight = weight - lr * velocity")], PATH),
    learn("gradient scaled to length 1", ("weight - lr * dw", "weight - lr * dw / (np.linalg.norm(dw) + 1e-12)")),
    learn("learning rate falls with each step", [
        ("for _ in range(steps + 1)", "for n in range(steps + 1)"), ("weight - lr * dw", "weight - lr / (n + 1) * dw")], PATH, RECOVERS),
    learn("kernels turned", ("np.stack(kernels)", "np.stack(kernels)[..., ::-1, ::-1]")),
    learn("mean over one map only in the gradient", ("2 * error / error.size", "2 * error / error[0, 0].size")),
    learn("losses after the update", [
        ("        losses.append((error ** 2).mean())\n", ""),
        ("weight = weight - lr * dw", "weight = weight - lr * dw\n        losses.append(((conv2d(x, weight) - y) ** 2).mean())")], STEP, PATH),
    learn("only the first image", ("    weight, kernels", "    x, y = x[:1], y[:1]\n    weight, kernels"), STEP, PATH),
    Mutant(LEARN, "least squares in one step, straight line to it", source='''
def learn_kernel(x, y, weight_shape, lr, steps):
    targets = y.transpose(0, 2, 3, 1).reshape(-1, weight_shape[0])
    best = np.linalg.lstsq(im2col(x, weight_shape[2:]), targets, rcond=None)[0].T.reshape(weight_shape)
    kernels = np.stack([best * step / steps for step in range(steps + 1)])
    return kernels, np.array([((conv2d(x, kernel) - y) ** 2).mean() for kernel in kernels])
''', loses=[STEP, PATH]),
    Mutant(LEARN, "autograd", source='''
def learn_kernel(x, y, weight_shape, lr, steps):
    P = torch.tensor(im2col(x, weight_shape[2:]))
    Y = torch.tensor(y.transpose(0, 2, 3, 1).reshape(len(P), -1))
    weight, kernels, losses = torch.zeros(weight_shape, dtype=torch.float64, requires_grad=True), [], []
    for _ in range(steps + 1):
        loss = ((P @ weight.flatten(1).T - Y) ** 2).mean()
        kernels.append(weight.detach().numpy().copy())
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            weight -= lr * weight.grad
        weight.grad = None
    return np.stack(kernels), losses
''', loses=[*OF_LEARN]),
    Alternative(LEARN, "on the patch matrix, float32, no other exercise used", source='''
def learn_kernel(x, y, weight_shape, lr, steps):
    P = np.float32(im2col(x, weight_shape[2:]))
    Y = np.float32(y.transpose(0, 2, 3, 1).reshape(len(P), -1))
    W, story = np.zeros((P.shape[1], Y.shape[1]), dtype=np.float32), []
    for _ in range(steps + 1):
        R = P @ W - Y
        story.append((W.T.reshape(weight_shape), np.square(R).mean()))
        W = W - np.float32(lr) * (2 / R.size) * P.T @ R
    kernels, losses = zip(*story)
    return np.array(kernels), list(losses)
'''),
    Alternative(LEARN, "torch arithmetic, torch results in lists", source='''
def learn_kernel(x, y, weight_shape, lr, steps):
    P = torch.tensor(im2col(x, weight_shape[2:]))
    Y = torch.tensor(y).movedim(1, -1).reshape(len(P), -1)
    W, kernels, losses = torch.zeros(Y.shape[1], P.shape[1], dtype=P.dtype), [], []
    for _ in range(steps + 1):
        residual = P @ W.T - Y
        kernels.append(W.reshape(weight_shape))
        losses.append((residual ** 2).mean())
        W = W - lr * 2 / residual.numel() * residual.T @ P
    return kernels, losses
'''),
    Alternative(LEARN, "copies of weights that change in place, arrays filled, torch results", source='''
def learn_kernel(x, y, weight_shape, lr, steps):
    weight, kernels, losses = np.zeros(weight_shape), np.zeros((steps + 1, *weight_shape)), np.zeros(steps + 1)
    for step in range(steps + 1):
        if step > 0:
            output_gradient = (conv2d(x, weight) - y) * 2 / y.size
            weight -= lr * np.asarray(conv2d_backward(output_gradient, x, weight)[1])
        kernels[step] = weight
        losses[step] = np.mean((conv2d(x, weight) - y) ** 2)
    return torch.tensor(kernels), torch.tensor(losses)
'''),
]

CASES = COL2IMS + BACKWARDS + TRANSPOSES + CHECKS + LEARNS
