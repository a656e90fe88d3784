"""Wrong and other right answers to the exercises of lesson 14; see autograde/mutants.py.

Suppression and average precision use the student's iou, the training uses the student's network and loss: a wrong one
of these also loses the tests of what is built on it, where it makes a difference there.
"""
from autograde.mutants import Alternative, Mutant

IOU, NMS, ENCODE, DECODE = ("exercise-14-3-iou", "exercise-14-4-non-max-suppression", "exercise-14-5-encode-targets",
                            "exercise-14-6-decode-grid")
LOSS, NET, TRAIN, AP = ("exercise-14-7-yolo-loss", "exercise-14-8-tiny-yolo", "exercise-14-9-train-detector",
                        "exercise-14-10-average-precision")
DICE, UNET, SEGMENT = "exercise-14-11-dice-and-iou", "exercise-14-12-unet", "exercise-14-13-train-segmenter"

VALUES, EDGES = "test-14-3-values", "test-14-3-edges"
HAND, RANDOM = "test-14-4-hand", "test-14-4-random"
ONE, MANY, DECODED = "test-14-5-one", "test-14-5-many", "test-14-6-decode"
VALUE, GRADIENT = "test-14-7-value", "test-14-7-gradient"
GRID, FINDS = "test-14-8-grid", "test-14-9-finds"
AP_HAND, AP_RANDOM = "test-14-10-hand", "test-14-10-random"
SCORES, LETTER_U, SEGMENTS = "test-14-11-scores", "test-14-12-u", "test-14-13-finds"

BUILT_ON_IOU = [HAND, RANDOM, AP_HAND, AP_RANDOM]


def edited(cell, usual):
    """A maker of mutants of one cell: why, (old, new) pairs, and the tests lost if not the usual ones."""
    def make(why, *edit, loses=None):
        return Mutant(cell, why, edit=list(edit), loses=loses or usual)
    return make


iou = edited(IOU, [VALUES, EDGES, *BUILT_ON_IOU])
SHARED = "shared = (end - start).clamp(min=0).prod(2)"
RETURN = "return shared / (area_a[:, None] + area_b - shared).clamp(min=1e-9)"
IOUS = [
    iou("no limit at 0", (".clamp(min=0)", ""), loses=[VALUES, EDGES, AP_RANDOM]),
    iou("sum of the areas, not the union", (" - shared).clamp", ").clamp")),
    iou("intersection over the smaller area", (RETURN, "return shared / torch.minimum(area_a[:, None], area_b).clamp(min=1e-9)")),
    iou("intersection over the first area", (RETURN, "return shared / area_a[:, None].clamp(min=1e-9)")),
    iou("Dice", (RETURN, "return 2 * shared / (area_a[:, None] + area_b).clamp(min=1e-9)")),
    iou("pixels counted with + 1", (SHARED, "shared = (end - start + 1).clamp(min=0).prod(2)"),
        ("(a[:, 2:] - a[:, :2]).prod(1)", "(a[:, 2:] - a[:, :2] + 1).prod(1)"), ("(b[:, 2:] - b[:, :2]).prod(1)", "(b[:, 2:] - b[:, :2] + 1).prod(1)")),
    iou("NaN for two boxes of area 0", (".clamp(min=1e-9)", ""), loses=[EDGES]),
    iou("at least 20 pixels of union", ("1e-9", "20"), loses=[VALUES, EDGES, HAND]),
    iou("rows and columns of the result exchanged", (RETURN, RETURN + ".T"), loses=[VALUES, EDGES, AP_HAND, AP_RANDOM]),
    iou("height never looked at", (SHARED, "shared = (end - start).clamp(min=0)[..., 0]"),
        ("area_a, area_b = (a[:, 2:] - a[:, :2]).prod(1), (b[:, 2:] - b[:, :2]).prod(1)", "area_a, area_b = a[:, 2] - a[:, 0], b[:, 2] - b[:, 0]"),
        loses=[VALUES, EDGES, RANDOM, AP_HAND, AP_RANDOM]),
    iou("from the smaller start", ("torch.maximum(a", "torch.minimum(a")),
    iou("width and height added", (SHARED, "shared = (end - start).clamp(min=0).sum(2)")),
    iou("boxes read as x, y, width, height", ("torch.minimum(a[:, None, 2:], b[:, 2:])", "torch.minimum((a[:, :2] + a[:, 2:])[:, None], b[:, :2] + b[:, 2:])"),
        ("area_a, area_b = (a[:, 2:] - a[:, :2]).prod(1), (b[:, 2:] - b[:, :2]).prod(1)", "area_a, area_b = a[:, 2:].prod(1), b[:, 2:].prod(1)"),
        loses=[VALUES, EDGES, HAND, RANDOM, AP_RANDOM]),
    iou("given boxes changed", ("start = torch", "a[:, 2:] += 1\n    start = torch")),
    Mutant(IOU, "the library's", source="def iou(a, b):\n    return ops.box_iou(a, b)\n",
           loses=[VALUES, EDGES, HAND, RANDOM, AP_HAND, AP_RANDOM]),
    Alternative(IOU, "loops", source='''
def iou(a, b):
    result = torch.zeros(len(a), len(b), dtype=torch.float64)
    for i, (l, t, r, m) in enumerate(a.tolist()):
        for j, (left, top, right, bottom) in enumerate(b.tolist()):
            both = max(0, min(r, right) - max(l, left)) * max(0, min(m, bottom) - max(t, top))
            union = (r - l) * (m - t) + (right - left) * (bottom - top) - both
            result[i, j] = both / union if union else 0
    return result
'''),
    Alternative(IOU, "four numbers by unbind, nan_to_num", source='''
def iou(a, b):
    left, top, right, bottom = a[:, None].unbind(-1)
    l, t, r, m = b[None].unbind(-1)
    wide = F.relu(torch.min(right, r) - torch.max(left, l))
    high = F.relu(torch.min(bottom, m) - torch.max(top, t))
    both = wide * high
    return torch.nan_to_num(both / ((right - left) * (bottom - top) + (r - l) * (m - t) - both))
'''),
]

