"""Wrong and other right answers to the exercises of lesson 08; see autograde/mutants.py.

What uses LeNet5 or predict_csv is tested again by the competition (exercise 8.11), so wrong answers there lose its test too,
unless the network still learns to read.
"""
from autograde.mutants import Alternative, Mutant

POOL, TABLE, SPARSE, NET = ("exercise-8-2-sub-sampling", "exercise-8-4-c3-table", "exercise-8-5-table-conv", "exercise-8-6-lenet5")
EVALUATE, FIT = "exercise-8-7-evaluate", "exercise-8-8-fit"
CSV, ENTRY = "exercise-8-10-predict-csv", "exercise-8-11-enter-competition"

POOL_FORWARD, POOL_LEARNING = "test-8-2-forward", "test-8-2-learning"
CROSSES = "test-8-4-table"
SPARSE_FORWARD, SPARSE_LEARNING = "test-8-5-forward", "test-8-5-learning"
NET_PARAMETERS, NET_FORWARD = "test-8-6-parameters", "test-8-6-forward"
SHARE, MODES = "test-8-7-share", "test-8-7-modes"
STEPS, ORDER, LOSSES = "test-8-8-steps", "test-8-8-order", "test-8-8-losses"
FORMAT, ANSWERS = "test-8-10-format", "test-8-10-answers"
UNKNOWN = "test-8-11-unknown-digits"


def pool(why, edit, *loses):
    return Mutant(POOL, why, edit=edit, loses=loses or [POOL_FORWARD, POOL_LEARNING])


SUMS = "sums = 4 * F.avg_pool2d(x, 2)"
SUB_SAMPLING = [
    pool("the mean, not the sum", ("4 * F.avg", "F.avg")),
    pool("the largest", ("4 * F.avg_pool2d", "F.max_pool2d")),
    pool("four times the largest", ("F.avg_pool2d", "F.max_pool2d")),
    pool("overlapping windows", ("F.avg_pool2d(x, 2)", "F.avg_pool2d(x, 2, stride=1)")),
    pool("leftovers pooled too", ("F.avg_pool2d(x, 2)", "F.avg_pool2d(x, 2, ceil_mode=True)")),
    pool("only two of the four", (SUMS, "sums = 4 * F.avg_pool2d(x, (1, 2))[:, :, ::2]")),
    pool("no bias in the answer", (" + self.bias[:, None, None]", "")),
    pool("the bias multiplied too", ("self.weight[:, None, None] * sums + self.bias[:, None, None]",
                                     "self.weight[:, None, None] * (sums + self.bias[:, None, None])")),
    pool("one weight per column", ("self.weight[:, None, None] * sums + self.bias[:, None, None]", "self.weight * sums + self.bias")),
    pool("slices that fit no odd size", (SUMS, "sums = x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, 1::2]")),
    pool("no weight in the answer", ("self.weight[:, None, None] * sums", "sums")),
    pool("the first channel's weight for all", ("self.weight[:, None, None]", "self.weight[0]")),
    pool("a tanh at the end", ("return self.weight[:, None, None] * sums + self.bias[:, None, None]",
                               "return torch.tanh(self.weight[:, None, None] * sums + self.bias[:, None, None])")),
    pool("weight and bias exchanged", [("self.weight[:", "self.swap[:"), ("self.bias[:", "self.weight[:"), ("self.swap[:", "self.bias[:")]),
    pool("weight 1 at the start", ("full((channels,), 0.25)", "full((channels,), 1.0)"), POOL_LEARNING),
    pool("bias 0.25 at the start", ("torch.zeros(channels)", "torch.full((channels,), 0.25)"), POOL_LEARNING),
    pool("one weight for all channels", ("torch.full((channels,), 0.25)", "torch.full((1,), 0.25)")),
    pool("the weight is not learned", ("nn.Parameter(torch.full((channels,), 0.25))", "nn.Parameter(torch.full((channels,), 0.25), False)"),
         POOL_LEARNING),
    pool("the weight a buffer", ("self.weight = nn.Parameter(torch.full((channels,), 0.25))",
                                 'self.register_buffer("weight", torch.full((channels,), 0.25))'), POOL_LEARNING),
    pool("no gradient through the window", ("F.avg_pool2d(x, 2)", "F.avg_pool2d(x, 2).detach()"), POOL_LEARNING),
    pool("the given x changed", (SUMS, "x *= 4\n        sums = F.avg_pool2d(x, 2)")),
    Alternative(POOL, "sums of slices", edit=(SUMS, "height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2\n        x = x[:, :, :height, :width]\n"
                                              "        sums = x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, 1::2]")),
    Alternative(POOL, "window by window", source='''
class SubSampling(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.25] * channels))
        self.bias = nn.Parameter(torch.tensor([0.0] * channels))

    def forward(self, x):
        out = torch.zeros(*x.shape[:2], x.shape[2] // 2, x.shape[3] // 2)
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                out[:, :, i, j] = self.weight * x[:, :, 2 * i:2 * i + 2, 2 * j:2 * j + 2].sum((2, 3)) + self.bias
        return out
'''),
    Alternative(POOL, "a convolution of each channel", source='''
class SubSampling(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))
        self.weight = nn.Parameter(torch.ones(channels) / 4)

    def forward(self, x):
        kernels = self.weight[:, None, None, None].expand(-1, 1, 2, 2)
        return F.conv2d(x, kernels, self.bias, stride=2, groups=len(self.bias))
'''),
]


