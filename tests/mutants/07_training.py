"""Wrong and other right answers to the exercises of lesson 07; see autograde/mutants.py.

The first ten of batch normalisation are those that passed the tests of a well-known course.
"""
from autograde.mutants import Alternative, Mutant

BACKWARD_PASS, DERIVATIVES = "exercise-7-1-activation-backward", "test-7-1-derivatives"
HE, MOMENTUM, NESTEROV = "exercise-7-2-he-normal", "exercise-7-3-momentum-step", "exercise-7-4-nesterov-step"
DECAY, DROPOUT, DROPOUT2D = "exercise-7-5-weight-decay-from-prior", "exercise-7-6-dropout", "exercise-7-7-dropout2d"
NORM, AUGMENT = "exercise-7-8-batch-norm", "exercise-7-9-random-shift-flip"

IN_PLACE, STATISTICS = "test-7-2-in-place", "test-7-2-statistics"
STEP = "test-7-3-values"
PLACE, STEPS = "test-7-4-look-ahead", "test-7-4-steps"
CLASSES, REGRESSION = "test-7-5-cross-entropy", "test-7-5-regression"
VALUES, CHANCE = "test-7-6-values", "test-7-6-chance"
CHANNELS, CHANNEL_CHANCE = "test-7-7-channels", "test-7-7-chance"
TRAINING, RUNNING = "test-7-8-training", "test-7-8-running"
EVALUATION, BACKWARD = "test-7-8-evaluation", "test-7-8-backward"
VERSIONS, SHIFT_CHANCE = "test-7-9-versions", "test-7-9-chance"


def slope(why, *edit):
    return Mutant(BACKWARD_PASS, why, edit=edit, loses=[DERIVATIVES])


ACTIVATIONS = [
    slope("the gradient forgotten", "gradient * derivatives", "derivatives"),
    slope("the gradient added", "gradient * derivatives", "gradient + derivatives"),
    slope("the gradient summed up first", "return gradient *", "return gradient.sum() *"),
    slope("a matrix product", "gradient * derivatives[name]", "torch.atleast_2d(gradient) @ torch.atleast_2d(derivatives[name]).mT"),
    slope("the functions, not their derivatives", 'derivatives = {"sigmoid": s * (1 - s), "tanh": 1 - t ** 2, "relu": positive,',
          'derivatives = {"sigmoid": s, "tanh": t, "relu": x * positive,'),
    slope("the derivatives at the output", "s, t, positive = torch.sigmoid(x), torch.tanh(x), (x > 0).float()",
          "s, t, positive = torch.sigmoid(torch.sigmoid(x)), torch.tanh(torch.tanh(x)), (x > 0).float()"),
    slope("sigmoid: the output squared", "s * (1 - s)", "s * s"),
    slope("sigmoid: one minus the output", "s * (1 - s)", "1 - s"),
    slope("sigmoid: the wrong sign", "s * (1 - s)", "s * (s - 1)"),
    slope("sigmoid: x times one minus x", "s * (1 - s)", "x * (1 - x)"),
    slope("sigmoid: NaN for large numbers", "torch.sigmoid(x)", "torch.exp(x) / (1 + torch.exp(x))"),
    slope("tanh: the square forgotten", "1 - t ** 2", "1 - t"),
    slope("tanh: the sigmoid's rule", "1 - t ** 2", "t * (1 - t)"),
    slope("tanh: NaN for large numbers", "torch.tanh(x)", "(torch.exp(x) - torch.exp(-x)) / (torch.exp(x) + torch.exp(-x))"),
    slope("ReLU open at 0", "(x > 0)", "(x >= 0)"),
    slope("ReLU: the function", '"relu": positive', '"relu": x * positive'),
    slope("ReLU: the sign", '"relu": positive', '"relu": torch.sign(x)'),
    slope("ReLU closed where the gradient is negative", '"relu": positive', '"relu": positive * (gradient > 0)'),
    slope("LeakyReLU is a ReLU", "0.01 + 0.99 * positive", "positive"),
    slope("LeakyReLU: 1.01 above 0", "0.01 + 0.99 * positive", "0.01 + positive"),
    slope("LeakyReLU: slope 0.1", "0.01 + 0.99 * positive", "0.1 + 0.9 * positive"),
    slope("LeakyReLU: 0.01 x below 0", "0.01 + 0.99 * positive", "torch.where(x > 0, 1, 0.01 * x)"),
    slope("LeakyReLU: 1 at 0", "0.01 + 0.99 * positive", "torch.where(x >= 0, 1.0, 0.01)"),
    slope("softplus: the function", '"softplus": s}', '"softplus": F.softplus(x)}'),
    slope("softplus: the sigmoid's derivative", '"softplus": s}', '"softplus": s * (1 - s)}'),
    slope("softplus: one divided by the sigmoid's denominator", '"softplus": s}', '"softplus": 1 - s}'),
    slope("changes the gradient", "return gradient *", "gradient *= 1.5\n    return gradient / 1.5 *"),
    slope("changes x", "return gradient", "x.clamp_(min=0)\n    return gradient"),
    slope("a flat result", "return gradient * derivatives[name]", "return (gradient * derivatives[name]).flatten()"),
    slope("the mean over the first axis", "return gradient * derivatives[name]", "return (gradient * derivatives[name]) / len(gradient)"),
    Mutant(BACKWARD_PASS, "autograd", loses=[DERIVATIVES], source='''
def activation_backward(name, x, gradient):
    function = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": F.relu, "leaky_relu": F.leaky_relu, "softplus": F.softplus}
    x = x.clone().requires_grad_()
    return torch.autograd.grad(function[name](x), x, gradient)[0]
'''),
    Mutant(BACKWARD_PASS, "autograd by backward()", loses=[DERIVATIVES], source='''
def activation_backward(name, x, gradient):
    x = x.clone().requires_grad_()
    {"leaky_relu": F.leaky_relu, "relu": torch.relu, "softplus": F.softplus}.get(name, getattr(torch, name, None))(x).backward(gradient)
    return x.grad
'''),
    Mutant(BACKWARD_PASS, "differences of function values", loses=[DERIVATIVES], source='''
def activation_backward(name, x, gradient):
    function = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": F.relu, "leaky_relu": F.leaky_relu, "softplus": F.softplus}[name]
    x = x.double()
    return gradient * (function(x + 1e-5) - function(x - 1e-5)) / 2e-5
'''),
    Alternative(BACKWARD_PASS, "one branch each, in float64", source='''
def activation_backward(name, x, gradient):
    x, gradient = x.double(), gradient.double()
    if name == "sigmoid":
        y = 1 / (1 + torch.exp(-x))
        return gradient * y * (1 - y)
    elif name == "tanh":
        return gradient / torch.cosh(x) ** 2
    elif name == "softplus":
        return gradient / (1 + torch.exp(-x))
    return gradient * torch.where(x > 0, 1.0, 0.0 if name == "relu" else 0.01)
'''),
    Alternative(BACKWARD_PASS, "number by number, with math", source='''
def activation_backward(name, x, gradient):
    result = []
    for number in x.flatten().tolist():
        small = np.exp(-abs(number))                # never overflows
        s = (1 if number >= 0 else small) / (1 + small)
        slopes = {"sigmoid": small / (1 + small) ** 2, "tanh": 1 - np.tanh(number) ** 2, "softplus": s,
                  "relu": 1 if number > 0 else 0, "leaky_relu": 1 if number > 0 else 0.01}
        result.append(slopes[name])
    return gradient * torch.tensor(result, dtype=torch.float64).reshape(x.shape)
'''),
    Alternative(BACKWARD_PASS, "a mask on a copy of the gradient", source='''
def activation_backward(name, x, gradient):
    result = gradient.clone()
    if name in ("relu", "leaky_relu"):
        result[x <= 0] *= 0 if name == "relu" else 0.01
    elif name == "tanh":
        result *= 4 * torch.sigmoid(2 * x) * torch.sigmoid(-2 * x)
    else:
        result *= torch.sigmoid(x) * (torch.sigmoid(-x) if name == "sigmoid" else 1)
    return result
'''),
]