nms = edited(NMS, [HAND, RANDOM])
TEST, SORTED = "if all(overlap[i, j] <= threshold for j in kept):", "scores.argsort(descending=True, stable=True).tolist()"
SUPPRESSIONS = [
    Mutant(NMS, "removed boxes remove others", source='''
def non_max_suppression(boxes, scores, threshold=0.5):
    overlap, kept, seen = iou(boxes, boxes), [], []
    for i in scores.argsort(descending=True, stable=True).tolist():
        if all(overlap[i, j] <= threshold for j in seen):
            kept.append(i)
        seen.append(i)
    return torch.tensor(kept, dtype=torch.int64)
''', loses=[HAND, RANDOM]),
    nms("threshold itself removes", ("<= threshold", "< threshold")),
    nms("worst first", ("descending=True", "descending=False")),
    nms("in the order of the list", (SORTED, "range(len(scores))")),
    nms("kept positions in the order of the list", ("torch.tensor(kept,", "torch.tensor(sorted(kept),")),
    nms("those that are removed", ("        if all(", "        if not all(")),
    nms("only the last kept box counts", ("for j in kept)", "for j in kept[-1:])")),
    nms("only the first kept box counts", ("for j in kept)", "for j in kept[:1])"), loses=[RANDOM]),
    nms("nothing removed", (TEST, "if True:")),
    nms("threshold always 0.5", ("<= threshold", "<= 0.5")),
    nms("threshold by default 0.45", ("threshold=0.5", "threshold=0.45"), loses=[HAND]),
    nms("threshold by default 0.6", ("threshold=0.5", "threshold=0.6"), loses=[HAND]),
    nms("any in place of all", ("if all(overlap[i, j] <= threshold for j in kept):", "if not kept or any(overlap[i, j] <= threshold for j in kept):")),
    nms("the boxes, not their positions", ("torch.tensor(kept, dtype=torch.int64)", "boxes[kept]")),
    nms("equal scores: the last first", (SORTED, "sorted(range(len(scores)), key=lambda k: (-float(scores[k]), -k))"), loses=[HAND]),
    nms("boxes without a positive score left out", (SORTED, "[k for k in scores.argsort(descending=True, stable=True).tolist() if scores[k] > 0]"),
        loses=[HAND, RANDOM]),
    nms("fails without boxes", ("overlap, kept =", "scores.max()\n    overlap, kept ="), loses=[HAND]),
    nms("given scores changed", ("return torch", "scores.zero_()\n    return torch")),
    Mutant(NMS, "the library's", source="def non_max_suppression(boxes, scores, threshold=0.5):\n    return ops.nms(boxes, scores, threshold)\n",
           loses=[HAND, RANDOM]),
    Alternative(NMS, "shrinking list", source='''
def non_max_suppression(boxes, scores, threshold=0.5):
    left, kept = sorted(range(len(scores)), key=lambda k: -float(scores[k])), []
    while left:
        best = left.pop(0)
        kept.append(best)
        if left:
            overlap = iou(boxes[best:best + 1], boxes[left])[0]
            left = [k for k, o in zip(left, overlap) if o <= threshold]
    return kept
'''),
    Alternative(NMS, "NumPy, flags in the order of the list", source='''
def non_max_suppression(boxes, scores, threshold=0.5):
    close, alive, kept = np.asarray(iou(boxes, boxes)) > threshold, np.ones(len(boxes), bool), []
    for i in np.argsort(-np.asarray(scores), kind="stable"):
        if alive[i]:
            kept.append(i)
            alive &= ~close[i]
    return np.array(kept, int)
'''),
    Alternative(NMS, "a mask of boxes alive, int32", source='''
def non_max_suppression(boxes, scores, threshold=0.5):
    order = torch.sort(scores, descending=True, stable=True).indices
    close, alive = iou(boxes[order], boxes[order]) > threshold, torch.ones(len(boxes), dtype=torch.bool)
    for k in range(len(boxes)):
        if alive[k]:
            alive[k + 1:] &= ~close[k, k + 1:]
    return order[alive].int()
'''),
]