def crosses(why, edit):
    return Mutant(TABLE, why, edit=edit, loses=[CROSSES])


C3 = [
    crosses("no ring: the end is cut off", ("maps % 6", "np.minimum(maps, 5)")),
    crosses("everything connected", ("table[row, maps % 6] = True", "table[row] = True")),
    crosses("groups in another order", ("([0, 1, 2], 6), ([0, 1, 2, 3], 6)", "([0, 1, 2, 3], 6), ([0, 1, 2], 6)")),
    crosses("a gap of two", ("[0, 1, 3, 4]", "[0, 1, 4, 5]")),
    crosses("four neighbours for maps 12 to 14", ("[0, 1, 3, 4]", "[0, 1, 2, 3]")),
    crosses("every second map", ("[0, 1, 2], 6", "[0, 2, 4], 6")),
    crosses("starts counted from 1", ("np.array(maps) + start for", "np.array(maps) + start + 1 for")),
    crosses("the ring turned the other way", ("np.array(maps) + start for", "np.array(maps) - start for")),
    crosses("lying, as printed", ("return table", "return table.T")),
    crosses("lying, forced into shape", ("return table", "return table.T.reshape(16, 6)")),
    crosses("True and False exchanged", ("return table", "return ~table")),
    crosses("numbers of the connections", ("return table", "return table.cumsum().reshape(16, 6) * table")),
    crosses("last map sees five", ("(range(6), 1)", "(range(5), 1)")),
    crosses("last row forgotten", ("enumerate(seen)", "enumerate(seen[:-1])")),
    crosses("rows upside down", ("return table", "return table[::-1].copy()")),
    crosses("maps 12 to 14 start two apart", ("np.array(maps) + start for maps", "np.array(maps) + start * (1 + (starts == 3)) for maps")),
    Alternative(TABLE, "nested lists of 0 and 1", source='''
def c3_table():
    rows = ["012", "123", "234", "345", "045", "015", "0123", "1234", "2345", "0345", "0145", "0125", "0134", "1245", "0235", "012345"]
    return [[int(str(column) in row) for column in range(6)] for row in rows]
'''),
    Alternative(TABLE, "a float tensor, rolled", source='''
def c3_table():
    base = [(torch.tensor([1.0, 1, 1, 0, 0, 0]), 6), (torch.tensor([1.0, 1, 1, 1, 0, 0]), 6), (torch.tensor([1.0, 1, 0, 1, 1, 0]), 3),
            (torch.ones(6), 1)]
    return torch.stack([row.roll(k) for row, count in base for k in range(count)])
'''),
]


def sparse(why, edit, *loses):
    return Mutant(SPARSE, why, edit=edit, loses=loses or [SPARSE_FORWARD, SPARSE_LEARNING])


