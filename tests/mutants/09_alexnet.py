"""Wrong and other right answers to the exercises of lesson 09; see autograde/mutants.py.

The exercises do not use each other, so a wrong answer loses tests of its own exercise only.
"""
from autograde.mutants import Alternative, Mutant

TABLE, ALEXNET, NORM = "exercise-9-2-layer-table", "exercise-9-4-alexnet", "exercise-9-5-local-response-norm"
TUNE, OCCLUSION, CLIMB = "exercise-9-7-fine-tune", "exercise-9-8-occlusion-map", "exercise-9-9-maximise-activation"

ROWS, NESTED, UNTOUCHED = "test-9-2-rows", "test-9-2-nested", "test-9-2-untouched"
SHAPES, OUTPUTS, SPREAD = "test-9-4-shapes", "test-9-4-outputs", "test-9-4-dropout"
VALUES, DEFAULTS = "test-9-5-values", "test-9-5-defaults"
ACCURACY, FROZEN = "test-9-7-accuracy", "test-9-7-frozen"
MAP = "test-9-8-occlusion-map"
LINEAR, CHANNEL, DREAM = "test-9-9-linear", "test-9-9-channel", "test-9-9-dream"


def table(why, edit, *loses):
    return Mutant(TABLE, why, edit=edit, loses=loses or [ROWS, NESTED])


NAMES = "names = {layer: name for name, layer in model.named_modules() if not list(layer.children())}"
MACS = "macs = output[0].numel() * layer.weight[0].numel()"
LAYER_TABLE = [
    table("MACs for the whole batch", ("output[0].numel() *", "output.numel() *")),
    table("groups ignored", (MACS, """macs = output[0].numel() * layer.weight[0].numel()
            if isinstance(layer, nn.Conv2d):
                macs = macs * layer.groups"""), NESTED),
    table("all weights, not one kernel", ("layer.weight[0].numel()", "layer.weight.numel()")),
    table("kernel height twice", (MACS, """macs = output[0].numel() * layer.weight[0].numel()
            if isinstance(layer, nn.Conv2d):
                macs = output[0].numel() * layer.weight.shape[1] * layer.kernel_size[0] ** 2""")),
    table("positions of the input", ("output[0].numel() *", "(inputs[0][0, 0].numel() * len(layer.weight) if inputs[0].ndim == 4 else len(layer.weight)) *")),
    table("a MAC for each bias too", (MACS, MACS + "\n            macs += output[0].numel() * (layer.bias is not None)")),
    table("multiplications and additions", (MACS, "macs = 2 * output[0].numel() * layer.weight[0].numel()")),
    table("dense layers cost nothing", ("(nn.Conv2d, nn.Linear)", "nn.Conv2d")),
    table("convolutions cost nothing", ("(nn.Conv2d, nn.Linear)", "nn.Linear")),
    table("all layers with weights have MACs", ("isinstance(layer, (nn.Conv2d, nn.Linear))", "hasattr(layer, 'weight')"), NESTED),
    table("weights without biases", ("parameter.numel() for parameter in layer.parameters()", "parameter.numel() for name, parameter in layer.named_parameters() if name == 'weight'")),
    table("parameters of convolutions and dense layers only", ("parameters = sum(", "parameters = isinstance(layer, (nn.Conv2d, nn.Linear)) * sum("), NESTED),
    table("buffers counted", ("layer.parameters())", "[*layer.parameters(), *layer.buffers()])"), NESTED),
    table("shape of the input", ("tuple(output.shape)", "tuple(inputs[0].shape)"), ROWS, NESTED, UNTOUCHED),
    table("shape without the batch", ("tuple(output.shape)", "tuple(output.shape[1:])"), ROWS, NESTED, UNTOUCHED),
    table("containers have rows too", (" if not list(layer.children())}", "}"), ROWS, NESTED, UNTOUCHED),
    table("layers of the first level only", (NAMES, "names = {layer: name for name, layer in model.named_children()}"), NESTED, UNTOUCHED),
    table("names without the path", ("names = {layer: name for", "names = {layer: name.split('.')[-1] for"), NESTED),
    table("the last name in all rows", ("rows.append((names[layer],", "rows.append((list(names.values())[-1],")),
    table("a running number as the name", ("rows.append((names[layer],", "rows.append((str(len(rows)),"), NESTED),
    table("the whole class as the kind", ("type(layer).__name__", "str(type(layer))")),
    table("only layers with parameters", (" if not list(layer.children())}", " if not list(layer.children()) and list(layer.parameters())}"), ROWS, NESTED, UNTOUCHED),
    table("training mode while looking", ("model.eval()(x)", "model.train()(x)"), UNTOUCHED),
    table("evaluation mode for good", ("    model.train(was_training)\n", ""), NESTED, UNTOUCHED),
    table("training mode for good", ("model.train(was_training)", "model.train()"), UNTOUCHED),
    table("mean of the outputs in place of the number", (MACS, "macs = float(output.mean())")),
    Alternative(TABLE, "hooks made by a function, MACs by formula", source='''
def layer_table(model, x):
    rows, handles, mode = [], [], model.training

    def note(name):
        def hook(layer, inputs, output):
            macs, shape = 0, list(output.shape)
            if type(layer) is nn.Conv2d:
                kernel_height, kernel_width = layer.kernel_size
                macs = shape[1] * shape[2] * shape[3] * layer.in_channels // layer.groups * kernel_height * kernel_width
            elif type(layer) is nn.Linear:
                macs = layer.in_features * layer.out_features
            rows.append([name, layer.__class__.__name__, output.shape, sum(np.prod(p.shape) for p in layer.parameters()), macs])
        return hook

    for name, layer in model.named_modules():
        if len(list(layer.children())) == 0:
            handles.append(layer.register_forward_hook(note(name)))
    model.eval()
    with torch.inference_mode():
        model(x)
    for handle in handles:
        handle.remove()
    model.train(mode)
    return rows
'''),
    Alternative(TABLE, "every module's own mode put back, torch.Size, lists of lists", source='''
def layer_table(model, x):
    rows, handles = [], []
    for name, layer in model.named_modules():
        if next(layer.children(), None) is not None:
            continue

        def hook(layer, inputs, output, name=name):
            weights = layer.weight.numel() if isinstance(layer, (nn.Conv2d, nn.Linear)) else 0
            places = output.shape[2] * output.shape[3] if isinstance(layer, nn.Conv2d) else 1
            rows.append([name, type(layer).__name__, output.shape, sum(p.numel() for p in layer.parameters()), weights * places])
        handles.append(layer.register_forward_hook(hook))
    modes = [part.training for part in model.modules()]
    model.eval()
    with torch.no_grad():
        model(x)
    for part, mode in zip(model.modules(), modes):
        part.training = mode
    for handle in handles:
        handle.remove()
    return rows
'''),
    Alternative(TABLE, "on a copy, with one image", source='''
def layer_table(model, x):
    twin, rows = copy.deepcopy(model).eval(), []
    for name, layer in twin.named_modules():
        if not list(layer.children()):
            def hook(layer, inputs, output, name=name):
                macs = output.numel() * layer.weight[0].numel() if isinstance(layer, (nn.Conv2d, nn.Linear)) else 0
                rows.append((name, type(layer).__name__, (len(x), *output.shape[1:]), sum(p.numel() for p in layer.parameters()), macs))
            layer.register_forward_hook(hook)
    twin(x[:1])
    return rows
'''),
]