encode = edited(ENCODE, [ONE, MANY])
FIVE = "torch.tensor([1, x - column, y - row, *share])"
ENCODINGS = [
    encode("row and column exchanged", ("row, column = int(y), int(x)", "row, column = int(x), int(y)")),
    encode("position in pixels", (FIVE, "torch.tensor([1, (x - column) * cell, (y - row) * cell, *share])")),
    encode("position as a share of the picture", (FIVE, "torch.tensor([1, x * cell / width, y * cell / height, *share])")),
    encode("x and y exchanged", (FIVE, "torch.tensor([1, y - row, x - column, *share])")),
    encode("corner in place of the centre", ("x, y = (left + right) / 2 / cell, (top + bottom) / 2 / cell", "x, y = left / cell, top / cell")),
    encode("size in cells", ("share = (right - left) / width, (bottom - top) / height", "share = (right - left) / cell, (bottom - top) / cell")),
    encode("width and height exchanged", ("*share])", "*share[::-1]])")),
    encode("both sizes by the height of the picture", ("(right - left) / width", "(right - left) / height")),
    encode("half the size", ("(right - left) / width, (bottom - top) / height", "(right - left) / 2 / width, (bottom - top) / 2 / height")),
    encode("places without an object taken for objects", ("label < 0 or ", ""), loses=[MANY]),
    encode("stops at the first empty place", ("if label < 0 or grid[0, row, column]:\n            continue", "if label < 0:\n            break\n        if grid[0, row, column]:\n            continue"), loses=[MANY]),
    encode("the last box keeps the cell", (" or grid[0, row, column]", ""), loses=[MANY]),
    encode("the last box keeps the cell, and its class only", ("if label < 0 or grid[0, row, column]:\n            continue", "if label < 0:\n            continue\n        grid[:, row, column] = 0"), loses=[MANY]),
    encode("class 0 left out", ("label < 0", "label <= 0")),
    encode("classes from 1", ("grid[5 + label, row", "grid[4 + label, row")),
    encode("class number in place of a one", ("row, column] = 1", "row, column] = label")),
    encode("cells always of 8 pixels", ("height, width = size", "height, width = size\n    grid = torch.zeros(5 + classes, height // cell, width // cell)\n    cell = 8"), ("    grid = torch.zeros(5 + classes, height // cell, width // cell)\n    for", "    for"), loses=[ONE]),
    encode("always six classes", ("torch.zeros(5 + classes,", "torch.zeros(11,")),
    encode("rounded to the nearest cell", ("int(y), int(x)", "min(round(y), height // cell - 1), min(round(x), width // cell - 1)")),
    encode("no confidence", ("torch.tensor([1,", "torch.tensor([0,")),
    Alternative(ENCODE, "divmod in pixels, float64", source='''
def encode_targets(boxes, labels, classes, size, cell=8):
    grid, taken = np.zeros((5 + classes, size[0] // cell, size[1] // cell)), set()
    for box, label in zip(np.asarray(boxes, dtype=float), labels):
        if label >= 0:
            (column, x), (row, y) = (divmod((box[k] + box[k + 2]) / 2, cell) for k in (0, 1))
            place = int(row), int(column)
            if place not in taken:
                taken.add(place)
                grid[(slice(0, 5), *place)] = [1, x / cell, y / cell, (box[2] - box[0]) / size[1], (box[3] - box[1]) / size[0]]
                grid[(5 + int(label), *place)] = 1
    return torch.from_numpy(grid)
'''),
    Alternative(ENCODE, "backwards, the first box written last", source='''
def encode_targets(boxes, labels, classes, size, cell=8):
    grid = torch.zeros(5 + classes, size[0] // cell, size[1] // cell)
    for box, label in zip(boxes.flip(0), labels.flip(0)):
        if label != -1:
            middle = (box[:2] + box[2:]) / 2 / cell
            column, row = middle.floor().int()
            extent = (box[2:] - box[:2]) / torch.tensor([size[1], size[0]])
            grid[:, row, column] = torch.cat([torch.ones(1), middle % 1, extent, F.one_hot(label, classes).float()])
    return grid
'''),
]

decode = edited(DECODE, [DECODED])
STACK = "torch.stack([x - half_width, y - half_height, x + half_width, y + half_height], dim=-1)"
DECODINGS = [
    decode("whole size on each side", ("grid[3] * width / 2, grid[4] * height / 2", "grid[3] * width, grid[4] * height")),
    decode("centre and size, not corners", (STACK, "torch.stack([x, y, 2 * half_width, 2 * half_height], dim=-1)")),
    decode("x and y exchanged", ("(column + grid[1]) * cell, (row + grid[2]) * cell", "(column + grid[2]) * cell, (row + grid[1]) * cell")),
    decode("rows and columns exchanged", ('torch.arange(rows), torch.arange(columns), indexing="ij"', 'torch.arange(columns), torch.arange(rows), indexing="xy"'),
           ("row, column = torch.meshgrid", "row, column = torch.meshgrid")),
    decode("top before left", (STACK, "torch.stack([y - half_height, x - half_width, y + half_height, x + half_width], dim=-1)")),
    decode("width and height of the picture exchanged", ("grid[3] * width / 2, grid[4] * height / 2", "grid[3] * height / 2, grid[4] * width / 2")),
    decode("position not in cells", ("(column + grid[1]) * cell, (row + grid[2]) * cell", "column * cell + grid[1], row * cell + grid[2]")),
    decode("confidence alone", ("(grid[0] * best)", "grid[0]")),
    decode("class number alone", ("(grid[0] * best)", "best")),
    decode("confidence plus class number", ("(grid[0] * best)", "(grid[0] + best)")),
    decode("cells always of 8 pixels", ("cell = height / rows", "cell = 8")),
    decode("cell size from width over rows", ("cell = height / rows", "cell = width / rows")),
    decode("column by column", ("boxes.reshape(-1, 4)", "boxes.transpose(0, 1).reshape(-1, 4)")),
    decode("clipped to the picture", ("boxes.reshape(-1, 4)", "boxes.reshape(-1, 4).clamp(min=0)")),
    decode("classes from 1", ("labels.flatten()", "labels.flatten() + 1")),
    decode("classes from all channels", ("grid[5:].max(0)", "grid[4:].max(0)")),
    decode("sure cells only", ("return boxes.reshape(-1, 4), (grid[0] * best).flatten(), labels.flatten()",
                               "sure = grid[0].flatten() > 0\n    return boxes.reshape(-1, 4)[sure], (grid[0] * best).flatten()[sure], labels.flatten()[sure]")),
    decode("the grid as a whole picture of scores", (".flatten(), labels", ", labels")),
    decode("given grid changed", ("best, labels = grid", "grid[1:3] *= cell\n    best, labels = grid")),
    Alternative(DECODE, "loops over cells, lists", source='''
def decode_grid(grid, size):
    (height, width), cell, boxes, scores, labels = size, size[0] / grid.shape[1], [], [], []
    for row in range(grid.shape[1]):
        for column in range(grid.shape[2]):
            c, x, y, w, h = grid[:5, row, column].tolist()
            x, y = (column + x) * cell, (row + y) * cell
            boxes.append([x - w * width / 2, y - h * height / 2, x + w * width / 2, y + h * height / 2])
            scores.append(c * float(grid[5:, row, column].max()))
            labels.append(int(grid[5:, row, column].argmax()))
    return boxes, scores, labels
'''),
    Alternative(DECODE, "flat cells, double precision", source='''
def decode_grid(grid, size):
    flat, columns = grid.double().flatten(1).T, grid.shape[2]
    cells = torch.arange(len(flat))
    middle = (torch.stack([cells % columns, cells // columns], 1) + flat[:, 1:3]) * (size[1] / columns)
    half = flat[:, 3:5] * torch.tensor([size[1], size[0]]) / 2
    return [torch.cat([middle - half, middle + half], 1), (flat[:, :1] * flat[:, 5:]).amax(1), flat[:, 5:].argmax(1)]
'''),
]