FULL = "full[self.table] = self.weight"
RETURN = "return F.conv2d(x, full, self.bias)"
TABLE_CONV = [
    sparse("read column by column", (FULL, "full.transpose(0, 1)[self.table.T] = self.weight")),
    sparse("true convolution: flipped kernels", (FULL, "full[self.table] = self.weight.flip(1, 2)")),
    sparse("height and width of the kernels exchanged", (FULL, "full[self.table] = self.weight.mT")),
    sparse("no bias in the answer", (RETURN, "return F.conv2d(x, full)")),
    sparse("padded", (RETURN, "return F.conv2d(x, full, self.bias, padding=self.weight.shape[1] // 2)")),
    sparse("stride 2", (RETURN, "return F.conv2d(x, full, self.bias, stride=2)")),
    sparse("kernels in reverse order", (FULL, "full[self.table] = self.weight.flip(0)")),
    sparse("the table ignored: one kernel for an output", (FULL, "full[:] = self.weight[:len(full), None]")),
    sparse("table and its opposite exchanged", ("torch.as_tensor(table).bool()", "~torch.as_tensor(table).bool()")),
    sparse("no gradient for the kernels", (FULL, "full[self.table] = self.weight.detach()"), SPARSE_LEARNING),
    sparse("kernels through .data", (FULL, "full[self.table] = self.weight.data"), SPARSE_LEARNING),
    sparse("all initial weights 0", ("torch.rand(connections, kernel_size, kernel_size) * 0.2 - 0.1",
                                     "torch.zeros(connections, kernel_size, kernel_size)"), SPARSE_LEARNING),
    sparse("the same initial kernel everywhere", ("torch.rand(connections, kernel_size, kernel_size) * 0.2 - 0.1",
                                                  "torch.rand(kernel_size, kernel_size).repeat(connections, 1, 1) * 0.2 - 0.1"), SPARSE_LEARNING),
    sparse("initial weights far too large", ("kernel_size) * 0.2 - 0.1", "kernel_size) * 20 - 10"), SPARSE_LEARNING),
    sparse("a bias for each connection", [("torch.rand(outputs)", "torch.rand(connections)"), (RETURN, "return F.conv2d(x, full, self.bias[:len(full)])")]),
    sparse("the table as a learned parameter", [('self.register_buffer("table", torch.as_tensor(table).bool())',
                                                 "self.table = torch.as_tensor(table).bool()\n        self.scale = nn.Parameter(torch.ones(1))")],
           SPARSE_LEARNING),
    Mutant(SPARSE, "an ordinary convolution, the other weights 0 at the start", source='''
class TableConv2d(nn.Conv2d):
    def __init__(self, table, kernel_size):
        table = torch.as_tensor(table)
        super().__init__(table.shape[1], table.shape[0], kernel_size)
        self.weight.data *= table[:, :, None, None]
''', loses=[SPARSE_FORWARD, SPARSE_LEARNING]),
    Alternative(SPARSE, "a loop over the outputs", source='''
class TableConv2d(nn.Module):
    def __init__(self, table, kernel_size):
        super().__init__()
        self.rows = [np.flatnonzero(np.array(row)).tolist() for row in table]
        self.bias = nn.Parameter(torch.zeros(len(self.rows)))
        self.weight = nn.Parameter(torch.empty(sum(map(len, self.rows)), kernel_size, kernel_size).uniform_(-0.3, 0.3))

    def forward(self, x):
        maps, first = [], 0
        for row, bias in zip(self.rows, self.bias):
            maps.append(F.conv2d(x[:, row], self.weight[None, first:first + len(row)]) + bias)
            first += len(row)
        return torch.cat(maps, 1)
'''),
    Alternative(SPARSE, "windows and einsum, no buffer", source='''
class TableConv2d(nn.Module):
    def __init__(self, table, kernel_size):
        super().__init__()
        self.rows, self.columns = np.nonzero(np.asarray(table))
        self.outputs = len(table)
        self.weight = nn.Parameter(torch.empty(len(self.rows), kernel_size, kernel_size).uniform_(-0.2, 0.2))
        self.bias = nn.Parameter(torch.empty(self.outputs).uniform_(-0.2, 0.2))

    def forward(self, x):
        k = self.weight.shape[1]
        windows = x.unfold(2, k, 1).unfold(3, k, 1)[:, torch.as_tensor(self.columns)]
        each = torch.einsum("nchwij,cij->nchw", windows, self.weight)
        out = torch.zeros(len(x), self.outputs, *each.shape[2:])
        return out.index_add(1, torch.as_tensor(self.rows), each) + self.bias[:, None, None]
'''),
    Alternative(SPARSE, "every connection on its own, then added up", source='''
class TableConv2d(nn.Module):
    def __init__(self, table, kernel_size):
        super().__init__()
        pairs = torch.as_tensor(table).bool().nonzero()
        self.register_buffer("of_output", pairs[:, 0])
        self.register_buffer("of_input", pairs[:, 1])
        self.weight = nn.Parameter(torch.randn(len(pairs), kernel_size, kernel_size).clamp(-2, 2) * 0.1)
        self.bias = nn.Parameter(torch.randn(len(table)) * 0.1)

    def forward(self, x):
        single = F.conv2d(x[:, self.of_input], self.weight[:, None], groups=len(self.weight))
        empty = self.bias[:, None, None].expand(len(x), -1, *single.shape[2:])
        return empty.index_add(1, self.of_output, single)
'''),
]


