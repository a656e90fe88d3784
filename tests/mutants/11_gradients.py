"""Wrong and other right answers to the exercises of lesson 11; see autograde/mutants.py."""
from autograde.mutants import Alternative, Mutant

NET, IDENTITY, JACOBIAN = "exercise-11-2-plain-net", "exercise-11-3-make-identity", "exercise-11-4-jacobian-product"
UNDERFLOW, NORMS, AUTOCORRELATION = ("exercise-11-6-underflow-depth", "exercise-11-7-gradient-norms",
                                     "exercise-11-9-gradient-autocorrelation")
PLAN, FORWARD, START = "test-11-2-plan", "test-11-2-forward", "test-11-2-start"
VALUES, REFUSES = "test-11-3-values", "test-11-3-refuses"
PLAIN, SKIP = "test-11-4-plain", "test-11-4-skip"
DEPTH, NEVER = "test-11-6-depth", "test-11-6-refuses"
OUTPUTS, WEIGHTS, SMALL, TRACES = "test-11-7-outputs", "test-11-7-weights", "test-11-7-small", "test-11-7-traces"
ONE, MEAN = "test-11-9-one", "test-11-9-mean"


def net(why, edit, *loses):
    return Mutant(NET, why, edit=edit, loses=loses or [FORWARD])


