"""Wrong and other right answers to the exercises of lesson 10; see autograde/mutants.py."""
from autograde.mutants import Alternative, Mutant

STACK, VGG, LEDGER = "exercise-10-2-stacked-equivalent", "exercise-10-3-make-vgg", "exercise-10-5-memory-and-macs"
BLOCK, AUXILIARY = "exercise-10-7-inception", "exercise-10-8-auxiliary-loss"

KERNEL, CHANNELS = "test-10-2-kernel", "test-10-2-channels"
COUNTS, FORWARD, NORM, DROPOUT = "test-10-3-counts", "test-10-3-forward", "test-10-3-norm", "test-10-3-dropout"
CONVOLUTION, OTHERS, NAMES = "test-10-5-convolution", "test-10-5-other-layers", "test-10-5-names"
SHAPES, ANSWERS, TORCHVISION = "test-10-7-shapes", "test-10-7-forward", "test-10-7-torchvision"
VALUE, GRADIENT = "test-10-8-value", "test-10-8-gradient"


def stack(why, edit, *loses):
    return Mutant(STACK, why, edit=edit, loses=loses or [KERNEL, CHANNELS])


STAMP = 'torch.einsum("nm,mchw->nchw", second[:, :, row, column], first)'
ZEROS = "first.new_zeros(out_channels, channels, h1 + h2 - 1, w1 + w2 - 1)"
STACKED = [
    stack("the second kernel turned round", ("second[:, :, row, column]", "second[:, :, -1 - row, -1 - column]")),
    stack("the first kernel turned round", ("row, column], first)", "row, column], first.flip(2, 3))")),
    stack("the result turned round", ("return kernel", "return kernel.flip(2, 3)")),
    stack("stamps overwrite each other", ("+= stamp", "= stamp")),
    stack("stamps in rows and columns exchanged", ("row:row + h1, column:column + w1", "column:column + h1, row:row + w1")),
    stack("only where one kernel lies inside the other", ("return kernel", "return kernel[:, :, h1 - 1:h2, w1 - 1:w2]")),
    stack("height of the second kernel taken for its width", ("in range(w2)", "in range(h2)")),
    stack("last column of the second kernel forgotten", ("in range(w2)", "in range(w2 - 1)")),
    stack("one row and column too many", (ZEROS, "first.new_zeros(out_channels, channels, h1 + h2, w1 + w2)")),
    stack("the first channel in the middle only", (STAMP, 'torch.einsum("nm,mchw->nchw", second[:, :1, row, column], first[:1])'), CHANNELS),
    stack("the mean over the channels in the middle", ("return kernel", "return kernel / len(first)"), CHANNELS),
    stack("channels in and out exchanged", ("return kernel", "return kernel.transpose(0, 1)"), CHANNELS),
    stack("the first kernel read as (in, middle)", ('"nm,mchw->nchw"', '"nm,cmhw->nchw"'), CHANNELS),
    stack("the given kernel changed", ("return kernel", "first *= 2\n    return kernel"), KERNEL),
    Mutant(STACK, "one slid over the other with conv2d", source='''
def stacked_equivalent(first, second):
    h2, w2 = second.shape[2:]
    return F.conv2d(first.transpose(0, 1), second, padding=(h2 - 1, w2 - 1)).transpose(0, 1)
''', loses=[KERNEL, CHANNELS]),
    Mutant(STACK, "the two kernels multiplied", source='''
def stacked_equivalent(first, second):
    return torch.einsum("nm...,mc...->nc...", second[..., :1, :1], first)
''', loses=[KERNEL, CHANNELS]),
    Alternative(STACK, "a transposed convolution", source='''
def stacked_equivalent(first, second):
    return F.conv_transpose2d(second, first)
'''),
    Alternative(STACK, "conv2d with one of the two turned round", source='''
def stacked_equivalent(first, second):
    h2, w2 = second.shape[2:]
    return F.conv2d(first.transpose(0, 1), second.flip(2, 3), padding=(h2 - 1, w2 - 1)).transpose(0, 1)
'''),
    Alternative(STACK, "the answer to an impulse", source='''
def stacked_equivalent(first, second):
    channels = first.shape[1]
    height, width = (first.shape[k] + second.shape[k] - 1 for k in (2, 3))
    impulse = torch.zeros(channels, channels, 2 * height - 1, 2 * width - 1)
    for c in range(channels):
        impulse[c, c, height - 1, width - 1] = 1
    return F.conv2d(F.conv2d(impulse, first), second).transpose(0, 1).flip(2, 3)
'''),
    Alternative(STACK, "loops in NumPy, float64", source='''
def stacked_equivalent(first, second):
    a, b = (np.asarray(kernel, dtype=float) for kernel in (first, second))
    (middle, channels, h1, w1), (out, _, h2, w2) = a.shape, b.shape
    kernel = np.zeros((out, channels, h1 + h2 - 1, w1 + w2 - 1))
    for n, c, m, i, j in np.ndindex(out, channels, middle, h1, w1):
        kernel[n, c, i:i + h2, j:j + w2] += a[m, c, i, j] * b[n, m]
    return kernel
'''),
]