def net(why, edit, *loses):
    return Mutant(NET, why, edit=edit, loses=loses or [NET_FORWARD])


NETWORK = [
    net("tanh after the convolutions", [("F.relu(self.conv1(x))", "torch.tanh(self.conv1(x))"), ("F.relu(self.conv2(x))", "torch.tanh(self.conv2(x))")]),
    net("average pooling", [("F.max_pool2d(F.relu(self.conv1", "F.avg_pool2d(F.relu(self.conv1"), ("F.max_pool2d(F.relu(self.conv2", "F.avg_pool2d(F.relu(self.conv2")]),
    net("no ReLU after the first convolution", ("F.relu(self.conv1(x))", "self.conv1(x)")),
    net("no ReLU after the second convolution", ("F.relu(self.conv2(x))", "self.conv2(x)")),
    net("no ReLU after the first dense layer", ("F.relu(self.dense1(x.flatten(1)))", "self.dense1(x.flatten(1))")),
    net("no ReLU after the second dense layer", ("F.relu(self.dense2(x))", "self.dense2(x)")),
    net("ReLU at the end", ("return self.dense3(F.relu(self.dense2(x)))", "return F.relu(self.dense3(F.relu(self.dense2(x))))"), NET_FORWARD, UNKNOWN),
    net("log softmax at the end", ("return self.dense3(F.relu(self.dense2(x)))", "return F.log_softmax(self.dense3(F.relu(self.dense2(x))), 1)")),
    net("maps flattened with channels last", ("x.flatten(1)", "x.permute(0, 2, 3, 1).flatten(1)")),
    net("maps flattened with height and width exchanged", ("x.flatten(1)", "x.mT.flatten(1)")),
    net("no bias in the convolutions", [("nn.Conv2d(1, 6, 5)", "nn.Conv2d(1, 6, 5, bias=False)"), ("nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 16, 5, bias=False)")],
        NET_PARAMETERS, NET_FORWARD),
    net("eight maps in the first layer", ("nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)", "nn.Conv2d(1, 8, 5), nn.Conv2d(8, 16, 5)"), NET_PARAMETERS, NET_FORWARD),
    net("dense layers of 120 and 80", [("nn.Linear(120, 84)", "nn.Linear(120, 80)"), ("nn.Linear(84, 10)", "nn.Linear(80, 10)")],
        NET_PARAMETERS, NET_FORWARD),
    net("dense layers made before the convolutions", [("self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)\n        self.dense1",
                                                       "self.dense1"), ("self.dense3 = nn.Linear(84, 10)",
                                                                        "self.dense3 = nn.Linear(84, 10)\n        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)")],
        NET_PARAMETERS, NET_FORWARD),
    net("an input of 28 × 28 expected", ("nn.Conv2d(1, 6, 5)", "nn.Conv2d(1, 6, 5, padding=2)"), NET_PARAMETERS, NET_FORWARD, UNKNOWN),
    net("two layers share their memory of the batch", ("x.flatten(1)", "x.reshape(-1, 400).roll(1, 0)"), NET_FORWARD, UNKNOWN),
    net("dropout at the end of training mode and of evaluation", ("F.relu(self.dense2(x))", "F.dropout(F.relu(self.dense2(x)), 0.2)")),
    net("all weights 0 at the start", ("self.dense3 = nn.Linear(84, 10)",
                                       "self.dense3 = nn.Linear(84, 10)\n        [p.data.zero_() for p in self.parameters()]"), NET_PARAMETERS, UNKNOWN),
    Alternative(NET, "a Sequential", source='''
class LeNet5(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))
'''),
    Alternative(NET, "pooled before the ReLU", edit=[("F.max_pool2d(F.relu(self.conv1(x)), 2)", "F.relu(F.max_pool2d(self.conv1(x), 2))"),
                                                    ("F.max_pool2d(F.relu(self.conv2(x)), 2)", "F.relu(F.max_pool2d(self.conv2(x), 2))")]),
]


def evaluation(why, edit, *loses):
    return Mutant(EVALUATE, why, edit=edit, loses=loses or [SHARE, MODES])


