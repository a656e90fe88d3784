"""Wrong and other right answers to the exercises of lesson 12; see autograde/mutants.py.

The exercises build on each other: a wrong shortcut or block also loses the tests of the networks made of it.
"""
from autograde.mutants import Alternative, Mutant

SHORTCUT, BASIC, CIFAR = "exercise-12-2-shortcut-a", "exercise-12-3-basic-block", "exercise-12-5-resnet-cifar"
DELETE, LENGTHS, PRE = "exercise-12-6-delete-block", "exercise-12-8-path-lengths", "exercise-12-9-pre-activation"
NECK, IMAGENET, DENSE = "exercise-12-10-bottleneck", "exercise-12-11-resnet-imagenet", "exercise-12-13-dense-block"

OPTION_A = "test-12-2-shortcut-a"
FORWARD, BACKWARD = "test-12-3-forward", "test-12-3-backward"
COUNTS, OUTPUTS = "test-12-5-counts", "test-12-5-outputs"
LEFT, COPY = "test-12-6-what-is-left", "test-12-6-copy"
PATHS, ROAD = "test-12-8-path-lengths", "test-12-9-pre-activation"
RESNET, RESNEXT = "test-12-10-resnet", "test-12-10-resnext"
SHAPES, ANSWERS, OPTIONS = "test-12-11-shapes", "test-12-11-outputs", "test-12-11-options"
CHANNELS, MAPS = "test-12-13-channels", "test-12-13-outputs"

WITH_A = [OPTION_A, FORWARD, OUTPUTS, LEFT, ROAD]          # all that a wrong option A spoils


def shortcut(why, body, *loses):
    source = f"def shortcut_a(x, out_channels, stride=1):\n    extra = out_channels - x.shape[1]\n    {body}\n"
    return Mutant(SHORTCUT, why, source=source, loses=loses or WITH_A)


FRONT = "(0, 0, 0, 0, extra, 0)"
BEHIND = "(0, 0, 0, 0, 0, extra)"
SHORTCUT_A = [
    shortcut("zeros in front", f"return F.pad(x[:, :, ::stride, ::stride], {FRONT})", *WITH_A, BACKWARD),
    shortcut("zeros on both sides", "return F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, extra // 2, extra - extra // 2))"),
    shortcut("mean of each patch", f"return F.pad(F.avg_pool2d(x, stride, ceil_mode=True), {BEHIND})", *WITH_A, BACKWARD, RESNET),
    shortcut("largest of each patch", f"return F.pad(F.max_pool2d(x, stride, ceil_mode=True), {BEHIND})", *WITH_A, BACKWARD, RESNET),
    shortcut("last row and column of each patch", f"return F.pad(x[:, :, stride - 1::stride, stride - 1::stride], {BEHIND})",
             *WITH_A, BACKWARD, COPY, RESNET, OPTIONS),
    shortcut("stride for the rows only", f"return F.pad(x[:, :, ::stride], {BEHIND})", *WITH_A, BACKWARD, COPY, RESNET, OPTIONS),
    shortcut("stride always 2", f"return F.pad(x[:, :, ::2, ::2], {BEHIND})", OPTION_A, FORWARD),
    shortcut("ones in place of zeros", f"return F.pad(x[:, :, ::stride, ::stride], {BEHIND}, value=1.0)"),
    shortcut("old channels once more", "return torch.cat([x, x, x, x, x], 1)[:, :out_channels, ::stride, ::stride]", *WITH_A, BACKWARD),
    shortcut("a channel of zeros between two old ones", f"""y = F.pad(x[:, :, ::stride, ::stride], {BEHIND})
    return y[:, [k // 2 if k % 2 == 0 else -1 for k in range(2 * extra)] + list(range(extra, x.shape[1]))] if extra and extra <= x.shape[1] else y""",
             OPTION_A, FORWARD, BACKWARD, OUTPUTS, LEFT),
    shortcut("row numbers as the size: first rows and columns", f"""height, width = -(-x.shape[2] // stride), -(-x.shape[3] // stride)
    return F.pad(x[:, :, :height, :width], {BEHIND})""", *WITH_A, BACKWARD, RESNET),
    shortcut("no gradient", f"return F.pad(x.detach()[:, :, ::stride, ::stride], {BEHIND})", BACKWARD, ROAD),
    shortcut("given tensor changed", f"""x[:, :, 1::2] = 0
    return F.pad(x[:, :, ::stride, ::stride], {BEHIND})""", OPTION_A, FORWARD, BACKWARD, ROAD),
    shortcut("the last channel once more", """y = x[:, :, ::stride, ::stride]
    return torch.cat([y] + [y[:, -1:]] * extra, 1)""", *WITH_A, BACKWARD),
    Alternative(SHORTCUT, "loops over rows and columns", source='''
def shortcut_a(x, out_channels, stride=1):
    rows = []
    for i in range(0, x.shape[2], stride):
        rows.append(torch.stack([x[:, :, i, j] for j in range(0, x.shape[3], stride)], dim=-1))
    y = torch.stack(rows, dim=2)
    zeros = [torch.zeros_like(y[:, :1]) for _ in range(out_channels - x.shape[1])]
    return torch.cat([y, *zeros], dim=1)
'''),
    Alternative(SHORTCUT, "a tensor of zeros, filled", source='''
def shortcut_a(x, out_channels, stride=1):
    x = x[..., ::stride, ::stride]
    y = x.new_zeros(len(x), out_channels, *x.shape[2:])
    y[:, :x.shape[1]] = x
    return y
'''),
    Alternative(SHORTCUT, "a convolution with a 1 for each old channel", source='''
def shortcut_a(x, out_channels, stride=1):
    weight = torch.eye(out_channels, x.shape[1], dtype=x.dtype)[:, :, None, None]
    return F.conv2d(x, weight, stride=stride)
'''),
    Alternative(SHORTCUT, "max pooling with a window of 1, and cat", source='''
def shortcut_a(x, out_channels, stride=1):
    y = F.max_pool2d(x, 1, stride)
    return torch.cat([y, 0 * y.sum(1, keepdim=True).repeat(1, out_channels - y.shape[1], 1, 1)], dim=1)
'''),
]