def net(why, edit, *loses):
    return Mutant(ALEXNET, why, edit=edit, loses=loses or [OUTPUTS])


LAST_POOL = "nn.Conv2d(4 * w, 4 * w, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2))"
FIRST_DROPOUT, SECOND_DROPOUT = "nn.Dropout(), nn.Linear(4 * w * grid * grid, 64 * w)", "nn.Dropout(), nn.Linear(64 * w, 64 * w)"
STEM, POOL1 = "nn.Conv2d(3, w, 11, 4, padding=2)", "first, nn.ReLU(), nn.MaxPool2d(3, 2)"
ALEX_NET = [
    net("no padding in the first layer", (STEM, "nn.Conv2d(3, w, 11, 4)")),
    net("stride 2 in the first layer", (STEM, "nn.Conv2d(3, w, 11, 2, padding=2)")),
    net("small images: stride 1", ("nn.Conv2d(3, w, 7, 2, padding=3)", "nn.Conv2d(3, w, 7, 1, padding=3)")),
    net("small images: no padding", ("nn.Conv2d(3, w, 7, 2, padding=3)", "nn.Conv2d(3, w, 7, 2)"), OUTPUTS, SPREAD),
    net("large first layer for all images", ("if small", "if False"), SHAPES, OUTPUTS, SPREAD),
    net("small first layer up to 128", ("image_size < 128", "image_size <= 128"), SHAPES, OUTPUTS),
    net("6 × 6 for small images too", ("(3, nn.Conv2d(3, w, 7", "(6, nn.Conv2d(3, w, 7"), SHAPES, OUTPUTS),
    net("windows that do not overlap", (POOL1, POOL1.replace("3, 2", "2, 2"))),
    net("average pooling", (POOL1, POOL1.replace("MaxPool", "AvgPool"))),
    net("padding in the pooling", (POOL1, POOL1.replace("3, 2", "3, 2, 1"))),
    net("no padding in the second convolution", ("5, padding=2", "5"), OUTPUTS, SPREAD),
    net("no last pooling", (LAST_POOL, LAST_POOL.replace("MaxPool2d(3, 2)", "Identity()"))),
    net("no last ReLU in features", (LAST_POOL, LAST_POOL.replace("nn.ReLU()", "nn.Identity()"))),
    net("tanh after the first layer", (POOL1, POOL1.replace("nn.ReLU()", "nn.Tanh()"))),
    net("adaptive max pooling", ("nn.AdaptiveAvgPool2d(grid)", "nn.AdaptiveMaxPool2d(grid)")),
    net("softmax at the end", ("self.classifier(self.avgpool(self.features(x)).flatten(1))", "self.classifier(self.avgpool(self.features(x)).flatten(1)).softmax(1)"), OUTPUTS, SPREAD),
    net("ReLU at the end", ("self.classifier(self.avgpool(self.features(x)).flatten(1))", "self.classifier(self.avgpool(self.features(x)).flatten(1)).relu()")),
    net("positions before channels", (".flatten(1))", ".permute(0, 2, 3, 1).flatten(1))")),
    net("no first dropout", (FIRST_DROPOUT, FIRST_DROPOUT.replace("Dropout", "Identity")), SPREAD),
    net("no second dropout", (SECOND_DROPOUT, SECOND_DROPOUT.replace("Dropout", "Identity")), SPREAD),
    net("dropout 0.2", (FIRST_DROPOUT, FIRST_DROPOUT.replace("Dropout()", "Dropout(0.2)")), SPREAD),
    net("dropout before the last layer too", ("nn.ReLU(), nn.Linear(64 * w, num_classes)", "nn.Sequential(nn.ReLU(), nn.Dropout()), nn.Linear(64 * w, num_classes)"), SPREAD),
    net("second dropout before the last layer", [(SECOND_DROPOUT, SECOND_DROPOUT.replace("Dropout", "Identity")),
                                                 ("nn.ReLU(), nn.Linear(64 * w, num_classes)", "nn.Sequential(nn.ReLU(), nn.Dropout()), nn.Linear(64 * w, num_classes)")], SPREAD),
    net("default width 32", ("width=64", "width=32"), SHAPES),
    net("default size of small images", ("image_size=224", "image_size=64"), SHAPES),
    net("the first layer's maps doubled", ("nn.Conv2d(w, 3 * w, 5, padding=2)", "nn.Conv2d(w, 2 * w, 5, padding=2)"), SHAPES, OUTPUTS, SPREAD),
    net("4,096 units at each width", [("nn.Linear(4 * w * grid * grid, 64 * w)", "nn.Linear(4 * w * grid * grid, 4096)"),
                                      ("nn.Linear(64 * w, 64 * w)", "nn.Linear(4096, 4096)"), ("nn.Linear(64 * w, num_classes)", "nn.Linear(4096, num_classes)")], SHAPES, OUTPUTS),
    net("always 1,000 classes", ("nn.Linear(64 * w, num_classes)", "nn.Linear(64 * w, 1000)"), SHAPES, OUTPUTS, SPREAD),
    net("two groups", ("nn.Conv2d(w, 3 * w, 5, padding=2)", "nn.Conv2d(w, 3 * w, 5, padding=2, groups=2 if w % 2 == 0 else 1)"), SHAPES, OUTPUTS),
    net("no bias in the first layer", (STEM, STEM.replace("padding=2", "padding=2, bias=False")), SHAPES, OUTPUTS),
    net("small images are not refused", ("if image_size < 32:", "if image_size < 0:"), SHAPES),
    net("images of 32 pixels are refused", ("if image_size < 32:", "if image_size <= 32:"), SHAPES, SPREAD),
    Mutant(ALEXNET, "torchvision's own network", source='''
def AlexNet(num_classes=1000, width=64, image_size=224):
    if image_size < 32:
        raise ValueError("too small")
    return models.alexnet(num_classes=num_classes)
''', loses=[SHAPES, OUTPUTS, SPREAD]),
    Alternative(ALEXNET, "layers in a loop, pooling before ReLU", source='''
class AlexNet(nn.Module):
    def __init__(self, num_classes=1000, width=64, image_size=224):
        super().__init__()
        if not image_size >= 32:
            raise ValueError("too small")
        small = image_size in range(32, 128)
        kernel, stride, padding, grid = (7, 2, 3, 3) if small else (11, 4, 2, 6)
        channels, layers = [3] + [width * k for k in (1, 3, 6, 4, 4)], []
        for i in range(5):
            settings = (kernel, stride, padding) if i == 0 else (5, 1, 2) if i == 1 else (3, 1, 1)
            layers.append(nn.Conv2d(channels[i], channels[i + 1], *settings))
            layers += [nn.MaxPool2d(3, stride=2), nn.ReLU(inplace=True)] if i in (0, 1, 4) else [nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((grid, grid))
        units = [4 * width * grid ** 2, 64 * width, 64 * width]
        self.classifier = nn.Sequential(nn.Dropout(0.5), nn.Linear(units[0], units[1]), nn.ReLU(), nn.Dropout(0.5),
                                        nn.Linear(units[1], units[2]), nn.ReLU(), nn.Linear(units[2], num_classes))

    def forward(self, x):
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))
'''),
    Alternative(ALEXNET, "functions in forward, layers in module dicts", source='''
class AlexNet(nn.Module):
    def __init__(self, num_classes=1000, width=64, image_size=224):
        super().__init__()
        if image_size < 32:
            raise ValueError("at least 32 pixels")
        self.grid = 3 if image_size < 128 else 6
        first = nn.Conv2d(3, width, 7, 2, 3) if image_size < 128 else nn.Conv2d(3, width, 11, 4, 2)
        sizes = {"3": (1, 3, 5), "6": (3, 6, 3), "8": (6, 4, 3), "10": (4, 4, 3)}
        others = {name: nn.Conv2d(a * width, b * width, k, padding=k // 2) for name, (a, b, k) in sizes.items()}
        self.features = nn.ModuleDict({"0": first, **others})
        self.classifier = nn.ModuleDict({"1": nn.Linear(4 * width * self.grid ** 2, 64 * width), "4": nn.Linear(64 * width, 64 * width),
                                         "6": nn.Linear(64 * width, num_classes)})

    def forward(self, x):
        for name, layer in self.features.items():
            x = F.relu(layer(x))
            if name in ("0", "3", "10"):
                x = F.max_pool2d(x, 3, 2)
        x = F.adaptive_avg_pool2d(x, self.grid).flatten(1)
        for name in ("1", "4"):
            x = F.relu(self.classifier[name](F.dropout(x, 0.5, self.training)))
        return self.classifier["6"](x)
'''),
]