def vgg(why, edit, *loses):
    return Mutant(VGG, why, edit=edit, loses=loses)


ALL = (COUNTS, FORWARD, NORM, DROPOUT)
WITH_NORM = "[nn.BatchNorm2d(entry), nn.ReLU()]"
FIRST, SECOND = "nn.Linear(channels * side ** 2, hidden), nn.ReLU(), nn.Dropout(dropout)", "nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(dropout)"
END = "return Vgg(nn.Sequential(*layers), side, classifier)"
MAKE_VGG = [
    vgg("convolutions without a bias", ("3, padding=1)", "3, padding=1, bias=False)"), COUNTS, FORWARD, NORM),
    vgg("convolutions without padding", ("3, padding=1)", "3)"), FORWARD, NORM, DROPOUT),
    vgg("kernels of 5 × 5", ("3, padding=1)", "5, padding=2)"), COUNTS, FORWARD, NORM),
    vgg("channels never updated", ("channels = entry", "pass"), *ALL),
    vgg("grey images", ("layers, channels = [], 3", "layers, channels = [], 1"), *ALL),
    vgg("mean pooling", ("nn.MaxPool2d(2)", "nn.AvgPool2d(2)"), FORWARD, NORM),
    vgg("overlapping pooling, as in AlexNet", ("nn.MaxPool2d(2)", "nn.MaxPool2d(3, 2, 1)"), FORWARD, NORM),
    vgg("a stride in place of the pooling", ("layers.append(nn.MaxPool2d(2))", "layers.append(nn.MaxPool2d(1, 2))"), FORWARD, NORM),
    vgg("no ReLU after the convolutions", ("else [nn.ReLU()]", "else []"), COUNTS, FORWARD),
    vgg("batch norm after the ReLU", (WITH_NORM, "[nn.ReLU(), nn.BatchNorm2d(entry)]"), COUNTS, NORM),
    vgg("norm ignored", ("if norm else", "if False else"), COUNTS, NORM),
    vgg("always with batch norm", ("if norm else", "if True else"), COUNTS, FORWARD),
    vgg("batch norm without scale and shift", ("nn.BatchNorm2d(entry)", "nn.BatchNorm2d(entry, affine=False)"), COUNTS, NORM),
    vgg("first dropout missing", (FIRST, FIRST.replace("nn.Dropout(dropout)", "nn.Identity()")), DROPOUT),
    vgg("second dropout missing", (SECOND, SECOND.replace("nn.Dropout(dropout)", "nn.Identity()")), DROPOUT),
    vgg("always half dropped", [(FIRST, FIRST.replace("(dropout)", "()")), (SECOND, SECOND.replace("(dropout)", "()"))], NORM, DROPOUT),
    vgg("the share that is kept", [(FIRST, FIRST.replace("(dropout)", "(1 - dropout)")), (SECOND, SECOND.replace("(dropout)", "(1 - dropout)"))], NORM, DROPOUT),
    vgg("a row of the map only", ("channels * side ** 2", "channels * side"), COUNTS, FORWARD, NORM),
    vgg("side ignored", (END, "return Vgg(nn.Sequential(*layers), 7, classifier)"), FORWARD, NORM, DROPOUT),
    vgg("one hidden layer", (SECOND + ",", ""), *ALL),
    vgg("always 1,000 classes", ("nn.Linear(hidden, num_classes)", "nn.Linear(hidden, 1000)"), COUNTS, DROPOUT),
    vgg("a ReLU at the very end", ("nn.Linear(hidden, num_classes)", "nn.Linear(hidden, num_classes), nn.ReLU()"), FORWARD, NORM),
    vgg("no ReLU between the dense layers", [(FIRST, FIRST.replace("nn.ReLU()", "nn.Identity()")), (SECOND, SECOND.replace("nn.ReLU()", "nn.Identity()"))],
        FORWARD, NORM),
    vgg("device ignored", ("with torch.device(device):", "if True:"), COUNTS),
    vgg("dense layers on the device, convolutions not", ("layers.append(nn.Conv2d(channels, entry, 3, padding=1))",
                                                         'layers.append(nn.Conv2d(channels, entry, 3, padding=1, device="cpu"))'), COUNTS),
    vgg("maximum in place of the mean before the dense layers", (END, END.replace("return", "net =") + "\n    net.avgpool = nn.AdaptiveMaxPool2d(side)\n    return net"),
        FORWARD, NORM),
    vgg("torchvision's network", (END, "return models.VGG(nn.Sequential(*layers), num_classes)"), *ALL),
    vgg("torchvision's layers", (END, "return Vgg(models.vgg.make_layers(config, norm), side, classifier)"), COUNTS, FORWARD, NORM),
    Alternative(VGG, "a class of its own, dropout before the ReLU", source='''
class Network(nn.Module):
    def __init__(self, config, num_classes, norm, hidden, side, dropout):
        super().__init__()
        self.features, self.classifier, self.side, before = nn.Sequential(), nn.Sequential(), side, 3
        for entry in config:
            new = [nn.MaxPool2d(2)]
            if entry != "M":
                new = [nn.Conv2d(before, entry, (3, 3), 1, (1, 1)), nn.BatchNorm2d(entry), nn.ReLU(inplace=True)]
                new, before = new if norm else new[::2], entry
            self.features.extend(new)
        self.classifier.extend([nn.Linear(before * side * side, hidden), nn.Dropout(dropout), nn.ReLU()])
        self.classifier.extend([nn.Linear(hidden, hidden), nn.Dropout(dropout), nn.ReLU(), nn.Linear(hidden, num_classes)])

    def forward(self, x):
        x = F.adaptive_avg_pool2d(self.features(x), (self.side, self.side))
        return self.classifier(x.reshape(len(x), -1))


def make_vgg(config, num_classes=1000, norm=False, hidden=4096, side=7, dropout=0.5, device="cpu"):
    with torch.device(device):
        return Network(config, num_classes, norm, hidden, side, dropout)
'''),
    Alternative(VGG, "the device given to each layer", source='''
def make_vgg(config, num_classes=1000, norm=False, hidden=4096, side=7, dropout=0.5, device="cpu"):
    widths = [3] + [entry for entry in config if entry != "M"]
    layers, k = [], 0
    for entry in config:
        if entry == "M":
            layers += [nn.MaxPool2d(2, 2)]
        else:
            layers += [nn.Conv2d(widths[k], widths[k + 1], 3, padding="same", device=device)]
            if norm:
                layers += [nn.BatchNorm2d(entry, device=device)]
            layers += [nn.ReLU()]
            k += 1
    dense, sizes = [], [widths[-1] * side * side, hidden, hidden, num_classes]
    for before, after in zip(sizes, sizes[1:]):
        dense += [nn.Linear(before, after, device=device), nn.ReLU(), nn.Dropout(dropout)]
    return Vgg(nn.Sequential(*layers), side, nn.Sequential(*dense[:-2]))
'''),
]


