"""Wrong and other right answers to the exercises of lesson 13; see autograde/mutants.py."""
from autograde.mutants import Alternative, Mutant

LINE, DRAW, LOSS = "exercise-13-1-interpolated-state", "exercise-13-2-random-direction", "exercise-13-3-loss-at"
NORMALISE, SURFACE = "exercise-13-4-filter-normalise", "exercise-13-5-surface"
SHARPNESS, PCA = "exercise-13-6-sharpness", "exercise-13-7-pca-directions"

MIXED, COUNTERS = "test-13-1-values", "test-13-1-counters"
REPEATABLE, NORMAL = "test-13-2-repeatable", "test-13-2-normal"
AT, MODE, RESTORED = "test-13-3-values", "test-13-3-mode", "test-13-3-restored"
FILTERS, LEFT_ALONE, SCALE = "test-13-4-filters", "test-13-4-left-alone", "test-13-4-scale"
GRID, GRID_RESTORED = "test-13-5-values", "test-13-5-restored"
VALUE, CENTRE = "test-13-6-value", "test-13-6-centre"
DIRECTIONS, COORDINATES, SHARES = "test-13-7-directions", "test-13-7-coordinates", "test-13-7-shares"


def line(why, edit, *loses):
    return Mutant(LINE, why, edit=edit, loses=loses or [MIXED, COUNTERS])


MIX, EITHER = "(1 - alpha) * tensor + alpha * second[name]", "tensor.is_floating_point()"
INTERPOLATED_STATE = [
    line("first and second exchanged", (MIX, "alpha * tensor + (1 - alpha) * second[name]"), MIXED, COUNTERS),
    line("first is not made smaller", (MIX, "tensor + alpha * second[name]")),
    line("second minus first", (MIX, "tensor + alpha * (tensor - second[name])")),
    line("always the middle", (MIX, "(tensor + second[name]) / 2")),
    line("alpha kept between 0 and 1", (MIX, "torch.lerp(tensor, second[name], min(max(alpha, 0.0), 1.0))")),
    line("one of the two, whichever is nearer", (MIX, "(tensor if alpha < 0.5 else second[name])")),
    line("weights only", (EITHER, "name.endswith('weight')")),
    line("weights and biases only", (EITHER, "tensor.is_floating_point() and 'running' not in name"), MIXED),
    line("single numbers left out", (EITHER, "tensor.is_floating_point() and tensor.ndim"), MIXED),
    line("counters mixed too", (f" if {EITHER} else tensor.clone()", ""), COUNTERS),
    line("counters mixed and cut to whole numbers", ("tensor.clone()", f"({MIX}).to(tensor.dtype)"), COUNTERS),
    line("counters of second", ("else tensor.clone()", "else second[name].clone()"), COUNTERS),
    line("counters left out", ("for name, tensor in first.items()", "for name, tensor in first.items() if tensor.is_floating_point()"),
         COUNTERS),
    line("counters as floats", ("tensor.clone()", "tensor.float()"), COUNTERS),
    line("first is changed in place", (MIX, "tensor.mul_(1 - alpha).add_(alpha * second[name])"), MIXED),
    line("second is changed in place", (MIX, "second[name].mul_(alpha).add_((1 - alpha) * tensor)"), MIXED),
    line("other names", ("return {name:", "return {'state.' + name:")),
    Alternative(LINE, "a loop with lerp in float64", source='''
def interpolated_state(first, second, alpha):
    result = {}
    for name in first:
        if first[name].dtype.is_floating_point:
            result[name] = torch.lerp(first[name].double(), second[name].double(), float(alpha))
        else:
            result[name] = first[name]
    return result
'''),
    Alternative(LINE, "in place, on a deep copy in an OrderedDict", source='''
from collections import OrderedDict
def interpolated_state(first, second, alpha):
    out = OrderedDict(copy.deepcopy(first))
    for n in out:
        if out[n].is_floating_point():
            out[n].mul_(1 - alpha).add_(second[n], alpha=alpha)
    return out
'''),
    Alternative(LINE, "first plus alpha times the difference, on a deep copy", source='''
def interpolated_state(first, second, alpha):
    state = copy.deepcopy(dict(first))
    for name, tensor in state.items():
        if torch.is_floating_point(tensor):
            tensor += alpha * (second[name] - tensor)
    return state
'''),
]


def draw(why, edit, *loses):
    return Mutant(DRAW, why, edit=edit, loses=loses or [NORMAL])