loss = edited(LOSS, [VALUE, GRADIENT])
PLACE = "place = (there * (outputs[:, 1:3] - targets[:, 1:3]) ** 2).sum()"
EXTENT = "extent = (there * (outputs[:, 3:5].sqrt() - targets[:, 3:5].sqrt()) ** 2).sum()"
CONFIDENCE = "confidence = ((there + 0.5 * (1 - there)) * (outputs[:, :1] - there) ** 2).sum()"
KIND = "kind = (there * (outputs[:, 5:] - targets[:, 5:]) ** 2).sum()"
RESULT = "return (5 * (place + extent) + confidence + kind) / len(outputs)"
LOSSES = [
    loss("no square roots", (EXTENT, EXTENT.replace(".sqrt()", ""))),
    loss("empty cells count in full", ("(there + 0.5 * (1 - there)) * ", "")),
    loss("empty cells not asked", ("(there + 0.5 * (1 - there)) * ", "there * ")),
    loss("cells with an object count half", ("(there + 0.5 * (1 - there))", "(1 - 0.5 * there)")),
    loss("factor 1 for place and size", ("5 * (place + extent)", "place + extent")),
    loss("no place", ("5 * (place + extent)", "5 * extent"), loses=[VALUE, GRADIENT, FINDS]),
    loss("no size", ("5 * (place + extent)", "5 * place"), loses=[VALUE, GRADIENT, FINDS]),
    loss("no classes", (" + confidence + kind)", " + confidence)"), loses=[VALUE, GRADIENT, FINDS]),
    loss("every cell's confidence pulled to 0", ("(outputs[:, :1] - there) ** 2", "outputs[:, :1] ** 2"), loses=[VALUE, GRADIENT, FINDS]),
    loss("place in empty cells too", (PLACE, PLACE.replace("there * ", "")), loses=[VALUE, GRADIENT, FINDS]),
    loss("sum over the batch", (") / len(outputs)", ") / 1"), loses=[VALUE, GRADIENT]),
    loss("mean over the cells", (") / len(outputs)", ") / outputs[:, 0].numel()")),
    loss("divided by the number of objects", (") / len(outputs)", ") / there.sum()")),
    loss("cross-entropy for the classes", (KIND, "kind = -(there * targets[:, 5:] * outputs[:, 5:].log()).sum()")),
    loss("detached", (RESULT, "return ((5 * (place + extent) + confidence + kind) / len(outputs)).detach()"), loses=[GRADIENT, FINDS]),
    loss("classes detached", ("(there * (outputs[:, 5:]", "(there * (outputs[:, 5:].detach()"), loses=[GRADIENT, FINDS]),
    loss("the sign turned", ("return (5", "return -(5"), loses=[VALUE, GRADIENT, FINDS]),
    loss("outputs changed", ("there = targets[:, :1]", "there = targets[:, :1]\n    outputs.data.mul_(0.5)"), loses=[VALUE, GRADIENT, FINDS]),
    Alternative(LOSS, "cells chosen by a mask", source='''
def yolo_loss(outputs, targets):
    there = targets[:, 0] == 1
    p, t = outputs.permute(0, 2, 3, 1), targets.permute(0, 2, 3, 1)
    empty, p, t = p[~there][:, 0], p[there], t[there]
    boxes = F.mse_loss(p[:, 1:3], t[:, 1:3], reduction="sum") + F.mse_loss(p[:, 3:5] ** 0.5, t[:, 3:5] ** 0.5, reduction="sum")
    rest = (p[:, 0] - 1).square().sum() + (p[:, 5:] - t[:, 5:]).square().sum()
    return (5 * boxes + rest + empty.square().sum() / 2) / outputs.shape[0]
'''),
    Alternative(LOSS, "a weight for each channel, double precision", source='''
def yolo_loss(outputs, targets):
    p, t = outputs.double(), targets.double()
    there = (t[:, 0] > 0.5).double()
    roots = [torch.cat([v[:, :3], torch.sqrt(v[:, 3:5]), v[:, 5:]], 1) for v in (p, t)]
    weight = torch.ones(p.shape[1]).double()
    weight[1:5] = 5
    square = (roots[0] - roots[1]) ** 2 * weight[:, None, None]
    total = (square * there[:, None]).sum() + (0.5 * square[:, 0] * (1 - there)).sum()
    return (total / p.shape[0]).float()
'''),
]