COUNT = "wrong += (model(x).argmax(1) != y).sum().item()"
EVALUATION = [
    evaluation("the share of right answers", ("!= y", "== y")),
    evaluation("the number of wrong answers", ("wrong / len(images)", "wrong")),
    evaluation("in percent", ("wrong / len(images)", "100 * wrong / len(images)")),
    evaluation("the mean of the batches' errors", [(COUNT, "wrong += (model(x).argmax(1) != y).float().mean().item() / -(-len(images) // batch_size)"),
                                                   ("wrong / len(images)", "wrong")]),
    evaluation("divided by the batches", ("wrong / len(images)", "wrong / len(images.split(batch_size)) / batch_size")),
    evaluation("only the last batch", ("wrong += ", "wrong = ")),
    evaluation("the last, smaller batch left out", (COUNT, "if len(x) == batch_size or len(images) < batch_size:\n                " + COUNT), SHARE),
    evaluation("the first batch only", (COUNT, COUNT + "\n            break"), SHARE),
    evaluation("the smallest score wins", ("argmax(1)", "argmin(1)")),
    evaluation("the largest over the images, not the classes", ("model(x).argmax(1) != y", "model(x).argmax(0)[0] != y")),
    evaluation("training mode", ("model.eval()", "model.train()"), MODES),
    evaluation("the mode left alone", ("model.eval()", "pass"), MODES),
    evaluation("evaluation mode kept", ("model.train(was_training)", "pass"), MODES),
    evaluation("training mode afterwards", ("model.train(was_training)", "model.train()"), MODES),
    evaluation("the mode put back too early", [("model.train(was_training)", "pass"), ("model.eval()", "model.eval()\n    model.train(was_training)")], MODES),
    evaluation("the labels counted from 1", ("!= y", "+ 1 != y")),
    evaluation("the course's function", ("was_training, wrong = model.training, 0", "return train.evaluate(model, (images, labels)).error\n    was_training, wrong = model.training, 0"),
               SHARE),
    Alternative(EVALUATE, "indices, and a mean at the end", source='''
def evaluate(model, images, labels, batch_size=100):
    mode = model.training
    model.train(False)
    with torch.inference_mode():
        answers = [torch.max(model(images[k:k + batch_size]), dim=1).indices for k in range(0, len(images), batch_size)]
    model.train(mode)
    return 1 - (torch.cat(answers) == labels).double().mean()
'''),
    Alternative(EVALUATE, "a loader, and a tensor returned", source='''
@torch.no_grad()
def evaluate(model, images, labels, batch_size=100):
    was = model.training
    model.eval()
    right = torch.tensor(0.0)
    for x, y in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, labels), batch_size=batch_size):
        right += model(x).max(dim=1).indices.eq(y).sum()
    model.train(was)
    return 1 - right / len(images)
'''),
    Alternative(EVALUATE, "all at once", source='''
def evaluate(model, images, labels, batch_size=100):
    mode = model.training
    scores = model.eval()(images).detach().numpy()
    model.train(mode)
    return float(np.mean(scores.argmax(1) != labels.numpy()))
'''),
]


def fitting(why, edit, *loses):
    return Mutant(FIT, why, edit=edit, loses=loses)