FIRST_LINE = "generator = torch.Generator().manual_seed(seed)"
NUMBERS = "torch.randn(tensor.shape, generator=generator)"
RANDOM_DIRECTION = [
    draw("the seed plays no part", (FIRST_LINE, "generator = torch.Generator().manual_seed(0)"), REPEATABLE, NORMAL),
    draw("no seed at all", (NUMBERS, "torch.randn(tensor.shape)"), REPEATABLE),
    draw("a fresh seed in each call", (".manual_seed(seed)", ".manual_seed(torch.seed() % 1000003)"), REPEATABLE),
    draw("a new generator for every tensor", (NUMBERS, "torch.randn(tensor.shape, generator=torch.Generator().manual_seed(seed))"), REPEATABLE, NORMAL),
    draw("uniform, 0 to 1", (NUMBERS, "torch.rand(tensor.shape, generator=generator)")),
    draw("uniform, with mean 0 and deviation 1", (NUMBERS, "(torch.rand(tensor.shape, generator=generator) - 0.5) * 12 ** 0.5")),
    draw("signs only", (NUMBERS, "torch.randn(tensor.shape, generator=generator).sign()"), REPEATABLE, NORMAL),
    draw("in units of the weights", (NUMBERS, NUMBERS + " * tensor.std()"), REPEATABLE, NORMAL),
    draw("the weights added", (NUMBERS, "tensor + " + NUMBERS), REPEATABLE, NORMAL),
    draw("each tensor of length 1", (NUMBERS, f"(lambda d: d / d.norm())({NUMBERS})")),
    draw("zeros for tensors with one axis", (NUMBERS, f"({NUMBERS} if tensor.ndim > 1 else torch.zeros_like(tensor))"), REPEATABLE, NORMAL),
    draw("tensors with one axis left out", ("for name, tensor in weights.items()", "for name, tensor in weights.items() if tensor.ndim > 1"),
         REPEATABLE, NORMAL),
    draw("flat tensors", (NUMBERS, "torch.randn(tensor.numel(), generator=generator)"), REPEATABLE, NORMAL),
    draw("one number per filter", (NUMBERS, "torch.randn(len(tensor), *[1] * (tensor.ndim - 1), generator=generator).expand(tensor.shape).clone()"),
         REPEATABLE, NORMAL),
    draw("the weights are overwritten", (NUMBERS, "tensor.normal_(generator=generator)"), REPEATABLE),
    draw("mean 0.1", (NUMBERS, "0.1 + " + NUMBERS)),
    draw("deviation 1.1", (NUMBERS, "1.1 * " + NUMBERS)),
    draw("the seed added", (NUMBERS, "0.2 * seed + " + NUMBERS), REPEATABLE, NORMAL),
    Alternative(DRAW, "the global generator", source='''
def random_direction(weights, seed):
    torch.manual_seed(seed)
    return {name: torch.randn_like(tensor) for name, tensor in weights.items()}
'''),
    Alternative(DRAW, "one long draw, cut to pieces", source='''
def random_direction(weights, seed):
    sizes = [w.numel() for w in weights.values()]
    flat = torch.from_numpy(np.random.RandomState(seed).randn(sum(sizes)))
    return {n: part.reshape(w.shape) for (n, w), part in zip(weights.items(), flat.split(sizes))}
'''),
    Alternative(DRAW, "the global generator, put back afterwards", source='''
def random_direction(weights, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return {n: torch.randn_like(w) for n, w in weights.items()}
'''),
    Alternative(DRAW, "NumPy's numbers, as arrays", source='''
def random_direction(weights, seed):
    rng = np.random.default_rng(seed)
    direction = {}
    for name in weights:
        direction[name] = torch.tensor(rng.normal(size=tuple(weights[name].shape)))
    return direction
'''),
]


def loss(why, edit, *loses):
    return Mutant(LOSS, why, edit=edit, loses=loses)