net = edited(NET, [GRID, FINDS])
OUT = "return torch.cat([y[:, :5].sigmoid(), y[:, 5:].softmax(1)], 1)"
NETS = [
    net("no sigmoid", (OUT, "return torch.cat([y[:, :5], y[:, 5:].softmax(1)], 1)")),
    net("logarithms of the classes", (OUT, "return torch.cat([y[:, :5].sigmoid(), y[:, 5:].log_softmax(1)], 1)")),
    net("sigmoid for the classes", (OUT, "return y.sigmoid()"), loses=[GRID]),
    net("softmax over the pictures", ("softmax(1)", "softmax(0)"), loses=[GRID]),
    net("softmax over the rows", ("softmax(1)", "softmax(2)"), loses=[GRID]),
    net("one softmax over all channels", (OUT, "return y.softmax(1)")),
    net("stride 4", ("(48, 2), (48, 1)", "(48, 1), (48, 1)")),
    net("stride 16", ("(48, 1)]", "(48, 2)]")),
    net("one channel too few", ("5 + classes, 1)", "4 + classes, 1)")),
    net("always six classes", ("5 + classes, 1)", "11, 1)")),
    net("no padding", ("channels, 3, stride, 1)", "channels, 3, stride)")),
    net("the picture ignored", ("self.layers(x)", "self.layers(0 * x)")),
    net("rows and columns exchanged", ("y = self.layers(x)", "y = self.layers(x.transpose(2, 3))")),
    net("rows and columns mixed up", ("y = self.layers(x)", "y = self.layers(x)\n        y = y.transpose(2, 3).reshape(y.shape)")),
    net("too many parameters", ("(48, 2), (48, 1)", "(48, 2), (600, 1)"), loses=[GRID]),
    Mutant(NET, "a dense layer at the end", source='''
class TinyYolo(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.classes = classes
        self.trunk = nn.Sequential(nn.Conv2d(3, 12, 3, 2, 1), nn.ReLU(), nn.Conv2d(12, 24, 3, 2, 1), nn.ReLU(), nn.Conv2d(24, 8, 3, 2, 1), nn.ReLU(), nn.Flatten())
        self.dense = nn.Linear(8 * 4 * 6, (5 + classes) * 4 * 6)

    def forward(self, x):
        y = self.dense(self.trunk(x)).reshape(len(x), -1, 4, 6)
        return torch.cat([y[:, :5].sigmoid(), y[:, 5:].softmax(1)], 1)
''', loses=[GRID, FINDS]),
    Mutant(NET, "one answer for the whole picture in every cell", source='''
class TinyYolo(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 24, 3, 2, 1), nn.ReLU(), nn.Conv2d(24, 48, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Conv2d(48, 5 + classes, 1))

    def forward(self, x):
        y = self.layers(x).repeat(1, 1, x.shape[2] // 8, x.shape[3] // 8)
        return torch.cat([y[:, :5].sigmoid(), y[:, 5:].softmax(1)], 1)
''', loses=[GRID, FINDS]),
    Alternative(NET, "pooling in place of strides, leaky ReLU", source='''
class TinyYolo(nn.Module):
    def __init__(self, classes):
        super().__init__()
        steps = [(3, 12), (12, 24), (24, 48)]
        self.body = nn.ModuleList([nn.Conv2d(i, o, 3, padding=1, bias=False) for i, o in steps])
        self.norms = nn.ModuleList([nn.BatchNorm2d(o) for _, o in steps])
        self.last = nn.Sequential(nn.Conv2d(48, 48, 3, padding=1), nn.BatchNorm2d(48), nn.LeakyReLU(0.1))
        self.box, self.kind = nn.Conv2d(48, 5, 1), nn.Conv2d(48, classes, 1)

    def forward(self, x):
        for conv, norm in zip(self.body, self.norms):
            x = F.leaky_relu(norm(F.max_pool2d(conv(x), 2)), 0.1)
        x = self.last(x)
        return torch.cat([torch.sigmoid(self.box(x)), F.softmax(self.kind(x), dim=1)], dim=1)
'''),
    Alternative(NET, "one layer with 8 × 8 patches, then 3 × 3", source='''
class TinyYolo(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(3, 48, 8, 8), nn.BatchNorm2d(48), nn.ReLU(), nn.Conv2d(48, 64, 3, 1, 1), nn.BatchNorm2d(64), nn.ReLU(),
                                 nn.Conv2d(64, 64, 3, 1, 1), nn.BatchNorm2d(64), nn.ReLU(), nn.Conv2d(64, 5 + classes, 1))

    def forward(self, x):
        five, kinds = self.net(x).split([5, self.net[-1].out_channels - 5], dim=1)
        return torch.cat((1 / (1 + torch.exp(-five)), torch.exp(F.log_softmax(kinds, 1))), 1)
'''),
]