def basic(why, edit, *loses):
    return Mutant(BASIC, why, edit=edit, loses=loses or [FORWARD, BACKWARD, OUTPUTS, LEFT, ANSWERS])


FIRST, SECOND = "y = F.relu(self.bn1(self.conv1(x)))", "y = self.bn2(self.conv2(y))"
SUM = "return F.relu(y if self.plain else y + self.downsample(x))"
CONV1, CONV2 = "conv(in_channels, out_channels, 3, stride)", "conv(out_channels, out_channels)"
BASIC_BLOCK = [
    basic("no ReLU after the sum", (SUM, "return y if self.plain else y + self.downsample(x)")),
    basic("ReLU before the sum", (SUM, "return F.relu(y) if self.plain else F.relu(y) + self.downsample(x)")),
    basic("no skip", (SUM, "return F.relu(y)")),
    basic("plain blocks have a skip too", (SUM, "return F.relu(y + self.downsample(x))"), FORWARD, OUTPUTS, LEFT),
    basic("skip where the shape stays only", (SUM, "return F.relu(y + x if not self.plain and x.shape == y.shape else y)")),
    basic("no ReLU between the convolutions", (FIRST, "y = self.bn1(self.conv1(x))")),
    basic("no first batch norm", (FIRST, "y = F.relu(self.conv1(x))")),
    basic("no second batch norm", (SECOND, "y = self.conv2(y)")),
    basic("ReLU before batch norm", (FIRST, "y = self.bn1(F.relu(self.conv1(x)))")),
    basic("the first batch norm twice", (SECOND, "y = self.bn1(self.conv2(y))")),
    basic("batch norm after the sum", [(SECOND, "y = self.conv2(y)"), (SUM, "return F.relu(self.bn2(y if self.plain else y + self.downsample(x)))")]),
    basic("the input added twice", ("y + self.downsample(x)", "y + 2 * self.downsample(x)")),
    basic("difference in place of the sum", ("y + self.downsample(x)", "self.downsample(x) - y")),
    basic("skip without a gradient", ("self.downsample(x))", "self.downsample(x).detach())"), BACKWARD),
    basic("stride in the second convolution", [(CONV1, CONV1.replace(", 3, stride", "")), (CONV2, CONV2.replace("out_channels)", "out_channels, 3, stride)"))]),
    basic("stride forgotten where nothing is added", (CONV1, CONV1.replace("stride)", '1 if shortcut == "none" else stride)')),
          FORWARD, OUTPUTS, LEFT),
    basic("always option A", ("make_shortcut(shortcut,", 'make_shortcut("A",'), FORWARD, BACKWARD, COUNTS, OUTPUTS, LEFT, SHAPES, ANSWERS),
    basic("always option B", ("make_shortcut(shortcut,", 'make_shortcut("B",'), FORWARD, BACKWARD, COUNTS, OUTPUTS, LEFT, OPTIONS),
    basic("biases in the convolutions", [(CONV1, "nn.Conv2d(in_channels, out_channels, 3, stride, 1)"),
                                         (CONV2, "nn.Conv2d(out_channels, out_channels, 3, 1, 1)")],
          FORWARD, BACKWARD, COUNTS, OUTPUTS, LEFT, SHAPES, ANSWERS),
    basic("torch's initial weights", [(CONV1, "nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)"),
                                      (CONV2, "nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)")], OUTPUTS),
    basic("in_channels inside", [(CONV1 + ", nn.BatchNorm2d(out_channels)", "conv(in_channels, in_channels, 3, stride), nn.BatchNorm2d(in_channels)"),
                                 (CONV2, "conv(in_channels, out_channels)")],
          BACKWARD, COUNTS, SHAPES, ANSWERS),
    Mutant(BASIC, "torchvision's own block", source='''
class BasicBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, shortcut="A"):
        super().__init__()
        block = models.resnet.BasicBlock(in_channels, out_channels, stride, make_shortcut(shortcut, in_channels, out_channels, stride))
        self.conv1, self.bn1, self.conv2, self.bn2, self.downsample = block.conv1, block.bn1, block.conv2, block.bn2, block.downsample
        self.plain = shortcut == "none"
        nn.init.kaiming_normal_(self.conv1.weight)
        nn.init.kaiming_normal_(self.conv2.weight)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y if self.plain else y + self.downsample(x))
''', loses=[FORWARD, OUTPUTS, SHAPES]),
    Alternative(BASIC, "the branch as one expression, torch.add, own convolutions", source='''
class BasicBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, shortcut="A"):
        super().__init__()
        self.downsample, self.kind = make_shortcut(shortcut, in_channels, out_channels, stride), shortcut
        for i, channels in ((1, in_channels), (2, out_channels)):
            layer = nn.Conv2d(channels, out_channels, (3, 3), stride=stride if i == 1 else 1, padding=1, bias=False)
            nn.init.normal_(layer.weight, 0, (2 / (9 * channels)) ** 0.5)
            self.add_module(f"conv{i}", layer)
            self.add_module(f"bn{i}", nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.clamp(self.bn1(self.conv1(x)), min=0)))
        if self.kind != "none":
            y = torch.add(self.downsample(x), y)
        return torch.maximum(y, torch.zeros(()))
'''),
    Alternative(BASIC, "ReLU modules in place, skip by multiplication with 0 or 1", source='''
class BasicBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, shortcut="A"):
        super().__init__()
        self.conv1, self.bn1 = conv(in_channels, out_channels, stride=stride), nn.BatchNorm2d(out_channels)
        self.conv2, self.bn2 = conv(out_channels, out_channels), nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = make_shortcut(shortcut, in_channels, out_channels, stride)
        self.share = 0.0 if shortcut == "none" else 1.0

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.share * self.downsample(x))
'''),
]