def he(why, edit, *loses):
    return Mutant(HE, why, edit=edit, loses=loses or [STATISTICS])


FAN_IN, FILL = "fan_in = weight[0].numel()", "return weight.normal_(0, (2 / fan_in) ** 0.5)"
HE_NORMAL = [
    he("fan-out", (FAN_IN, "fan_in = weight[:, 0].numel()")),
    he("number of outputs", (FAN_IN, "fan_in = weight.shape[0]")),
    he("kernel size forgotten", (FAN_IN, "fan_in = weight.shape[1]")),
    he("kernel height only", (FAN_IN, "fan_in = weight[0, ..., 0].numel() if weight.ndim > 2 else weight.shape[1]")),
    he("all entries counted", (FAN_IN, "fan_in = weight.numel()")),
    he("variance in place of the standard deviation", ("(2 / fan_in) ** 0.5", "2 / fan_in")),
    he("1 / fan-in: nothing paid back for ReLU", ("2 / fan_in", "1 / fan_in")),
    he("Xavier", (FILL, "return weight.normal_(0, (2 / (fan_in + weight[:, 0].numel())) ** 0.5)")),
    he("uniform with He's limits", (FILL, "return weight.uniform_(-(6 / fan_in) ** 0.5, (6 / fan_in) ** 0.5)")),
    he("uniform with limits of one standard deviation", (FILL, "return weight.uniform_(-(2 / fan_in) ** 0.5, (2 / fan_in) ** 0.5)")),
    he("positive numbers only", (FILL, "return weight.normal_(0, (2 / fan_in) ** 0.5).abs_()")),
    he("mean 1", ("normal_(0,", "normal_(1,")),
    he("cut off at two standard deviations", (FILL, "return weight.normal_(0, (2 / fan_in) ** 0.5).clamp_(-2 * (2 / fan_in) ** 0.5, 2 * (2 / fan_in) ** 0.5)"),
       IN_PLACE, STATISTICS),
    he("a new tensor, the old one stays", (FILL, "return torch.randn(weight.shape) * (2 / fan_in) ** 0.5"), IN_PLACE, STATISTICS),
    he("the name bound to a new tensor", (FILL, "weight = torch.randn(weight.shape) * (2 / fan_in) ** 0.5\n    return weight"), IN_PLACE, STATISTICS),
    he("nothing returned", ("return weight.", "weight."), IN_PLACE),
    he("added to the old numbers", (FILL, "return weight.add_(torch.randn(weight.shape) * (2 / fan_in) ** 0.5)"), IN_PLACE, STATISTICS),
    he("multiplied with the old numbers", (FILL, "return weight.mul_(torch.randn(weight.shape) * (2 / fan_in) ** 0.5)"), IN_PLACE, STATISTICS),
    he("all zeros", (FILL, "return weight.zero_()"), IN_PLACE, STATISTICS),
    he("a constant", (FILL, "return weight.fill_((2 / fan_in) ** 0.5)"), IN_PLACE, STATISTICS),
    he("the same numbers in each call", (FILL, "torch.manual_seed(0)\n    " + FILL), IN_PLACE),
    he("the same kernel for every output", (FILL, "weight[:] = torch.randn(weight[0].shape) * (2 / fan_in) ** 0.5\n    return weight"),
       IN_PLACE, STATISTICS),
    he("the last output left as it was", (FILL, "weight[:-1].normal_(0, (2 / fan_in) ** 0.5)\n    return weight"), IN_PLACE, STATISTICS),
    he("signs only", (FILL, "return weight.copy_(torch.randn(weight.shape).sign() * (2 / fan_in) ** 0.5)"), IN_PLACE, STATISTICS),
    he("the library's", (FILL, 'return nn.init.kaiming_normal_(weight, nonlinearity="relu")'), IN_PLACE, STATISTICS),
    Alternative(HE, "NumPy's numbers, copied in", source='''
def he_normal_(weight):
    sigma = np.sqrt(2 / np.prod(weight.shape[1:]))
    weight[...] = torch.tensor(np.random.default_rng().normal(0, sigma, tuple(weight.shape)))
    return weight
'''),
    he("NumPy's numbers with a seed", (FILL, "return weight.copy_(torch.tensor(np.random.default_rng(0).normal(0, (2 / fan_in) ** 0.5, weight.shape)))"), IN_PLACE),
    Alternative(HE, "one entry after the other", source='''
def he_normal_(weight):
    fan_in = 1
    for size in weight.shape[1:]:
        fan_in *= size
    flat = weight.view(-1)
    for i in range(len(flat)):
        flat[i] = torch.randn(()).item() * (2 / fan_in) ** 0.5
    return weight
'''),
    Alternative(HE, "copy_ of randn, under no_grad", source='''
def he_normal_(weight):
    fan_in = weight.numel() / len(weight)
    with torch.no_grad():
        weight.copy_(torch.randn_like(weight)).mul_((2 / fan_in) ** 0.5)
    return weight
'''),
]


