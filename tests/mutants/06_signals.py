"""Wrong and other right answers to the exercises of lesson 06; see autograde/mutants.py.

The training loop uses the loss and is tested on LogisticRegression; losses that follow from this are listed with it.
"""
from autograde.mutants import Alternative, Mutant

CONV, LINEAR, CNN = "exercise-6-1-conv1d", "exercise-6-2-logistic-regression", "exercise-6-3-mnist1d-cnn"
DENSE, LOSS, LOOP = "exercise-6-4-dense-from-conv1d", "exercise-6-5-cross-entropy-l2", "exercise-6-6-train-keeping-best"

CHANNELS, EDGES = "test-6-1-channels", "test-6-1-edges"
SCORES = "test-6-2-scores"
PARAMETERS, FORWARD, BACKWARD = "test-6-3-parameters", "test-6-3-forward", "test-6-3-backward"
MATRIX, SEVERAL, STRIDE_PADDING = "test-6-4-matrix", "test-6-4-channels", "test-6-4-stride-padding"
ENTROPY, L2 = "test-6-5-cross-entropy", "test-6-5-l2"
ONE_EPOCH, VALIDATION = "test-6-6-one-epoch", "test-6-6-validation"
BEST, ANY_DATA = "test-6-6-best", "test-6-6-any-data"
TRAINING = [ONE_EPOCH, VALIDATION, BEST, ANY_DATA]
CHOICE = [BEST, ANY_DATA]
REPORT = [VALIDATION, BEST, ANY_DATA]


def conv(why, edit, *loses):
    return Mutant(CONV, why, edit=edit, loses=loses or [CHANNELS, EDGES])