def cifar(why, edit, *loses):
    return Mutant(CIFAR, why, edit=edit, loses=loses or [COUNTS, OUTPUTS, LEFT])


ROW1, ROW2, ROW3 = "width, width, blocks, 1,", "width, 2 * width, blocks, 2,", "2 * width, 4 * width, blocks, 2,"
GUARD = "if depth < 8 or (depth - 2) % 6:"
RESNET_CIFAR = [
    cifar("a block too few in each stage", ("blocks = (depth - 2) // 6", "blocks = max((depth - 2) // 6 - 1, 1)"), COUNTS, OUTPUTS, LEFT, COPY),
    cifar("n = depth / 6, rounded up", ("blocks = (depth - 2) // 6", "blocks = -(-depth // 6)"), COUNTS, OUTPUTS, LEFT, COPY),
    cifar("three convolutions a block counted", ("blocks = (depth - 2) // 6", "blocks = max((depth - 2) // 9, 1)"), COUNTS, OUTPUTS, LEFT, COPY),
    cifar("no check of the depth", (GUARD, "if False:"), COUNTS),
    cifar("small depths not refused", (GUARD, "if (depth - 2) % 6:"), COUNTS),
    cifar("depth 6n + 1 accepted", (GUARD, "if depth < 8 or (depth - 2) % 6 > 1:"), COUNTS),
    cifar("another error", ("raise ValueError", "raise KeyError"), COUNTS),
    cifar("stride 2 in all stages", (ROW1, "width, width, blocks, 2,"), COUNTS, OUTPUTS, LEFT),
    cifar("no stride", [(ROW2, "width, 2 * width, blocks, 1,"), (ROW3, "2 * width, 4 * width, blocks, 1,")], OUTPUTS, LEFT),
    cifar("stride in the first two stages", [(ROW1, "width, width, blocks, 2,"), (ROW3, "2 * width, 4 * width, blocks, 1,")], COUNTS, OUTPUTS, LEFT),
    cifar("shortcut not handed on to the last stage", (ROW3 + " shortcut=shortcut)", ROW3 + ")"), COUNTS, OUTPUTS, LEFT),
    cifar("as many channels in the last stage as in the second", [(ROW3, "2 * width, 2 * width, blocks, 2,"), ("nn.Linear(4 * width", "nn.Linear(2 * width")],
          COUNTS, OUTPUTS),
    cifar("channels three times as many in the last stage", [(ROW3, "2 * width, 3 * width, blocks, 2,"), ("nn.Linear(4 * width", "nn.Linear(3 * width")],
          COUNTS, OUTPUTS),
    cifar("width fixed at 16", ("layers = OrderedDict", "width = 16\n    layers = OrderedDict"), COUNTS, OUTPUTS),
    cifar("three input channels always", ("conv1=conv(in_channels, width)", "conv1=conv(3, width)"), COUNTS, OUTPUTS, LEFT, COPY),
    cifar("ten classes always", ("nn.Linear(4 * width, num_classes)", "nn.Linear(4 * width, 10)"), COUNTS, OUTPUTS),
    cifar("no batch norm at the start", (", bn1=nn.BatchNorm2d(width)", ""), COUNTS, OUTPUTS, LEFT, COPY),
    cifar("no ReLU at the start", ("relu=nn.ReLU()", "relu=nn.Identity()"), OUTPUTS, LEFT),
    cifar("max in place of the mean", ("nn.AdaptiveAvgPool2d(1)", "nn.AdaptiveMaxPool2d(1)"), OUTPUTS, LEFT),
    cifar("softmax at the end", ("return nn.Sequential(layers)", 'layers["softmax"] = nn.Softmax(1)\n    return nn.Sequential(layers)'),
          OUTPUTS, LEFT),
    cifar("a bias in the first convolution", ("conv1=conv(in_channels, width)", "conv1=nn.Conv2d(in_channels, width, 3, 1, 1)")),
    cifar("torch's initial weights at the start", ("conv1=conv(in_channels, width)", "conv1=nn.Conv2d(in_channels, width, 3, 1, 1, bias=False)"),
          OUTPUTS),
    cifar("max pooling at the start", ("relu=nn.ReLU()", "relu=nn.ReLU(), pool=nn.MaxPool2d(2, ceil_mode=True)"),
          OUTPUTS, LEFT),
    Alternative(CIFAR, "a class of its own", source='''
class Cifar(nn.Module):
    def __init__(self, n, shortcut, classes, channels, width):
        super().__init__()
        self.conv1, self.bn1 = conv(channels, width), nn.BatchNorm2d(width)
        self.layer1 = stage(BasicBlock, width, width, n, 1, shortcut=shortcut)
        self.layer2 = stage(BasicBlock, width, 2 * width, n, 2, shortcut=shortcut)
        self.layer3 = stage(BasicBlock, 2 * width, 4 * width, n, 2, shortcut=shortcut)
        self.fc = nn.Linear(4 * width, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean(dim=(2, 3)))


def resnet_cifar(depth, shortcut="A", num_classes=10, in_channels=3, width=16):
    n, rest = divmod(depth - 2, 6)
    if rest or n < 1:
        raise ValueError("depth is 6n + 2")
    return Cifar(n, shortcut, num_classes, in_channels, width)
'''),
    Alternative(CIFAR, "rows written out, without stage", source='''
def resnet_cifar(depth, shortcut="A", num_classes=10, in_channels=3, width=16):
    if depth not in range(8, 2000, 6):
        raise ValueError(depth)
    model = nn.Sequential()
    model.add_module("conv1", conv(in_channels, width))
    model.add_module("bn1", nn.BatchNorm2d(width))
    model.add_module("bend", nn.ReLU())
    before = width
    for i in (1, 2, 3):
        row = nn.Sequential()
        for k in range(depth // 6):
            row.append(BasicBlock(before, width, 2 if i > 1 and k == 0 else 1, shortcut))
            before = width
        model.add_module(f"layer{i}", row)
        width *= 2
    model.add_module("mean", nn.AdaptiveAvgPool2d((1, 1)))
    model.add_module("flat", nn.Flatten(1))
    model.add_module("fc", nn.Linear(before, num_classes, bias=True))
    return model
'''),
]