STRIDE = "stride = 2 if stage > 0 and number == 0 else 1"
PLAIN_NET = [
    net("stride 2 in every block of stages 2 and 3", (STRIDE, "stride = 2 if stage > 0 else 1")),
    net("stride 2 in stage 1 too", (STRIDE, "stride = 2 if number == 0 else 1")),
    net("no stride at all", (STRIDE, "stride = 1")),
    net("stride 2 in the last block of a stage", (STRIDE, "stride = 2 if stage > 0 and number == depth // 6 - 1 else 1")),
    net("stride 2 in stage 3 only", ("stage > 0 and", "stage > 1 and")),
    net("sum over the positions", (".mean(dim=2)", ".sum(dim=2)")),
    net("maximum over the positions", (".mean(dim=2)", ".amax(dim=2)")),
    net("the last position only", (".mean(dim=2)", "[:, :, -1]")),
    net("softmax at the end", ("return self.dense(self.body(x[:, None]).mean(dim=2))",
                               "return self.dense(self.body(x[:, None]).mean(dim=2)).softmax(1)"), FORWARD),
    net("ReLU of the scores", ("return self.dense(self.body(x[:, None]).mean(dim=2))",
                               "return F.relu(self.dense(self.body(x[:, None]).mean(dim=2)))"), FORWARD),
    net("no ReLU at the entrance", (", nn.ReLU()]", "]")),
    net("no batch norm at the entrance", ("nn.BatchNorm1d(width), ", ""), PLAN, FORWARD),
    net("any depth of at least 8", ("depth < 8 or depth % 6 != 2", "depth < 8"), PLAN),
    net("depth 2 allowed", ("depth < 8 or depth % 6 != 2", "depth % 6 != 2"), PLAN),
    net("6n in place of 6n + 2", ("depth % 6 != 2", "depth % 6 != 0"), PLAN, FORWARD, START, TRACES),
    net("one block too many in each stage", ("range(depth // 6)", "range(depth // 6 + 1)"), PLAN, FORWARD, TRACES),
    net("depth // 3 blocks", ("range(depth // 6)", "range(depth // 3)"), PLAN, FORWARD, TRACES),
    net("the same width in all stages", [("width * 2 ** stage, stride", "width, stride"), ("channels_in = width * 2 ** stage", "channels_in = width")],
        PLAN, FORWARD),
    net("width + 2 · stage", [("width * 2 ** stage, stride", "width + 2 * stage, stride"),
                              ("channels_in = width * 2 ** stage", "channels_in = width + 2 * stage")], PLAN, FORWARD),
    net("width ignored", ("channels_in = width\n", "channels_in = width = 8\n"), PLAN, FORWARD, START, TRACES),
    net("entrance of width 8 only", ("layers = [conv(1, width), nn.BatchNorm1d(width)", "layers = [conv(1, 8), nn.BatchNorm1d(8)"),
        PLAN, FORWARD, START, TRACES),
    net("two stages", ("range(3)", "range(2)"), PLAN, FORWARD, TRACES),
    net("dense layer made first", ('self.body, self.dense = nn.Sequential(*layers), nn.Linear(channels_in, 10)',
                                   'self.dense, self.body = nn.Linear(channels_in, 10), nn.Sequential(*layers)'), PLAN, FORWARD),
    net("blocks in a plain list", [("self.body, self.dense = nn.Sequential(*layers), nn", "self.layers, self.dense = layers, nn"),
                                   ("return self.dense(self.body(x[:, None]).mean(dim=2))",
                                    "x = x[:, None]\n        for layer in self.layers:\n            x = layer(x)\n"
                                    "        return self.dense(x.mean(dim=2))")], PLAN, FORWARD, START, TRACES),
    net("the same block again and again", ("layers.append(Block(channels_in, width * 2 ** stage, stride))",
                                           "layers.append(layers[-1] if number > 1 else Block(channels_in, width * 2 ** stage, stride))"),
        PLAN, FORWARD),
    net("the same weights in every network", ("super().__init__()", "super().__init__()\n        torch.manual_seed(0)"), START),
    net("small weights", ("self.body, self.dense =", "for part in layers:\n            for weight in part.parameters():\n"
                          "                weight.data *= 0.3\n        self.body, self.dense ="), START),
    net("torch's default weights at the entrance", ("conv(1, width)", "nn.Conv1d(1, width, 3, padding=1, bias=False)"), START),
    net("the body is not trained", ("self.body(x[:, None])", "self.body(x[:, None]).detach()"), START, TRACES),
    net("skips turned on", ("self.body, self.dense =", "for part in layers:\n            part.skip = True\n        self.body, self.dense =")),
    net("batch norm of the signal at the entrance", ("[conv(1, width), nn.BatchNorm1d(width)", "[nn.BatchNorm1d(1), conv(1, width)"),
        PLAN, FORWARD),
    Alternative(NET, "nested stages, pooling and flattening as layers, ReLU in place", source='''
class PlainNet(nn.Module):
    def __init__(self, depth, width=8):
        super().__init__()
        n, rest = divmod(depth - 2, 6)
        if rest or n < 1:
            raise ValueError("no such depth")
        def stage(channels_in, channels, stride):
            return nn.Sequential(*[Block(channels if i else channels_in, channels, 1 if i else stride) for i in range(n)])
        self.net = nn.Sequential(
            nn.Sequential(conv(1, width), nn.BatchNorm1d(width), nn.ReLU(inplace=True)),
            stage(width, width, 1), stage(width, 2 * width, 2), stage(2 * width, 4 * width, 2),
            nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4 * width, 10))

    def forward(self, x):
        return self.net(x[:, None, :])
'''),
    Alternative(NET, "a ModuleList and a count of blocks", source='''
class PlainNet(nn.Module):
    def __init__(self, depth, width=8):
        super().__init__()
        blocks, rest = divmod(depth - 2, 6)
        if rest or blocks < 1:
            raise ValueError("no such depth")
        self.entrance, self.norm = conv(1, width), nn.BatchNorm1d(width)
        plan = [(width, width, 1)] * blocks
        for channels in (width, 2 * width):
            plan += [(channels, 2 * channels, 2)] + [(2 * channels, 2 * channels, 1)] * (blocks - 1)
        self.blocks = nn.ModuleList(Block(*settings) for settings in plan)
        self.scores = nn.Linear(4 * width, 10)

    def forward(self, x):
        x = self.norm(self.entrance(x.unsqueeze(1))).relu()
        for block in self.blocks:
            x = block(x)
        return self.scores(F.adaptive_avg_pool1d(x, 1).flatten(1))
'''),
    Alternative(NET, "three stages, convolutions of its own", source='''
class PlainNet(nn.Module):
    def __init__(self, depth, width=8):
        super().__init__()
        if depth not in range(8, 10000, 6):
            raise ValueError("no such depth")
        self.entrance = nn.Sequential(conv(1, width), nn.BatchNorm1d(width), nn.ReLU())
        stages, channels_in = [], width
        for channels, stride in [(width, 1), (2 * width, 2), (4 * width, 2)]:
            layers = []
            for number in range((depth - 2) // 3):
                layers += [conv(channels_in, channels, 1 if number else stride), nn.BatchNorm1d(channels), nn.ReLU()]
                channels_in = channels
            stages.append(nn.Sequential(*layers))
        self.stages, self.dense = nn.Sequential(*stages), nn.Linear(channels_in, 10)

    def forward(self, x):
        return self.dense(self.stages(self.entrance(x[:, None, :])).mean(-1))
'''),
]


def identity(why, edit, *loses):
    return Mutant(IDENTITY, why, edit=edit, loses=loses or [VALUES])