def momentum(why, edit):
    return Mutant(MOMENTUM, why, edit=edit, loses=[STEP])


AVERAGE = "velocity = momentum * velocity + (1 - momentum) * gradient"
MOMENTUM_STEP = [
    momentum("no factor (1 - momentum)", ("(1 - momentum) * gradient", "gradient")),
    momentum("momentum and 1 - momentum exchanged", (AVERAGE, "velocity = (1 - momentum) * velocity + momentum * gradient")),
    momentum("no momentum", (AVERAGE, "velocity = gradient")),
    momentum("the old velocity forgotten", (AVERAGE, "velocity = (1 - momentum) * gradient")),
    momentum("the old velocity not reduced", (AVERAGE, "velocity = velocity + (1 - momentum) * gradient")),
    momentum("a step with the old velocity", [(AVERAGE, "old = velocity\n    " + AVERAGE), ("lr * velocity, velocity", "lr * old, velocity")]),
    momentum("uphill", ("weight - lr", "weight + lr")),
    momentum("a step with the gradient", ("lr * velocity, velocity", "lr * gradient, velocity")),
    momentum("lr inside the velocity", [(AVERAGE, "velocity = momentum * velocity + lr * (1 - momentum) * gradient"), ("lr * velocity, velocity", "velocity, velocity")]),
    momentum("lr twice", ("weight - lr * velocity", "weight - lr * lr * velocity")),
    momentum("lr forgotten", ("weight - lr * velocity", "weight - velocity")),
    momentum("pair exchanged", ("return weight - lr * velocity, velocity", "return velocity, weight - lr * velocity")),
    momentum("the old velocity returned", (AVERAGE + "\n    return weight - lr * velocity, velocity",
                                           "return weight - lr * (momentum * velocity + (1 - momentum) * gradient), velocity")),
    momentum("velocity changed in place", (AVERAGE, "velocity *= momentum\n    velocity += (1 - momentum) * gradient")),
    momentum("weight changed in place", ("return weight - lr * velocity, velocity", "weight -= lr * velocity\n    return weight, velocity")),
    momentum("momentum fixed at 0.9", (AVERAGE, "momentum = 0.9\n    " + AVERAGE)),
    momentum("Nesterov's other form", ("weight - lr * velocity", "weight - lr * (momentum * velocity + (1 - momentum) * gradient)")),
    momentum("torch's velocity, with the factor in the step", [(AVERAGE, "velocity = momentum * velocity + gradient"),
                                                               ("weight - lr * velocity,", "weight - lr * (1 - momentum) * velocity,")]),
    Alternative(MOMENTUM, "loops over nested lists", source='''
def momentum_step(weight, gradient, velocity, lr, momentum=0.9):
    if np.ndim(weight) == 0:
        v = momentum * velocity + (1 - momentum) * gradient
        return weight - lr * v, v
    pairs = [momentum_step(w, g, v, lr, momentum) for w, g, v in zip(weight, gradient, velocity)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
'''),
    Alternative(MOMENTUM, "torch, float32", source='''
def momentum_step(weight, gradient, velocity, lr, momentum=0.9):
    w, g, v = (torch.as_tensor(array, dtype=torch.float32) for array in (weight, gradient, velocity))
    v = torch.lerp(g, v, momentum)
    return w - lr * v, v
'''),
    Alternative(MOMENTUM, "moved towards the gradient", edit=(AVERAGE, "velocity = velocity + (1 - momentum) * (gradient - velocity)")),
    Alternative(MOMENTUM, "float32, as a list", source='''
def momentum_step(weight, gradient, velocity, lr, momentum=0.9):
    weight, gradient, velocity = (np.asarray(a, dtype=np.float32) for a in (weight, gradient, velocity))
    velocity = np.average([velocity, gradient], axis=0, weights=[momentum, 1 - momentum])
    return [weight - lr * velocity, velocity]
'''),
]


def nesterov(why, edit, *loses):
    return Mutant(NESTEROV, why, edit=edit, loses=loses or [PLACE, STEPS])


LOOK = "gradient_at(weight - lr * momentum * velocity)"
NESTEROV_STEP = [
    nesterov("plain momentum", (LOOK, "gradient_at(weight)")),
    nesterov("a look back", (LOOK, "gradient_at(weight + lr * momentum * velocity)")),
    nesterov("look-ahead without momentum", (LOOK, "gradient_at(weight - lr * velocity)")),
    nesterov("look-ahead without lr", (LOOK, "gradient_at(weight - momentum * velocity)")),
    nesterov("look-ahead with 1 - momentum", (LOOK, "gradient_at(weight - lr * (1 - momentum) * velocity)")),
    nesterov("look-ahead by a whole step of momentum", (LOOK, "gradient_at(weight - lr * (momentum * velocity + (1 - momentum) * gradient_at(weight)))")),
    nesterov("asked twice", (LOOK, "(gradient_at(weight), " + LOOK + ")[1]"), PLACE),
    Mutant(NESTEROV, "the step starts from the look-ahead point", source='''
def nesterov_step(weight, gradient_at, velocity, lr, momentum=0.9):
    ahead = weight - lr * momentum * velocity
    velocity = momentum * velocity + (1 - momentum) * gradient_at(ahead)
    return ahead - lr * velocity, velocity
''', loses=[STEPS]),
    nesterov("no factor (1 - momentum)", ("(1 - momentum) * gradient\n", "gradient\n"), STEPS),
    nesterov("momentum and 1 - momentum exchanged", ("velocity = momentum * velocity + (1 - momentum) * gradient",
                                                     "velocity = (1 - momentum) * velocity + momentum * gradient"), STEPS),
    nesterov("the old velocity forgotten", ("velocity = momentum * velocity +", "velocity ="), STEPS),
    nesterov("uphill", ("return weight - lr", "return weight + lr"), STEPS),
    nesterov("lr forgotten in the step", ("return weight - lr * velocity", "return weight - velocity"), STEPS),
    nesterov("a step with the gradient", ("return weight - lr * velocity", "return weight - lr * gradient"), STEPS),
    nesterov("pair exchanged", ("return weight - lr * velocity, velocity", "return velocity, weight - lr * velocity"), STEPS),
    nesterov("velocity changed in place", ("velocity = momentum * velocity + (1 - momentum) * gradient",
                                           "velocity *= momentum\n    velocity += (1 - momentum) * gradient"), STEPS),
    nesterov("weight changed in place", ("return weight - lr * velocity, velocity", "weight -= lr * velocity\n    return weight, velocity"), STEPS),
    nesterov("weight moved to look, and back", (LOOK, "gradient_at(weight.__isub__(lr * momentum * velocity))"), STEPS),
    nesterov("torch's form, with the gradient at the weight", [
        (LOOK, "gradient_at(weight)"), ("return weight - lr * velocity,", "return weight - lr * (momentum * velocity + (1 - momentum) * gradient),")]),
    Alternative(NESTEROV, "torch tensors", source='''
def nesterov_step(weight, gradient_at, velocity, lr, momentum=0.9):
    w, v = torch.as_tensor(weight).double(), torch.as_tensor(velocity).double()
    g = torch.as_tensor(gradient_at(w - lr * momentum * v))
    v = momentum * v + (1 - momentum) * g
    return w - lr * v, v
'''),
    Alternative(NESTEROV, "asked with a list", source='''
def nesterov_step(weight, gradient_at, velocity, lr, momentum=0.9):
    ahead = weight - lr * momentum * velocity
    gradient = np.asarray(gradient_at(ahead.tolist()))
    velocity = momentum * velocity + (1 - momentum) * gradient
    return (weight - lr * velocity).tolist(), velocity.tolist()
'''),
    Alternative(NESTEROV, "with exercise 7.3", source='''
def nesterov_step(weight, gradient_at, velocity, lr, momentum=0.9):
    return momentum_step(weight, gradient_at(weight - lr * momentum * velocity), velocity, lr, momentum)
'''),
    Alternative(NESTEROV, "the whole step from the look-ahead point", source='''
def nesterov_step(weight, gradient_at, velocity, lr, momentum=0.9):
    carried = momentum * np.asarray(velocity)
    ahead = weight - lr * carried
    push = (1 - momentum) * np.asarray(gradient_at(ahead))
    return [ahead - lr * push, carried + push]
'''),
]