training = edited(TRAIN, [FINDS])
FIT = "train.fit(model, (images, targets),"
TRAININGS = [
    training("no training", (FIT, "dict("), ("epochs=epochs,", "epochs=epochs, model=model,")),
    training("learning rate 0", ("lr=0.01", "lr=0.0")),
    training("learning rate a thousand times too large", ("lr=0.01", "lr=10.0")),
    training("one step", ("epochs=epochs,", "steps=1,")),
    training("one batch of all pictures", ("batch_size=16", "batch_size=4000")),
    training("a single picture", ("(images, targets)", "(images[:1], targets[:1])")),
    training("grids of other pictures", ("(images, targets)", "(images, targets.flip(0))")),
    training("pictures mirrored, grids not", ("(images, targets)", "(images.flip(3), targets)")),
    training("a fresh network returned", ("return model", "return TinyYolo(targets.shape[1] - 5)")),
    training("always six classes", ("targets.shape[1] - 5", "6")),
    training("one class too many", ("targets.shape[1] - 5", "targets.shape[1] - 4")),
    training("confidence only", ("loss=yolo_loss", "loss=lambda o, t: F.binary_cross_entropy(o[:, :1], t[:, :1])")),
    training("loss turned upside down", ("loss=yolo_loss", "loss=lambda o, t: -yolo_loss(o, t)")),
    training("nothing returned", ("return model", "model")),
    training("targets changed", ("model = Tiny", "targets[:, 5:] = 1 - targets[:, 5:]\n    model = Tiny")),
    Alternative(TRAIN, "a loop of one's own", source='''
def train_detector(images, targets, epochs=12, progress=False):
    model = TinyYolo(targets.shape[1] - 5)
    rule = torch.optim.AdamW(model.parameters(), lr=0.005)
    steps = epochs * -(-len(images) // 15)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(rule, steps)
    for _ in range(epochs):
        for index in torch.randperm(len(images)).split(15):
            rule.zero_grad()
            yolo_loss(model(images[index]), targets[index]).backward()
            rule.step()
            decay.step()
    return model
'''),
    Alternative(TRAIN, "smaller batches, a cosine, the network in training mode", source='''
def train_detector(images, targets, epochs=12, progress=False):
    model = TinyYolo(targets.shape[1] - 5)
    train.fit(model, (images, targets), epochs=epochs, batch_size=12, lr=0.006, optimizer="adam", schedule=train.cosine,
              loss=yolo_loss, progress=progress)
    return model.train()
'''),
]

ap = edited(AP, [AP_HAND, AP_RANDOM])
HIT = "hits.append(best is not None and overlap[best] >= threshold and (n, best) not in taken)"
TOTAL = "sum(len(boxes) for boxes in truth)"
PRECISIONS = [
    ap("doubles are hits", (" and (n, best) not in taken", "")),
    ap("doubles left out", (HIT, "if best is not None and (n, best) in taken:\n            hits.append(False)\n            hits.pop()\n            continue\n        " + HIT)),
    ap("a double takes the next best box", ("overlap = iou(box[None], truth[n])[0]", "overlap = iou(box[None], truth[n])[0].clone()\n        for m, k in taken:\n            overlap[k] = overlap[k] if m != n else -1.0"),
       loses=[AP_HAND, AP_RANDOM]),
    ap("not sorted", ("sorted(answers, key=lambda answer: -answer[0])", "answers")),
    ap("the least sure first", ("key=lambda answer: -answer[0]", "key=lambda answer: answer[0]")),
    ap("picture by picture", ("key=lambda answer: -answer[0]", "key=lambda answer: (answer[1], -answer[0])"), loses=[AP_RANDOM]),
    ap("objects of other pictures", ("truth[n])[0]", "torch.cat(truth))[0]"), ("(n, best) not in taken", "best not in taken"), ("taken.add((n, best))", "taken.add(best)")),
    ap("true boxes numbered without the picture", ("(n, best) not in taken", "best not in taken"), ("taken.add((n, best))", "taken.add(best)")),
    ap("more than the threshold", ("overlap[best] >= threshold", "overlap[best] > threshold")),
    ap("threshold always 0.5", ("overlap[best] >= threshold", "overlap[best] >= 0.5")),
    ap("teeth left in", ("precision.flip(0).cummax(0).values.flip(0) if", "precision if")),
    ap("largest precision up to here", ("precision.flip(0).cummax(0).values.flip(0)", "precision.cummax(0).values")),
    ap("divided by the hits", (TOTAL, "max(1, int(hits.sum()))")),
    ap("divided by the answers", (TOTAL, "max(1, len(hits))")),
    ap("recall", ("(hits * best_from_here).sum()", "hits.sum()")),
    ap("mean precision", ("(hits * best_from_here).sum() / " + TOTAL, "precision.mean() if len(hits) else 0.0")),
    ap("1 without any answer", ("hits, taken = [], set()", "hits, taken = [], set()\n    if not answers:\n        return 1.0"), loses=[AP_HAND]),
    ap("fails without any answer", ("hits, taken = [], set()", "hits, taken = [], set()\n    answers[0]"), loses=[AP_HAND]),
    ap("pictures without objects left out", ("hits.append(best is", "if best is None:\n            continue\n        hits.append(best is")),
    ap("the first true box that fits", ("best = int(overlap.argmax()) if", "best = int((overlap >= threshold).int().argmax()) if")),
    ap("eleven points", ("return float((hits * best_from_here).sum() / " + TOTAL + ")",
                         "recall = hits.cumsum(0) / " + TOTAL + "\n    return sum(float(best_from_here[recall >= k / 10].max()) if (recall >= k / 10).any() else 0.0 for k in range(11)) / 11")),
    ap("given boxes changed", ("answers = [", "found[1][0].mul_(0.5)\n    answers = [")),
    Alternative(AP, "plain Python, steps of recall", source='''
def average_precision(found, truth, threshold=0.5):
    rows = [(float(scores[k]), n, k) for n, (boxes, scores) in enumerate(found) for k in range(len(scores))]
    free = [[True] * len(boxes) for boxes in truth]
    total, right, points = sum(map(len, truth)), 0, []
    for count, (_, n, k) in enumerate(sorted(rows, reverse=True), 1):
        overlap = iou(found[n][0][k:k + 1], truth[n]).flatten().tolist()
        j = max(range(len(overlap)), key=overlap.__getitem__, default=None)
        if j is not None and overlap[j] >= threshold and free[n][j]:
            free[n][j] = False
            right += 1
        points.append((right / total, right / count))
    area, before = 0.0, 0.0
    for place, (recall, _) in enumerate(points):
        area += (recall - before) * max(precision for _, precision in points[place:])
        before = recall
    return area
'''),
    Alternative(AP, "NumPy, all overlaps first", source='''
def average_precision(found, truth, threshold=0.5):
    picture = np.concatenate([np.full(len(scores), n) for n, (_, scores) in enumerate(found)])
    scores = np.concatenate([np.asarray(scores) for _, scores in found])
    tables = [np.asarray(iou(boxes, real)) for (boxes, _), real in zip(found, truth)]
    rows = [row for table in tables for row in table]
    hits, used = np.zeros(len(scores)), set()
    for place, k in enumerate(np.argsort(-scores)):
        if rows[k].size and rows[k].max() >= threshold:
            key = picture[k], rows[k].argmax()
            hits[place] = key not in used
            used.add(key)
    precision = np.cumsum(hits) / (1 + np.arange(len(hits)))
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return np.float32(precision[hits > 0].sum() / sum(len(real) for real in truth))
'''),
]