KEEP = "was_training, state = model.training, copy.deepcopy(model.state_dict())"
MOVE = "parameter.add_(alpha * first.get(name, 0.0) + beta * second.get(name, 0.0))"
BACK, ASK = "    model.load_state_dict(state)\n", "loss = F.cross_entropy(model(x), y).item()"
LOSS_AT = [
    loss("alpha and beta swapped", (MOVE, "parameter.add_(beta * first.get(name, 0.0) + alpha * second.get(name, 0.0))"), AT, MODE, GRID),
    loss("alpha for both directions", ("beta * second.get", "alpha * second.get"), AT, MODE, GRID, GRID_RESTORED),
    loss("the second direction forgotten", (" + beta * second.get(name, 0.0)", ""), AT, MODE, GRID, GRID_RESTORED),
    loss("backwards", ("parameter.add_", "parameter.sub_"), AT, MODE, GRID, GRID_RESTORED),
    loss("the directions multiply the weights", (MOVE, "parameter.mul_(1 + alpha * first.get(name, 0.0) + beta * second.get(name, 0.0))"),
         AT, MODE, GRID, GRID_RESTORED),
    loss("the weights are replaced by the step", (MOVE, "parameter.copy_(torch.as_tensor(alpha * first.get(name, 0.0) + beta * second.get(name, 0.0)))"),
         AT, MODE, GRID, GRID_RESTORED),
    loss("every direction must name all parameters", ("first.get(name, 0.0)", "first[name]"), AT, MODE, RESTORED, GRID_RESTORED),
    loss("only parameters that both directions name", (
        MOVE, "parameter.add_((alpha * first[name] + beta * second[name]) if name in first and name in second else 0.0)"), AT, MODE),
    loss("training mode while probing", ("model.eval()", "model.train()"), AT, MODE, GRID, GRID_RESTORED),
    loss("the mode is not touched", ("    model.eval()\n", ""), MODE, GRID_RESTORED),
    loss("only batch norm in evaluation mode, dropout still on",
         ("    model.eval()\n", "    for layer in model.modules():\n        layer.train(was_training and 'BatchNorm' not in type(layer).__name__)\n"), MODE),
    loss("left in evaluation mode", ("    model.train(was_training)\n", ""), MODE, RESTORED, GRID_RESTORED),
    loss("always left in training mode", ("model.train(was_training)", "model.train()"), AT, MODE, GRID),
    loss("not restored", (BACK, ""), RESTORED, GRID, GRID_RESTORED),
    loss("the state is kept without a copy", ("copy.deepcopy(model.state_dict())", "model.state_dict()"), RESTORED, GRID, GRID_RESTORED),
    loss("the dictionary copied, not the tensors", ("copy.deepcopy(model.state_dict())", "dict(model.state_dict())"), RESTORED, GRID, GRID_RESTORED),
    loss("restored by subtraction", (BACK, f"    with torch.no_grad():\n        for name, parameter in model.named_parameters():\n            {MOVE}\n".replace("add_", "sub_")),
         RESTORED, GRID_RESTORED),
    loss("only the first direction undone",
         (BACK, "    with torch.no_grad():\n        for name, parameter in model.named_parameters():\n            parameter.sub_(alpha * first.get(name, 0.0))\n"),
         RESTORED, GRID, GRID_RESTORED),
    loss("only weights restored, no biases", (BACK, "    model.load_state_dict({name: tensor for name, tensor in state.items() if 'bias' not in name}, strict=False)\n"),
         RESTORED, GRID, GRID_RESTORED),
    loss("the directions are scaled in place",
         (MOVE, "parameter.add_((first[name].mul_(alpha) if name in first else 0.0) + beta * second.get(name, 0.0))"), AT, RESTORED, GRID),
    loss("the sum over the batch", (ASK, "loss = F.cross_entropy(model(x), y, reduction='sum').item()"), AT, MODE, GRID, GRID_RESTORED),
    loss("the loss of the first example", (ASK, "loss = F.cross_entropy(model(x[:1]), y[:1]).item()"), AT, MODE, GRID, GRID_RESTORED),
    loss("the share of wrong answers", (ASK, "loss = (model(x).argmax(1) != y).float().mean().item() + 0.001"), AT, MODE, GRID, GRID_RESTORED),
    loss("softmax twice", ("model(x)", "model(x).softmax(1)"), AT, MODE, GRID, GRID_RESTORED),
    loss("log to base 10", ("return loss", "return float(np.log10(loss))"), AT, MODE, GRID, GRID_RESTORED),
    loss("all parameters unfrozen", (BACK, BACK + "    model.requires_grad_(True)\n"), RESTORED),
    loss("biases are not moved", ("for name, parameter in model.named_parameters():", "for name, parameter in model.named_parameters():\n            if 'bias' in name:\n                continue"),
         AT, MODE, GRID, GRID_RESTORED),
    Alternative(LOSS, "functional_call on a copy", source='''
def loss_at(model, x, y, first, second, alpha, beta):
    probe = copy.deepcopy(model).eval()
    moved = {}
    for name, weight in probe.named_parameters():
        weight = weight.detach().clone()
        if name in first:
            weight += alpha * first[name]
        if name in second:
            weight += beta * second[name]
        moved[name] = weight
    with torch.no_grad():
        return float(F.cross_entropy(torch.func.functional_call(probe, moved, (x,)), y))
'''),
    Alternative(LOSS, "one example at a time, with old tensors put back", source='''
def loss_at(model, x, y, first, second, alpha, beta):
    training, saved, total = model.training, {}, 0.0
    for name, p in model.named_parameters():
        saved[name] = p.data.clone()
    model.eval()
    for name, p in model.named_parameters():
        if name in first:
            p.data += alpha * first[name]
        if name in second:
            p.data += beta * second[name]
    for i in range(len(x)):
        total += F.cross_entropy(model(x[i:i + 1]), y[i:i + 1]).item()
    for name, p in model.named_parameters():
        p.data = saved[name]
    if training:
        model.train()
    return total / len(x)
'''),
    Alternative(LOSS, "weights kept one by one, put back in a finally", source='''
def loss_at(model, x, y, first, second, alpha, beta):
    mode = model.training
    kept = [parameter.detach().clone() for parameter in model.parameters()]
    try:
        model.eval()
        with torch.no_grad():
            for direction, step in ((first, alpha), (second, beta)):
                for name, d in direction.items():
                    model.get_parameter(name).data += step * d
            return -model(x).log_softmax(1)[torch.arange(len(y)), y].mean()
    finally:
        for parameter, old in zip(model.parameters(), kept):
            parameter.data.copy_(old)
        model.train(mode)
'''),
]