def delete(why, edit, *loses):
    return Mutant(DELETE, why, edit=edit, loses=loses or [LEFT])


CUT, DEEP = "row[i] = nn.Sequential(row[i].downsample, nn.ReLU())", "model = copy.deepcopy(model)"
BOUNDS = "if not 0 <= number < len(places):"
DELETE_BLOCK = [
    delete("the model itself", (DEEP, ""), LEFT, COPY),
    delete("a shallow copy", (DEEP, "model = copy.copy(model)"), LEFT, COPY),
    delete("the copy shares its weights", (DEEP, "memo = {id(part): part for part in [*model.parameters(), *model.buffers()]}\n    model = copy.deepcopy(model, memo)"), COPY),
    delete("nothing deleted", (CUT, "pass"), LEFT, COPY),
    delete("counted from 1", ("row, i = places[number]", "row, i = places[number - 1]")),
    delete("counted from the end", ("row, i = places[number]", "row, i = places[-1 - number]")),
    delete("counted across the rows first", ("for row in (model.layer1, model.layer2, model.layer3) for i in range(len(row))",
                                             "for i in range(len(model.layer1)) for row in (model.layer1, model.layer2, model.layer3)")),
    delete("no ReLU left", (CUT, "row[i] = row[i].downsample")),
    delete("the identity where the shape changes too", (CUT, "row[i] = nn.Identity()"), LEFT, COPY),
    delete("zeros in place of the shortcut", (CUT, "block = row[i]\n    nn.init.zeros_(block.bn2.weight)\n    nn.init.zeros_(block.bn2.bias)")),
    delete("fresh weights in place of none", (CUT, "nn.init.kaiming_normal_(row[i].conv2.weight)"), LEFT),
    delete("skip deleted, branch kept", (CUT, "row[i].plain = True"), LEFT),
    delete("only the second convolution deleted", (CUT, "row[i].conv2, row[i].bn2 = nn.Identity(), nn.Identity()"), LEFT),
    delete("the whole row deleted", (CUT, "for k, block in enumerate(row):\n        row[k] = nn.Sequential(block.downsample, nn.ReLU())"), LEFT),
    delete("all blocks from there on", (CUT, "for later, k in places[number:]:\n        later[k] = nn.Sequential(later[k].downsample, nn.ReLU())"), LEFT),
    delete("a block less: numbers move up", (CUT, CUT + "\n    if row[i][0].__class__ is nn.Identity:\n        del row[i]"), LEFT),
    delete("first stage only", ("(model.layer1, model.layer2, model.layer3)", "(model.layer1,)"), LEFT, COPY),
    delete("no check of the number", (BOUNDS, "if False:"), COPY),
    delete("negative numbers count from the end", (BOUNDS, "if number >= len(places):"), COPY),
    delete("ValueError for a wrong number", ("raise IndexError", "raise ValueError"), COPY),
    delete("nothing returned", ("return model", "pass"), LEFT, COPY),
    delete("the copy in evaluation mode", ("return model", "return model.eval()"), COPY),
    Alternative(DELETE, "a module of its own, found by counting", source='''
class Gone(nn.Module):
    def __init__(self, downsample):
        super().__init__()
        self.downsample = downsample

    def forward(self, x):
        return F.relu(self.downsample(x))


def delete_block(model, number):
    if number < 0:
        raise IndexError(number)
    model, seen = copy.deepcopy(model), 0
    for name in ("layer1", "layer2", "layer3"):
        row = getattr(model, name)
        if number < seen + len(row):
            row[number - seen] = Gone(row[number - seen].downsample)
            return model
        seen += len(row)
    raise IndexError(number)
'''),
    Alternative(DELETE, "the forward method replaced", source='''
def delete_block(model, number):
    new = copy.deepcopy(model)
    blocks = [*new.layer1, *new.layer2, *new.layer3]
    if number not in range(len(blocks)):
        raise IndexError("no such block")
    block = blocks[number]
    if not hasattr(block, "conv1"):
        return new
    block.conv1 = block.bn1 = block.conv2 = block.bn2 = nn.Identity()
    block.forward = block.downsample.forward if isinstance(block.downsample, ShortcutA) else block.forward
    rows = [new.layer1, new.layer2, new.layer3]
    rows[number // len(rows[0])][number % len(rows[0])] = nn.Sequential(block.downsample, nn.ReLU(inplace=False))
    return new
'''),
]


def paths(why, body):
    return Mutant(LENGTHS, why, source=f"def path_lengths(blocks):\n    {body}\n", loses=[PATHS])