PLACE = "weight[(channel, channel, *(size // 2 for size in kernel))] = 1"
MAKE_IDENTITY = [
    identity("old weights stay", ("    weight.zero_()\n", ""), VALUES, REFUSES),
    identity("the first place, not the centre", ("size // 2", "0"), VALUES, REFUSES),
    identity("one place too far", ("size // 2", "min(size // 2 + 1, size - 1)"), VALUES, REFUSES),
    identity("all channels are added", (PLACE, "weight[(channel, slice(None), *(size // 2 for size in kernel))] = 1"), VALUES, REFUSES),
    identity("channels in the wrong order", (PLACE, PLACE.replace("(channel, channel", "(channel, out_channels - 1 - channel")), VALUES),
    identity("the whole own kernel is 1", (PLACE, "weight[channel, channel] = 1"), VALUES, REFUSES),
    identity("an average in place of the centre", (PLACE, "weight[channel, channel] = 1 / weight[channel, channel].numel()"), VALUES, REFUSES),
    identity("only the first channel", ("range(out_channels)", "range(1)"), VALUES, REFUSES),
    identity("2 in place of 1", (PLACE, PLACE[:-1] + "2"), VALUES, REFUSES),
    identity("a negative identity", (PLACE, PLACE[:-1] + "-1"), VALUES, REFUSES),
    identity("centre of the last axis in both", ("*(size // 2 for size in kernel)", "*(kernel[-1] // 2 for size in kernel)"), VALUES),
    identity("a new tensor", ("weight.zero_()", "weight = torch.zeros_like(weight)"), VALUES),
    identity("nothing returned", ("    return weight\n", ""), VALUES, REFUSES),
    identity("different channels allowed", ("out_channels != in_channels or any(size % 2 == 0 for size in kernel)",
                                            "any(size % 2 == 0 for size in kernel)"), REFUSES),
    identity("even sizes allowed", ("out_channels != in_channels or any(size % 2 == 0 for size in kernel)", "out_channels != in_channels"), REFUSES),
    identity("only the first size is looked at", ("any(size % 2 == 0 for size in kernel)", "kernel[0] % 2 == 0"), REFUSES),
    identity("refuses only if all sizes are even", ("any(size", "all(size"), REFUSES),
    identity("Conv1d only", ("out_channels, in_channels, *kernel = weight.shape", "out_channels, in_channels, *kernel = weight.shape\n"
                             "    kernel = kernel[:1]"), VALUES, REFUSES),
    identity("square kernels only", ("any(size % 2 == 0 for size in kernel)", "any(size % 2 == 0 or size != kernel[0] for size in kernel)"), VALUES),
    identity("the library's", ("    weight.zero_()\n", "    nn.init.dirac_(weight)\n"), VALUES),
    Alternative(IDENTITY, "an identity matrix at the centre", source='''
def make_identity_(weight):
    shape = weight.shape
    if shape[0] != shape[1] or not all(size % 2 for size in shape[2:]):
        raise ValueError("no centre")
    weight.fill_(0.0)
    centre = tuple(size // 2 for size in shape[2:])
    weight[(slice(None), slice(None), *centre)] = torch.eye(shape[0])
    return weight
'''),
    Alternative(IDENTITY, "flat kernels, whose middle is the centre", source='''
def make_identity_(weight):
    if weight.shape[0] != weight.shape[1] or weight[0, 0].numel() % 2 == 0:
        raise ValueError("no centre")
    channels = len(weight)
    flat = torch.zeros(channels, channels, weight[0, 0].numel())
    flat[range(channels), range(channels), flat.shape[2] // 2] = 1
    return weight.copy_(flat.reshape(weight.shape))
'''),
]


def jacobian(why, edit, *loses):
    return Mutant(JACOBIAN, why, edit=edit, loses=loses or [PLAIN, SKIP])