def normalise(why, edit, *loses):
    return Mutant(NORMALISE, why, edit=edit, loses=loses)


NORMS = "norms, wanted = (part.flatten(1).norm(dim=1) for part in (d, weights[name].detach()))"
FACTORS = "factors = wanted / norms.clamp(min=1e-12)"
SCALED = "d * factors.view(-1, *[1] * (d.ndim - 1))"
FILTER_NORMALISE = [
    normalise("per layer instead of per filter", (NORMS, "norms, wanted = (part.norm().expand(len(part)) for part in (d, weights[name].detach()))"),
              FILTERS, LEFT_ALONE, SCALE),
    normalise("per input channel", [(NORMS, "norms, wanted = (part.transpose(0, 1).flatten(1).norm(dim=1) for part in (d, weights[name].detach()))"),
                                    (SCALED, "d * factors.view(1, -1, *[1] * (d.ndim - 2))")], FILTERS, LEFT_ALONE, SCALE),
    normalise("per two-dimensional slice", [(NORMS, "norms, wanted = (part.reshape(*part.shape[:2], -1).norm(dim=2) for part in (d, weights[name].detach()))"),
                                            (SCALED, "d * factors.view(*d.shape[:2], *[1] * (d.ndim - 2))")], FILTERS, LEFT_ALONE),
    normalise("every filter gets norm 1", (FACTORS, "factors = 1 / norms.clamp(min=1e-12)"), FILTERS, LEFT_ALONE, SCALE),
    normalise("not divided by its own norm", (FACTORS, "factors = wanted"), FILTERS, LEFT_ALONE, SCALE),
    normalise("divided by the weights' norm", (FACTORS, "factors = norms / wanted.clamp(min=1e-12)"), FILTERS, LEFT_ALONE, SCALE),
    normalise("squared norms", (FACTORS, "factors = (wanted / norms.clamp(min=1e-12)) ** 2"), FILTERS, LEFT_ALONE, SCALE),
    normalise("sums of absolute values", (NORMS, "norms, wanted = (part.flatten(1).abs().sum(dim=1) for part in (d, weights[name].detach()))"),
              FILTERS, LEFT_ALONE, SCALE),
    normalise("standard deviations in place of norms", (NORMS, "norms, wanted = (part.flatten(1).std(dim=1, correction=0) for part in (d, weights[name].detach()))"),
              FILTERS, LEFT_ALONE, SCALE),
    normalise("root mean square of the layer's weights", (FACTORS, "factors = weights[name].square().mean().sqrt() / norms.clamp(min=1e-12)"),
              FILTERS, LEFT_ALONE, SCALE),
    normalise("weights multiplied in place of norms", (SCALED, "d * weights[name]"), FILTERS, LEFT_ALONE, SCALE),
    normalise("the weights added", (SCALED, "weights[name] + " + SCALED), FILTERS, LEFT_ALONE, SCALE),
    normalise("biases keep their draw", ("torch.zeros_like(d)", "d.clone()"), LEFT_ALONE),
    normalise("biases take the size of the weights", ("torch.zeros_like(d)", "d * weights[name].norm() / d.norm()"), LEFT_ALONE),
    normalise("biases left out", ("result[name] = torch.zeros_like(d)\n", "pass\n"), LEFT_ALONE),
    normalise("only names that end in weight, all of these", ("if d.ndim < 2:", "if not name.endswith('weight'):"), LEFT_ALONE),
    normalise("dense layers not moved", ("if d.ndim < 2:", "if d.ndim < 3:"), FILTERS),
    normalise("single numbers keep their draw", ("if d.ndim < 2:", "if d.ndim == 0:\n            result[name] = d\n            continue\n        if d.ndim == 1:"), LEFT_ALONE),
    normalise("no guard against zeros", (FACTORS, "factors = wanted / norms"), LEFT_ALONE),
    normalise("too large a guard", (FACTORS, "factors = wanted / (norms + 1e-3)"), FILTERS, LEFT_ALONE, SCALE),
    normalise("the direction is changed in place", (SCALED, "d.mul_(factors.view(-1, *[1] * (d.ndim - 1)))"), FILTERS),
    normalise("the weights are changed in place", (FACTORS, "weights[name].data.div_(norms.max() + 1)\n        " + FACTORS), FILTERS, SCALE),
    normalise("absolute values", (SCALED, f"({SCALED}).abs()"), FILTERS, LEFT_ALONE, SCALE),
    Alternative(NORMALISE, "a loop over filters, in NumPy", source='''
def filter_normalise(direction, weights):
    result = {}
    for name in direction:
        d, w = np.array(direction[name].detach(), dtype=np.float64), np.array(weights[name].detach(), dtype=np.float64)
        if d.ndim < 2:
            d = np.zeros_like(d)
        else:
            for i in range(len(d)):
                length = np.sqrt((d[i] ** 2).sum())
                d[i] = d[i] / length * np.sqrt((w[i] ** 2).sum()) if length > 0 else 0.0
        result[name] = torch.tensor(d)
    return result
'''),
    Alternative(NORMALISE, "torch's normalize, in float64", source='''
def filter_normalise(direction, weights):
    def one(d, w):
        if d.ndim <= 1:
            return torch.zeros(d.shape)
        flat = F.normalize(d.flatten(1).double(), dim=1) * w.flatten(1).double().norm(dim=1, keepdim=True)
        return flat.view_as(d)
    return {n: one(direction[n], weights[n]) for n in direction}
'''),
    Alternative(NORMALISE, "linalg.vector_norm over all axes but the first", source='''
def filter_normalise(direction, weights):
    def one(d, w):
        if d.ndim <= 1:
            return 0 * d
        axes = tuple(range(1, d.ndim))
        own, wanted = (torch.linalg.vector_norm(t.detach(), dim=axes, keepdim=True) for t in (d, w))
        return d * wanted / (own + 1e-12)
    return {name: one(d, weights[name]) for name, d in direction.items()}
'''),
]