EINSUM = 'np.einsum("bck,ock->bo", window, weight)'
BIASED = "result if bias is None else result + bias[:, None]"
CONV1D = [
    conv("kernel flipped", (EINSUM, 'np.einsum("bck,ock->bo", window, weight[:, :, ::-1])')),
    conv("input channels not summed: only the first", (EINSUM, 'np.einsum("bk,ok->bo", window[:, 0], weight[:, 0])')),
    conv("mean over the input channels", (EINSUM, EINSUM + " / channels")),
    conv("input channels in backward order", (EINSUM, 'np.einsum("bck,ock->bo", window[:, ::-1], weight)')),
    conv("batch summed up", (EINSUM, 'np.einsum("bck,ock->o", window, weight)')),
    conv("bias forgotten", (BIASED, "result")),
    conv("bias added for each input channel", (BIASED, "result if bias is None else result + channels * bias[:, None]")),
    conv("bias added along the positions", (BIASED, "result if bias is None else result + np.resize(bias, out_positions)")),
    conv("bias subtracted", (BIASED, "result if bias is None else result - bias[:, None]")),
    conv("no bias refused", (BIASED, "result + bias[:, None]")),
    conv("padding ignored", ("padded[:, :, padding:padding + positions] = x",
                             "padded = x\n    positions -= 2 * padding"), EDGES),
    conv("padding on the left only", ("padded[:, :, padding:padding + positions] = x",
                                      "padded[:, :, padding:padding + positions] = x\n    padded, positions = "
                                      "padded[:, :, :padding + positions], positions - padding"), EDGES),
    conv("all zeros on the right", ("padded[:, :, padding:padding + positions]", "padded[:, :, :positions]"), EDGES),
    conv("borders repeated instead of zeros", ("padded[:, :, padding:padding + positions] = x",
         'padded = np.pad(x, [(0, 0), (0, 0), (padding, padding)], mode="edge")'), EDGES),
    conv("borders wrap around", ("padded[:, :, padding:padding + positions] = x",
         'padded = np.pad(x, [(0, 0), (0, 0), (padding, padding)], mode="wrap")'), EDGES),
    conv("stride ignored where windows start", ("i * stride:i * stride + kernel_size", "i:i + kernel_size"), EDGES),
    conv("stride ignored altogether", ("batch, channels, positions = x.shape", "batch, channels, positions = x.shape\n    stride = 1"),
         EDGES),
    conv("windows side by side", ("i * stride:i * stride + kernel_size", "i * kernel_size:(i + 1) * kernel_size")),
    conv("gaps counted, not positions", ("// stride + 1", "// stride")),
    conv("one padding in the size", ("(positions + 2 * padding - kernel_size)", "(positions + padding - kernel_size)"), EDGES),
    conv("size rounded up", ("(positions + 2 * padding - kernel_size) // stride + 1",
                             "-(-(positions + 2 * padding - kernel_size) // stride) + 1"), EDGES),
    conv("fractions cut off", ("return result", "result = result.astype(int)\n    return result")),
    conv("negative results cut off", ("return result", "result = np.maximum(result, 0)\n    return result")),
    conv("output channels last", (BIASED, "(result if bias is None else result + bias[:, None]).transpose(0, 2, 1)")),
    conv("the given signal is changed", (BIASED, f"(x.fill(0), {BIASED})[1]")),
    Mutant(CONV, "library convolution", source='''
def conv1d(x, weight, bias=None, stride=1, padding=0):
    x, weight = (torch.as_tensor(array, dtype=torch.float64) for array in (x, weight))
    bias = None if bias is None else torch.as_tensor(bias, dtype=torch.float64)
    return F.conv1d(x, weight, bias, stride, padding)
''', loses=[CHANNELS, EDGES]),
    Alternative(CONV, "all windows at once, float32 tensor", source='''
def conv1d(x, weight, bias=None, stride=1, padding=0):
    x, weight = torch.tensor(x, dtype=torch.float32), torch.tensor(weight, dtype=torch.float32)
    windows = F.pad(x, (padding, padding)).unfold(2, weight.shape[2], stride)
    result = torch.einsum("bcik,ock->boi", windows, weight)
    return result if bias is None else result + torch.tensor(bias, dtype=torch.float32)[:, None]
'''),
    Alternative(CONV, "single numbers in nested lists", source='''
def conv1d(x, weight, bias=None, stride=1, padding=0):
    result = []
    for signal in x:
        result.append([])
        for o, kernel in enumerate(weight):
            row = []
            for start in range(-padding, x.shape[2] + padding - weight.shape[2] + 1, stride):
                total = 0.0 if bias is None else float(bias[o])
                for c in range(x.shape[1]):
                    for k in range(weight.shape[2]):
                        if 0 <= start + k < x.shape[2]:
                            total += float(signal[c][start + k]) * float(kernel[c][k])
                row.append(total)
            result[-1].append(row)
    return result
'''),
    Mutant(CONV, "NumPy's convolve", source='''
def conv1d(x, weight, bias=None, stride=1, padding=0):
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding)])
    sums = [[sum(np.convolve(c, k[::-1], "valid") for c, k in zip(signal, kernels)) for kernels in weight] for signal in x]
    result = np.stack(sums)[:, :, ::stride]
    return result if bias is None else result + bias[:, None]
''', loses=[CHANNELS, EDGES]),
    Alternative(CONV, "a float64 tensor made of a copy", source='''
def conv1d(x, weight, bias=None, stride=1, padding=0):
    x, weight = torch.as_tensor(np.array(x)).double(), torch.as_tensor(np.array(weight)).double()
    windows = F.pad(x, (padding, padding)).unfold(2, weight.shape[2], stride)
    out = torch.einsum("bcik,ock->boi", windows, weight)
    return out if bias is None else out + torch.as_tensor(bias)[:, None]
'''),
    Alternative(CONV, "a sum over kernel positions", source='''
def conv1d(x, weight, bias=None, stride=1, padding=0):
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding)])
    last = x.shape[2] - weight.shape[2]
    result = sum(np.einsum("bci,oc->boi", x[:, :, k:k + last + 1:stride], weight[:, :, k]) for k in range(weight.shape[2]))
    return result + (0 if bias is None else bias.reshape(1, -1, 1))
'''),
]


def linear(why, edit, loses=(SCORES,)):
    return Mutant(LINEAR, why, edit=edit, loses=loses)