dice = edited(DICE, [SCORES])
SCORINGS = [
    dice("Dice and IoU exchanged", ("return dice, torch.where(total > 0, both / (total - both), 1.0)", "return torch.where(total > 0, both / (total - both), 1.0), dice")),
    dice("no factor 2", ("2 * both / total", "both / total")),
    dice("intersection over the sum", ("both / (total - both)", "both / total")),
    dice("0 for two empty masks", ("torch.where(total > 0, 2 * both / total, 1.0)", "torch.where(total > 0, 2 * both / total, 0.0)")),
    dice("NaN for two empty masks", ("torch.where(total > 0, 2 * both / total, 1.0)", "2 * both / total")),
    dice("1 if one of both is empty", ("dice = torch.where(total > 0,", "dice = torch.where(predicted.any((1, 2)) & mask.any((1, 2)),")),
    dice("over all pictures together", ("both = (predicted & mask).sum((1, 2))", "both = (predicted & mask).sum().repeat(len(mask))"),
         ("predicted.sum((1, 2)) + mask.sum((1, 2))", "(predicted.sum() + mask.sum()).repeat(len(mask))")),
    dice("mean over the pictures", ("return dice,", "return dice.mean(),")),
    dice("row by row", ("(predicted & mask).sum((1, 2))", "(predicted & mask).sum(2)"), ("predicted.sum((1, 2)) + mask.sum((1, 2))", "predicted.sum(2) + mask.sum(2)")),
    dice("share of right pixels", ("dice = torch.where(total > 0, 2 * both / total, 1.0)", "dice = (predicted == mask).float().mean((1, 2))")),
    dice("union in place of intersection", ("predicted & mask", "predicted | mask")),
    dice("background counted", ("both = (predicted", "predicted, mask = ~predicted, ~mask\n    both = (predicted")),
    dice("recall", ("2 * both / total", "both / mask.sum((1, 2))")),
    dice("given masks changed", ("both = (predicted & mask)", "both = predicted.logical_and_(mask)")),
    Alternative(DICE, "floats, IoU from Dice", source='''
def dice_and_iou(predicted, mask):
    p, m = predicted.flatten(1).double(), mask.flatten(1).double()
    dice = (2 * (p * m).sum(1) + 1e-12) / (p.sum(1) + m.sum(1) + 1e-12)
    return dice, dice / (2 - dice)
'''),
    Alternative(DICE, "NumPy, all pictures at once", source='''
def dice_and_iou(predicted, mask):
    p, m = predicted.numpy(), mask.numpy()
    both, total = (p & m).sum((1, 2)), p.sum((1, 2)) + m.sum((1, 2))
    with np.errstate(invalid="ignore"):
        return np.where(total, 2 * both / total, 1), np.where(total, both / (total - both), 1)
'''),
    Alternative(DICE, "NumPy, one picture at a time, lists", source='''
def dice_and_iou(predicted, mask):
    pairs = []
    for p, m in zip(predicted.numpy(), mask.numpy()):
        both, either = np.logical_and(p, m).sum(), np.logical_or(p, m).sum()
        pairs.append((2 * both / (both + either), both / either) if either else (1.0, 1.0))
    return [one for one, _ in pairs], [other for _, other in pairs]
'''),
]