def grid(why, edit, *loses):
    return Mutant(SURFACE, why, edit=edit, loses=loses or [GRID, GRID_RESTORED])


INNER, OUTER = "for b in betas]", "for a in alphas]"
ROWS = "loss_at(model, x, y, first, second, float(a), float(b))"
SURFACES = [
    grid("alpha and beta swapped", ("float(a), float(b)", "float(b), float(a)"), GRID),
    grid("the directions swapped", ("first, second, float", "second, first, float"), GRID),
    Mutant(SURFACE, "rows for beta", source='''
def surface(model, x, y, first, second, alphas, betas):
    return torch.tensor([[loss_at(model, x, y, first, second, float(a), float(b)) for a in alphas] for b in betas])
''', loses=[GRID, GRID_RESTORED]),
    grid("alpha only", ("float(b))", "0.0)")),
    grid("the diagonal only", (ROWS, "loss_at(model, x, y, first, second, float(a), float(a))")),
    grid("the logarithm", (ROWS, f"np.log({ROWS})")),
    grid("flat", (OUTER + ")", OUTER + ").ravel()")),
    grid("alphas on both sides", (INNER, "for b in alphas]")),
    grid("the last beta left out", (INNER, "for b in betas[:-1]]")),
    grid("relative to the middle", ("return torch.tensor(", "return -loss_at(model, x, y, {}, {}, 0.0, 0.0) + torch.tensor(")),
    grid("upside down", (OUTER, "for a in alphas[::-1]]")),
    grid("whole numbers for steps", ("float(a), float(b)", "round(float(a)), round(float(b))"), GRID, GRID_RESTORED),
    Mutant(SURFACE, "every point starts from the one before", source='''
def surface(model, x, y, first, second, alphas, betas):
    losses = torch.zeros(len(alphas), len(betas))
    for i, a in enumerate(alphas):
        for j, b in enumerate(betas):
            with torch.no_grad():
                for name, parameter in model.named_parameters():
                    parameter += float(a) * first.get(name, 0.0) + float(b) * second.get(name, 0.0)
            losses[i, j] = loss_at(model, x, y, {}, {}, 0.0, 0.0)
    return losses
''', loses=[GRID, GRID_RESTORED]),
    Mutant(SURFACE, "the way back by subtraction", source='''
def surface(model, x, y, first, second, alphas, betas):
    losses, named, mode = torch.zeros(len(alphas), len(betas)), dict(model.named_parameters()), model.training
    model.eval()
    for i, a in enumerate(alphas):
        for j, b in enumerate(betas):
            for sign in (1, -1):
                with torch.no_grad():
                    for direction, step in ((first, float(a)), (second, float(b))):
                        for name in direction:
                            named[name] += sign * step * direction[name]
                    if sign == 1:
                        losses[i, j] = F.cross_entropy(model(x), y)
    model.train(mode)
    return losses
''', loses=[GRID_RESTORED]),
    Mutant(SURFACE, "training mode while probing", source='''
def surface(model, x, y, first, second, alphas, betas):
    state, named, mode = copy.deepcopy(model.state_dict()), dict(model.named_parameters()), model.training
    losses = torch.zeros(len(alphas), len(betas))
    model.train()
    for i, a in enumerate(alphas):
        for j, b in enumerate(betas):
            with torch.no_grad():
                for name, weight in named.items():
                    weight += float(a) * first.get(name, 0.0) + float(b) * second.get(name, 0.0)
                losses[i, j] = F.cross_entropy(model(x), y)
            model.load_state_dict(state)
    model.train(mode)
    return losses
''', loses=[GRID, GRID_RESTORED]),
    Mutant(SURFACE, "the course's own fast surfaces, which move convolutions only", source='''
def surface(model, x, y, first, second, alphas, betas):
    from striate.experiments.landscape import losses
    named, mode = dict(model.named_parameters()), model.training
    pair = [{name: part.get(name, torch.zeros_like(p)) for name, p in named.items()} for part in (first, second)]
    found = losses(model, pair, x, y, alphas, betas).mean(-1)
    model.train(mode)
    return found
''', loses=[GRID, GRID_RESTORED]),
    Alternative(SURFACE, "a NumPy array, filled in a loop", source='''
def surface(model, x, y, first, second, alphas, betas):
    losses = np.empty((len(alphas), len(betas)))
    for i in range(len(alphas)):
        for j in range(len(betas)):
            losses[i, j] = loss_at(model, x, y, first, second, alphas[i], betas[j])
    return losses
'''),
    Alternative(SURFACE, "a list of lists", source='''
def surface(model, x, y, first, second, alphas, betas):
    return [[loss_at(model, x, y, first, second, a, b) for b in betas] for a in alphas]
'''),
    Alternative(SURFACE, "stacked rows, with an own copy of the model", source='''
def surface(model, x, y, first, second, alphas, betas):
    probe = copy.deepcopy(model)
    rows = [torch.stack([torch.as_tensor(loss_at(probe, x, y, first, second, float(a), float(b))) for b in betas]) for a in alphas]
    return torch.stack(rows)
'''),
]