PATH_LENGTHS = [
    paths("lengths from 1", "return [comb(blocks, length) for length in range(1, blocks + 1)]"),
    paths("longest path forgotten", "return [comb(blocks, length) for length in range(blocks)]"),
    paths("one block too many", "return [comb(blocks + 1, length) for length in range(blocks + 2)]"),
    paths("shares in place of numbers", "return [comb(blocks, length) / 2 ** blocks for length in range(blocks + 1)]"),
    paths("one path of each length", "return [1] * (blocks + 1)"),
    paths("a plain network", "return [0] * blocks + [1]"),
    paths("powers of 2", "return [2 ** length for length in range(blocks + 1)]"),
    paths("2 to the n in all", "return 2 ** blocks"),
    paths("orders counted", "return [comb(blocks, k) * [1, 1, 2, 6][min(k, 3)] for k in range(blocks + 1)]"),
    paths("with repetition", "return [comb(blocks + k, k) for k in range(blocks + 1)]"),
    paths("decimals, not exact for many blocks",
          "return [round(float(np.prod([(blocks - i) / (i + 1) for i in range(k)]))) for k in range(blocks + 1)]"),
    paths("a NumPy array of small integers", "return [int(n) for n in np.array([comb(blocks, k) % 2 ** 31 for k in range(blocks + 1)])]"),
    paths("all lists in one", "return [[comb(n, k) for k in range(n + 1)] for n in range(blocks + 1)]"),
    Alternative(LENGTHS, "Pascal's triangle", source='''
def path_lengths(blocks):
    row = [1]
    for _ in range(blocks):
        row = [a + b for a, b in zip([0] + row, row + [0])]
    return row
'''),
    Alternative(LENGTHS, "one after the other, as a tuple", source='''
def path_lengths(blocks):
    numbers = [1]
    for k in range(blocks):
        numbers.append(numbers[-1] * (blocks - k) // (k + 1))
    return tuple(numbers)
'''),
]


def pre(why, edit):
    return Mutant(PRE, why, edit=edit, loses=[ROAD])


PRE_FIRST, PRE_SECOND, PRE_SUM = "y = self.conv1(F.relu(self.bn1(x)))", "y = self.conv2(F.relu(self.bn2(y)))", "return y + self.downsample(x)"
PRE_ACTIVATION = [
    pre("ReLU after the sum", (PRE_SUM, "return F.relu(y + self.downsample(x))")),
    pre("no skip", (PRE_SUM, "return y")),
    pre("the old order", [(PRE_FIRST, "y = F.relu(self.bn2(self.conv1(x)))"), (PRE_SECOND, "y = F.relu(self.conv2(y))")]),
    pre("no first ReLU", (PRE_FIRST, "y = self.conv1(self.bn1(x))")),
    pre("no second ReLU", (PRE_SECOND, "y = self.conv2(self.bn2(y))")),
    pre("no first batch norm", (PRE_FIRST, "y = self.conv1(F.relu(x))")),
    pre("no second batch norm", (PRE_SECOND, "y = self.conv2(F.relu(y))")),
    pre("ReLU before batch norm", (PRE_FIRST, "y = self.conv1(self.bn1(F.relu(x)))")),
    pre("batch norm on the road too", (PRE_FIRST, "x = self.bn1(x)\n        y = self.conv1(F.relu(x))")),
    pre("ReLU on the road too", (PRE_FIRST, "x = F.relu(self.bn1(x))\n        y = self.conv1(x)")),
    pre("stride in the second convolution", [("conv(in_channels, out_channels, 3, stride)", "conv(in_channels, out_channels)"),
                                             ("conv(out_channels, out_channels)", "conv(out_channels, out_channels, 3, stride)")]),
    pre("always option A", ("make_shortcut(shortcut,", 'make_shortcut("A",')),
    pre("always option B", ("make_shortcut(shortcut,", 'make_shortcut("B",')),
    pre("skip without a gradient", (PRE_SUM, "return y + self.downsample(x).detach()")),
    pre("a batch norm at the end", (PRE_SUM, "return F.batch_norm(y + self.downsample(x), None, None, training=True)")),
    pre("ReLU changes the input's copy on the road", (PRE_SUM, "return y + self.downsample(x.clamp(min=0))")),
    pre("difference", (PRE_SUM, "return y - self.downsample(x)")),
    Alternative(PRE, "step by step", source='''
class PreActivationBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, shortcut="A"):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.downsample = make_shortcut(shortcut, in_channels, out_channels, stride)
        self.bend = nn.ReLU()

    def forward(self, x):
        road = self.downsample(x)
        for norm, layer in ((self.bn1, self.conv1), (self.bn2, self.conv2)):
            x = layer(self.bend(norm(x)))
        return road + x
'''),
    Alternative(PRE, "in double precision inside", source='''
class PreActivationBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, shortcut="A"):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(in_channels), conv(in_channels, out_channels, stride=stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(out_channels), conv(out_channels, out_channels)
        self.downsample = make_shortcut(shortcut, in_channels, out_channels, stride)

    def forward(self, x):
        branch = self.conv2(torch.relu(self.bn2(self.conv1(torch.relu(self.bn1(x))))))
        return torch.stack([branch.double(), self.downsample(x).double()]).sum(0)
'''),
]


def neck(why, edit, *loses):
    return Mutant(NECK, why, edit=edit, loses=loses or [RESNET, RESNEXT, ANSWERS])