LOGISTIC_REGRESSION = [
    linear("softmax at the end", ("return self.dense(x)", "return self.dense(x).softmax(1)"), [SCORES, *TRAINING]),
    linear("log-softmax at the end", ("return self.dense(x)", "return self.dense(x).log_softmax(1)")),
    linear("ReLU at the end", ("return self.dense(x)", "return F.relu(self.dense(x))"), [SCORES, *TRAINING]),
    linear("no bias", ("nn.Linear(inputs, classes)", "nn.Linear(inputs, classes, bias=False)"), [SCORES, *TRAINING]),
    linear("inputs and classes exchanged", ("nn.Linear(inputs, classes)", "nn.Linear(classes, inputs)"), [SCORES, *TRAINING]),
    linear("sizes of MNIST-1D whatever is asked for", ("nn.Linear(inputs, classes)", "nn.Linear(40, 10)"), [SCORES, *TRAINING]),
    linear("a hidden layer", ("self.dense = nn.Linear(inputs, classes)",
           "self.dense = nn.Sequential(nn.Linear(inputs, 8), nn.ReLU(), nn.Linear(8, classes))"), [SCORES, *TRAINING]),
    linear("x detached", ("self.dense(x)", "self.dense(x.detach())")),
    linear("the winning class instead of scores", ("return self.dense(x)", "return self.dense(x).argmax(1)"), [SCORES, *TRAINING]),
    linear("forward returns nothing", ("return self.dense(x)", "self.dense(x)"), [SCORES, *TRAINING]),
    linear("forward without a graph", ("return self.dense(x)", "return self.dense(x).detach()"), [SCORES, *TRAINING]),
    Mutant(LINEAR, "parameters in a list that torch does not see", source='''
class LogisticRegression(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.layers = [nn.Linear(inputs, classes)]

    def forward(self, x):
        return self.layers[0](x)
''', loses=[SCORES, *TRAINING]),
    linear("sigmoid at the end", ("return self.dense(x)", "return self.dense(x).sigmoid()"), [SCORES, *TRAINING]),
    Alternative(LINEAR, "nn.Linear itself", source='''
class LogisticRegression(nn.Linear):
    pass
'''),
    Alternative(LINEAR, "own parameters, other names", source='''
class LogisticRegression(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.offset = nn.Parameter(torch.zeros(classes))
        self.matrix = nn.Parameter(torch.randn(classes, inputs))

    def forward(self, x):
        return x @ self.matrix.T + self.offset
'''),
    Alternative(LINEAR, "a Sequential", source='''
class LogisticRegression(nn.Sequential):
    def __init__(self, inputs, classes):
        super().__init__(nn.Linear(inputs, classes))
'''),
]


def cnn(why, edit, *loses):
    return Mutant(CNN, why, edit=edit, loses=loses or [PARAMETERS, FORWARD, BACKWARD])