def norm(why, edit, *loses):
    return Mutant(NORM, why, edit=edit, loses=loses or [VALUES, DEFAULTS])


SUMS = "sums = squares.unfold(1, size, 1).sum(-1)"
LOCAL_RESPONSE_NORM = [
    norm("alpha not divided by n", ("alpha / size * sums", "alpha * sums")),
    norm("divided by the channels that are there", ("alpha / size * sums", "alpha * sums / F.pad(torch.ones_like(x), (0, 0, 0, 0, size // 2, (size - 1) // 2)).unfold(1, size, 1).sum(-1)")),
    norm("even sizes: the window one channel too late", ("size // 2, (size - 1) // 2", "(size - 1) // 2, size // 2")),
    norm("no squares", ("F.pad(x ** 2,", "F.pad(x,")),
    norm("sizes in place of squares", ("F.pad(x ** 2,", "F.pad(x.abs(),")),
    norm("all channels", (SUMS, "sums = (x ** 2).sum(1, keepdim=True)")),
    norm("neighbours in the row, not among the channels", [("(0, 0, 0, 0, size // 2, (size - 1) // 2)", "(size // 2, (size - 1) // 2)"), ("unfold(1,", "unfold(3,")]),
    norm("neighbours in the batch", [("(0, 0, 0, 0, size", "(0, 0, 0, 0, 0, 0, size"), ("unfold(1,", "unfold(0,")]),
    norm("the largest in place of the sum", ("unfold(1, size, 1).sum(-1)", "unfold(1, size, 1).amax(-1)")),
    norm("square root always", ("sums) ** beta", "sums) ** 0.5")),
    norm("k always 1", ("x / (k + alpha", "x / (1 + alpha"), VALUES),
    norm("k inside the product", ("(k + alpha / size * sums)", "(k * (1 + alpha / size * sums))"), VALUES),
    norm("k added after the power", ("(k + alpha / size * sums) ** beta", "(k + (alpha / size * sums) ** beta)")),
    norm("multiplied", ("return x / (k", "return x * (k")),
    norm("itself left out", ("alpha / size * sums", "alpha / size * (sums - x ** 2)")),
    norm("alpha squared", ("alpha / size * sums", "alpha ** 2 / size * sums")),
    norm("default size 3", ("size=5,", "size=3,"), DEFAULTS),
    norm("default k of the paper", ("k=1.0", "k=2.0"), DEFAULTS),
    norm("default alpha of the paper, in torch's scale", ("alpha=1e-4", "alpha=5e-4"), DEFAULTS),
    norm("default beta 0.5", ("beta=0.75", "beta=0.5"), DEFAULTS),
    norm("edge channels repeated", ("squares = F.pad(x ** 2, (0, 0, 0, 0, size // 2, (size - 1) // 2))",
                                    "squares = torch.cat([x[:, :1] ** 2] * (size // 2) + [x ** 2] + [x[:, -1:] ** 2] * ((size - 1) // 2), 1)")),
    norm("no gradient through the sum", ("F.pad(x ** 2,", "F.pad(x.detach() ** 2,"), DEFAULTS),
    norm("input changed", ("return x / (k + alpha / size * sums) ** beta", "x /= (k + alpha / size * sums) ** beta\n    return x")),
    norm("the library's", ("    squares = F", "    return F.local_response_norm(x, size, alpha, beta, k)\n    squares = F")),
    Alternative(NORM, "slices in a loop", source='''
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=1.0):
    batch, channels, height, width = x.shape
    front = size // 2
    squares = torch.zeros(batch, channels + size - 1, height, width, dtype=x.dtype)
    squares = torch.cat([squares[:, :front], x * x, squares[:, front + channels:]], 1)
    sums = sum(squares[:, i:i + channels] for i in range(size))
    return x * (k + sums * alpha / size).pow(-beta)
'''),
    Alternative(NORM, "a matrix of neighbours, in double precision", source='''
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=1.0):
    channel = torch.arange(x.shape[1])
    distance = channel[None, :] - channel[:, None]
    near = ((distance >= -(size // 2)) & (distance <= (size - 1) // 2)).double()
    sums = torch.einsum("dc,nchw->ndhw", near, x.double() ** 2)
    return x.double() / (k + alpha / size * sums) ** beta
'''),
    Alternative(NORM, "average pooling over the channels", source='''
def local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=1.0):
    squares = F.pad(x[:, None] ** 2, (0, 0, 0, 0, size // 2, (size - 1) // 2))
    return x / (k + alpha * F.avg_pool3d(squares, (size, 1, 1), 1)[:, 0]) ** beta
'''),
]