def ledger(why, edit, *loses):
    return Mutant(LEDGER, why, edit=edit, loses=loses)


ROWS = (CONVOLUTION, OTHERS, NAMES)
PARAMETERS = "sum(part.numel() for part in layer.parameters())"
MACS = "output.numel() * layer.weight[0].numel() if works else 0"
SKIP = "if isinstance(layer, NO_MEMORY):"
MEMORY_AND_MACS = [
    ledger("a row for every layer", (SKIP, "if False:"), *ROWS),
    ledger("no rows for ReLUs only", (SKIP, "if isinstance(layer, nn.ReLU):"), OTHERS, NAMES),
    ledger("rows for layers with parameters only", (SKIP, "if not list(layer.parameters()):"), *ROWS),
    ledger("batch axis in the shape", ("tuple(output.shape[1:])", "tuple(output.shape)"), NAMES),
    ledger("height and width only", ("tuple(output.shape[1:])", "tuple(output.shape[2:])"), NAMES),
    ledger("the last part of the name only", ('"name": name', '"name": name.split(".")[-1]'), NAMES),
    ledger("activations of one channel", ('"activations": output.numel()', '"activations": output[0, 0].numel()'), CONVOLUTION, OTHERS),
    ledger("weights only", (PARAMETERS, "layer.weight.numel() if works else 0"), CONVOLUTION, OTHERS),
    ledger("running statistics counted", (PARAMETERS, "sum(part.numel() for part in layer.state_dict().values())"), OTHERS),
    ledger("frozen parameters left out", (PARAMETERS, "sum(part.numel() for part in layer.parameters() if part.requires_grad)"), OTHERS),
    ledger("parameters of the whole model", (PARAMETERS, "sum(part.numel() for part in model.parameters())"), CONVOLUTION, OTHERS),
    ledger("biases counted as MACs", (MACS, "output[0, 0].numel() * sum(part.numel() for part in layer.parameters()) if works else 0"), CONVOLUTION, OTHERS),
    ledger("every weight used once", (MACS, "layer.weight.numel() if works else 0"), CONVOLUTION),
    ledger("groups ignored", (MACS, "0 if not works else output.numel() * (layer.in_features if isinstance(layer, nn.Linear) "
                                    "else layer.in_channels * layer.weight[0, 0].numel())"), CONVOLUTION),
    ledger("square kernels", (MACS, "0 if not works else output.numel() * (layer.in_features if isinstance(layer, nn.Linear) "
                                    "else layer.weight.shape[1] * layer.kernel_size[0] ** 2)"), CONVOLUTION),
    ledger("kernel size forgotten", (MACS, "output.numel() * layer.weight.shape[1] if works else 0"), CONVOLUTION),
    ledger("FLOPs, two per MAC", (MACS, "2 * " + MACS), CONVOLUTION, OTHERS),
    ledger("dense layers forgotten", ("(nn.Conv2d, nn.Linear)", "nn.Conv2d"), OTHERS),
    ledger("convolutions forgotten", ("(nn.Conv2d, nn.Linear)", "nn.Linear"), CONVOLUTION),
    ledger("MACs in the batch norm", ("(nn.Conv2d, nn.Linear)", "(nn.Conv2d, nn.Linear, nn.BatchNorm2d)"), OTHERS),
    ledger("backwards", ("return rows", "return rows[::-1]"), *ROWS),
    ledger("the key in capitals", ('"macs": output', '"MACs": output'), *ROWS),
    ledger("model left in evaluation", ("rows = []", "rows = []\n    model.eval()"), NAMES),
    Mutant(LEDGER, "run in training mode with hooks of its own", source='''
def memory_and_macs(model, size):
    rows, hooks = [], []
    def make(name):
        def see(layer, inputs, output):
            works = isinstance(layer, (nn.Conv2d, nn.Linear))
            rows.append(dict(name=name, shape=tuple(output.shape[1:]), activations=output.numel(),
                             parameters=sum(p.numel() for p in layer.parameters()),
                             macs=output.numel() * layer.weight[0].numel() if works else 0))
        return see
    for name, layer in model.named_modules():
        if not list(layer.children()) and not isinstance(layer, NO_MEMORY):
            hooks.append(layer.register_forward_hook(make(name)))
    model.train()
    model(torch.rand(2, *size))
    for hook in hooks:
        hook.remove()
    return [dict(row, activations=row["activations"] // 2, macs=row["macs"] // 2) for row in rows]
''', loses=[NAMES]),
    Alternative(LEDGER, "hooks of its own", source='''
def memory_and_macs(model, size):
    rows, hooks, modes = [], [], {part: part.training for part in model.modules()}
    def make(name):
        def see(layer, inputs, output):
            positions = np.prod(output.shape[2:], dtype=int)
            macs = 0
            if isinstance(layer, nn.Conv2d):
                macs = positions * layer.out_channels * layer.in_channels // layer.groups * np.prod(layer.kernel_size)
            if isinstance(layer, nn.Linear):
                macs = layer.in_features * layer.out_features
            rows.append(dict(name=name, shape=output.shape[1:], activations=np.prod(output.shape),
                             parameters=sum(p.nelement() for p in layer.parameters()), macs=macs))
        return see
    for name, layer in model.named_modules():
        if not list(layer.children()) and not isinstance(layer, NO_MEMORY):
            hooks.append(layer.register_forward_hook(make(name)))
    model.eval()
    model(torch.rand(1, *size))
    for hook in hooks:
        hook.remove()
    for part, training in modes.items():
        part.training = training
    return rows
'''),
    Alternative(LEDGER, "layer by layer, with lists as shapes", source='''
def memory_and_macs(model, size):
    rows = []
    def see(name, layer, output):
        row = {"name": name, "shape": list(output[0].shape), "activations": float(output[0].numel())}
        row["parameters"] = sum(int(np.prod(part.shape)) for part in layer.parameters())
        if isinstance(layer, nn.Linear):
            row["macs"] = layer.weight.numel()
        elif isinstance(layer, nn.Conv2d):
            row["macs"] = layer.weight.numel() * output.shape[2] * output.shape[3]
        else:
            row["macs"] = 0
        if type(layer) not in NO_MEMORY:
            rows.append(row)
    run_and_watch(model, size, see)
    return rows
'''),
]