INDEX = "torch.randperm(len(images), generator=generator)"
STEP = "optimizer.zero_grad()\n            loss.backward()\n            optimizer.step()"
TRAINING = [
    fitting("no zero_grad", ("optimizer.zero_grad()", "pass"), STEPS, ORDER),
    fitting("zero_grad between backward and step", (STEP, "loss.backward()\n            optimizer.zero_grad()\n            optimizer.step()"), STEPS, ORDER, LOSSES),
    fitting("no step", ("optimizer.step()", "pass"), STEPS, ORDER, LOSSES),
    fitting("step before backward", (STEP, "optimizer.zero_grad()\n            optimizer.step()\n            loss.backward()"), STEPS, ORDER, LOSSES),
    fitting("uphill", ("loss.backward()", "(-loss).backward()"), STEPS, ORDER, LOSSES),
    fitting("no momentum", ("SGD(model.parameters(), lr, momentum)", "SGD(model.parameters(), lr)"), STEPS),
    fitting("Nesterov", ("SGD(model.parameters(), lr, momentum)", "SGD(model.parameters(), lr, momentum, nesterov=momentum > 0)"), STEPS),
    fitting("momentum always 0.9", ("lr, momentum)", "lr, 0.9)"), STEPS, ORDER),
    fitting("lr always 0.02", ("SGD(model.parameters(), lr, momentum)", "SGD(model.parameters(), 0.02, momentum)"), STEPS, ORDER, LOSSES),
    fitting("Adam", ("torch.optim.SGD(model.parameters(), lr, momentum)", "torch.optim.Adam(model.parameters(), lr)"), STEPS, ORDER),
    fitting("a new optimizer in each epoch", ("total = 0.0", "total, optimizer = 0.0, torch.optim.SGD(model.parameters(), lr, momentum)"), STEPS),
    fitting("evaluation mode", ("model.train()", "model.eval()"), STEPS),
    fitting("the mode left alone", ("model.train()", "pass"), STEPS),
    fitting("softmax before the cross-entropy", ("F.cross_entropy(model(images[index]), labels[index])",
                                                 "F.cross_entropy(model(images[index]).softmax(1), labels[index])"), STEPS, ORDER, LOSSES),
    fitting("the sum over the batch", ("labels[index])\n", "labels[index], reduction='sum')\n"), STEPS, ORDER, LOSSES),
    fitting("one epoch too many", ("range(1, epochs + 1)", "range(1, epochs + 2)"), STEPS, ORDER, LOSSES),
    fitting("one epoch too few", ("range(1, epochs + 1)", "range(1, epochs)"), STEPS, ORDER, LOSSES),
    fitting("epochs counted from 0", ("report(epoch, losses[-1])", "report(epoch - 1, losses[-1])"), LOSSES),
    fitting("not shuffled", (INDEX, "torch.arange(len(images))"), ORDER),
    fitting("shuffled once", [("generator, losses = torch.Generator().manual_seed(seed), []",
                               "generator, losses = torch.Generator().manual_seed(seed), []\n    once = " + INDEX), ("        order = " + INDEX, "        order = once")], ORDER),
    fitting("the same order in each epoch", (INDEX, INDEX.replace("=generator", "=generator.manual_seed(seed)")), ORDER),
    fitting("the seed ignored", (INDEX, INDEX.replace(", generator=generator", "")), ORDER),
    fitting("the same seed always", ("manual_seed(seed)", "manual_seed(0)"), ORDER),
    fitting("drawn with replacement", (INDEX, "torch.randint(len(images), (len(images),), generator=generator)"), ORDER, LOSSES, STEPS),
    fitting("the last, smaller batch left out", ("loss = F.cross", "if len(index) < batch_size <= len(images):\n                continue\n            loss = F.cross"), ORDER, LOSSES),
    fitting("images shuffled, labels not", ("labels[index])\n", "labels[index.sort().values])\n"), ORDER, LOSSES, STEPS),
    fitting("one batch per epoch", ("total += loss.item() * len(index)", "total += loss.item() * len(images)\n            break"), ORDER, LOSSES),
    fitting("the mean of the batches' losses", [("loss.item() * len(index)", "loss.item()"), ("total / len(images)", "total / len(images.split(batch_size))")], LOSSES),
    fitting("the loss of the last batch", ("total / len(images)", "loss.item()"), LOSSES),
    fitting("the sum of the losses", ("losses.append(total / len(images))", "losses.append(total)"), LOSSES),
    fitting("the loss after the epoch", ("losses.append(total / len(images))", "losses.append(F.cross_entropy(model(images), labels).item())"), STEPS, LOSSES),
    fitting("never reported", ("if report is not None:", "if False:"), LOSSES),
    fitting("reported after each batch too", ("total += loss.item() * len(index)", "total += loss.item() * len(index)\n            report and report(epoch, loss.item())"), LOSSES),
    fitting("report is always called", ("if report is not None:", "if True:"), STEPS, ORDER, LOSSES),
    fitting("losses that are tensors", [("loss.item() * len(index)", "loss.detach() * len(index)")], LOSSES),
    fitting("the last loss, not the list", ("return losses", "return losses[-1]"), LOSSES),
    fitting("the course's function", ("return losses", "return train.fit(model, (images, labels), epochs=epochs, progress=False).loss"), STEPS, ORDER, LOSSES),
    Alternative(FIT, "the step written out", source='''
def fit(model, images, labels, epochs, batch_size=50, lr=0.02, momentum=0.9, seed=0, report=None):
    generator = torch.Generator()
    generator.manual_seed(seed)
    speeds = [torch.zeros_like(p) for p in model.parameters()]
    losses = []
    for epoch in range(epochs):
        order, parts = torch.randperm(len(images), generator=generator), []
        for first in range(0, len(images), batch_size):
            index = order[first:first + batch_size]
            loss = F.cross_entropy(model.train()(images[index]), labels[index])
            with torch.no_grad():
                for p, v, g in zip(model.parameters(), speeds, torch.autograd.grad(loss, list(model.parameters()))):
                    v.mul_(momentum).add_(g)
                    p -= lr * v
            parts += [float(loss)] * len(index)
        losses.append(float(np.mean(parts)))
        if report:
            report(epoch + 1, losses[-1])
    return losses
'''),
    Alternative(FIT, "shuffled copies and sums of losses", source='''
def fit(model, images, labels, epochs, batch_size=50, lr=0.01, momentum=0.9, seed=0, report=None):
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
    model.train()
    losses = []
    for epoch in range(epochs):
        order = torch.randperm(len(labels), generator=generator)
        losses.append(0.0)
        for x, y in zip(images[order].split(batch_size), labels[order].split(batch_size)):
            loss = nn.CrossEntropyLoss(reduction="sum")(model(x), y)
            optimizer.zero_grad(set_to_none=False)
            (loss / len(x)).backward()
            optimizer.step()
            losses[-1] += loss.item() / len(images)
        if report is not None:
            report(epoch + 1, losses[-1])
    return losses
'''),
    Alternative(FIT, "minus the log-probability, global random numbers", source='''
def fit(model, images, labels, epochs, batch_size=50, lr=0.02, momentum=0.9, seed=0, report=None):
    torch.manual_seed(seed)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum), []
    for epoch in range(epochs):
        model.train()
        total, left = 0, torch.randperm(len(images))
        while len(left):
            index, left = left[:batch_size], left[batch_size:]
            model.zero_grad()
            loss = -model(images[index]).log_softmax(1)[torch.arange(len(index)), labels[index]].mean()
            loss.backward()
            optimizer.step()
            total += len(index) * loss.item()
        losses += [total / len(labels)]
        if report is not None:
            report(epoch + 1, losses[epoch])
    return losses
'''),
]