def decay(why, edit, *loses):
    return Mutant(DECAY, why, edit=edit, loses=loses or [CLASSES, REGRESSION])


WEIGHT_DECAY = [
    decay("the factor of the sum of squares", ("return factor", "return factor / 2")),
    decay("N forgotten", ("(examples * sigma ** 2)", "sigma ** 2")),
    decay("sigma not squared", ("sigma ** 2)", "sigma)")),
    decay("sigma upside down", ("factor / (examples * sigma ** 2)", "factor * sigma ** 2 / examples")),
    decay("N upside down", ("factor / (examples * sigma ** 2)", "factor * examples / sigma ** 2")),
    decay("the whole upside down", ("factor / (examples * sigma ** 2)", "examples * sigma ** 2 / factor")),
    decay("the root", ("return factor / (examples * sigma ** 2)", "return (factor / (examples * sigma ** 2)) ** 0.5")),
    decay("N squared", ("examples * sigma", "examples ** 2 * sigma")),
    decay("negative", ("return factor", "return -factor")),
    decay("2π of the Gaussian kept", ("sigma ** 2)", "sigma ** 2 * 2 * np.pi)")),
    decay("the 2 of the squared error forgotten", ("2 * noise ** 2", "noise ** 2"), REGRESSION),
    decay("noise not squared", ("2 * noise ** 2", "2 * noise"), REGRESSION),
    decay("noise ignored", ("2 * noise ** 2", "1"), REGRESSION),
    decay("noise upside down", ("2 * noise ** 2", "2 / noise ** 2"), REGRESSION),
    decay("a half for the squared error", ("2 * noise ** 2", "noise ** 2 / 2"), REGRESSION),
    decay("the 2 in both cases", ("factor = 1 if", "factor = 2 if"), CLASSES),
    decay("sigma never checked", ("if not sigma > 0:", "if False:"), CLASSES),
    decay("sigma = 0 accepted", ("not sigma > 0", "sigma < 0"), CLASSES),
    decay("negative sigma accepted", ("not sigma > 0", "sigma == 0"), CLASSES),
    decay("another kind of error", ("raise ValueError(f", "raise TypeError(f"), CLASSES),
    decay("None returned, no error", ('raise ValueError(f"the prior\'s standard deviation must be larger than 0, not {sigma}")', "return None"), CLASSES),
    Alternative(DECAY, "as a precision", source='''
def weight_decay_from_prior(sigma, examples, noise=None):
    if sigma <= 0:
        raise ValueError
    precision = 1 / sigma ** 2
    return precision / examples if noise is None else precision * 2 * noise * noise / examples
'''),
    Alternative(DECAY, "a torch number", source='''
def weight_decay_from_prior(sigma, examples, noise=None):
    if sigma <= 0:
        raise ValueError("no")
    half = 0.5 if noise is None else noise ** 2
    return torch.tensor(2 * half / (examples * sigma ** 2))
'''),
    Alternative(DECAY, "a NumPy float32", source='''
def weight_decay_from_prior(sigma, examples, noise=None):
    if sigma <= 0:
        raise ValueError("no")
    scale = np.sqrt(0.5) if noise is None else noise
    return np.float32(2 * (scale / sigma) ** 2 / examples)
'''),
]


def drop(why, edit, *loses):
    return Mutant(DROPOUT, why, edit=edit, loses=loses or [VALUES])