def block(why, edit, *loses):
    return Mutant(BLOCK, why, edit=edit, loses=loses)


EVERY = (SHAPES, ANSWERS, TORCHVISION)
FOUR = "[self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)]"
POOL = "nn.MaxPool2d(3, stride=1, padding=1)"
BRANCH_4 = "nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), unit(in_channels, pooled, 1, norm))"
INCEPTION = [
    block("branches 2 and 3 exchanged", (FOUR, "[self.branch1(x), self.branch3(x), self.branch2(x), self.branch4(x)]"), ANSWERS, TORCHVISION),
    block("branches backwards", (FOUR, FOUR + "[::-1]"), ANSWERS, TORCHVISION),
    block("a sum of the branches", (f"torch.cat({FOUR}, dim=1)", f"sum({FOUR})"), *EVERY),
    block("concatenated along the height", ("dim=1", "dim=2"), *EVERY),
    block("one branch after the other", ("self.branch2(x)", "self.branch2(self.branch1(x))"), *EVERY),
    block("branch 4 forgotten", (", self.branch4(x)]", "]"), *EVERY),
    block("no bottleneck before 3 × 3", ("nn.Sequential(unit(in_channels, threes[0], 1, norm), unit(*threes, 3, norm))", "unit(in_channels, threes[1], 3, norm)"), SHAPES, TORCHVISION),
    block("bottleneck and channels exchanged", ("unit(in_channels, threes[0], 1, norm), unit(*threes, 3, norm)",
                                                 "unit(in_channels, threes[1], 1, norm), unit(*threes[::-1], 3, norm)"), SHAPES, TORCHVISION),
    block("fives where threes belong", ("unit(in_channels, threes[0], 1, norm), unit(*threes, 3, norm)",
                                        "unit(in_channels, fives[0], 1, norm), unit(*fives, 3, norm)"), SHAPES, TORCHVISION),
    block("always 5 × 5", ("unit(*fives, size, norm)", "unit(*fives, 5, norm)"), SHAPES, TORCHVISION),
    block("always 3 × 3", ("unit(*fives, size, norm)", "unit(*fives, 3, norm)"), SHAPES),
    block("a mean in branch 4", (POOL, "nn.AvgPool2d(3, stride=1, padding=1)"), ANSWERS, TORCHVISION),
    block("no pooling in branch 4", (POOL, "nn.Identity()"), ANSWERS, TORCHVISION),
    block("the pooling after the convolution", (BRANCH_4, "nn.Sequential(unit(in_channels, pooled, 1, norm), nn.MaxPool2d(3, stride=1, padding=1))"),
          ANSWERS, TORCHVISION),
    block("pooling with zeros around", (POOL, "nn.ZeroPad2d(1), nn.MaxPool2d(3, stride=1)"), ANSWERS, TORCHVISION),
    block("pooling with its own stride", (POOL, "nn.MaxPool2d(3, padding=1)"), *EVERY),
    block("pooling without padding", (POOL, "nn.MaxPool2d(3, stride=1)"), *EVERY),
    block("no projection after the pooling", (BRANCH_4, POOL), SHAPES, TORCHVISION),
    block("branch 1 without batch norm", ("unit(in_channels, ones, 1, norm)", "unit(in_channels, ones, 1)"), SHAPES, TORCHVISION),
    block("batch norm everywhere", ("super().__init__()", "super().__init__()\n        norm = True"), SHAPES, ANSWERS),
    block("no norm anywhere", ("super().__init__()", "super().__init__()\n        norm = False"), SHAPES, TORCHVISION),
    block("one more ReLU's worth: a softplus at the end", (f"torch.cat({FOUR}, dim=1)", f"F.softplus(torch.cat({FOUR}, dim=1))"), ANSWERS, TORCHVISION),
    Mutant(BLOCK, "torchvision's block", source='''
class Inception(TorchvisionInception):
    def __init__(self, in_channels, ones, threes, fives, pooled, size=5, norm=False):
        super().__init__(in_channels, ones, *threes, *fives, pooled)
''', loses=EVERY),
    Mutant(BLOCK, "bare 1 × 1 convolutions before the large kernels", source='''
class Inception(nn.Module):
    def __init__(self, in_channels, ones, threes, fives, pooled, size=5, norm=False):
        super().__init__()
        self.branch1 = unit(in_channels, ones, 1, norm)
        self.branch2 = nn.Sequential(nn.Conv2d(in_channels, threes[0], 1), unit(*threes, 3, norm))
        self.branch3 = nn.Sequential(nn.Conv2d(in_channels, fives[0], 1), unit(*fives, size, norm))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), unit(in_channels, pooled, 1, norm))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1)
''', loses=EVERY),
    Alternative(BLOCK, "a result to be filled, pooling as a function", source='''
class Inception(nn.Module):
    def __init__(self, in_channels, ones, threes, fives, pooled, size=5, norm=False):
        super().__init__()
        self.widths = [ones, threes[1], fives[1], pooled]
        self.branch1 = nn.Sequential(unit(in_channels, ones, 1, norm))
        self.branch2 = nn.ModuleList([unit(in_channels, threes[0], 1, norm=norm), unit(threes[0], threes[1], 3, norm)])
        self.branch3 = nn.ModuleList([unit(in_channels, fives[0], 1, norm=norm), unit(fives[0], fives[1], size, norm)])
        self.branch4 = unit(in_channels, pooled, 1, norm)

    def forward(self, x):
        batch, _, height, width = x.shape
        y, start = x.new_zeros(batch, sum(self.widths), height, width), 0
        outputs = [self.branch1(x), self.branch2[1](self.branch2[0](x)), self.branch3[1](self.branch3[0](x)),
                   self.branch4(F.max_pool2d(x, 3, 1, 1))]
        for output, width in zip(outputs, self.widths):
            y[:, start:start + width] = output
            start += width
        return y
'''),
    Alternative(BLOCK, "layers of its own", source='''
def cell(before, after, size, norm):
    layers = nn.Sequential(nn.Conv2d(before, after, size, padding="same", bias=not norm))
    if norm:
        layers.append(nn.BatchNorm2d(after, eps=1e-3))
    return layers.append(nn.ReLU(inplace=True))


class Inception(nn.Module):
    def __init__(self, in_channels, ones, threes, fives, pooled, size=5, norm=False):
        super().__init__()
        branches = [[(in_channels, ones, 1)], [(in_channels, threes[0], 1), (*threes, 3)],
                    [(in_channels, fives[0], 1), (*fives, size)], [(in_channels, pooled, 1)]]
        for number, branch in enumerate(branches, 1):
            layers = [cell(*sizes, norm) for sizes in branch]
            setattr(self, f"branch{number}", nn.Sequential(*[nn.MaxPool2d(3, 1, 1)] * (number == 4), *layers))

    def forward(self, x):
        return torch.concat([getattr(self, f"branch{number}")(x) for number in range(1, 5)], axis=1)
'''),
]