PRODUCT = "product = product + factor @ product if skip else factor @ product"
JACOBIAN_PRODUCT = [
    jacobian("factors in the wrong order", [("    h, product = x, np.eye(len(x))", "    h, product = x, 1"),
                                            (PRODUCT, "factor = factor + np.eye(len(x)) if skip else factor\n"
                                                      "        product = factor if isinstance(product, int) else product @ factor")]),
    jacobian("slope of sigmoid at the output", ("y * (1 - y)", "(lambda s: s * (1 - s))(1 / (1 + np.exp(-y)))")),
    jacobian("sigmoid's slope is its value", ("y * (1 - y)", "y")),
    jacobian("tanh's slope without the square", ("1 - y ** 2", "1 - y")),
    jacobian("tanh's slope at z", ("1 - y ** 2", "1 - z ** 2")),
    jacobian("no slope for ReLU", ('"relu": z > 0', '"relu": np.ones(len(z))')),
    jacobian("ReLU's slope at 0 is 1", ("z > 0", "z >= 0"), PLAIN),
    jacobian("ReLU's slope is its value", ('"relu": z > 0', '"relu": y')),
    jacobian("slopes by column", ("slope[:, None] * weight", "(weight * slope if weight.shape[1] == len(slope) else slope[:, None] * weight)")),
    jacobian("no slopes at all", ("slope[:, None] * weight", "weight")),
    jacobian("biases forgotten", ("weight @ h + bias", "weight @ h")),
    jacobian("biases subtracted", ("weight @ h + bias", "weight @ h - bias")),
    jacobian("every layer gets x, not h", ("weight @ h + bias", "weight @ (h if weight.shape[1] != len(x) else x) + bias")),
    jacobian("h stays z", ("h = h + y if skip else y", "h = h + z if skip else z")),
    jacobian("skip ignored", ("    h, product = x, np.eye(len(x))", "    skip = False\n    h, product = x, np.eye(len(x))"), SKIP),
    jacobian("skip always", ("    h, product = x, np.eye(len(x))", "    skip = len({*weights[0].shape}) == 1\n    h, product = x, np.eye(len(x))"), PLAIN),
    jacobian("skip in the values, not in the Jacobian", (PRODUCT, "product = factor @ product"), SKIP),
    jacobian("skip in the Jacobian, not in the values", ("h = h + y if skip else y", "h = y"), SKIP),
    jacobian("one skip from start to end", [(PRODUCT, "product = factor @ product"), ("h = h + y if skip else y", "h = y"),
                                            ("    return product", "    return product + np.eye(len(x)) if skip else product")], SKIP),
    jacobian("the transposed product", ("    return product", "    return product.T")),
    jacobian("the last layer forgotten", ("zip(weights, biases)", "list(zip(weights, biases))[:-1]")),
    jacobian("the first layer forgotten", ("h, product = x, np.eye(len(x))", "h, product = x, None"), PLAIN, SKIP),
    jacobian("the last layer has no activation", (PRODUCT, "factor = weight if weight is weights[-1] else factor\n        " + PRODUCT)),
    jacobian("changes the weights", ("factor = slope[:, None] * weight", "weight *= slope[:, None]\n        factor = weight"), PLAIN),
    jacobian("automatic derivatives", ("    h, product = x, np.eye(len(x))", '''    def stack(h):
        for w, b in zip(weights, biases):
            y = getattr(torch, activation)(torch.from_numpy(w) @ h + torch.from_numpy(b))
            h = h + y if skip else y
        return h
    return torch.autograd.functional.jacobian(stack, torch.from_numpy(x)).numpy()
    h, product = x, np.eye(len(x))''')),
    jacobian("the product starts with the outputs of the first layer", ("np.eye(len(x))", "np.eye(len(weights[0]))"), PLAIN),
    Alternative(JACOBIAN, "lists and loops", source='''
def jacobian_product(weights, biases, x, activation, skip=False):
    import math
    h = [float(value) for value in x]
    product = [[float(i == j) for j in range(len(h))] for i in range(len(h))]
    for weight, bias in zip(weights, biases):
        z = [sum(w * v for w, v in zip(row, h)) + float(b) for row, b in zip(weight.tolist(), bias)]
        if activation == "relu":
            y, slope = [max(v, 0.0) for v in z], [float(v > 0) for v in z]
        elif activation == "tanh":
            y = [math.tanh(v) for v in z]
            slope = [1 - v * v for v in y]
        else:
            y = [1 / (1 + math.exp(-v)) for v in z]
            slope = [v * (1 - v) for v in y]
        factor = [[s * w for w in row] for s, row in zip(slope, weight.tolist())]
        if skip:
            y = [a + b for a, b in zip(y, h)]
            for i in range(len(y)):
                factor[i][i] += 1
        product = [[sum(row[k] * product[k][j] for k in range(len(product))) for j in range(len(x))] for row in factor]
        h = y
    return product
'''),
    Alternative(JACOBIAN, "torch tensors, a tensor returned", source='''
def jacobian_product(weights, biases, x, activation, skip=False):
    h = torch.as_tensor(x)
    product = torch.eye(len(h), dtype=h.dtype)
    for weight, bias in zip(weights, biases):
        weight, bias = torch.as_tensor(weight), torch.as_tensor(bias)
        z = weight @ h + bias
        y = getattr(torch, activation)(z)
        slope = {"relu": (z > 0).to(z.dtype), "tanh": 1 - y ** 2, "sigmoid": y * (1 - y)}[activation]
        factor = slope.unsqueeze(1) * weight
        if skip:
            factor, y = factor + torch.eye(len(h), dtype=h.dtype), y + h
        product, h = factor @ product, y
    return product
'''),
    Alternative(JACOBIAN, "one column of the identity after the other", source='''
def jacobian_product(weights, biases, x, activation, skip=False):
    h, rows = np.array(x), [np.eye(len(x))[:, k] for k in range(len(x))]
    for weight, bias in zip(weights, biases):
        z = weight.dot(h) + bias
        if activation == "sigmoid":
            y = 1 / (1 + np.exp(-z))
            slope = np.exp(-z) * y ** 2
        elif activation == "tanh":
            y = np.tanh(z)
            slope = np.cosh(z) ** -2.0
        else:
            y, slope = z * (z > 0), 1.0 * (z > 0)
        moved = [slope * weight.dot(row) for row in rows]
        rows = [row + move for row, move in zip(rows, moved)] if skip else moved
        h = h + y if skip else y
    return np.stack(rows, axis=1)
'''),
    Alternative(JACOBIAN, "all factors first, diagonal matrices, multiplied from the back", source='''
def jacobian_product(weights, biases, x, activation, skip=False):
    factors, h = [], x
    for weight, bias in zip(weights, biases):
        z = weight @ h + bias
        value = {"sigmoid": lambda: 1 / (1 + np.exp(-z)), "tanh": lambda: np.tanh(z), "relu": lambda: np.maximum(z, 0)}[activation]()
        slope = {"sigmoid": value - value ** 2, "tanh": 1 - value * value, "relu": np.heaviside(z, 0)}[activation]
        factors.append(np.diag(slope) @ weight + (np.eye(len(h)) if skip else 0))
        h = value + (h if skip else 0)
    product = factors.pop()
    while factors:
        product = product @ factors.pop()
    return product
'''),
]