KEEP, SCALE = "keep = torch.rand(x.shape) >= p", "return x * keep / (1 - p)"
DROPOUTS = [
    drop("survivors not made larger", (SCALE, "return x * keep")),
    drop("divided by p", (SCALE, "return x * keep / p if p else x")),
    drop("multiplied by 1 - p", (SCALE, "return x * keep * (1 - p)")),
    drop("scaled in evaluation, not in training", [(SCALE, "return x * keep"), ("return x\n    keep", "return x * (1 - p)\n    keep")]),
    drop("scaled in evaluation too", ("return x\n    keep", "return x / (1 - p)\n    keep")),
    drop("dropout in evaluation", ("if not training:", "if False:")),
    drop("training and evaluation exchanged", ("if not training:", "if training:"), VALUES, CHANCE),
    drop("p is the chance to stay", (KEEP, "keep = torch.rand(x.shape) < p"), VALUES, CHANCE),
    drop("p is the chance to stay, scaled to match", [(KEEP, "keep = torch.rand(x.shape) < p"), (SCALE, "return x * keep / max(p, 1e-9)")], VALUES, CHANCE),
    drop("p ignored", (KEEP, "p = 0.5\n    keep = torch.rand(x.shape) >= p"), VALUES, CHANCE),
    drop("nothing dropped", (KEEP, "keep = True"), VALUES, CHANCE),
    drop("normal numbers in place of uniform ones", (KEEP, "keep = torch.randn(x.shape) >= p"), VALUES, CHANCE),
    drop("Gaussian noise", (SCALE, "return x * (1 + torch.randn(x.shape) * (p / (1 - p)) ** 0.5)"), VALUES, CHANCE),
    drop("the same numbers in each call", (KEEP, "torch.manual_seed(0)\n    " + KEEP), CHANCE),
    drop("the same mask for all examples", (KEEP, "keep = torch.rand(x.shape[1:]) >= p"), VALUES, CHANCE),
    drop("whole rows", (KEEP, "keep = torch.rand(*x.shape[:-1], 1 if x.ndim > 1 else len(x)) >= p"), CHANCE),
    drop("one channel's mask for all channels", (KEEP, "keep = torch.rand(x[:, :1].shape if x.ndim > 2 else x.shape) >= p"), CHANCE),
    drop("all or nothing", (KEEP, "keep = torch.rand(1) >= p"), VALUES, CHANCE),
    drop("every other number", (KEEP, "keep = (torch.arange(x.numel()).reshape(x.shape) + 0.5) / x.numel() >= p"), CHANCE),
    drop("x changed in place", (SCALE, "return x.mul_(keep).div_(1 - p)"), VALUES, CHANCE),
    drop("minus infinity instead of 0", (SCALE, "return (x / (1 - p)).masked_fill(~keep, float('-inf'))"), VALUES, CHANCE),
    drop("the library's", (SCALE, "return F.dropout(x, p, training)"), VALUES, CHANCE),
    Alternative(DROPOUT, "bernoulli", edit=[(KEEP, "keep = torch.bernoulli(torch.full(x.shape, 1.0 - p))"), (SCALE, "return x / (1 - p) * keep")]),
    Alternative(DROPOUT, "NumPy, as float64", source='''
def dropout(x, p=0.5, training=True):
    x = np.asarray(x, dtype=float)
    return np.where(np.random.default_rng().random(x.shape) < p, 0, x / (1 - p)) if training else x
'''),
    Alternative(DROPOUT, "one number after the other", source='''
def dropout(x, p=0.5, training=True):
    if not training:
        return x
    numbers = [0.0 if torch.rand(1).item() < p else number / (1 - p) for number in x.flatten().tolist()]
    return torch.tensor(numbers).reshape(x.shape)
'''),
    Alternative(DROPOUT, "torch.where", edit=(SCALE, "return torch.where(keep, x / (1 - p), 0.0)")),
    Alternative(DROPOUT, "masked_fill", edit=(SCALE, "return x.masked_fill(~keep, 0) * (1 / (1 - p))")),
]


def drop2d(why, edit, *loses):
    return Mutant(DROPOUT2D, why, edit=edit, loses=loses or [CHANNELS])


KEEP2D = "keep = torch.rand(batch, channels, 1, 1) >= p"
DROPOUTS2D = [
    drop2d("pixels", (KEEP2D, "keep = torch.rand(x.shape) >= p"), CHANNELS, CHANNEL_CHANCE),
    drop2d("rows", (KEEP2D, "keep = torch.rand(batch, channels, height, 1) >= p")),
    drop2d("columns", (KEEP2D, "keep = torch.rand(batch, channels, 1, width) >= p"), CHANNELS, CHANNEL_CHANCE),
    drop2d("the same pixels in all channels", (KEEP2D, "keep = torch.rand(batch, 1, height, width) >= p"), CHANNELS, CHANNEL_CHANCE),
    drop2d("the same channels for all examples", (KEEP2D, "keep = torch.rand(1, channels, 1, 1) >= p"), CHANNELS, CHANNEL_CHANCE),
    drop2d("whole examples", (KEEP2D, "keep = torch.rand(batch, 1, 1, 1) >= p"), CHANNELS, CHANNEL_CHANCE),
    drop2d("survivors not made larger", (SCALE, "return x * keep")),
    drop2d("divided by p", (SCALE, "return x * keep / p if p else x")),
    drop2d("multiplied by 1 - p", (SCALE, "return x * keep * (1 - p)")),
    drop2d("scaled by the share that stayed", (SCALE, "return x * keep / keep.float().mean()")),
    drop2d("scaled in evaluation, not in training", [(SCALE, "return x * keep"), ("return x\n    batch", "return x * (1 - p)\n    batch")]),
    drop2d("dropout in evaluation", ("if not training:", "if False:")),
    drop2d("training and evaluation exchanged", ("if not training:", "if training:"), CHANNELS, CHANNEL_CHANCE),
    drop2d("p is the chance to stay", (KEEP2D, KEEP2D.replace(">=", "<")), CHANNELS, CHANNEL_CHANCE),
    drop2d("the same numbers in each call", (KEEP2D, "torch.manual_seed(0)\n    " + KEEP2D), CHANNEL_CHANCE),
    drop2d("exactly a share p of each example's channels", (KEEP2D, "keep = torch.rand(batch, channels).argsort(1).argsort(1)[:, :, None, None] >= round(p * channels)"),
           CHANNELS),
    drop2d("the first channels, always", (KEEP2D, "keep = ((torch.arange(channels) + 0.5) / channels >= p)[:, None, None]"), CHANNELS, CHANNEL_CHANCE),
    drop2d("nothing dropped", (KEEP2D, "keep = True"), CHANNELS, CHANNEL_CHANCE),
    drop2d("x changed in place", (SCALE, "return x.mul_(keep).div_(1 - p)"), CHANNELS, CHANNEL_CHANCE),
    drop2d("the library's", (SCALE, "return F.dropout2d(x, p, training)"), CHANNELS, CHANNEL_CHANCE),
    drop2d("the library's, on ones", (KEEP2D, "keep = F.dropout(torch.ones(batch, channels, 1, 1), p) > 0"), CHANNELS, CHANNEL_CHANCE),
    drop2d("one draw for all channels of all examples", (KEEP2D, "keep = torch.rand(1) >= p"), CHANNELS, CHANNEL_CHANCE),
    Alternative(DROPOUT2D, "exercise 7.6 on ones", source='''
def dropout2d(x, p=0.5, training=True):
    return x * dropout(torch.ones(x.shape[:2]), p, training)[:, :, None, None]
'''),
    Alternative(DROPOUT2D, "loops over channels", source='''
def dropout2d(x, p=0.5, training=True):
    x = x.clone().double()
    if training:
        for image in x:
            for channel in image:
                channel *= 0 if torch.rand(()) < p else 1 / (1 - p)
    return x
'''),
]