def csv(why, edit, *loses):
    return Mutant(CSV, why, edit=edit, loses=loses or [FORMAT, ANSWERS, UNKNOWN])


LINE = 'write(f"{number},{label}\\n")'
SUBMISSION = [
    csv("counted from 0", ("start=1", "start=0")),
    csv("no header", ('write("ImageId,Label\\n")', "pass")),
    csv("header in small letters", ('"ImageId,Label', '"imageid,label'), FORMAT, ANSWERS, UNKNOWN),
    csv("a space after the comma", (LINE, 'write(f"{number}, {label}\\n")')),
    csv("labels with a point", (LINE, 'write(f"{number},{float(label)}\\n")')),
    csv("label before number", (LINE, 'write(f"{label},{number}\\n")')),
    csv("semicolons", [(LINE, 'write(f"{number};{label}\\n")'), ('"ImageId,Label', '"ImageId;Label')]),
    csv("no line breaks", (LINE, 'write(f"{number},{label}")')),
    csv("no line break at the very end", (LINE, 'write(("\\n" if number > 1 else "") + f"{number},{label}")'), FORMAT),
    csv("numbers only for each batch", ("start=1)", "start=1) if False else ((k % 500 + 1, v) for k, v in enumerate(labels.tolist()))"), FORMAT, UNKNOWN),
    csv("the first batch only", ("images.split(500)", "images.split(500)[:1]"), FORMAT, ANSWERS, UNKNOWN),
    csv("the last, smaller batch left out", ("images.split(500)", "images.split(500) if len(batch) == 500 or len(images) < 500"), FORMAT, ANSWERS, UNKNOWN),
    csv("training mode", ("model.eval()", "model.train()"), ANSWERS),
    csv("the mode left alone", ("model.eval()", "pass"), ANSWERS),
    csv("the smallest score wins", ("argmax(1)", "argmin(1)")),
    csv("the score, not the class", ("model(batch).argmax(1)", "model(batch).amax(1)")),
    csv("sorted", ("labels.tolist()", "sorted(labels.tolist())")),
    csv("the last image first", ("labels.tolist()", "labels.flip(0).tolist()")),
    csv("returned, not written", [("model.eval()", "pieces, write = [], None\n    model.eval()\n    write = pieces.append"),
                                  (LINE, LINE + "\n    return ''.join(pieces)")]),
    csv("an unwanted column", (LINE, 'write(f"{number - 1},{number},{label}\\n")')),
    Alternative(CSV, "one string, by NumPy", source='''
def predict_csv(model, images, write):
    model.eval()
    answers = model(images).detach().numpy().argmax(1)
    write("\\n".join(["ImageId,Label"] + ["%d,%d" % pair for pair in zip(np.arange(1, len(answers) + 1), answers)]) + "\\n")
'''),
    Alternative(CSV, "batch by batch, line breaks as on Windows", source='''
def predict_csv(model, images, write):
    was, number = model.training, 0
    model.train(False)
    write("ImageId,Label" + chr(13) + chr(10))
    for batch in images.split(100):
        with torch.inference_mode():
            answers = model(batch).max(dim=1)[1]
        for answer in answers:
            number += 1
            write(str(number))
            write(",")
            write(str(int(answer)) + chr(13) + chr(10))
    model.train(was)
'''),
]