MNIST1D_CNN = [
    cnn("stride 1", [("Conv1d(1, 15, 3, stride=2)", "Conv1d(1, 15, 3)"), ("self.conv2 = nn.Conv1d(15, 15, 3, stride=2)", "self.conv2 = nn.Conv1d(15, 15, 3)"),
                     ("self.conv3 = nn.Conv1d(15, 15, 3, stride=2)", "self.conv3 = nn.Conv1d(15, 15, 3)"), ("15 * 4", "15 * 34")]),
    cnn("padding 1, so 20, 10 and 5 positions", [("Conv1d(1, 15, 3, stride=2)", "Conv1d(1, 15, 3, stride=2, padding=1)"),
        ("self.conv2 = nn.Conv1d(15, 15, 3, stride=2)", "self.conv2 = nn.Conv1d(15, 15, 3, stride=2, padding=1)"),
        ("self.conv3 = nn.Conv1d(15, 15, 3, stride=2)", "self.conv3 = nn.Conv1d(15, 15, 3, stride=2, padding=1)"), ("15 * 4", "15 * 5")]),
    cnn("padding in the first layer only, as many parameters", ("Conv1d(1, 15, 3, stride=2)", "Conv1d(1, 15, 3, stride=2, padding=1)"),
        FORWARD, BACKWARD),
    cnn("pooling instead of stride in the last layer", ("F.relu(self.conv3(x))",
        "F.max_pool1d(F.relu(F.conv1d(x, self.conv3.weight, self.conv3.bias)), 2, ceil_mode=True)"), FORWARD, BACKWARD),
    cnn("no ReLU after the last convolution", ("F.relu(self.conv3(x))", "self.conv3(x)"), FORWARD, BACKWARD),
    cnn("no ReLU after the first convolution", ("F.relu(self.conv1(x[:, None]))", "self.conv1(x[:, None])"), FORWARD, BACKWARD),
    cnn("ReLU on the scores", ("return self.dense(x.flatten(1))", "return F.relu(self.dense(x.flatten(1)))"), FORWARD, BACKWARD),
    cnn("softmax on the scores", ("return self.dense(x.flatten(1))", "return self.dense(x.flatten(1)).softmax(1)"), FORWARD, BACKWARD),
    cnn("log-softmax on the scores", ("return self.dense(x.flatten(1))", "return self.dense(x.flatten(1)).log_softmax(1)"), FORWARD, BACKWARD),
    cnn("leaky ReLU", ("F.relu(self.conv2(x))", "F.leaky_relu(self.conv2(x))"), FORWARD, BACKWARD),
    cnn("sigmoid", ("F.relu(self.conv1(x[:, None]))", "torch.sigmoid(self.conv1(x[:, None]))"), FORWARD, BACKWARD),
    cnn("one layer used twice", ("F.relu(self.conv3(x))", "F.relu(self.conv2(x))"), FORWARD, BACKWARD),
    cnn("one layer made once and used twice", ("self.conv3 = nn.Conv1d(15, 15, 3, stride=2)", "self.conv3 = self.conv2")),
    cnn("flattened position by position", ("x.flatten(1)", "x.transpose(1, 2).flatten(1)"), FORWARD, BACKWARD),
    cnn("a batch of one is squeezed away", ("x.flatten(1)", "x.squeeze().flatten(-2)"), FORWARD),
    cnn("mean over the positions", [("x.flatten(1)", "x.mean(2)"), ("15 * 4", "15")]),
    cnn("16 channels", [("Conv1d(1, 15, 3", "Conv1d(1, 16, 3"), ("self.conv2 = nn.Conv1d(15, 15", "self.conv2 = nn.Conv1d(16, 15")]),
    cnn("depthwise convolutions", ("self.conv2 = nn.Conv1d(15, 15, 3, stride=2)", "self.conv2 = nn.Conv1d(15, 15, 3, stride=2, groups=15)")),
    cnn("no bias in the convolutions", ("self.conv2 = nn.Conv1d(15, 15, 3, stride=2)", "self.conv2 = nn.Conv1d(15, 15, 3, stride=2, bias=False)")),
    cnn("kernel size 5", [("self.conv3 = nn.Conv1d(15, 15, 3", "self.conv3 = nn.Conv1d(15, 15, 5"), ("15 * 4", "15 * 3")]),
    cnn("one class too many", ("nn.Linear(15 * 4, 10)", "nn.Linear(15 * 4, 11)")),
    cnn("dilation instead of stride", ("Conv1d(1, 15, 3, stride=2)", "Conv1d(1, 15, 3, dilation=2, stride=2)"), FORWARD, BACKWARD),
    cnn("x detached", ("x[:, None]", "x.detach()[:, None]"), BACKWARD),
    cnn("features without a graph, as if frozen", ("x.flatten(1)", "x.detach().flatten(1)"), BACKWARD),
    cnn("the signal read backwards", ("x[:, None]", "x.flip(1)[:, None]"), FORWARD, BACKWARD),
    Mutant(CNN, "the dense rival", source='''
class Mnist1dCnn(DenseRival):
    pass
''', loses=[PARAMETERS, FORWARD, BACKWARD]),
    Mutant(CNN, "all networks share one convolution", source='''
class Mnist1dCnn(nn.Module):
    shared = nn.Conv1d(1, 15, 3, stride=2)

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = self.shared, nn.Conv1d(15, 15, 3, 2), nn.Conv1d(15, 15, 3, 2)
        self.dense = nn.Linear(60, 10)

    def forward(self, x):
        x = F.relu(self.conv2(F.relu(self.conv1(x[:, None]))))
        return self.dense(F.relu(self.conv3(x)).flatten(1))
''', loses=[PARAMETERS]),
    Mutant(CNN, "layers in a plain list", source='''
class Mnist1dCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Conv1d(channels, 15, 3, stride=2) for channels in (1, 15, 15)]
        self.dense = nn.Linear(60, 10)

    def forward(self, x):
        x = x[:, None]
        for layer in self.layers:
            x = F.relu(layer(x))
        return self.dense(x.flatten(1))
''', loses=[PARAMETERS, FORWARD, BACKWARD]),
    Alternative(CNN, "a Sequential", source='''
class Mnist1dCnn(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Unflatten(1, (1, 40)), nn.Conv1d(1, 15, 3, 2), nn.ReLU(), nn.Conv1d(15, 15, 3, 2), nn.ReLU(),
                         nn.Conv1d(15, 15, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(60, 10))
'''),
    Alternative(CNN, "a ModuleList", source='''
class Mnist1dCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv1d(channels, 15, 3, stride=2) for channels in (1, 15, 15))
        self.head = nn.Linear(60, 10)

    def forward(self, x):
        x = x.unsqueeze(1)
        for layer in self.layers:
            x = layer(x).clamp(min=0)
        return self.head(x.reshape(len(x), -1))
'''),
]


def dense(why, edit, *loses):
    return Mutant(DENSE, why, edit=edit, loses=loses or [MATRIX, SEVERAL, STRIDE_PADDING])