def underflow(why, edit, *loses):
    return Mutant(UNDERFLOW, why, edit=edit, loses=loses or [DEPTH])


GUARD, LOOP = "if not 0 < factor < 1:", "while size > smallest / 2:"
UNDERFLOW_DEPTH = [
    underflow("exactly half is rounded up", (LOOP, "while size >= smallest / 2:")),
    underflow("the smallest number, not its half", (LOOP, "while size > smallest:"), DEPTH, NEVER),
    underflow("below the smallest number", (LOOP, "while size >= smallest:"), DEPTH, NEVER),
    underflow("a quarter of the smallest number", ("smallest / 2", "smallest / 4"), DEPTH, NEVER),
    underflow("the last depth that is not 0", ("    return depth", "    return depth - 1"), DEPTH, NEVER),
    underflow("one depth too many", ("    return depth", "    return depth + 1"), DEPTH, NEVER),
    underflow("starts at 1, whatever start is", ("depth, size = 0, start", "depth, size = 0, 1.0"), DEPTH, NEVER),
    underflow("smallest ignored", (LOOP, "while size > 2.0 ** -150:"), DEPTH, NEVER),
    underflow("float32's normal numbers only", ("    depth, size = 0", "    smallest *= 2.0 ** 23\n    depth, size = 0"), DEPTH, NEVER),
    underflow("at least one layer", ("depth, size = 0, start", "depth, size = 1, start * factor")),
    underflow("divides", ("size * factor", "size - factor * size"), DEPTH, NEVER),
    underflow("squares the factor each time", ("depth + 1, size * factor", "depth + 1, size * factor ** (depth + 1)"), DEPTH, NEVER),
    underflow("no error for 1 and above", (GUARD, "if factor <= 0:"), NEVER),
    underflow("no error for 0 and below", (GUARD, "if factor >= 1:"), NEVER),
    underflow("an error for factors below a half", (GUARD, "if not 0.5 <= factor < 1:")),
    underflow("1 allowed, -1 returned", (GUARD, "if factor == 1:\n        return -1\n    if not 0 < factor < 1:"), NEVER),
    underflow("logarithms, rounded down", ("    depth, size = 0, start\n", "    return max(0, int(np.log(smallest / 2 / start) / np.log(factor)))\n"), DEPTH, NEVER),
    underflow("logarithms without the half", ("    depth, size = 0, start\n", "    return max(0, int(np.ceil(np.log(smallest / start) / np.log(factor))))\n"),
              DEPTH, NEVER),
    underflow("natural and binary logarithms mixed", ("    depth, size = 0, start\n",
              "    return max(0, int(np.ceil(np.log2(smallest / 2 / start) / np.log(factor))))\n"), DEPTH, NEVER),
    underflow("natural logarithms, rounded up, which fail at the border", ("    depth, size = 0, start\n",
              "    return max(0, int(np.ceil(np.log(smallest / 2 / start) / np.log(factor))))\n")),
    Alternative(UNDERFLOW, "binary logarithms, which are exact for powers of two", source='''
def underflow_depth(start, factor, smallest=2.0 ** -149):
    if factor <= 0 or factor >= 1 or factor != factor:
        raise ValueError("no")
    return max(0, int(np.ceil((np.log2(smallest) - 1 - np.log2(start)) / np.log2(factor))))
'''),
    Alternative(UNDERFLOW, "powers in place of products", source='''
def underflow_depth(start, factor, smallest=2.0 ** -149):
    if not (factor > 0 and factor < 1):
        raise ValueError("no")
    n = 0
    while 2 * start * factor ** n > smallest:
        n += 1
    return n
'''),
]