def tune(why, edit, *loses):
    return Mutant(TUNE, why, edit=edit, loses=loses or [FROZEN])


FREEZE, FEATURES = "backbone.requires_grad_(False).eval()", "    with torch.no_grad():\n        features = backbone(images)\n"
TRAIN_ALL = """def fine_tune(backbone, images, labels, num_classes, steps=200, lr=0.01):
    FREEZE
    width = backbone(images[:2]).shape[1]
    model = nn.Sequential(backbone, nn.Linear(width, num_classes))
    optimizer = torch.optim.Adam(model.parameters(), lr)
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()
"""
FINE_TUNE = [
    tune("not frozen, but the optimiser has the head only", (FREEZE, "backbone.eval()")),
    tune("training mode while the head learns", (FREEZE, "backbone.requires_grad_(False)")),
    tune("backbone and head back in training mode", ("nn.Sequential(backbone, head).eval()", "nn.Sequential(backbone, head).train()"), ACCURACY, FROZEN),
    Mutant(TUNE, "all layers learn", source=TRAIN_ALL.replace("FREEZE", "backbone.eval()"), loses=[FROZEN]),
    Mutant(TUNE, "all layers learn, frozen afterwards",
           source=TRAIN_ALL.replace("FREEZE", "backbone.eval()").replace("return model.eval()", "backbone.requires_grad_(False)\n    return model.eval()"), loses=[FROZEN]),
    Mutant(TUNE, "frozen, batch norm in training mode at each step",
           source=TRAIN_ALL.replace("FREEZE", "backbone.requires_grad_(False).train()").replace("model.parameters()", "model[1].parameters()"), loses=[FROZEN]),
    tune("one step", ("range(steps)", "range(1)"), ACCURACY, FROZEN),
    tune("no step", ("range(steps)", "range(0)"), ACCURACY, FROZEN),
    tune("climbs up the loss", ("        loss.backward()", "        (-loss).backward()"), ACCURACY, FROZEN),
    tune("gradients never set to 0, tiny rate", [("        optimizer.zero_grad()\n", ""), (", lr)\n", ", lr / 1000)\n")], ACCURACY, FROZEN),
    tune("labels in another order", ("F.cross_entropy(head(features), labels)", "F.cross_entropy(head(features), labels.flip(0))"), ACCURACY, FROZEN),
    tune("learns the first class only", ("F.cross_entropy(head(features), labels)", "F.cross_entropy(head(features), 0 * labels)"), ACCURACY, FROZEN),
    tune("always ten classes", ("nn.Linear(features.shape[1], num_classes)", "nn.Linear(features.shape[1], 10)"), ACCURACY),
    tune("as many classes as the labels have", ("nn.Linear(features.shape[1], num_classes)", "nn.Linear(features.shape[1], int(labels.max()) + 1)"), ACCURACY),
    tune("a random backbone", ("    backbone.requires", "    for part in backbone.parameters():\n        nn.init.normal_(part)\n    backbone.requires"), FROZEN, ACCURACY),
    tune("the head alone", ("nn.Sequential(backbone, head).eval()", "head"), ACCURACY, FROZEN),
    tune("probabilities below a softmax, slow", ("F.cross_entropy(head(features), labels)", "F.cross_entropy(head(features).softmax(1) / 100, labels) / 1e9"), ACCURACY, FROZEN),
    Mutant(TUNE, "pixels in place of features", source='''
def fine_tune(backbone, images, labels, num_classes, steps=200, lr=0.01):
    backbone.requires_grad_(False).eval()
    model = nn.Sequential(nn.Flatten(), nn.Linear(images[0].numel(), num_classes))
    optimizer = torch.optim.Adam(model.parameters(), lr)
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()
''', loses=[ACCURACY]),
    Mutant(TUNE, "the last ten of the sorted images only", source='''
def fine_tune(backbone, images, labels, num_classes, steps=200, lr=0.01):
    backbone.requires_grad_(False).eval()
    features = backbone(images)
    head = nn.Linear(features.shape[1], num_classes)
    optimizer = torch.optim.SGD(head.parameters(), 0.1)
    for _ in range(steps):
        loss = F.cross_entropy(head(features[-10:]), labels[-10:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return nn.Sequential(backbone, head).eval()
''', loses=[ACCURACY, FROZEN]),
    Alternative(TUNE, "shuffled batches through the whole network, SGD with momentum", source='''
def fine_tune(backbone, images, labels, num_classes, steps=200, lr=0.01):
    for parameter in backbone.parameters():
        parameter.requires_grad = False
    backbone.eval()
    with torch.no_grad():
        width = backbone(images[:1]).shape[1]
    model = nn.Sequential(backbone, nn.Linear(width, num_classes))
    optimizer = torch.optim.SGD(model[1].parameters(), 0.1, momentum=0.9)
    for _ in range(steps):
        batch = torch.randperm(len(images))[:60]
        loss = F.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()
'''),
    Alternative(TUNE, "least squares in place of training", source='''
def fine_tune(backbone, images, labels, num_classes, steps=200, lr=0.01):
    backbone.requires_grad_(False).eval()
    features = backbone(images)
    ones = torch.ones(len(features), 1)
    wanted = F.one_hot(labels.long(), num_classes).float()
    inputs = torch.cat([features, ones], 1)
    solution = torch.linalg.solve(inputs.T @ inputs + 0.01 * torch.eye(inputs.shape[1]), inputs.T @ wanted)
    head = nn.Linear(features.shape[1], num_classes)
    head.load_state_dict({"weight": solution[:-1].T, "bias": solution[-1]})
    return nn.Sequential(backbone, head).eval()
'''),
    Alternative(TUNE, "a module of its own, all of it run at each step", source='''
class Tuned(nn.Module):
    def __init__(self, backbone, features, num_classes):
        super().__init__()
        self.backbone, self.head = backbone, nn.Linear(features, num_classes)

    def forward(self, x):
        return self.head(self.backbone(x))


def fine_tune(backbone, images, labels, num_classes, steps=200, lr=0.01):
    for part in backbone.parameters():
        part.requires_grad_(False)
    network = Tuned(backbone, backbone.eval()(images[:1]).shape[1], num_classes).eval()
    optimizer = torch.optim.Adam((part for part in network.parameters() if part.requires_grad), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimizer.step()
    return network
'''),
    Alternative(TUNE, "striate's fit on the features", source='''
def fine_tune(backbone, images, labels, num_classes, steps=200, lr=0.01):
    backbone.requires_grad_(False).eval()
    with torch.no_grad():
        features = backbone(images)
    head = nn.Linear(features.shape[1], num_classes)
    train.fit(head, (features, labels), steps=steps, batch_size=64, lr=lr, optimizer="adam", progress=False)
    return nn.Sequential(backbone, head).eval()
'''),
]