N1, N2, N3 = "y = F.relu(self.bn1(self.conv1(x)))", "y = F.relu(self.bn2(self.conv2(y)))", "return F.relu(self.bn3(self.conv3(y)) + self.downsample(x))"
MIDDLE, INSIDE = "conv(inside, inside, 3, stride, groups)", "inside = out_channels // shrink"
SHAPED = [RESNET, RESNEXT, SHAPES, ANSWERS, OPTIONS]
BOTTLENECK = [
    neck("no ReLU after the sum", (N3, "return self.bn3(self.conv3(y)) + self.downsample(x)")),
    neck("ReLU before the sum", (N3, "return F.relu(self.bn3(self.conv3(y))) + self.downsample(x)")),
    neck("no skip", (N3, "return F.relu(self.bn3(self.conv3(y)))")),
    neck("no first ReLU", (N1, "y = self.bn1(self.conv1(x))")),
    neck("no second ReLU", (N2, "y = self.bn2(self.conv2(y))")),
    neck("no second batch norm", (N2, "y = F.relu(self.conv2(y))")),
    neck("no last batch norm", (N3, "return F.relu(self.conv3(y) + self.downsample(x))")),
    neck("one batch norm twice", (N2, "y = F.relu(self.bn1(self.conv2(y)))")),
    neck("stride in the first convolution, as in 2015", [("conv(in_channels, inside, 1)", "conv(in_channels, inside, 1, stride)"), (MIDDLE, "conv(inside, inside, 3, 1, groups)")]),
    neck("stride in the last convolution", [("conv(inside, out_channels, 1)", "conv(inside, out_channels, 1, stride)"), (MIDDLE, "conv(inside, inside, 3, 1, groups)")], RESNET, RESNEXT),
    neck("shrink ignored", (INSIDE, "inside = out_channels // 4"), RESNET, RESNEXT, OPTIONS),
    neck("shrink applied to the input", (INSIDE, "inside = in_channels // shrink"), *SHAPED),
    neck("groups ignored", (MIDDLE, "conv(inside, inside, 3, stride)"), RESNEXT, OPTIONS),
    neck("groups in the last layer too", ("conv(inside, out_channels, 1)", "conv(inside, out_channels, 1, 1, groups)"), RESNEXT, OPTIONS),
    neck("as many groups as channels", (MIDDLE, "conv(inside, inside, 3, stride, inside)"), *SHAPED),
    neck("3 × 3 at the end too", ("conv(inside, out_channels, 1)", "conv(inside, out_channels, 3)"), *SHAPED),
    neck("1 × 1 in the middle", (MIDDLE, "conv(inside, inside, 1, stride, groups)"), *SHAPED),
    neck("always option B", ("make_shortcut(shortcut,", 'make_shortcut("B",'), RESNET, OPTIONS),
    neck("always option A", ("make_shortcut(shortcut,", 'make_shortcut("A",'), RESNET, RESNEXT, SHAPES, ANSWERS, OPTIONS),
    neck("option A unless said otherwise", ('shortcut="B"', 'shortcut="A"'), RESNET, RESNEXT),
    neck("skip without a gradient", ("self.downsample(x))", "self.downsample(x).detach())"), RESNET),
    Alternative(NECK, "the branch as a loop", source='''
class Bottleneck(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, shortcut="B", shrink=4, groups=1):
        super().__init__()
        inside = int(out_channels / shrink)
        plan = [(in_channels, inside, 1, 1, 1), (inside, inside, 3, stride, groups), (inside, out_channels, 1, 1, 1)]
        for i, numbers in enumerate(plan, start=1):
            setattr(self, f"conv{i}", conv(*numbers))
            setattr(self, f"bn{i}", nn.BatchNorm2d(numbers[1]))
        self.downsample = make_shortcut(shortcut, in_channels, out_channels, stride)

    def forward(self, x):
        y = x
        for i in (1, 2, 3):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = (y + self.downsample(x) if i == 3 else y).relu()
        return y
'''),
    Alternative(NECK, "convolutions without the helper", source='''
class Bottleneck(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, shortcut="B", shrink=4, groups=1):
        super().__init__()
        m = out_channels // shrink
        self.downsample = make_shortcut(shortcut, in_channels, out_channels, stride)
        self.conv1, self.conv3 = nn.Conv2d(in_channels, m, 1, bias=False), nn.Conv2d(m, out_channels, 1, bias=False)
        self.conv2 = nn.Conv2d(m, m, 3, stride, 1, groups=groups, bias=False)
        self.bn1, self.bn2, self.bn3 = nn.BatchNorm2d(m), nn.BatchNorm2d(m), nn.BatchNorm2d(out_channels)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(torch.relu(self.bn2(self.conv2(y)))))
        return torch.relu(self.downsample(x) + y)
'''),
]


def imagenet(why, edit, *loses):
    return Mutant(IMAGENET, why, edit=edit, loses=loses or [SHAPES, ANSWERS, OPTIONS])