def norms(why, edit, *loses):
    return Mutant(NORMS, why, edit=edit, loses=loses or [OUTPUTS, WEIGHTS, TRACES])


PAIR = "(by_output[name].double().norm().item(), slope.double().norm().item())"
LOSS = "loss = F.cross_entropy(model(batch[0]), batch[1])"
GRAD = "by_weight = torch.autograd.grad(loss, [layer.weight for layer in layers.values()])"
GRADIENT_NORMS = [
    norms("norms in float32", (PAIR, "(by_output[name].norm().item(), slope.norm().item())"), SMALL),
    norms("the norm of the weight in float32", (PAIR, PAIR.replace("slope.double()", "slope")), SMALL),
    norms("float64 only after the norm", (PAIR, "(by_output[name].norm().double().item(), slope.norm().double().item())"), SMALL),
    norms("output and weight exchanged", (PAIR, "(slope.double().norm().item(), by_output[name].double().norm().item())"), OUTPUTS, WEIGHTS, SMALL),
    norms("squared norms", (PAIR, PAIR.replace(".norm()", ".square().sum()")), OUTPUTS, WEIGHTS, SMALL),
    norms("root mean square", (PAIR, PAIR.replace(".norm()", ".square().mean().sqrt()")), OUTPUTS, WEIGHTS, SMALL),
    norms("sum of the absolute values", (PAIR, PAIR.replace(".norm()", ".abs().sum()")), OUTPUTS, WEIGHTS, SMALL),
    norms("largest value", (PAIR, PAIR.replace(".norm()", ".abs().max()")), OUTPUTS, WEIGHTS, SMALL),
    norms("norm of the outputs, not of their gradients",
          ("output.register_hook(lambda gradient: by_output.update({name: gradient}))", "by_output[name] = output.detach()"), OUTPUTS, SMALL),
    norms("norm of the weights, not of their gradients", (PAIR, PAIR.replace("slope", "layers[name].weight.detach()")), WEIGHTS, SMALL),
    norms("the gradient by the layer's input",
          ("output.register_hook(", "(arguments[0] if arguments[0].requires_grad else output).register_hook("), OUTPUTS, SMALL),
    norms("sum over the examples", (LOSS, LOSS[:-1] + ', reduction="sum")'), OUTPUTS, WEIGHTS, SMALL),
    norms("the outputs' sum in place of the loss", (LOSS, "loss = model(batch[0]).sum()"), OUTPUTS, WEIGHTS, SMALL),
    norms("softmax before the cross-entropy", (LOSS, "loss = F.cross_entropy(model(batch[0]).softmax(1), batch[1])"), OUTPUTS, WEIGHTS, SMALL),
    norms("evaluation mode", (LOSS, "model.eval()\n    " + LOSS), OUTPUTS, WEIGHTS),
    norms("training mode", (LOSS, "model.train()\n    " + LOSS), OUTPUTS, WEIGHTS, TRACES),
    norms("evaluation mode during the pass only", (LOSS, "mode = model.training\n    model.eval()\n    " + LOSS + "\n    model.train(mode)"), OUTPUTS, WEIGHTS),
    norms("dense layers only", ("(nn.Linear, nn.Conv1d, nn.Conv2d)", "(nn.Linear,)"), OUTPUTS, WEIGHTS, TRACES),
    norms("no Conv1d", ("nn.Conv1d, ", ""), OUTPUTS, WEIGHTS, TRACES),
    norms("no Conv2d", (", nn.Conv2d)", ")"), OUTPUTS, WEIGHTS),
    norms("batch norm counted as a layer", ("nn.Conv2d)", "nn.Conv2d, nn.BatchNorm1d)"), OUTPUTS, TRACES),
    norms("only the top layers of the model", ("model.named_modules()", "model.named_children()"), OUTPUTS, WEIGHTS, TRACES),
    norms("last layer first", ("zip(layers, by_weight)}", "list(zip(layers, by_weight))[::-1]}"), OUTPUTS, WEIGHTS),
    norms("numbers in place of names", ("    return {name: " + "(", "    names = list(layers)\n    return {str(names.index(name)): ("), OUTPUTS, WEIGHTS, SMALL, TRACES),
    norms("all hooks know the last name", ("layer.register_forward_hook(watch(name)) for", "layer.register_forward_hook(watch(list(layers)[-1])) for"),
          OUTPUTS, WEIGHTS, SMALL, TRACES),
    norms("hooks stay", ("        hook.remove()", "        pass"), TRACES),
    norms("gradients add up in .grad", (GRAD, "loss.backward()\n    by_weight = [layer.weight.grad for layer in layers.values()]"), TRACES),
    norms("first example only", (LOSS, "loss = F.cross_entropy(model(batch[0]), batch[1]) if len(batch[0]) == 1 else "
                                       "F.cross_entropy(model(batch[0])[:1], batch[1][:1])"), OUTPUTS, WEIGHTS, SMALL),
    norms("relative to the weights' norm", (PAIR, PAIR[:-1] + " / layers[name].weight.norm().item())"), WEIGHTS, SMALL),
    norms("the mean of the examples' norms", (PAIR, PAIR.replace("by_output[name].double().norm()",
          "by_output[name].double().flatten(1).norm(dim=1).mean()")), OUTPUTS, SMALL),
    norms("a list of pairs", [("    return {name: (by", "    return [(by"), ("zip(layers, by_weight)}", "zip(layers, by_weight)]")],
          OUTPUTS, WEIGHTS, SMALL, TRACES),
    Alternative(NORMS, "full backward hooks and autograd.grad, tensors of one value", source='''
def gradient_norms(model, batch):
    by_output, handles, layers = {}, [], {}
    for name, layer in model.named_modules():
        if type(layer) in (nn.Linear, nn.Conv1d, nn.Conv2d):
            layers[name] = layer
            handles.append(layer.register_full_backward_hook(
                lambda layer, grad_input, grad_output, name=name: by_output.__setitem__(name, grad_output[0].double().norm())))
    loss = F.cross_entropy(model(batch[0]), batch[1])
    gradients = torch.autograd.grad(loss, [layer.weight for layer in layers.values()])
    for handle in handles:
        handle.remove()
    return {name: (by_output[name], gradient.double().norm()) for name, gradient in zip(layers, gradients)}
'''),
    Alternative(NORMS, "full backward hooks, and .grad put back", source='''
def gradient_norms(model, batch):
    layers = [(name, layer) for name, layer in model.named_modules() if isinstance(layer, (nn.Linear, nn.Conv1d, nn.Conv2d))]
    before = {p: p.grad for p in model.parameters()}
    found, handles = {}, []
    for name, layer in layers:
        def keep(layer, grad_input, grad_output, name=name):
            found[name] = float(grad_output[0].double().square().sum().sqrt())
        handles.append(layer.register_full_backward_hook(keep))
    for p in before:
        p.grad = None
    F.cross_entropy(model(batch[0]), batch[1]).backward()
    result = {name: (found[name], float(layer.weight.grad.double().square().sum().sqrt())) for name, layer in layers}
    for p, grad in before.items():
        p.grad = grad
    for handle in handles:
        handle.remove()
    return result
'''),
    Alternative(NORMS, "outputs kept by forward hooks, one call of autograd.grad, lists", source='''
def gradient_norms(model, batch):
    outputs, weights, handles = {}, {}, []
    for name, layer in model.named_modules():
        if type(layer) in (nn.Linear, nn.Conv1d, nn.Conv2d):
            weights[name] = layer.weight
            def keep(layer, inputs, output, name=name):
                outputs[name] = output
            handles.append(layer.register_forward_hook(keep))
    inputs, targets = batch
    scores = model(inputs)
    for handle in handles:
        handle.remove()
    loss = -scores.log_softmax(1)[range(len(targets)), targets].mean()
    gradients = torch.autograd.grad(loss, [outputs[name] for name in weights] + list(weights.values()))
    sizes = [torch.linalg.vector_norm(g, dtype=torch.float64).item() for g in gradients]
    return {name: [sizes[k], sizes[k + len(weights)]] for k, name in enumerate(weights)}
'''),
]