def occlude(why, edit):
    return Mutant(OCCLUSION, why, edit=edit, loses=[MAP])


SOFTMAX, FALL = ".softmax(1)[:, label]", "(probabilities[0] - probabilities[1:])"
OCCLUSION_MAP = [
    occlude("the probability, not its fall", (FALL, "probabilities[1:]")),
    occlude("a rise", (FALL, "(probabilities[1:] - probabilities[0])")),
    occlude("scores in place of probabilities", (SOFTMAX, "[:, label]")),
    occlude("softmax over the places", (SOFTMAX, ".softmax(0)[:, label]")),
    occlude("logarithms", (SOFTMAX, ".log_softmax(1)[:, label]")),
    occlude("the class that the network prefers", ("probabilities = model.eval()(", "label = int(model.eval()(image[None]).argmax())\n        probabilities = model(")),
    occlude("always class 0", (SOFTMAX, ".softmax(1)[:, 0]")),
    occlude("rectangle on its side", ("(height, width), (down, right) = size, stride", "(width, height), (down, right) = size, stride")),
    occlude("stride's axes swapped", ("(height, width), (down, right) = size, stride", "(height, width), (right, down) = size, stride")),
    occlude("stride 1", ("(height, width), (down, right) = size, stride", "(height, width), (down, right) = size, (1, 1)")),
    occlude("the last place left out", ("image.shape[1] - height + 1", "image.shape[1] - height")),
    occlude("places beyond the edge", ("image.shape[1] - height + 1", "image.shape[1]")),
    occlude("fill ignored", ("= fill", "= 0.5")),
    occlude("one colour only", ("x[:, top:top + height, left:left + width] = fill", "x[0, top:top + height, left:left + width] = fill")),
    occlude("one row too few", ("top:top + height,", "top:top + height - 1,")),
    occlude("rectangle around the place", ("x[:, top:top + height, left:left + width] = fill", "x[:, max(0, top - 1):top - 1 + height, left:left + width] = fill")),
    occlude("rectangles pile up", ("x[:, top:top + height, left:left + width] = fill",
                                   "image = image.clone()\n        image[:, top:top + height, left:left + width] = fill\n        x[:] = image")),
    occlude("everything else covered", ("x[:, top:top + height, left:left + width] = fill",
                                        "kept = x[:, top:top + height, left:left + width].clone()\n        x[:] = fill\n        x[:, top:top + height, left:left + width] = kept")),
    occlude("the image itself covered", ("image.repeat(len(tops) * len(lefts), 1, 1, 1)", "image.expand(len(tops) * len(lefts), *image.shape)")),
    occlude("training mode", ("model.eval()(", "model.train()(")),
    occlude("mode left as it is", ("model.eval()(", "model(")),
    occlude("columns first", (".reshape(len(tops), -1)", ".reshape(len(tops), -1).T")),
    occlude("flat", (".reshape(len(tops), -1)", "")),
    occlude("share of the probability", (FALL, "(1 - probabilities[1:] / probabilities[0])")),
    occlude("negative falls cut off", (FALL, FALL + ".clamp(min=0)")),
    Alternative(OCCLUSION, "place by place, lists", source='''
def occlusion_map(model, image, label, size, stride, fill=0.5):
    model = copy.deepcopy(model).eval()

    def probability(x):
        with torch.no_grad():
            return float(F.softmax(model(x[None]), dim=1)[0, label])

    result = []
    for top in range(0, image.shape[1] - size[0] + 1, stride[0]):
        result.append([])
        for left in range(0, image.shape[2] - size[1] + 1, stride[1]):
            covered = image.clone()
            covered[:, top:top + size[0], left:left + size[1]] = fill
            result[-1].append(probability(image) - probability(covered))
    return result
'''),
    Alternative(OCCLUSION, "pixel by pixel, gradients kept", source='''
def occlusion_map(model, image, label, size, stride, fill=0.5):
    model.eval()
    whole = torch.softmax(model(image[None]), 1)[0, label]
    rows = []
    for top in range(0, image.shape[1] - size[0] + 1, stride[0]):
        row = []
        for left in range(0, image.shape[2] - size[1] + 1, stride[1]):
            covered = image.clone()
            for channel, i, j in np.ndindex(len(image), *size):
                covered[channel, top + i, left + j] = fill
            row.append(whole - torch.softmax(model(covered[None]), 1)[0, label])
        rows.append(torch.stack(row))
    return torch.stack(rows)
'''),
    Alternative(OCCLUSION, "masks and where, NumPy at the end", source='''
def occlusion_map(model, image, label, size, stride, fill=0.5):
    model.eval()
    _, image_height, image_width = image.shape
    rows = (image_height - size[0]) // stride[0] + 1
    columns = (image_width - size[1]) // stride[1] + 1
    result = np.zeros((rows, columns))
    r, c = torch.arange(image_height)[:, None], torch.arange(image_width)
    whole = model(image[None]).softmax(-1)[0, label].item()
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride[0], j * stride[1]
            mask = (r >= top) & (r < top + size[0]) & (c >= left) & (c < left + size[1])
            result[i, j] = whole - model(torch.where(mask, fill, image)[None]).softmax(-1)[0, label].item()
    return result
'''),
]