def norm(why, edit, *loses):
    return Mutant(NORM, why, edit=edit, loses=loses)


STATS = "mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)"
UPDATE_MEAN, UPDATE_VAR = "self.running_mean.lerp_(mean, self.momentum)", "self.running_var.lerp_(x.var(dim=(0, 2, 3), correction=1), self.momentum)"
RETURN = "return self.weight[:, None, None] * (x - mean) / scale + self.bias[:, None, None]"
EVERY = [TRAINING, RUNNING, EVALUATION, BACKWARD]
BATCH_NORM = [
    norm("γ ignored", (RETURN, "return (x - mean) / scale + self.bias[:, None, None]"), TRAINING, EVALUATION, BACKWARD),
    norm("β ignored", (RETURN, "return self.weight[:, None, None] * (x - mean) / scale"), TRAINING, EVALUATION, BACKWARD),
    norm("statistics of the batch in evaluation", ("mean, var = self.running_mean, self.running_var", STATS), EVALUATION, BACKWARD),
    norm("running variance never updated", (UPDATE_VAR, "pass"), RUNNING, BACKWARD),
    norm("biased variance in the running estimate", (UPDATE_VAR, "self.running_var.lerp_(var, self.momentum)"), RUNNING, BACKWARD),
    norm("unbiased variance in the batch", ("correction=0", "correction=1"), TRAINING, BACKWARD),
    norm("eps forgotten", ("torch.sqrt(var + self.eps)", "torch.sqrt(var)"), TRAINING, EVALUATION, BACKWARD),
    norm("momentum reversed", [(UPDATE_MEAN, UPDATE_MEAN.replace("self.momentum", "1 - self.momentum")),
                               (UPDATE_VAR, UPDATE_VAR.replace("self.momentum", "1 - self.momentum"))], RUNNING, BACKWARD),
    norm("statistics per pixel", [(STATS, "mean, var = x.mean(dim=0), x.var(dim=0, correction=0)"), (UPDATE_MEAN, "self.running_mean.lerp_(mean.mean((1, 2)), self.momentum)"),
                                  ("mean, var = self.running_mean, self.running_var", "mean, var = self.running_mean[:, None, None], self.running_var[:, None, None]"),
                                  ("mean, scale = mean[:, None, None], torch.sqrt(var + self.eps)[:, None, None]", "scale = torch.sqrt(var + self.eps)")],
         TRAINING, BACKWARD),
    norm("no gradient through the mean", (STATS, STATS + "\n            mean = mean.detach()"), BACKWARD),
    norm("no gradient through the variance", (STATS, STATS + "\n            var = var.detach()"), BACKWARD),
    norm("no gradient through either", (STATS, STATS + "\n            mean, var = mean.detach(), var.detach()"), BACKWARD),
    norm("running mean never updated", (UPDATE_MEAN, "pass"), RUNNING, BACKWARD),
    norm("running statistics updated in evaluation too", [("if self.training:", "if True:"), ("        else:\n            mean, var", "        if not self.training:\n            mean, var")],
         RUNNING, EVALUATION, BACKWARD),
    norm("running statistics in training",
         [("        mean, scale = mean[:", "        mean, var = self.running_mean.clone(), self.running_var.clone()\n        mean, scale = mean[:")], TRAINING, BACKWARD),
    norm("statistics per example", [(STATS, "mean, var = x.mean(dim=(2, 3)), x.var(dim=(2, 3), correction=0)"), (UPDATE_MEAN, "self.running_mean.lerp_(mean.mean(0), self.momentum)"),
                                    ("mean, var = self.running_mean, self.running_var", "mean, var = self.running_mean[None], self.running_var[None]"),
                                    ("mean[:, None, None], torch.sqrt(var + self.eps)[:, None, None]", "mean[:, :, None, None], torch.sqrt(var + self.eps)[:, :, None, None]")],
         TRAINING, BACKWARD),
    norm("statistics over the channels too", (STATS, "mean, var = x.mean().repeat(len(self.bias)), x.var(correction=0).repeat(len(self.bias))"), TRAINING, RUNNING, BACKWARD),
    norm("statistics over rows only", (STATS, "mean, var = x.mean(dim=(0, 2)).mean(1), x.var(dim=(0, 2), correction=0).mean(1)"), TRAINING, BACKWARD),
    norm("eps outside the root", ("torch.sqrt(var + self.eps)", "(torch.sqrt(var) + self.eps)"), TRAINING, EVALUATION, BACKWARD),
    norm("eps always 0.00001", ("var + self.eps", "var + 1e-5"), TRAINING, EVALUATION, BACKWARD),
    norm("momentum always 0.1", ("self.eps, self.momentum = eps, momentum", "self.eps, self.momentum = eps, 0.1"), RUNNING),
    norm("divided by the variance", ("torch.sqrt(var + self.eps)", "(var + self.eps)"), TRAINING, EVALUATION, BACKWARD),
    norm("γ on β too", (RETURN, "return self.weight[:, None, None] * ((x - mean) / scale + self.bias[:, None, None])"), TRAINING, EVALUATION, BACKWARD),
    norm("mean not subtracted", ("(x - mean) / scale", "x / scale"), TRAINING, EVALUATION, BACKWARD),
    norm("running statistics added up", [(UPDATE_MEAN, "self.running_mean += mean"), (UPDATE_VAR, "self.running_var += x.var(dim=(0, 2, 3))")], RUNNING, BACKWARD),
    norm("running statistics are the last batch's", [(UPDATE_MEAN, "self.running_mean.copy_(mean)"), (UPDATE_VAR, "self.running_var.copy_(x.var(dim=(0, 2, 3)))")],
         RUNNING, BACKWARD),
    norm("standard deviation in the running estimate", (UPDATE_VAR, UPDATE_VAR.replace("x.var(", "x.std(")), RUNNING, BACKWARD),
    norm("running variance starts at 0", ('"running_var", torch.ones(', '"running_var", torch.zeros('), RUNNING),
    norm("γ starts at 0", ("nn.Parameter(torch.ones(channels))", "nn.Parameter(torch.zeros(channels))"), RUNNING, BACKWARD),
    norm("γ and β are buffers", ("self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))",
                                 "self.register_buffer('weight', torch.ones(channels))\n        self.register_buffer('bias', torch.zeros(channels))"),
         RUNNING, BACKWARD),
    norm("running statistics are parameters", [('self.register_buffer("running_mean", torch.zeros(channels))', "self.running_mean = nn.Parameter(torch.zeros(channels))"),
                                               ('self.register_buffer("running_var", torch.ones(channels))', "self.running_var = nn.Parameter(torch.ones(channels))")], RUNNING),
    norm("running statistics not in the state", [('self.register_buffer("running_mean", torch.zeros(channels))', "self.running_mean = torch.zeros(channels)"),
                                                 ('self.register_buffer("running_var", torch.ones(channels))', "self.running_var = torch.ones(channels)")], *EVERY),
    norm("the gradient flows into the running variance",
         [(UPDATE_VAR, "pass"), ("        else:\n", "            self.running_var = torch.lerp(self.running_var, x.var(dim=(0, 2, 3)), self.momentum)\n        else:\n")], BACKWARD),
    Mutant(NORM, "the library's", source="class BatchNorm2d(nn.BatchNorm2d):\n    pass\n", loses=EVERY),
    norm("both running statistics keep a graph",
         [(UPDATE_MEAN, "pass"), (UPDATE_VAR, "pass"),
          ("        else:\n", "            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean\n"
                           "            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var(dim=(0, 2, 3))\n        else:\n")],
         BACKWARD),
    norm("γ and β under other names", [("self.weight, self.bias = nn", "self.gamma, self.beta = nn"), ("return self.weight[", "return self.gamma["),
                                       ("+ self.bias[", "+ self.beta[")], *EVERY),
    norm("unbiased by the number of examples, not of numbers", (UPDATE_VAR, "self.running_var.lerp_(var * len(x) / max(len(x) - 1, 1), self.momentum)"),
         RUNNING, BACKWARD),
    norm("the root of the running variance forgotten", ("mean, var = self.running_mean, self.running_var", "mean, var = self.running_mean, self.running_var ** 2"),
         EVALUATION, BACKWARD),
    norm("always in evaluation", ("if self.training:", "if not True:"), TRAINING, RUNNING, BACKWARD),
    Alternative(NORM, "loops over channels, bias made first", source='''
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))
        self.weight = nn.Parameter(torch.ones(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.eps, self.m, self.channels = eps, momentum, channels

    def forward(self, x):
        parts = []
        for c in range(self.channels):
            values = x[:, c]
            if self.training:
                n = values.numel()
                mean = values.sum() / n
                var = ((values - mean) ** 2).sum() / n
                self.running_mean[c] = (1 - self.m) * self.running_mean[c] + self.m * mean.item()
                self.running_var[c] = (1 - self.m) * self.running_var[c] + self.m * var.item() * n / (n - 1)
            else:
                mean, var = self.running_mean[c], self.running_var[c]
            parts.append(self.weight[c] * (values - mean) / (var + self.eps) ** 0.5 + self.bias[c])
        return torch.stack(parts, 1)
'''),
    Alternative(NORM, "var_mean, kept shapes, formulas written out", source='''
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))
        self.eps, self.m = eps, momentum

    def forward(self, x):
        stretch = lambda values: values.reshape(1, -1, 1, 1)
        mean, var = stretch(self.running_mean), stretch(self.running_var)
        if self.training:
            n = x.numel() / x.shape[1]
            mean = x.mean((0, 2, 3), keepdim=True)
            var = ((x - mean) ** 2).mean((0, 2, 3), keepdim=True)
            self.running_mean = (1 - self.m) * self.running_mean + self.m * mean.detach().flatten()
            self.running_var = (1 - self.m) * self.running_var + self.m * n / (n - 1) * var.detach().flatten()
            self.num_batches_tracked += 1
        return (x - mean) * torch.rsqrt(var + self.eps) * stretch(self.weight) + stretch(self.bias)
'''),
    Alternative(NORM, "channels last, in double precision", source='''
class BatchNorm2d(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.settings = eps, momentum
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        for name, start in (("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((channels,), start))

    def forward(self, x):
        eps, m = self.settings
        last = x.permute(0, 2, 3, 1).double()
        rows = last.reshape(-1, last.shape[-1])
        mean, var = self.running_mean.double(), self.running_var.double()
        if self.training:
            mean = rows.sum(0) / len(rows)
            squares = ((rows - mean) ** 2).sum(0)
            var = squares / len(rows)
            self.running_mean.data = ((1 - m) * self.running_mean + m * mean.data).float()
            self.running_var.data = ((1 - m) * self.running_var + m * squares.data / (len(rows) - 1)).float()
        y = (last - mean) / (var + eps) ** 0.5 * self.weight + self.bias
        return y.permute(0, 3, 1, 2).float()
'''),
]