unet = edited(UNET, [LETTER_U])
BROKEN = [LETTER_U, SEGMENTS]
UNETS = [
    unet("skips behind the decoder's channels (2)", ("torch.cat([two, self.up2(y)], 1)", "torch.cat([self.up2(y), two], 1)")),
    unet("skips behind the decoder's channels (1)", ("torch.cat([one, self.up1(y)], 1)", "torch.cat([self.up1(y), one], 1)")),
    unet("no skip at full size", ("torch.cat([one, self.up1(y)], 1)", "torch.cat([0 * one, self.up1(y)], 1)")),
    unet("decoder's map twice", ("torch.cat([two, self.up2(y)], 1)", "self.up2(y).repeat(1, 2, 1, 1)")),
    unet("sum in place of cat", ("torch.cat([two, self.up2(y)], 1)", "two + self.up2(y)"), loses=BROKEN),
    unet("mean pooling", ("F.max_pool2d(two, 2)", "F.avg_pool2d(two, 2)")),
    unet("stride without pooling", ("F.max_pool2d(one, 2)", "one[:, :, ::2, ::2]")),
    unet("a sigmoid at the end", ("return self.head(y)", "return self.head(y).sigmoid()"), loses=BROKEN),
    unet("ReLU at the end", ("return self.head(y)", "return F.relu(self.head(y))"), loses=[LETTER_U]),
    unet("no bias in the head", ("nn.Conv2d(width, 1, 1)", "nn.Conv2d(width, 1, 1, bias=False)")),
    unet("width forgotten", ("super().__init__()", "super().__init__()\n        width = 8")),
    unet("bottom not deeper", ("block(2 * width, 4 * width)", "block(2 * width, 2 * width)"), ("nn.ConvTranspose2d(4 * width, 2 * width, 2, 2)", "nn.ConvTranspose2d(2 * width, 2 * width, 2, 2)")),
    unet("the head's channel axis removed", ("return self.head(y)", "return self.head(y)[:, 0]"), loses=BROKEN),
    Alternative(UNET, "parts in a loop, by name", source='''
class UNet(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        for name, i, o in [("down1", 3, 1), ("down2", 1, 2), ("bottom", 2, 4), ("join2", 4, 2), ("join1", 2, 1)]:
            self.add_module(name, block(i if name == "down1" else i * width, o * width))
        for name, i in [("up2", 4), ("up1", 2)]:
            self.add_module(name, nn.ConvTranspose2d(i * width, i * width // 2, kernel_size=2, stride=2))
        self.head = nn.Conv2d(width, 1, kernel_size=1)

    def forward(self, x):
        skips, y = [], x
        for part in (self.down1, self.down2):
            y = part(y)
            skips.append(y)
            y = nn.functional.max_pool2d(y, 2)
        y = self.bottom(y)
        for up, join in ((self.up2, self.join2), (self.up1, self.join1)):
            y = join(torch.hstack([skips.pop(), up(y)]))
        return self.head(y)
'''),
    Alternative(UNET, "pooling module, cat by hand", source='''
class UNet(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        w = width
        self.pool = nn.MaxPool2d((2, 2))
        self.head, self.join1, self.up1 = nn.Conv2d(w, 1, 1), block(w + w, w), nn.ConvTranspose2d(w + w, w, 2, stride=2)
        self.join2, self.up2, self.bottom = block(w * 4, w * 2), nn.ConvTranspose2d(w * 4, w * 2, 2, stride=2), block(w * 2, w * 4)
        self.down2, self.down1 = block(w, w * 2), block(3, w)

    def forward(self, x):
        one = self.down1(x)
        two = self.down2(self.pool(one))
        low = self.up2(self.bottom(self.pool(two)))
        middle = two.new_empty(len(x), 2 * two.shape[1], *two.shape[2:])
        middle[:, :two.shape[1]], middle[:, two.shape[1]:] = two, low
        return self.head(self.join1(torch.cat((one, self.up1(self.join2(middle))), dim=1)))
'''),
]

segment = edited(SEGMENT, [SEGMENTS])
SEG_LOSS = "loss=F.binary_cross_entropy_with_logits"
SEGMENTERS = [
    segment("no training", ("train.fit(model, (", "dict(model=model, data=(")),
    segment("learning rate 0", ("lr=0.01", "lr=0.0")),
    segment("learning rate ten thousand times too small", ("lr=0.01", "lr=0.000001")),
    segment("learning rate a thousand times too large", ("lr=0.01", "lr=10.0")),
    segment("one step", ("epochs=epochs,", "steps=1,")),
    segment("masks upside down", ("masks[:, None]", "masks.flip(1)[:, None]")),
    segment("background in place of objects", ("masks[:, None]", "~masks[:, None]")),
    segment("masks of other pictures", ("masks[:, None]", "masks.flip(0)[:, None]")),
    segment("a fresh network returned", ("return model", "return UNet()")),
    segment("loss turned upside down", (SEG_LOSS, "loss=lambda o, t: -F.binary_cross_entropy_with_logits(o, t)")),
    segment("squares of logits against 0 and 1", (SEG_LOSS, "loss=lambda o, t: F.mse_loss(o, t)")),
    segment("everything is object", (SEG_LOSS, "loss=lambda o, t: F.binary_cross_entropy_with_logits(o, torch.ones_like(t))")),
    segment("nothing returned", ("return model", "model")),
    segment("masks changed", ("model = UNet()", "model = UNet()\n    masks.logical_not_()")),
    Alternative(SEGMENT, "a loop of one's own, with a Dice loss", source='''
def train_segmenter(images, masks, epochs=8, progress=False):
    model, targets = UNet(), masks.float().unsqueeze(1)
    rule = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(epochs):
        for index in torch.randperm(len(images)).split(8):
            said, real = model(images[index]), targets[index]
            p = said.sigmoid()
            dice = 1 - (2 * (p * real).sum() + 1) / (p.sum() + real.sum() + 1)
            rule.zero_grad()
            (dice + F.binary_cross_entropy_with_logits(said, real)).backward()
            rule.step()
    return model.eval()
'''),
    Alternative(SEGMENT, "a cosine, smaller batches, a loss module", source='''
def train_segmenter(images, masks, epochs=8, progress=False):
    model = UNet(8)
    train.fit(model, (images, masks.to(torch.float32)[:, None]), epochs=epochs, batch_size=6, lr=0.005, optimizer="adam",
              schedule=train.cosine, loss=nn.BCEWithLogitsLoss(), progress=progress)
    return model
'''),
]

CASES = (IOUS + SUPPRESSIONS + ENCODINGS + DECODINGS + LOSSES + NETS + TRAININGS + PRECISIONS + SCORINGS + UNETS
         + SEGMENTERS)