def climb(why, edit, *loses):
    return Mutant(CLIMB, why, edit=edit, loses=loses or [LINEAR, CHANNEL, DREAM])


MOVE, CLAMP = "(x + step * gradient.sign()).detach()", "x.clamp(image - reach, image + reach).clamp(0, 1)"
GOAL = "y.square().mean() if channel is None else y[channel].mean()"
MAXIMISE = [
    climb("descent", ("x + step", "x - step")),
    climb("bare gradient", ("gradient.sign()", "gradient")),
    climb("one step", ("range(steps)", "range(1)")),
    climb("no step", ("range(steps)", "range(0)")),
    climb("no limits", (CLAMP, "x")),
    climb("reach ignored", (CLAMP, "x.clamp(0, 1)")),
    climb("values beyond 0 and 1", (CLAMP, "x.clamp(image - reach, image + reach)")),
    climb("reach from the step before", [("        x.requires_grad_()", "        old = x.detach().clone()\n        x.requires_grad_()"), (CLAMP, "x.clamp(old - reach, old + reach).clamp(0, 1)")]),
    climb("reach halved", (CLAMP, "x.clamp(image - reach / 2, image + reach / 2).clamp(0, 1)")),
    climb("limits only at the end, far too late", [(f"        x = {CLAMP}\n", ""), ("    return x\n", "    return x.clamp(0, 1)\n")]),
    climb("always channel 0", (GOAL, "y.square().mean() if channel is None else y[0].mean()"), LINEAR, CHANNEL),
    climb("another channel", (GOAL, "y.square().mean() if channel is None else y[channel - 1].mean()"), LINEAR, CHANNEL),
    climb("all channels", (GOAL, "y.square().mean() if channel is None else y.mean()"), LINEAR, CHANNEL),
    climb("minus the square of the channel", (GOAL, "y.square().mean() if channel is None else -y[channel].mean().square()"), LINEAR, CHANNEL),
    climb("one position of the channel", (GOAL, "y.square().mean() if channel is None else y[channel].flatten()[0]"), LINEAR, CHANNEL),
    climb("channel 0 taken for none", (GOAL, "y.square().mean() if not channel else y[channel].mean()"), LINEAR, CHANNEL),
    climb("dream: the mean", (GOAL, "y.mean() if channel is None else y[channel].mean()"), DREAM),
    climb("dream: channel 0", (GOAL, "y[0].mean() if channel is None else y[channel].mean()"), DREAM),
    climb("dream: small in place of large", (GOAL, "-y.square().mean() if channel is None else y[channel].mean()"), DREAM),
    climb("dream: the square of the mean", (GOAL, "y.mean().square() if channel is None else y[channel].mean()"), DREAM),
    climb("noise in place of the gradient", ("gradient.sign()", "torch.randn_like(x).sign()")),
    climb("brighter everywhere", ("gradient.sign()", "torch.ones_like(x)")),
    climb("the weights climb", ("    return x\n", "    with torch.no_grad():\n        for part in model.parameters():\n            part += 0.1\n    return x\n"), LINEAR, DREAM),
    climb("given image changed", ("    return x\n", "    image.copy_(x)\n    return x\n"), LINEAR, DREAM),
    climb("an eighth of the steps", ("range(steps)", "range(steps // 8)")),
    Alternative(CLIMB, "gradient divided by its mean size, backward()", source='''
def maximise_activation(model, image, channel=None, steps=40, step=0.03, reach=1.0):
    low, high = (image - reach).clamp(min=0), (image + reach).clamp(max=1)
    x = image.clone().requires_grad_(True)
    for _ in range(steps):
        output = model(x.unsqueeze(0))
        goal = (output ** 2).mean() if channel is None else output[0, channel].sum()
        goal.backward()
        with torch.no_grad():
            x += step * x.grad / (x.grad.abs().mean() + 1e-12)
            x.copy_(torch.minimum(torch.maximum(x, low), high))
            x.grad.zero_()
    return x.detach()
'''),
    Alternative(CLIMB, "Adam, the limits after each step", source='''
def maximise_activation(model, image, channel=None, steps=40, step=0.03, reach=1.0):
    x = image.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([x], lr=step, maximize=True)
    for _ in range(steps):
        y = model(x[None])[0]
        goal = y.pow(2).mean() if channel is None else y[channel].mean()
        optimizer.zero_grad()
        x.grad, = torch.autograd.grad(goal, [x])
        optimizer.step()
        with torch.no_grad():
            x.copy_(torch.clamp(torch.clamp(x, image - reach, image + reach), 0, 1))
    return x.detach().numpy()
'''),
]

CASES = LAYER_TABLE + ALEX_NET + LOCAL_RESPONSE_NORM + FINE_TUNE + OCCLUSION_MAP + MAXIMISE