MATRIX_LINE = "matrix[:, i, :, p] = weight[:, :, k]"
FOLD = "matrix.reshape(out_channels * out_positions, -1)"
DENSE_FROM_CONV1D = [
    dense("kernel flipped", (MATRIX_LINE, "matrix[:, i, :, p] = weight[:, :, -1 - k]")),
    dense("matrix transposed", (FOLD, FOLD + ".T")),
    dense("rows by position first", (FOLD, "matrix.swapaxes(0, 1).reshape(out_channels * out_positions, -1)"), SEVERAL, STRIDE_PADDING),
    dense("columns by position first", (FOLD, "matrix.swapaxes(2, 3).reshape(out_channels * out_positions, -1)"), SEVERAL, STRIDE_PADDING),
    dense("offset by position first", ("np.repeat(bias, out_positions)", "np.tile(bias, out_positions)"), SEVERAL, STRIDE_PADDING),
    dense("one bias per channel only", ("np.repeat(bias, out_positions)", "bias")),
    dense("offset as a column", ("np.repeat(bias, out_positions)", "np.repeat(bias, out_positions)[:, None]")),
    dense("no offset", ("np.repeat(bias, out_positions)", "np.zeros(out_channels * out_positions)")),
    dense("four axes left", (FOLD, "matrix")),
    dense("first input channel only", (MATRIX_LINE, "matrix[:, i, 0, p] = weight[:, 0, k]"), SEVERAL, STRIDE_PADDING),
    dense("same kernel for all input channels", (MATRIX_LINE, "matrix[:, i, :, p] = weight[:, :1, k]"), SEVERAL, STRIDE_PADDING),
    dense("stride ignored where windows start", ("p = i * stride + k - padding", "p = i + k - padding"), STRIDE_PADDING),
    dense("padding ignored where windows start", ("i * stride + k - padding", "i * stride + k"), STRIDE_PADDING),
    dense("padding added, not subtracted", ("k - padding", "k + padding"), STRIDE_PADDING),
    dense("padding times stride", ("i * stride + k - padding", "(i - padding) * stride + k"), STRIDE_PADDING),
    dense("negative positions wrap around", ("if 0 <= p < positions", "if p < positions"), STRIDE_PADDING),
    dense("position 0 counts as padding", ("if 0 <= p < positions", "if 0 < p < positions")),
    dense("last position left out", ("if 0 <= p < positions", "if 0 <= p < positions - 1")),
    dense("one padding in the size", ("(positions + 2 * padding - kernel_size)", "(positions + padding - kernel_size)"), STRIDE_PADDING),
    dense("gaps counted, not positions", ("// stride + 1", "// stride")),
    dense("columns for the padded zeros too", [("channels, positions))", "channels, positions + 2 * padding))"),
          ("i * stride + k - padding", "i * stride + k"), ("p < positions", "p < positions + 2 * padding")], STRIDE_PADDING),
    dense("fractions cut off", ("channels, positions))", "channels, positions), dtype=int)")),
    dense("weights not shared: each row scaled", (FOLD, FOLD + " * np.arange(1, out_channels * out_positions + 1)[:, None]")),
    Mutant(DENSE, "library convolution of unit signals", source='''
def dense_from_conv1d(weight, bias, positions, stride=1, padding=0):
    units = torch.eye(weight.shape[1] * positions, dtype=torch.float64).reshape(-1, weight.shape[1], positions)
    images = F.conv1d(units, torch.as_tensor(weight, dtype=torch.float64), None, stride, padding)
    return images.flatten(1).T, np.repeat(bias, images.shape[2])
''', loses=[MATRIX, SEVERAL, STRIDE_PADDING]),
    Alternative(DENSE, "unit signals through the own conv1d", source='''
def dense_from_conv1d(weight, bias, positions, stride=1, padding=0):
    units = np.eye(weight.shape[1] * positions).reshape(-1, weight.shape[1], positions)
    images = np.asarray(conv1d(units, weight, None, stride, padding))
    return images.reshape(len(units), -1).T, np.repeat(bias, images.shape[2])
'''),
    Alternative(DENSE, "plain lists", source='''
def dense_from_conv1d(weight, bias, positions, stride=1, padding=0):
    weight, matrix, offset = weight.tolist(), [], []
    size = len(weight[0][0])
    for kernels, b in zip(weight, bias):
        for start in range(-padding, positions + padding - size + 1, stride):
            row = [0] * (len(kernels) * positions)
            for c, kernel in enumerate(kernels):
                for k, value in enumerate(kernel):
                    if 0 <= start + k < positions:
                        row[c * positions + start + k] = value
            matrix.append(row)
            offset.append(float(b))
    return [matrix, offset]
'''),
    Alternative(DENSE, "single entries, float32", source='''
def dense_from_conv1d(weight, bias, positions, stride=1, padding=0):
    outs, channels, size = weight.shape
    length = (positions + 2 * padding - size) // stride + 1
    matrix, offset = torch.zeros(outs * length, channels * positions), torch.zeros(outs * length)
    for o in range(outs):
        for i in range(length):
            offset[o * length + i] = float(bias[o])
            for c in range(channels):
                for p in range(positions):
                    k = p - i * stride + padding
                    if 0 <= k < size:
                        matrix[o * length + i, c * positions + p] = float(weight[o, c, k])
    return matrix, offset
'''),
]


def loss(why, edit, *loses):
    return Mutant(LOSS, why, edit=edit, loses=loses)