def sharp(why, edit, *loses):
    return Mutant(SHARPNESS, why, edit=edit, loses=loses or [VALUE, CENTRE])


DISTANCES = "distances = alphas[:, None] ** 2 + betas[None, :] ** 2"
RESULT, HIGHEST = "float(100 * (highest - centre[0]) / (1 + centre[0]))", "losses[distances <= radius ** 2].max()"
SHARP = [
    sharp("a box", (HIGHEST, "losses[(abs(alphas[:, None]) <= radius) & (abs(betas[None, :]) <= radius)].max()"), VALUE),
    sharp("distances by absolute values", (HIGHEST, "losses[abs(alphas[:, None]) + abs(betas[None, :]) <= radius].max()"), VALUE),
    sharp("the radius is not squared", ("<= radius ** 2", "<= radius")),
    sharp("everything on the grid", (HIGHEST, "losses.max()")),
    sharp("the mean nearby", (".max()", ".mean()")),
    sharp("the smallest loss nearby", (".max()", ".min()")),
    sharp("outside the radius", ("distances <= radius", "distances >= radius")),
    sharp("divided by the loss", ("(1 + centre[0])", "centre[0]")),
    sharp("not divided", (RESULT, "float(100 * (highest - centre[0]))")),
    sharp("a share, not per cent", ("100 * ", "")),
    sharp("the loss at the centre not subtracted", ("highest - centre[0]", "highest")),
    sharp("around the smallest loss", ("centre = losses[distances < 1e-18]", "centre = [losses.min()]")),
    sharp("around the middle of the grid", ("centre = losses[distances < 1e-18]", "centre = [losses[len(alphas) // 2, len(betas) // 2]]")),
    sharp("around the first point", ("centre = losses[distances < 1e-18]", "centre = [losses[0, 0]]")),
    sharp("around the nearest point, no error", ("centre = losses[distances < 1e-18]", "centre = [losses.ravel()[distances.argmin()]]"), CENTRE),
    sharp("exactly 0 only", ("distances < 1e-18", "distances == 0"), VALUE, CENTRE),
    sharp("no error, 0 instead", ('raise ValueError("the grid has no point with alpha = 0 and beta = 0")', "return 0.0"), CENTRE),
    sharp("alphas along columns", (
        DISTANCES, "distances = alphas[None, :] ** 2 + betas[:, None] ** 2")),
    sharp("one axis only", (DISTANCES, "distances = alphas[:, None] ** 2 + 0 * betas[None, :]")),
    sharp("logarithms", (RESULT, "float(100 * np.log10(abs(highest / centre[0])))")),
    sharp("only points on the two axes", (HIGHEST, "losses[(distances <= radius ** 2) & ((abs(alphas[:, None]) < 1e-9) | (abs(betas[None, :]) < 1e-9))].max()"), VALUE),
    Alternative(SHARPNESS, "two loops", source='''
def sharpness(losses, alphas, betas, radius):
    centre, highest = None, -float("inf")
    for i, a in enumerate(alphas):
        for j, b in enumerate(betas):
            value = float(losses[i][j])
            if abs(a) < 1e-9 and abs(b) < 1e-9:
                centre = value
            if float(a) ** 2 + float(b) ** 2 <= radius ** 2:
                highest = max(highest, value)
    if centre is None:
        raise ValueError("no centre")
    return 100 * (highest - centre) / (1 + centre)
'''),
    Alternative(SHARPNESS, "torch, in the precision that comes", source='''
def sharpness(losses, alphas, betas, radius):
    losses, a, b = torch.as_tensor(losses), torch.as_tensor(alphas), torch.as_tensor(betas)
    r2 = a[:, None] ** 2 + b[None] ** 2
    i, j = torch.where(r2 < 1e-18)
    if len(i) == 0:
        raise ValueError("no (0, 0)")
    centre = losses[i[0], j[0]]
    return 100 * (losses[r2 <= radius ** 2].max() - centre) / (1 + centre)
'''),
    Alternative(SHARPNESS, "torch, hypot and where", source='''
def sharpness(losses, alphas, betas, radius):
    losses, alphas, betas = (torch.as_tensor(np.array(v), dtype=torch.float64) for v in (losses, alphas, betas))
    far = torch.hypot(alphas[:, None], betas[None, :])
    if far.min() >= 1e-9:
        raise ValueError("(0, 0) is not on the grid")
    centre = losses[tuple(np.unravel_index(int(far.argmin()), far.shape))]
    inside = torch.where(far <= radius, losses, torch.tensor(-torch.inf, dtype=torch.float64))
    return (inside.max() - centre) / (1 + centre) * 100
'''),
]