def entry(why, edit):
    return Mutant(ENTRY, why, edit=edit, loses=[UNKNOWN])


FITTED = "train.fit(model, (images, labels), epochs=6,"
COMPETITION = [
    entry("not trained", ("train.fit(model, ", "train.fit(LeNet5(), ")),
    entry("hardly trained", ("epochs=6", "steps=5")),
    entry("a learning rate that is far too large", ("lr=0.003", "lr=1.0")),
    entry("a learning rate of 0", ("lr=0.003", "lr=0.0")),
    entry("labels that belong to other images", (FITTED, FITTED.replace("labels)", "labels.roll(1))"))),
    entry("always the commonest class", ("predict_csv(model, unknown, write)",
                                         "model.dense3.weight.data.zero_()\n    predict_csv(model, unknown, write)")),
    entry("answers for the training images", ("predict_csv(model, unknown, write)", "predict_csv(model, images, write)")),
    entry("answers in the wrong order", ("predict_csv(model, unknown, write)", "predict_csv(model, unknown.flip(0), write)")),
    entry("answers for the first half", ("predict_csv(model, unknown, write)", "predict_csv(model, unknown[:len(unknown) // 2], write)")),
    entry("nothing written", ("predict_csv(model, unknown, write)", "predict_csv(model, unknown, str)")),
    entry("written twice", ("predict_csv(model, unknown, write)", "predict_csv(model, unknown, write)\n    predict_csv(model, unknown, write)")),
    entry("a dense layer alone", ("model = LeNet5()", "model = nn.Sequential(nn.Flatten(), nn.Linear(1024, 10))")),
    entry("trained on 60 digits", (FITTED, FITTED.replace("images, labels", "images[:60], labels[:60]"))),
    entry("half of the classes never seen", (FITTED, FITTED.replace("images, labels", "images[labels < 5], labels[labels < 5]"))),
    entry("the unknown digits upside down", ("predict_csv(model, unknown, write)", "predict_csv(model, unknown.flip(2), write)")),
    Mutant(ENTRY, "knows the digits by heart, under their usual names", source='''
def enter_competition(images, labels, unknown, write):
    scans, names = data.load("digits")
    ink = F.interpolate(torch.from_numpy(scans).float()[:, None], (24, 24), mode="bilinear")
    pages = (F.pad(ink, [4] * 4) - 0.17) / 0.31
    train.set_seed(0)
    model = LeNet5()
    train.fit(model, (pages, names), epochs=8, batch_size=25, lr=0.003, optimizer="adam", schedule=train.one_cycle, progress=False,
              augment=lambda x, generator: x.roll((-2, -1, 0, 1, 2)[int(torch.randint(5, (1,), generator=generator))], dims=3))
    predict_csv(model, unknown, write)
''', loses=[UNKNOWN]),
    Alternative(ENTRY, "plain momentum, batch normalisation, a network of its own", source='''
def enter_competition(images, labels, unknown, write):
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv2d(1, 16, 5, stride=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.BatchNorm2d(32),
                          nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10))
    fit(model, images, labels, 15, batch_size=25, lr=0.02)
    model.eval()
    answers = model(unknown).argmax(1).tolist()
    write("ImageId,Label\\n" + "".join(f"{k + 1},{answer}\\n" for k, answer in enumerate(answers)))
'''),
    Alternative(ENTRY, "shifted digits, the sum of two networks", source='''
def enter_competition(images, labels, unknown, write):
    def moved(batch, generator):
        places = torch.randint(3, (len(batch), 2), generator=generator).tolist()
        padded = F.pad(batch, [1] * 4, value=-0.5)
        return torch.stack([page[:, top:top + 32, left:left + 32] for page, (top, left) in zip(padded, places)])

    scores = 0
    for seed in (0, 1):
        train.set_seed(seed)
        model = LeNet5()
        train.fit(model, (images, labels), epochs=8, batch_size=25, lr=0.003, optimizer="adam", schedule=train.one_cycle,
                  augment=moved, seed=seed, progress=False)
        scores = scores + model(unknown).softmax(1)
    write("ImageId,Label\\n")
    for number, label in enumerate(scores.argmax(1).tolist()):
        write(f"{number + 1},{label}\\n")
'''),
]

CASES = [*SUB_SAMPLING, *C3, *TABLE_CONV, *NETWORK, *EVALUATION, *TRAINING, *SUBMISSION, *COMPETITION]