def auxiliary(why, edit, *loses):
    return Mutant(AUXILIARY, why, edit=edit, loses=loses or [VALUE, GRADIENT])


EXTRA = "sum(F.cross_entropy(head, targets) for head in auxiliary)"
TOTAL = "return F.cross_entropy(logits, targets) + weight * extra"
AUXILIARY_LOSS = [
    auxiliary("no weight", ("weight * extra", "extra")),
    auxiliary("the mean over the heads", ("weight * extra", "weight * extra / max(1, len(auxiliary))")),
    auxiliary("the main loss weighted too", (TOTAL, "return weight * (F.cross_entropy(logits, targets) + extra)")),
    auxiliary("the main loss with 1 - weight", (TOTAL, "return (1 - weight) * F.cross_entropy(logits, targets) + weight * extra")),
    auxiliary("the first head only", ("for head in auxiliary", "for head in auxiliary[:1]")),
    auxiliary("the last head only", ("for head in auxiliary", "for head in auxiliary[-1:]")),
    auxiliary("auxiliary losses only", (TOTAL, "return weight * extra")),
    auxiliary("the main loss only", (TOTAL, "return F.cross_entropy(logits, targets)")),
    auxiliary("auxiliary heads cut from the graph", ("(head, targets)", "(head.detach(), targets)"), GRADIENT),
    auxiliary("the main head cut from the graph", ("(logits, targets)", "(logits.detach(), targets)"), GRADIENT),
    auxiliary("a float", (TOTAL, "return float(F.cross_entropy(logits, targets) + weight * extra)"), GRADIENT),
    auxiliary("summed over the batch", [("(head, targets)", '(head, targets, reduction="sum")'), ("(logits, targets)", '(logits, targets, reduction="sum")')]),
    auxiliary("weight always 0.3", ("weight * extra", "0.3 * extra"), VALUE),
    auxiliary("default weight 0.5", ("weight=0.3", "weight=0.5")),
    auxiliary("softmax before the cross-entropy", [("(head, targets)", "(head.softmax(1), targets)"), ("(logits, targets)", "(logits.softmax(1), targets)")]),
    auxiliary("the loss of the added logits", (TOTAL, "return F.cross_entropy(logits + weight * sum(auxiliary), targets)")),
    auxiliary("the weight squared for the second head, and so on", (EXTRA, "sum(weight ** k * F.cross_entropy(head, targets) for k, head in enumerate(auxiliary))")),
    auxiliary("an error without heads", (EXTRA, "torch.stack([F.cross_entropy(head, targets) for head in auxiliary]).sum()"), VALUE),
    auxiliary("the likeliest class in place of probabilities", (EXTRA, EXTRA + "\n    targets = targets if targets.ndim == 1 else targets.argmax(1)"), GRADIENT),
    auxiliary("subtracted", ("+ weight * extra", "- weight * extra")),
    Alternative(AUXILIARY, "a loop", source='''
def auxiliary_loss(logits, targets, *auxiliary, weight=0.3):
    loss = F.cross_entropy(logits, targets)
    for head in auxiliary:
        loss = loss + weight * F.cross_entropy(head, targets)
    return loss
'''),
    Alternative(AUXILIARY, "a module's loss, heads with factors", source='''
def auxiliary_loss(logits, targets, *auxiliary, weight=0.3):
    factors, entropy = [1.0] + [weight] * len(auxiliary), nn.CrossEntropyLoss()
    return torch.stack([factor * entropy(head, targets) for factor, head in zip(factors, (logits, *auxiliary))]).sum()
'''),
    Alternative(AUXILIARY, "the logarithms by hand", source='''
def auxiliary_loss(logits, targets, *auxiliary, weight=0.3):
    if not targets.is_floating_point():
        targets = F.one_hot(targets, logits.shape[1]).to(logits.dtype)
    def loss(head):
        return -(targets * (head - torch.logsumexp(head, 1, keepdim=True))).sum(1).mean()
    return loss(logits) + weight * sum(map(loss, auxiliary), torch.zeros(()))
'''),
]

CASES = STACKED + MAKE_VGG + MEMORY_AND_MACS + INCEPTION + AUXILIARY_LOSS