KINDS, START, NEXT = "(BasicBlock, 1) if depth < 50 else (Bottleneck, 4)", "conv1=conv(3, width, 7, 2)", "1 if i == 0 else 2"
RESNET_IMAGENET = [
    imagenet("basic blocks only", (KINDS, "(BasicBlock, 1)")),
    imagenet("bottlenecks only", (KINDS, "(Bottleneck, 4)"), SHAPES, ANSWERS, OPTIONS),
    imagenet("bottlenecks from 34 layers on", (KINDS, KINDS.replace("50", "34")), SHAPES, ANSWERS),
    imagenet("bottlenecks without their four times as many channels", (KINDS, KINDS.replace("4)", "1)"))),
    imagenet("stride 2 in the first stage too", (NEXT, "2"), SHAPES, ANSWERS),
    imagenet("no stride", (NEXT, "1"), ANSWERS),
    imagenet("stride 1 in the second stage", (NEXT, "1 if i < 2 else 2"), ANSWERS),
    imagenet("first layer without stride", (START, "conv1=conv(3, width, 7)"), ANSWERS),
    imagenet("first layer 3 × 3", (START, "conv1=conv(3, width, 3, 2)"), SHAPES, ANSWERS, OPTIONS),
    imagenet("no max pooling", ("maxpool=nn.MaxPool2d(3, 2, 1)", "maxpool=nn.Identity()"), ANSWERS),
    imagenet("pooling windows of 2", ("nn.MaxPool2d(3, 2, 1)", "nn.MaxPool2d(2, 2)"), ANSWERS),
    imagenet("pooling without padding", ("nn.MaxPool2d(3, 2, 1)", "nn.MaxPool2d(3, 2, 0)"), ANSWERS),
    imagenet("average pooling at the start", ("nn.MaxPool2d(3, 2, 1)", "nn.AvgPool2d(3, 2, 1)"), ANSWERS),
    imagenet("no ReLU at the start", ("relu=nn.ReLU()", "relu=nn.Identity()"), ANSWERS),
    imagenet("maximum at the end", ("nn.AdaptiveAvgPool2d(1)", "nn.AdaptiveMaxPool2d(1)"), ANSWERS),
    imagenet("windows of 7 at the end", ("nn.AdaptiveAvgPool2d(1)", "nn.AvgPool2d(7)"), ANSWERS, OPTIONS),
    imagenet("option A", ('{"shortcut": "B", **options}', '{"shortcut": "A", **options}'), SHAPES, ANSWERS, OPTIONS),
    imagenet("option B whatever is asked for", ('{"shortcut": "B", **options}', '{**options, "shortcut": "B"}'), OPTIONS),
    imagenet("options not handed on", (NEXT + ", **options)", NEXT + ', shortcut="B")'), OPTIONS),
    imagenet("width ignored", ("layers = OrderedDict", "width = 64\n    layers = OrderedDict"), SHAPES, ANSWERS, OPTIONS),
    imagenet("width for the first layer only", ("width * factor * 2 ** i", "64 * factor * 2 ** i"), SHAPES, ANSWERS, OPTIONS),
    imagenet("1000 classes always", ("nn.Linear(channels, num_classes)", "nn.Linear(channels, 1000)"), SHAPES, ANSWERS, OPTIONS),
    imagenet("a stage left out", ("enumerate(STAGES[depth])", "enumerate(STAGES[depth][:3])")),
    imagenet("the number of blocks always that of 50 layers", ("enumerate(STAGES[depth])", "enumerate(STAGES[50])"), SHAPES, ANSWERS),
    imagenet("no check of the depth", ("if depth not in STAGES:", "if False:"), SHAPES),
    imagenet("the nearest depth instead of an error", ("if depth not in STAGES:", "if depth not in STAGES and depth > 0:\n        depth = 50\n    if depth <= 0:"), SHAPES),
    imagenet("a bias in the first layer", (START, "conv1=nn.Conv2d(3, width, 7, 2, 3)"), SHAPES, ANSWERS, OPTIONS),
    Mutant(IMAGENET, "torchvision's network at full width", source='''
def resnet_imagenet(depth, num_classes=1000, width=64, **options):
    if width == 64:
        return {18: models.resnet18, 50: models.resnet50}[depth](num_classes=num_classes)
    raise ValueError(depth)
''', loses=[SHAPES, ANSWERS, OPTIONS]),
    Alternative(IMAGENET, "a class of its own", source='''
class Net(nn.Module):
    def __init__(self, block, factor, numbers, classes, width, options):
        super().__init__()
        self.conv1, self.bn1, before = conv(3, width, 7, 2), nn.BatchNorm2d(width), width
        for i in range(4):
            after = factor * width << i
            self.add_module(f"layer{i + 1}", stage(block, before, after, numbers[i], min(i, 1) + 1, **options))
            before = after
        self.fc = nn.Linear(before, classes)

    def forward(self, x):
        x = F.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
        for row in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = row(x)
        return self.fc(x.mean((-2, -1)))


def resnet_imagenet(depth, num_classes=1000, width=64, **options):
    if depth not in STAGES:
        raise ValueError(depth)
    options.setdefault("shortcut", "B")
    block, factor = (Bottleneck, 4) if depth > 34 else (BasicBlock, 1)
    return Net(block, factor, STAGES[depth], num_classes, width, options)
'''),
    Alternative(IMAGENET, "written out, own table", source='''
def resnet_imagenet(depth, num_classes=1000, width=64, shortcut="B", **options):
    table = {18: "2222", 34: "3463", 50: "3463", 101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}
    if depth not in table:
        raise ValueError("no such depth")
    a, b, c, d = map(int, table[depth])
    block, w = (BasicBlock, width) if depth in (18, 34) else (Bottleneck, 4 * width)
    return nn.Sequential(OrderedDict([
        ("conv1", conv(3, width, 7, stride=2)), ("bn1", nn.BatchNorm2d(width)), ("bend", nn.ReLU(inplace=True)),
        ("pool", nn.MaxPool2d(kernel_size=3, stride=2, padding=1)),
        ("layer1", stage(block, width, w, a, 1, shortcut=shortcut, **options)),
        ("layer2", stage(block, w, 2 * w, b, 2, shortcut=shortcut, **options)),
        ("layer3", stage(block, 2 * w, 4 * w, c, 2, shortcut=shortcut, **options)),
        ("layer4", stage(block, 4 * w, 8 * w, d, 2, shortcut=shortcut, **options)),
        ("mean", nn.AdaptiveAvgPool2d((1, 1))), ("flat", nn.Flatten()), ("fc", nn.Linear(8 * w, num_classes))]))
'''),
]


def dense(why, edit, *loses):
    return Mutant(DENSE, why, edit=edit, loses=loses or [CHANNELS, MAPS])