def augment(why, edit, *loses):
    return Mutant(AUGMENT, why, edit=edit, loses=loses)


PAD, CORNERS = "padded = F.pad(images, [max_shift] * 4)", "corners = torch.randint(2 * max_shift + 1, (batch, 2), generator=generator).tolist()"
MIRRORED, TURN = "mirrored = torch.rand(batch, generator=generator) < flip", "window.flip(2) if mirrored[i] else window"
AUGMENTATION = [
    augment("one shift for the whole batch", (CORNERS, CORNERS.replace("(batch, 2)", "(1, 2)") + " * batch"), SHIFT_CHANCE),
    augment("one luck of mirroring for the whole batch", (MIRRORED, "mirrored = (torch.rand(1, generator=generator) < flip).repeat(batch)"), SHIFT_CHANCE),
    augment("the same shift down and right", (CORNERS, CORNERS.replace("(batch, 2)", "(batch, 1)").replace(".tolist()", ".repeat(1, 2).tolist()")), SHIFT_CHANCE),
    augment("only to the right and down", (CORNERS, CORNERS.replace("torch.randint(2 * max_shift + 1,", "torch.randint(max_shift + 1,")), SHIFT_CHANCE),
    augment("the last shift never drawn", (CORNERS, CORNERS.replace("2 * max_shift + 1", "max(2 * max_shift, 1)")), SHIFT_CHANCE),
    augment("shifts twice as large", [(PAD, "padded = F.pad(images, [2 * max_shift] * 4)"), (CORNERS, CORNERS.replace("2 * max_shift + 1", "4 * max_shift + 1"))],
            VERSIONS, SHIFT_CHANCE),
    augment("small shifts more often", (CORNERS, "corners = torch.randint(max_shift + 1, (2, batch, 2)).sum(0).tolist()"), SHIFT_CHANCE),
    augment("not shifted vertically", ("window = padded[i, :, top:top + height,", "window = padded[i, :, max_shift:max_shift + height,"), SHIFT_CHANCE),
    augment("not shifted at all", ("enumerate(corners):", "enumerate([(max_shift, max_shift)] * batch):"), SHIFT_CHANCE),
    augment("never mirrored", (TURN, "window"), VERSIONS, SHIFT_CHANCE),
    augment("always mirrored", (TURN, "window.flip(2)"), VERSIONS, SHIFT_CHANCE),
    augment("upside down", ("window.flip(2)", "window.flip(1)"), VERSIONS, SHIFT_CHANCE),
    augment("turned by 180 degrees", ("window.flip(2)", "window.flip(1, 2)"), VERSIONS, SHIFT_CHANCE),
    augment("channels exchanged", ("window.flip(2)", "window.flip(0)"), VERSIONS, SHIFT_CHANCE),
    augment("flip is the chance to stay", (MIRRORED, MIRRORED.replace("<", ">=")), VERSIONS, SHIFT_CHANCE),
    augment("flip ignored", (MIRRORED, MIRRORED.replace("flip", "0.5")), VERSIONS, SHIFT_CHANCE),
    augment("the border repeated", (PAD, 'padded = F.pad(images, [max_shift] * 4, mode="replicate")'), VERSIONS, SHIFT_CHANCE),
    augment("pixels come back on the other side", (PAD, 'padded = F.pad(images, [max_shift] * 4, mode="circular")'), VERSIONS, SHIFT_CHANCE),
    augment("ones come in", (PAD, "padded = F.pad(images, [max_shift] * 4, value=1.0)"), VERSIONS, SHIFT_CHANCE),
    Mutant(AUGMENT, "each channel on its own way", source='''
def random_shift_flip(images, generator=None, max_shift=2, flip=0.5):
    batch, channels, height, width = images.shape
    padded, result = F.pad(images, [max_shift] * 4), torch.empty_like(images)
    for i in range(batch):
        for c in range(channels):
            top, left = torch.randint(2 * max_shift + 1, (2,)).tolist()
            window = padded[i, c, top:top + height, left:left + width]
            result[i, c] = window.flip(1) if torch.rand(()) < flip else window
    return result
''', loses=[VERSIONS]),
    augment("the image's window larger than the image", (PAD, "height, width, padded = height + 2, width, F.pad(images, [max_shift] * 4)"), VERSIONS, SHIFT_CHANCE),
    augment("given images changed", ("result = torch.empty_like(images)", "result = images"), VERSIONS, SHIFT_CHANCE),
    augment("images in another order", ("return result", "return result[torch.randperm(batch)]"), VERSIONS, SHIFT_CHANCE),
    augment("mirrored when shifted left only", (TURN, "window.flip(2) if mirrored[i] and left > max_shift else window"), VERSIONS, SHIFT_CHANCE),
    Mutant(AUGMENT, "torch.roll of the whole batch", source='''
def random_shift_flip(images, generator=None, max_shift=2, flip=0.5):
    down, right = torch.randint(-max_shift, max_shift + 1, (2,), generator=generator).tolist()
    images = torch.roll(images, (down, right), dims=(2, 3))
    return images.flip(3) if torch.rand(1, generator=generator) < flip else images
''', loses=[VERSIONS, SHIFT_CHANCE]),
    Mutant(AUGMENT, "torch.roll of each image", source='''
def random_shift_flip(images, generator=None, max_shift=2, flip=0.5):
    result = []
    for image in images:
        down, right = torch.randint(-max_shift, max_shift + 1, (2,)).tolist()
        image = torch.roll(image, (down, right), dims=(1, 2))
        result.append(image.flip(2) if torch.rand(1) < flip else image)
    return torch.stack(result)
''', loses=[VERSIONS, SHIFT_CHANCE]),
    Alternative(AUGMENT, "plain loops over pixels", source='''
def random_shift_flip(images, generator=None, max_shift=2, flip=0.5):
    batch, channels, height, width = images.shape
    result = torch.zeros_like(images)
    for i in range(batch):
        down, right = torch.randint(-max_shift, max_shift + 1, (2,), generator=generator).tolist()
        for r in range(max(down, 0), height + min(down, 0)):
            for c in range(max(right, 0), width + min(right, 0)):
                result[i, :, r, c] = images[i, :, r - down, c - right]
        if torch.rand(1, generator=generator).item() < flip:
            result[i] = result[i].flip(2)
    return result
'''),
    Alternative(AUGMENT, "negative padding", source='''
def random_shift_flip(images, generator=None, max_shift=2, flip=0.5):
    result = []
    for image in F.pad(images, [max_shift] * 4):
        down, right = torch.randint(-max_shift, max_shift + 1, (2,), generator=generator).tolist()
        window = F.pad(image, (right - max_shift, -right - max_shift, down - max_shift, -down - max_shift))
        result.append(torch.flip(window, [-1]) if torch.rand((), generator=generator) < flip else window)
    return torch.stack(result)
'''),
    Alternative(AUGMENT, "mirrored first, then shifted by hand", source='''
def random_shift_flip(images, generator=None, max_shift=2, flip=0.5):
    batch, channels, height, width = images.shape
    turn = torch.rand(batch, 1, 1, 1) < flip
    turned, result = torch.where(turn, images.flip(-1), images), torch.zeros_like(images)
    for i in range(batch):
        down, right = (int(n) - max_shift for n in torch.randint(0, 2 * max_shift + 1, (2,)))
        rows, columns = slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0))
        from_rows, from_columns = slice(max(-down, 0), height - max(down, 0)), slice(max(-right, 0), width - max(right, 0))
        result[i, :, rows, columns] = turned[i, :, from_rows, from_columns]
    return result
'''),
    Alternative(AUGMENT, "gathered, no loop", source='''
def random_shift_flip(images, generator=None, max_shift=2, flip=0.5):
    batch, channels, height, width = images.shape
    padded = F.pad(images.double(), [max_shift] * 4)
    top, left = torch.randint(-max_shift, max_shift + 1, (2, batch, 1)) + max_shift
    rows, columns = top + torch.arange(height), left + torch.arange(width)
    columns = torch.where(torch.rand(batch, 1) < flip, columns.flip(1), columns)
    which = torch.arange(batch)[:, None, None, None]
    return padded[which, torch.arange(channels)[:, None, None], rows[:, None, :, None], columns[:, None, None, :]]
'''),
]

CASES = [*ACTIVATIONS, *HE_NORMAL, *MOMENTUM_STEP, *NESTEROV_STEP, *WEIGHT_DECAY, *DROPOUTS, *DROPOUTS2D, *BATCH_NORM, *AUGMENTATION]