PICK = "scores[torch.arange(len(targets)), targets]"
ENTROPY_LINE = "(torch.logsumexp(scores, dim=1) - right_scores).mean()"
CROSS_ENTROPY_L2 = [
    loss("sum over the batch", (ENTROPY_LINE, ENTROPY_LINE.replace("mean", "sum")), ENTROPY, L2, *TRAINING),
    loss("sign reversed", (ENTROPY_LINE, "-" + ENTROPY_LINE), ENTROPY, L2, *TRAINING),
    loss("exponentials that overflow", ("torch.logsumexp(scores, dim=1)", "torch.log(torch.exp(scores).sum(1))"), ENTROPY),
    loss("log of a softmax that underflows", (ENTROPY_LINE, "-torch.log(scores.softmax(1)[torch.arange(len(targets)), targets]).mean()"),
         ENTROPY),
    loss("softmax taken twice", ("torch.logsumexp(scores, dim=1) - right_scores", "torch.logsumexp(scores.softmax(1), dim=1) - "
         "scores.softmax(1)[torch.arange(len(targets)), targets]"), ENTROPY, L2, *TRAINING),
    loss("logarithm to base 2", (ENTROPY_LINE, ENTROPY_LINE + " / 0.6931471805599453"), ENTROPY, L2, *TRAINING),
    loss("sum over the batch, not the classes", ("dim=1", "dim=0"), ENTROPY, L2, *TRAINING),
    loss("mean over the scores of all classes", (PICK, "scores.mean(1)"), ENTROPY, L2, *TRAINING),
    loss("largest score for the right one", (PICK, "scores.max(1).values"), ENTROPY, L2, *TRAINING),
    loss("every pair of rows and targets", (PICK, "scores[:, targets]"), ENTROPY, L2, *TRAINING),
    loss("clamped away from zero", (ENTROPY_LINE, "(torch.logsumexp(scores, dim=1) - right_scores).clamp(max=20).mean()"), ENTROPY),
    loss("penalty without the half", ("l2 / 2 *", "l2 *"), L2, *TRAINING),
    loss("penalty without squares", ("(weight ** 2).sum()", "weight.sum()"), L2, *TRAINING),
    loss("L1 instead of L2", ("(weight ** 2).sum()", "weight.abs().sum()"), L2, *TRAINING),
    loss("norm, not its square", ("l2 / 2 * penalty", "l2 / 2 * torch.as_tensor(penalty) ** 0.5"), L2, *TRAINING),
    loss("mean of the squares", ("(weight ** 2).sum()", "(weight ** 2).mean()"), L2, *TRAINING),
    loss("penalty divided by the batch", ("l2 / 2 * penalty", "l2 / 2 * penalty / len(scores)"), L2, *REPORT),
    loss("penalty subtracted", ("+ l2 / 2", "- l2 / 2"), L2, *TRAINING),
    loss("penalty forgotten", (" + l2 / 2 * penalty", ""), L2, *TRAINING),
    loss("first weight only", ("for weight in weights)", "for weight in weights[:1])"), L2),
    loss("half of l2 squared", ("l2 / 2 *", "l2 ** 2 / 2 *"), L2, *TRAINING),
    loss("torch's own cross-entropy", (ENTROPY_LINE, "F.cross_entropy(scores, targets)"), ENTROPY, L2),
    loss("torch's own log-softmax", (ENTROPY_LINE, "-scores.log_softmax(1)[torch.arange(len(targets)), targets].mean()"), ENTROPY, L2),
    loss("a number without a graph", ("return cross_entropy + l2 / 2 * penalty", "return float(cross_entropy + l2 / 2 * penalty)"),
         *TRAINING),
    Alternative(LOSS, "largest score taken out by hand", source='''
def cross_entropy_l2(scores, targets, weights, l2=0.0):
    shifted = scores - scores.max(dim=1, keepdim=True).values
    losses = shifted.exp().sum(1).log() - shifted.gather(1, targets[:, None])[:, 0]
    total = losses.sum() / len(losses)
    for weight in weights:
        total = total + 0.5 * l2 * torch.sum(weight * weight)
    return total
'''),
    Alternative(LOSS, "a loop over the examples", source='''
def cross_entropy_l2(scores, targets, weights, l2=0.0):
    total = 0
    for row, target in zip(scores, targets):
        total = total + row.max() + torch.log(torch.exp(row - row.max()).sum()) - row[target]
    total = total / len(scores)
    for weight in weights:
        total = total + l2 / 2 * (weight * weight).sum()
    return total
'''),
    Alternative(LOSS, "one-hot targets, float32", source='''
def cross_entropy_l2(scores, targets, weights, l2=0.0):
    hot = F.one_hot(targets, scores.shape[1])
    losses = torch.logsumexp(scores, 1) - (hot * scores).sum(1)
    flat = torch.cat([weight.reshape(-1) for weight in weights] + [torch.zeros(1)])
    return losses.mean().float() + l2 / 2 * (flat @ flat).float()
'''),
]