SEES, CAT = "dense_layer(in_channels + i * growth, growth)", "x = torch.cat([x, layer(x)], dim=1)"
DENSE_BLOCK = [
    dense("new maps in front", (CAT, "x = torch.cat([layer(x), x], dim=1)")),
    dense("only the new maps passed on", [(CAT, "x = layer(x)"), (SEES, "dense_layer(growth if i else in_channels, growth)")]),
    dense("input left out of the output", ("return x", "return x[:, self.denselayer1.norm1.num_features:]")),
    dense("a sum in place of side by side", [(CAT, "x = x + layer(x)"), (SEES, "dense_layer(in_channels, in_channels)")]),
    dense("all layers see the input only", [("for layer in self.children():\n            " + CAT, "x = torch.cat([x] + [layer(x) for layer in self.children()], dim=1)"),
                                            (SEES, "dense_layer(in_channels, growth)")]),
    dense("each layer sees the input and the last maps only", [
        ("for layer in self.children():\n            " + CAT, "maps = [x]\n        for layer in self.children():\n            maps.append(layer(torch.cat([x, *maps[1:][-1:]], 1)))\n        x = torch.cat(maps, 1)"),
        (SEES, "dense_layer(in_channels + min(i, 1) * growth, growth)")]),
    dense("growth fixed at 32", ("for i in range(layers):", "growth = 32\n        for i in range(layers):")),
    dense("a layer too few", ("range(layers)", "range(layers - 1)")),
    dense("a layer too many", ("range(layers)", "range(layers + 1)")),
    dense("names from 0", ('f"denselayer{i + 1}"', 'f"denselayer{i}"')),
    dense("growth grows", (SEES, "dense_layer(in_channels + growth * i * (i + 1) // 2, growth * (i + 1))")),
    dense("no gradient into the old maps", (CAT, "x = torch.cat([x, layer(x.detach())], dim=1)"), MAPS),
    dense("each layer run twice", (CAT, "layer(x)\n            " + CAT), MAPS),
    dense("a ReLU at the end", ("return x", "return F.relu(x)")),
    dense("a ReLU on the new maps", (CAT, "x = torch.cat([x, F.relu(layer(x))], dim=1)")),
    dense("one layer used again and again", [(SEES, "dense_layer(in_channels, growth)"), ("for layer in self.children():\n            " + CAT,
          "start = x\n        for _ in self.children():\n            x = torch.cat([x, self.denselayer1(start)], dim=1)")]),
    dense("a list that torch does not see", [('self.add_module(f"denselayer{i + 1}", ' + SEES + ")", "self.hidden = getattr(self, 'hidden', ()) + (" + SEES + ",)"),
                                             ("self.children()", "self.hidden")]),
    Mutant(DENSE, "torchvision's block", source='''
class DenseBlock(nn.Module):
    def __new__(cls, in_channels, layers, growth=32):
        return models.densenet._DenseBlock(layers, in_channels, 4, growth, 0.0)
''', loses=[CHANNELS]),
    Alternative(DENSE, "a ModuleDict-like list, cat of all maps at each layer", source='''
class DenseBlock(nn.Module):
    def __init__(self, in_channels, layers, growth=32):
        super().__init__()
        self.names = [f"denselayer{i}" for i in range(1, layers + 1)]
        for i, name in enumerate(self.names):
            setattr(self, name, dense_layer(in_channels + growth * i, growth))

    def forward(self, x):
        maps = [x]
        for name in self.names:
            maps.append(getattr(self, name)(torch.cat(maps, dim=1)))
        return torch.cat(maps, dim=1)
'''),
    Alternative(DENSE, "a sequential module with its own forward", source='''
class DenseBlock(nn.Sequential):
    def __init__(self, in_channels, layers, growth=32):
        super().__init__()
        for i in range(layers):
            self.add_module("denselayer" + str(i + 1), dense_layer(in_channels, growth))
            in_channels += growth

    def forward(self, x):
        for layer in self:
            x = torch.concat((x, layer(x)), 1)
        return x
'''),
]


def predict(cell, why, name, value, test):
    return Mutant(cell, why, source=f"{name} = {value}\n", loses=[test])


PREDICTIONS = [
    predict("predict-12-1-skip-gradient", why, "skip_gradient", value, "test-12-1p-skip-gradient") for why, value in [
        ("the plain network's", 1e-10), ("a sum", 2.0), ("one skip for all", 1.0), ("nine blocks", 2.36), ("eleven blocks", 2.85), ("text", "'2.59'")]
] + [
    predict("predict-12-4-projection", why, "projection_parameters", value, "test-12-4p-projection") for why, value in [
        ("no batch norm", 2560), ("with biases", 2848), ("one place", 2176), ("3 × 3 kernels", 23232), ("a free lunch", 0)]
] + [
    predict("predict-12-7-paths-left", why, "paths_left", value, "test-12-7p-paths-left") for why, value in [
        ("all", 512), ("one less", 511), ("a plain network's", 0), ("a ninth less", 455), ("two blocks", 128)]
] + [
    predict("predict-12-12-channels", why, "dense_channels", value, "test-12-12p-channels") for why, value in [
        ("one layer too few", 224), ("new ones only", 192), ("after the transition", 128), ("doubling", 4096), ("one layer too many", 288)]
] + [
    Alternative("predict-12-1-skip-gradient", "more decimals", source="skip_gradient = 2.5937\n"),
    Alternative("predict-12-4-projection", "as a float", source="projection_parameters = 2752.0\n"),
    Alternative("predict-12-7-paths-left", "as a power", source="paths_left = 2 ** 8\n"),
    Alternative("predict-12-12-channels", "as an array", source="dense_channels = np.array(256)\n"),
]

CASES = (SHORTCUT_A + BASIC_BLOCK + RESNET_CIFAR + DELETE_BLOCK + PATH_LENGTHS + PRE_ACTIVATION + BOTTLENECK + RESNET_IMAGENET
         + DENSE_BLOCK + PREDICTIONS)