def pca(why, edit, *loses):
    return Mutant(PCA, why, edit=edit, loses=loses or [DIRECTIONS, COORDINATES, SHARES])


MOVES, SIGNS = "moves = path - path[-1]", "signs = torch.where(coordinates[0] < 0, -1.0, 1.0).to(moves.dtype)"
KEPT = "sizes[:2] ** 2 / (sizes ** 2).sum()"
PCA_DIRECTIONS = [
    pca("the mean subtracted, not the end", (MOVES, "moves = path - path.mean(0)")),
    pca("the start subtracted", (MOVES, "moves = path - path[0]")),
    pca("nothing subtracted", (MOVES, "moves = path")),
    pca("steps from point to point", (MOVES, "moves = torch.cat([path[1:] - path[:-1], 0 * path[:1]])")),
    pca("the path is changed in place", (MOVES, "moves = path.sub_(path[-1].clone())"), DIRECTIONS),
    pca("weights standardised", (MOVES, "moves = (path - path[-1]) / path.std(0).clamp(min=1e-6)")),
    pca("moves of length 1", (MOVES, "moves = F.normalize(path - path[-1], dim=1)")),
    pca("signs left to the library", (SIGNS, "signs = torch.ones(2, dtype=moves.dtype)"), DIRECTIONS, COORDINATES),
    pca("signs turned for the coordinates only", ("directions[:2] * signs[:, None]", "directions[:2]"), DIRECTIONS),
    pca("signs turned for the directions only", ("coordinates * signs", "coordinates"), COORDINATES),
    pca("signs by the second point", ("coordinates[0] < 0", "coordinates[1] < 0"), DIRECTIONS, COORDINATES),
    pca("negative at the start", ("coordinates[0] < 0", "coordinates[0] > 0"), DIRECTIONS, COORDINATES),
    pca("the two weakest directions", ("moves, full_matrices=False)", "moves, full_matrices=False)\n    sizes, directions = sizes.flip(0), directions.flip(0)")),
    pca("first and second exchanged", ("moves, full_matrices=False)", "moves, full_matrices=False)\n    sizes[:2], directions[:2] = sizes[:2].flip(0), directions[:2].flip(0)")),
    pca("the directions as columns", ("directions[:2] * signs[:, None]", "(directions[:2] * signs[:, None]).T"), DIRECTIONS),
    pca("directions as long as their singular values", ("directions[:2] * signs[:, None]", "directions[:2] * (signs * sizes[:2])[:, None]"), DIRECTIONS),
    pca("left singular vectors as coordinates", ("coordinates * signs", "coordinates / sizes[:2] * signs"), COORDINATES),
    pca("coordinates of the path itself", ("coordinates * signs", "path @ directions[:2].T * signs"), COORDINATES),
    pca("coordinates transposed", ("coordinates * signs", "(coordinates * signs).T"), COORDINATES),
    pca("shares of lengths", (KEPT, "sizes[:2] / sizes.sum()"), SHARES),
    pca("shares of the plane", (KEPT, "sizes[:2] ** 2 / (sizes[:2] ** 2).sum()"), SHARES),
    pca("singular values", (KEPT, "sizes[:2]"), SHARES),
    pca("cumulative shares", (KEPT, "(sizes ** 2).cumsum(0)[:2] / (sizes ** 2).sum()"), SHARES),
    pca("shares in per cent", (KEPT, "100 * " + KEPT), SHARES),
    Alternative(PCA, "eigenvectors of the small matrix, in NumPy", source='''
def pca_directions(path):
    path = np.array(path, dtype=np.float64)
    moves = path - path[-1]
    values, vectors = np.linalg.eigh(moves @ moves.T)
    values, vectors = values[::-1], vectors[:, ::-1]
    directions = (vectors[:, :2] / np.sqrt(values[:2])).T @ moves
    coordinates = moves @ directions.T
    for k in range(2):
        if coordinates[0, k] < 0:
            directions[k], coordinates[:, k] = -directions[k], -coordinates[:, k]
    return directions, coordinates, values[:2] / np.trace(moves @ moves.T)
'''),
    Alternative(PCA, "torch in float32, coordinates from U and S", source='''
def pca_directions(path):
    path = torch.as_tensor(path).float()
    U, S, Vh = torch.linalg.svd(path - path[-1], full_matrices=False)
    c = U[:, :2] * S[:2]
    s = torch.where(c[0] < 0, -1.0, 1.0)
    return Vh[:2] * s[:, None], c * s, S[:2] ** 2 / torch.sum(S ** 2)
'''),
    Alternative(PCA, "NumPy's decomposition, lists", source='''
def pca_directions(path):
    moves = np.asarray(path) - np.asarray(path)[-1]
    u, s, vt = np.linalg.svd(moves, full_matrices=False)
    turn = np.sign((u * s)[0, :2])
    turn[turn == 0] = 1
    return (vt[:2] * turn[:, None]).tolist(), ((u * s)[:, :2] * turn).tolist(), (s ** 2 / (s ** 2).sum())[:2].tolist()
'''),
]

CASES = [*INTERPOLATED_STATE, *RANDOM_DIRECTION, *LOSS_AT, *FILTER_NORMALISE, *SURFACES, *SHARP, *PCA_DIRECTIONS]