def autocorrelation(why, edit, *loses):
    return Mutant(AUTOCORRELATION, why, edit=edit, loses=loses or [ONE, MEAN])


SHARE = "((gradients[:, :places - k] * gradients[:, k:]).sum(axis=1)\n                      / power).mean()"
GRADIENT_AUTOCORRELATION = [
    autocorrelation("mean subtracted", ("    networks, places", "    gradients = gradients - gradients.mean(axis=1, keepdims=True)\n    networks, places")),
    autocorrelation("mean over the networks subtracted", ("    networks, places", "    gradients = gradients - gradients.mean(axis=0)\n    networks, places")),
    autocorrelation("divided by the number of pairs", (SHARE, SHARE.replace("/ power", "/ (places - k) * places / power"))),
    autocorrelation("a circle", (SHARE, "((gradients * np.roll(gradients, k, axis=1)).sum(axis=1) / power).mean()")),
    autocorrelation("not divided by the power", ("/ power)", "/ 1)")),
    autocorrelation("divided by the variance", ("(gradients ** 2).sum(axis=1)", "gradients.var(axis=1) * places")),
    autocorrelation("divided by the root of the power", ("(gradients ** 2).sum(axis=1)", "(gradients ** 2).sum(axis=1) ** 0.5")),
    autocorrelation("ratio of the sums", ("(gradients ** 2).sum(axis=1)", "(gradients ** 2).sum() / networks"), MEAN),
    autocorrelation("sum over the networks", ("/ power).mean()", "/ power).sum()"), MEAN),
    autocorrelation("the first network only", ("    networks, places", "    gradients = gradients[:1]\n    networks, places"), MEAN),
    autocorrelation("of the mean gradient", ("    networks, places", "    gradients = gradients.mean(axis=0)[None]\n    networks, places"), MEAN),
    autocorrelation("the largest of the networks", ("/ power).mean()", "/ power).max()"), MEAN),
    autocorrelation("distances from 1 on", ("range(places)])", "range(1, places)])")),
    autocorrelation("half of the distances", ("range(places)])", "range((places + 1) // 2)])")),
    autocorrelation("absolute values", ("    networks, places", "    gradients = abs(gradients)\n    networks, places")),
    autocorrelation("absolute correlation", ("for k in range(places)])", "for k in range(places)]).__abs__()")),
    autocorrelation("signs only", ("    networks, places", "    gradients = np.sign(gradients)\n    networks, places")),
    autocorrelation("networks and places exchanged", ("    networks, places = gradients.shape", "    gradients = gradients.T\n    networks, places = gradients.shape")),
    autocorrelation("normed by the larger of both ends", (SHARE, "((gradients[:, :places - k] * gradients[:, k:]).sum(axis=1) / "
                    "np.maximum((gradients[:, k:] ** 2).sum(axis=1), (gradients[:, :places - k] ** 2).sum(axis=1))).mean()")),
    autocorrelation("a small number added to the power", ("(gradients ** 2).sum(axis=1)", "(gradients ** 2).sum(axis=1) + 1e-3")),
    autocorrelation("changes its input", ("    networks, places", "    gradients /= abs(gradients).max(axis=1, keepdims=True)\n    networks, places"), MEAN),
    Alternative(AUTOCORRELATION, "Fourier transforms with torch, padded with zeros", source='''
def gradient_autocorrelation(gradients):
    g = torch.as_tensor(gradients, dtype=torch.float64)
    places = g.shape[1]
    r = torch.fft.irfft(torch.fft.rfft(g, 2 * places).abs() ** 2, 2 * places)[:, :places]
    return (r / r[:, :1]).mean(0)
'''),
    Alternative(AUTOCORRELATION, "np.correlate, network by network", source='''
def gradient_autocorrelation(gradients):
    rows = []
    for g in np.asarray(gradients, dtype=float):
        full = np.correlate(g, g, mode="full")[len(g) - 1:]
        rows.append(full / full[0])
    return np.mean(rows, axis=0)
'''),
    Alternative(AUTOCORRELATION, "rows of length one first, then loops", source='''
def gradient_autocorrelation(gradients):
    networks, places = gradients.shape
    unit = gradients / np.sqrt((gradients ** 2).sum(axis=1, keepdims=True))
    result = []
    for k in range(places):
        total = 0.0
        for g in unit:
            total += sum(g[i] * g[i + k] for i in range(places - k))
        result.append(total / networks)
    return result
'''),
]

CASES = PLAIN_NET + MAKE_IDENTITY + JACOBIAN_PRODUCT + UNDERFLOW_DEPTH + GRADIENT_NORMS + GRADIENT_AUTOCORRELATION