def loop(why, edit, *loses):
    return Mutant(LOOP, why, edit=edit, loses=loses or TRAINING)


STEP = "parameter -= lr * parameter.grad"
KEEP = "{name: tensor.clone() for name, tensor in model.state_dict().items()}"
IF_BEST = 'if losses[-1] < min(losses[:-1], default=float("inf")):'
VALIDATE = "F.cross_entropy(model(validation[0]), validation[1]).item()"
TRAIN_KEEPING_BEST = [
    loop("gradients not cleared", ("            model.zero_grad()\n", "")),
    loop("gradients cleared once an epoch", [("            model.zero_grad()\n", ""),
         ("    for order in orders:\n", "    for order in orders:\n        model.zero_grad()\n")]),
    loop("uphill", (STEP, "parameter += lr * parameter.grad")),
    loop("learning rate forgotten", (STEP, "parameter -= parameter.grad"), ONE_EPOCH, VALIDATION, ANY_DATA),
    loop("only the weights learn, not the biases", ("for parameter in model.parameters():", "for parameter in weights:")),
    loop("L2 on the biases too", (" if parameter.ndim > 1]", "]")),
    loop("L2 forgotten", ("weights, l2)", "weights)")),
    loop("last, smaller batch left out", ("order.split(batch_size)", "order[:len(order) // batch_size * batch_size].split(batch_size)")),
    loop("one batch per epoch", ("order.split(batch_size)", "order[:batch_size].split(batch_size)")),
    loop("everything in one batch", ("order.split(batch_size)", "[order]")),
    loop("order ignored", ("order.split(batch_size)", "torch.arange(len(x)).split(batch_size)")),
    loop("own random order", ("order.split(batch_size)", "order[torch.randperm(len(order))].split(batch_size)")),
    loop("inputs in order, targets not", ("y[batch]", "y[:len(batch)]")),
    loop("first epoch only", ("for order in orders:", "for order in orders[:1]:"), *CHOICE),
    loop("the first epoch's order in all epochs", ("order.split(batch_size)", "orders[0].split(batch_size)"), *CHOICE),
    loop("best weights not copied", (KEEP, "model.state_dict()"), *CHOICE),
    loop("best weights copied as a dict only", (KEEP, "dict(model.state_dict())"), *CHOICE),
    loop("last weights kept", (IF_BEST, "if True:"), *CHOICE),
    loop("best weights never put back", ("    model.load_state_dict(best)\n", ""), *CHOICE),
    loop("worst weights kept", (IF_BEST, 'if losses[-1] > max(losses[:-1], default=-float("inf")):'), *CHOICE),
    loop("first weights kept", (IF_BEST, "if len(losses) == 1:"), *CHOICE),
    loop("stops at the first rise", ("    model.load_state_dict(best)\n", "        else:\n            break\n    model.load_state_dict(best)\n"), *CHOICE),
    loop("better than the epoch before is enough", (IF_BEST, "if len(losses) < 2 or losses[-1] < losses[-2]:"), *CHOICE),
    loop("training loss decides", [(VALIDATE, VALIDATE + ")\n            chosen.append(F.cross_entropy(model(x), y).item()"),
         ("losses, weights =", "chosen, losses, weights = [],"), (IF_BEST, 'if chosen[-1] < min(chosen[:-1], default=float("inf")):')], *CHOICE),
    loop("loss of the last batch reported", (VALIDATE, "loss.item()"), *REPORT),
    loop("training loss reported", (VALIDATE, "F.cross_entropy(model(x), y).item()"), *REPORT),
    loop("validation loss with the penalty", (VALIDATE, "cross_entropy_l2(model(validation[0]), validation[1], weights, l2).item()"), *REPORT),
    loop("validation error instead of loss", (VALIDATE, "(model(validation[0]).argmax(1) != validation[1]).float().mean().item()"), *REPORT),
    loop("validation before the epoch", [("    for order in orders:\n", "    for order in orders:\n        with torch.no_grad():\n"
         "            losses.append(F.cross_entropy(model(validation[0]), validation[1]).item())\n"),
         ("        with torch.no_grad():\n            losses.append(F.cross_entropy(model(validation[0]), validation[1]).item())\n        if", "        if")], *REPORT),
    loop("trains on the validation data too", ("    model.load_state_dict(best)\n",
         "            F.cross_entropy(model(validation[0]), validation[1]).backward()\n            with torch.no_grad():\n"
         "                for parameter in model.parameters():\n                    parameter -= lr * parameter.grad\n    model.load_state_dict(best)\n"),
         *CHOICE),
    loop("momentum that nobody asked for", [("    for order in orders:\n", "    rule = torch.optim.SGD(model.parameters(), lr, momentum=0.9)\n    for order in orders:\n"),
         ("            with torch.no_grad():\n                for parameter in model.parameters():\n                    " + STEP, "            rule.step()")]),
    loop("Adam", [("    for order in orders:\n", "    rule = torch.optim.Adam(model.parameters(), lr)\n    for order in orders:\n"),
         ("            with torch.no_grad():\n                for parameter in model.parameters():\n                    " + STEP, "            rule.step()")]),
    loop("best loss returned, not all", ("return losses", "return [min(losses)]"), *CHOICE),
    loop("nothing returned", ("    return losses", "    return"), *REPORT),
    Mutant(LOOP, "the weights before training take part", edit=[
        ("    for order in orders:\n", "    best = {name: tensor.clone() for name, tensor in model.state_dict().items()}\n"
         "    with torch.no_grad():\n        before = F.cross_entropy(model(validation[0]), validation[1]).item()\n"
         "    for order in orders:\n"), (IF_BEST, IF_BEST.replace("if ", "if losses[-1] < before and "))],
        loses=[VALIDATION, BEST, ANY_DATA]),
    loop("validation on the first batch alone", (VALIDATE, VALIDATE.replace("validation[0]", "validation[0][:batch_size]").replace(
         "validation[1]", "validation[1][:batch_size]")), *REPORT),
    Mutant(LOOP, "no training at all", source='''
def train_keeping_best(model, training, validation, orders, batch_size, lr, l2=0.0):
    with torch.no_grad():
        return [F.cross_entropy(model(validation[0]), validation[1]).item() for order in orders]
''', loses=TRAINING),
    Alternative(LOOP, "torch's optimiser, deep copy, no other exercise used", source='''
def train_keeping_best(model, training, validation, orders, batch_size, lr, l2=0.0):
    groups = [{"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": l2},
              {"params": [p for p in model.parameters() if p.ndim <= 1]}]
    rule, losses, best = torch.optim.SGD(groups, lr=lr), [], None
    for order in orders:
        model.train()
        for start in range(0, len(order), batch_size):
            chosen = order[start:start + batch_size]
            rule.zero_grad()
            F.cross_entropy(model(training[0][chosen]), training[1][chosen]).backward()
            rule.step()
        model.eval()
        with torch.no_grad():
            losses.append(float(F.cross_entropy(model(validation[0]), validation[1])))
        if best is None or losses[-1] < best[0]:
            best = losses[-1], [p.detach().clone() for p in model.parameters()]
    with torch.no_grad():
        for parameter, kept in zip(model.parameters(), best[1]):
            parameter.copy_(kept)
    return losses
'''),
    Alternative(LOOP, "the last of equal epochs, losses as a tuple of tensors", source='''
def train_keeping_best(model, training, validation, orders, batch_size, lr, l2=0.0):
    losses = ()
    for order in orders:
        for batch in torch.split(order, batch_size):
            weights = [p for p in model.parameters() if p.ndim > 1]
            model.zero_grad()
            cross_entropy_l2(model(training[0][batch]), training[1][batch], weights, l2).backward()
            for p in model.parameters():
                p.data.sub_(lr * p.grad)
        losses += cross_entropy_l2(model(validation[0]), validation[1], []),
        if losses[-1] <= min(losses):
            best = [p.detach().clone() for p in model.parameters()]
    for p, kept in zip(model.parameters(), best):
        p.data = kept
    return losses
'''),
    Alternative(LOOP, "autograd.grad, all states kept", source='''
def train_keeping_best(model, training, validation, orders, batch_size, lr, l2=0.0):
    parameters, states, losses = list(model.parameters()), [], []
    weights = [p for p in parameters if p.ndim > 1]
    for order in orders.tolist():
        while order:
            batch, order = torch.tensor(order[:batch_size]), order[batch_size:]
            loss = cross_entropy_l2(model(training[0][batch]), training[1][batch], weights, l2)
            for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
                p.data = p.data - lr * g
        losses.append(F.cross_entropy(model(validation[0]), validation[1]).detach().item())
        states.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
    model.load_state_dict(states[losses.index(min(losses))])
    return losses
'''),
]

CASES = CONV1D + LOGISTIC_REGRESSION + MNIST1D_CNN + DENSE_FROM_CONV1D + CROSS_ENTROPY_L2 + TRAIN_KEEPING_BEST
