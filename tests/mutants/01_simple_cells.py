"""Wrong answers of lesson 01 and the tests that must catch them, and other right answers that must keep every point."""
from autograde.mutants import Alternative, Mutant

# ------------------------------------------------------------------------------------------ 1.1 dense parameters

COUNT = "exercise-1-1-count-dense-parameters"
COUNTED = ["test-1-1-layers"]
COUNT_CASES = [
    Mutant(COUNT, "no biases", edit=("biases += outputs", "biases += 0"), loses=COUNTED),
    Mutant(COUNT, "one bias per weight", edit=("biases += outputs", "biases += inputs * outputs"), loses=COUNTED),
    Mutant(COUNT, "one bias per layer", edit=("biases += outputs", "biases += 1"), loses=COUNTED),
    Mutant(COUNT, "biases of the last layer alone", edit=("biases += outputs", "biases = outputs"), loses=COUNTED),
    Mutant(COUNT, "biases counted among the weights", edit=("inputs * outputs", "(inputs + 1) * outputs"), loses=COUNTED),
    Mutant(COUNT, "every layer sees the image", edit=("        inputs = outputs\n", ""), loses=COUNTED),
    Mutant(COUNT, "colours left out", edit=("np.prod(image_shape)", "np.prod(image_shape[:2])"), loses=COUNTED),
    Mutant(COUNT, "only (H, W, C) with three colours", edit=("int(np.prod(image_shape))",
           "image_shape[0] * image_shape[1] * 3"), loses=COUNTED),
    Mutant(COUNT, "square images", edit=("int(np.prod(image_shape))",
           "image_shape[0] ** 2 * (image_shape[2] if len(image_shape) > 2 else 1)"), loses=COUNTED),
    Mutant(COUNT, "sum of the sizes", edit=("np.prod", "np.sum"), loses=COUNTED),
    Mutant(COUNT, "the first layer alone", edit=("in units:", "in units[:1]:"), loses=COUNTED),
    Mutant(COUNT, "the order turned round", edit=("return weights, biases", "return biases, weights"), loses=COUNTED),
    Mutant(COUNT, "one total", edit=("return weights, biases", "return weights + biases"), loses=COUNTED),
    Alternative(COUNT, "with zip and a list", source='''
def count_dense_parameters(image_shape, units):
    inputs = 1
    for length in image_shape:
        inputs *= length
    sizes = [inputs] + list(units)
    return [sum(m * n for m, n in zip(sizes, units)), sum(units)]
'''),
    Alternative(COUNT, "as a NumPy array", edit=("return weights, biases", "return np.array([weights, biases])")),
    Alternative(COUNT, "by counting torch's own parameters as floats", source='''
def count_dense_parameters(image_shape, units):
    sizes = torch.tensor([float(np.prod(image_shape)), *units], dtype=torch.float64)
    return (sizes[:-1] * sizes[1:]).sum(), sizes[1:].sum()
'''),
]

# ------------------------------------------------------------------------------------------ 1.3 oriented bar

BAR = "exercise-1-3-oriented-bar"
STRAIGHT, OBLIQUE = "test-1-3-straight", "test-1-3-oblique"
BAR_CASES = [
    Mutant(BAR, "orientation in degrees", edit=("    rows, columns",
           "    orientation = np.deg2rad(orientation)\n    rows, columns"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "y counted downwards", edit=("centre - rows", "rows - centre"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "turns clockwise", edit=("-x * np.sin", "x * np.sin"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "across and along exchanged", edit=("-x * np.sin(orientation) + y * np.cos(orientation)",
           "x * np.cos(orientation) + y * np.sin(orientation)"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "shift the other way", edit=("across - shift", "across + shift"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "shift ignored", edit=("across - shift", "across"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "shift rounded", edit=("across - shift", "across - round(shift)"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "width taken as half the width", edit=("(width + 1) / 2", "width + 0.5"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "half a pixel too narrow", edit=("(width + 1) / 2", "width / 2"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "hard edges", edit=("np.clip((width + 1) / 2 - np.abs(across - shift), 0, 1)",
           "(np.abs(across - shift) <= width / 2) * 1.0"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "not limited to 1", edit=("0, 1)", "0, None)"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "not limited to 0", edit=("0, 1)", "None, 1)"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "bright on one side, not a bar", edit=("np.abs(across - shift)", "(across - shift)"),
           loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "dark bar on bright ground", edit=("return np.clip", "return 1 - np.clip"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "centre half a pixel off", edit=("(size - 1) / 2", "size / 2"), loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "shift along x, not across", edit=[("across - shift", "across"),
           ("x, y = columns - centre,", "x, y = columns - centre - shift,")], loses=[STRAIGHT, OBLIQUE]),
    Mutant(BAR, "only the four simple angles", edit=("    centre",
           "    orientation = np.round(orientation / (np.pi / 4)) * np.pi / 4\n    centre"), loses=[OBLIQUE]),
    Mutant(BAR, "whole numbers", edit=("return np.clip((width + 1) / 2 - np.abs(across - shift), 0, 1)",
           "return np.clip((width + 1) / 2 - np.abs(across - shift), 0, 1).round()"), loses=[STRAIGHT, OBLIQUE]),
    Alternative(BAR, "loops over pixels, a list of lists", source='''
def oriented_bar(size, orientation, width, shift=0.0):
    image, middle = [], size // 2
    for row in range(size):
        image.append([])
        for column in range(size):
            across = (middle - row) * np.cos(orientation) - (column - middle) * np.sin(orientation)
            image[-1].append(min(1.0, max(0.0, width / 2 + 0.5 - abs(across - shift))))
    return image
'''),
    Alternative(BAR, "float32", edit=("0, 1)", "0, 1).astype(np.float32)")),
    Alternative(BAR, "torch", source='''
def oriented_bar(size, orientation, width, shift=0.0):
    steps = torch.arange(size, dtype=torch.float64) - size // 2
    y, x = torch.meshgrid(-steps, steps, indexing="ij")
    across = y * np.cos(orientation) - x * np.sin(orientation)
    return ((width + 1) / 2 - (across - shift).abs()).clamp(0, 1)
'''),
]

# ------------------------------------------------------------------------------------------ 1.5 Gabor filter

GABOR = "exercise-1-5-gabor"
UPRIGHT, TILTED, SIZES = "test-1-5-upright", "test-1-5-oblique", "test-1-5-sizes"
GABOR_CASES = [
    Mutant(GABOR, "orientation in degrees", edit=("    rows, columns",
           "    orientation = np.deg2rad(orientation)\n    rows, columns"), loses=[UPRIGHT, TILTED]),
    Mutant(GABOR, "phase in degrees", edit=("+ phase", "+ np.deg2rad(phase)"), loses=[TILTED, SIZES]),
    Mutant(GABOR, "envelope not rotated", edit=("(across**2 + (aspect * along)**2)", "(y**2 + (aspect * x)**2)"),
           loses=[TILTED]),
    Mutant(GABOR, "wave not rotated", edit=("* across / wavelength", "* y / wavelength"), loses=[UPRIGHT, TILTED]),
    Mutant(GABOR, "y counted downwards", edit=("(size - 1) / 2 - rows", "rows - (size - 1) / 2"), loses=[TILTED]),
    Mutant(GABOR, "turns clockwise", edit=[("-x * np.sin", "x * np.sin"), ("+ y * np.sin", "- y * np.sin")],
           loses=[TILTED]),
    Mutant(GABOR, "orientation of the wave, not of the stripes", edit=("* across / wavelength", "* along / wavelength"),
           loses=[UPRIGHT, TILTED]),
    Mutant(GABOR, "orientation turned by a right angle", edit=("    rows, columns",
           "    orientation = orientation + np.pi / 2\n    rows, columns"), loses=[UPRIGHT, TILTED]),
    Mutant(GABOR, "aspect on the wrong axis", edit=("across**2 + (aspect * along)**2", "(aspect * across)**2 + along**2"),
           loses=[TILTED]),
    Mutant(GABOR, "aspect divides", edit=("aspect * along", "along / aspect"), loses=[TILTED]),
    Mutant(GABOR, "aspect not squared", edit=("(aspect * along)**2", "aspect * along**2"), loses=[TILTED]),
    Mutant(GABOR, "aspect ignored", edit=("aspect * along", "along"), loses=[TILTED]),
    Mutant(GABOR, "no envelope", edit=("return envelope * ", "return "), loses=[UPRIGHT, TILTED]),
    Mutant(GABOR, "no wave", edit=("return envelope * np.cos(2 * np.pi * across / wavelength + phase)", "return envelope"),
           loses=[UPRIGHT, TILTED, SIZES]),
    Mutant(GABOR, "denominator without the 2", edit=("(2 * sigma**2)", "sigma**2"), loses=[UPRIGHT, TILTED]),
    Mutant(GABOR, "sigma not squared", edit=("sigma**2", "sigma"), loses=[UPRIGHT, TILTED]),
    Mutant(GABOR, "wavelength as frequency", edit=("across / wavelength", "across * wavelength"), loses=[UPRIGHT, TILTED]),
    Mutant(GABOR, "2 pi forgotten", edit=("2 * np.pi * across", "across"), loses=[UPRIGHT, TILTED]),
    Mutant(GABOR, "sine for cosine", edit=("* np.cos(2", "* np.sin(2"), loses=[UPRIGHT, TILTED, SIZES]),
    Mutant(GABOR, "phase subtracted", edit=("+ phase", "- phase"), loses=[TILTED]),
    Mutant(GABOR, "phase ignored", edit=(" + phase", ""), loses=[TILTED, SIZES]),
    Mutant(GABOR, "phase added outside the cosine", edit=("/ wavelength + phase)", "/ wavelength) + phase"),
           loses=[TILTED, SIZES]),
    Mutant(GABOR, "normalised to sum 1", edit=("return envelope * ", "return envelope / envelope.sum() * "),
           loses=[UPRIGHT, TILTED, SIZES]),
    Mutant(GABOR, "mean taken away", edit=("return envelope * np.cos(2 * np.pi * across / wavelength + phase)",
           "result = envelope * np.cos(2 * np.pi * across / wavelength + phase)\n    return result - result.mean()"),
           loses=[UPRIGHT, TILTED, SIZES]),
    Mutant(GABOR, "centre half a pixel off", edit=("x, y = columns - (size - 1) / 2", "x, y = columns - size / 2"),
           loses=[UPRIGHT, TILTED, SIZES]),
    Mutant(GABOR, "even sizes accepted", edit=("size % 2 == 0", "False"), loses=[SIZES]),
    Mutant(GABOR, "even sizes give None", edit=('raise ValueError(f"The size must be odd, not {size}.")', "return None"),
           loses=[SIZES]),
    Mutant(GABOR, "even sizes made odd", edit=('raise ValueError(f"The size must be odd, not {size}.")', "size += 1"),
           loses=[SIZES]),
    Mutant(GABOR, "odd sizes refused", edit=("size % 2 == 0", "size % 2 == 1"), loses=[UPRIGHT, TILTED, SIZES]),
    Mutant(GABOR, "another error", edit=("raise ValueError", "raise TypeError"), loses=[SIZES]),
    Alternative(GABOR, "complex numbers", source='''
def gabor(size, wavelength, orientation, phase, sigma, aspect):
    if not size % 2:
        raise ValueError("odd sizes only")
    steps = np.arange(size) - size // 2
    z = (steps[None, :] - 1j * steps[:, None]) * np.exp(-1j * orientation)
    carrier = np.exp(1j * (2 * np.pi * z.imag / wavelength + phase)).real
    return carrier * np.exp(-z.imag**2 / sigma**2 / 2) * np.exp(-z.real**2 * aspect**2 / sigma**2 / 2)
'''),
    Alternative(GABOR, "float32", edit=("return envelope * np.cos(2 * np.pi * across / wavelength + phase)",
                "return (envelope * np.cos(2 * np.pi * across / wavelength + phase)).astype(np.float32)")),
    Alternative(GABOR, "torch in float32 throughout", source='''
def gabor(size, wavelength, orientation, phase, sigma, aspect):
    if size % 2 == 0:
        raise ValueError("even")
    angle = torch.tensor(orientation, dtype=torch.float32)
    steps = torch.arange(-(size // 2), size // 2 + 1).float()
    along = steps[None, :] * torch.cos(angle) - steps[:, None] * torch.sin(angle)
    across = -steps[None, :] * torch.sin(angle) - steps[:, None] * torch.cos(angle)
    window = torch.exp(-(across / sigma) ** 2 / 2 - (aspect * along / sigma) ** 2 / 2)
    return window * torch.cos(2 * torch.pi / wavelength * across + phase)
'''),
    Alternative(GABOR, "loops over pixels, a list of lists", source='''
def gabor(size, wavelength, orientation, phase, sigma, aspect):
    if size % 2 == 0:
        raise ValueError("even")
    c, s, half = np.cos(orientation), np.sin(orientation), size // 2

    def value(x, y):
        u, v = x * c + y * s, y * c - x * s
        return np.exp(-0.5 * ((v / sigma) ** 2 + (u * aspect / sigma) ** 2)) * np.cos(2 * np.pi * v / wavelength + phase)

    return [[value(x, y) for x in range(-half, half + 1)] for y in range(half, -half - 1, -1)]
'''),
    Alternative(GABOR, "torch", source='''
def gabor(size, wavelength, orientation, phase, sigma, aspect):
    if size % 2 == 0:
        raise ValueError("even")
    steps = torch.arange(size, dtype=torch.float64) - size // 2
    y, x = torch.meshgrid(-steps, steps, indexing="ij")
    u = x * np.cos(orientation) + y * np.sin(orientation)
    v = y * np.cos(orientation) - x * np.sin(orientation)
    return torch.exp(-(v**2 + (aspect * u)**2) / (2 * sigma**2)) * torch.cos(2 * np.pi * v / wavelength + phase)
'''),
]

# ------------------------------------------------------------------------------------------ 1.7 simple cell

SIMPLE = "exercise-1-7-simple-cell"
RECTIFIED = ["test-1-7-rectified"]
SUM = "max(0.0, float(np.sum(patch * kernel)))"
SIMPLE_CASES = [
    Mutant(SIMPLE, "no rectification", edit=(SUM, "float(np.sum(patch * kernel))"), loses=RECTIFIED),
    Mutant(SIMPLE, "absolute value", edit=(SUM, "abs(np.sum(patch * kernel))"), loses=RECTIFIED),
    Mutant(SIMPLE, "squared", edit=(SUM, "max(0.0, np.sum(patch * kernel)) ** 2"), loses=RECTIFIED),
    Mutant(SIMPLE, "rectified before the sum", edit=(SUM, "np.sum(np.maximum(0, patch * kernel))"), loses=RECTIFIED),
    Mutant(SIMPLE, "patch rectified", edit=(SUM, "max(0.0, np.sum(np.maximum(0, patch) * kernel))"), loses=RECTIFIED),
    Mutant(SIMPLE, "kernel rectified", edit=(SUM, "np.sum(patch * np.maximum(0, kernel))"), loses=RECTIFIED),
    Mutant(SIMPLE, "mean for sum", edit=(SUM, "max(0.0, np.mean(patch * kernel))"), loses=RECTIFIED),
    Mutant(SIMPLE, "the wrong half kept", edit=(SUM, "min(0.0, np.sum(patch * kernel))"), loses=RECTIFIED),
    Mutant(SIMPLE, "negative sums made positive, others 0", edit=(SUM, "max(0.0, -np.sum(patch * kernel))"),
           loses=RECTIFIED),
    Mutant(SIMPLE, "flipped kernel", edit=(SUM, "max(0.0, np.sum(patch * kernel[::-1, ::-1]))"), loses=RECTIFIED),
    Mutant(SIMPLE, "no sum", edit=(SUM, "np.maximum(0, patch * kernel)"), loses=RECTIFIED),
    Mutant(SIMPLE, "sum over the rows alone", edit=(SUM, "np.maximum(0, (patch * kernel).sum(axis=0))"), loses=RECTIFIED),
    Mutant(SIMPLE, "matrix product", edit=(SUM, "max(0.0, np.sum(patch @ kernel.T))"), loses=RECTIFIED),
    Mutant(SIMPLE, "largest product", edit=(SUM, "max(0.0, np.max(patch * kernel))"), loses=RECTIFIED),
    Mutant(SIMPLE, "fires or not", edit=(SUM, "float(np.sum(patch * kernel) > 0)"), loses=RECTIFIED),
    Alternative(SIMPLE, "dot product of rows, an array of one value", edit=(SUM,
                "np.maximum(0, patch.reshape(1, -1) @ kernel.reshape(-1, 1))")),
    Alternative(SIMPLE, "einsum in float32", edit=(SUM,
                "np.maximum(0, np.einsum('ij,ij', patch, kernel)).astype(np.float32)")),
    Alternative(SIMPLE, "torch", edit=(SUM, "F.relu((torch.as_tensor(patch) * torch.as_tensor(kernel)).sum())")),
    Alternative(SIMPLE, "loops", source='''
def simple_cell(patch, kernel):
    total = 0
    for row in range(len(patch)):
        for column in range(len(patch[0])):
            total += patch[row][column] * kernel[row][column]
    if total < 0:
        return 0
    return total
'''),
]

# ------------------------------------------------------------------------------------------ 1.8 tuning curve

TUNING = "exercise-1-8-tuning-curve"
TUNED = ["test-1-8-tuning"]
DIVIDED = "responses / peak if peak > 0 else responses"
TUNING_CASES = [
    Mutant(TUNING, "not divided", edit=(DIVIDED, "responses"), loses=TUNED),
    Mutant(TUNING, "divided by the sum", edit=("responses.max()", "responses.sum()"), loses=TUNED),
    Mutant(TUNING, "divided by the mean", edit=("responses.max()", "responses.mean()"), loses=TUNED),
    Mutant(TUNING, "divided by the first response", edit=("responses.max()", "responses[0]"), loses=TUNED),
    Mutant(TUNING, "divided by the last response", edit=("responses.max()", "responses[-1]"), loses=TUNED),
    Mutant(TUNING, "divided by the response at angle 0", edit=("responses.max()",
           "responses[np.argmin(np.abs(angles))]"), loses=TUNED),
    Mutant(TUNING, "divided by the middle response", edit=("responses.max()", "responses[len(responses) // 2]"),
           loses=TUNED),
    Mutant(TUNING, "silent cell gives NaN", edit=(DIVIDED, "responses / peak"), loses=TUNED),
    Mutant(TUNING, "silent cell gives ones", edit=("else responses", "else responses + 1"), loses=TUNED),
    Mutant(TUNING, "angles turned into degrees", edit=("draw(angle)", "draw(np.rad2deg(angle))"), loses=TUNED),
    Mutant(TUNING, "angles turned into radians", edit=("draw(angle)", "draw(np.deg2rad(angle))"), loses=TUNED),
    Mutant(TUNING, "angles made positive", edit=("draw(angle)", "draw(abs(angle))"), loses=TUNED),
    Mutant(TUNING, "angles sorted", edit=("in angles]", "in sorted(angles)]"), loses=TUNED),
    Mutant(TUNING, "order turned round", edit=(DIVIDED, "responses[::-1] / peak if peak > 0 else responses"), loses=TUNED),
    Mutant(TUNING, "curve made symmetric", edit=(DIVIDED,
           "(responses + responses[::-1]) / 2 / peak if peak > 0 else responses"), loses=TUNED),
    Mutant(TUNING, "sorted responses", edit=(DIVIDED, "np.sort(responses) / peak if peak > 0 else responses"),
           loses=TUNED),
    Mutant(TUNING, "largest response alone", edit=(DIVIDED, "peak"), loses=TUNED),
    Mutant(TUNING, "the preferred angle", edit=(DIVIDED, "angles[np.argmax(responses)]"), loses=TUNED),
    Mutant(TUNING, "scaled from 0 to 1", edit=(DIVIDED,
           "(responses - responses.min()) / (peak - responses.min()) if peak > 0 else responses"), loses=TUNED),
    Mutant(TUNING, "one angle left out", edit=("in angles]", "in angles[:-1]]"), loses=TUNED),
    Alternative(TUNING, "a loop and a list", source='''
def tuning_curve(cell, draw, angles):
    responses = []
    for angle in angles:
        responses.append(cell(draw(angle)))
    largest = max(responses)
    if largest == 0:
        return [0.0] * len(responses)
    return [response / largest for response in responses]
'''),
    Alternative(TUNING, "map and torch", source='''
def tuning_curve(cell, draw, angles):
    responses = torch.tensor(list(map(cell, map(draw, angles))), dtype=torch.float32)
    return responses / responses.max().clamp(min=1e-12)
'''),
    Alternative(TUNING, "asks the cell twice", source='''
def tuning_curve(cell, draw, angles):
    strongest = max(cell(draw(float(angle))) for angle in angles) or 1
    return np.array([cell(draw(float(angle))) / strongest for angle in angles])
'''),
]

# ------------------------------------------------------------------------------------------ 1.9, 1.10 complex cells

ENERGY = "exercise-1-9-complex-cell"
ENERGETIC = ["test-1-9-energy"]
SQUARES = "float(np.sum(patch * even) ** 2 + np.sum(patch * odd) ** 2)"
ENERGY_CASES = [
    Mutant(ENERGY, "without the square", edit=(SQUARES, "np.sum(patch * even) + np.sum(patch * odd)"), loses=ENERGETIC),
    Mutant(ENERGY, "absolute values", edit=(SQUARES, "abs(np.sum(patch * even)) + abs(np.sum(patch * odd))"),
           loses=ENERGETIC),
    Mutant(ENERGY, "rectified first", edit=(SQUARES,
           "max(0, np.sum(patch * even)) ** 2 + max(0, np.sum(patch * odd)) ** 2"), loses=ENERGETIC),
    Mutant(ENERGY, "built on simple_cell", edit=(SQUARES, "simple_cell(patch, even) ** 2 + simple_cell(patch, odd) ** 2"),
           loses=ENERGETIC),
    Mutant(ENERGY, "rectified, without the square", edit=(SQUARES,
           "max(0, np.sum(patch * even)) + max(0, np.sum(patch * odd))"), loses=ENERGETIC),
    Mutant(ENERGY, "root taken", edit=(SQUARES, "np.hypot(np.sum(patch * even), np.sum(patch * odd))"), loses=ENERGETIC),
    Mutant(ENERGY, "square of the sum", edit=(SQUARES, "(np.sum(patch * even) + np.sum(patch * odd)) ** 2"),
           loses=ENERGETIC),
    Mutant(ENERGY, "pixels squared before the sum", edit=(SQUARES,
           "np.sum((patch * even) ** 2) + np.sum((patch * odd) ** 2)"), loses=ENERGETIC),
    Mutant(ENERGY, "even filter alone", edit=(SQUARES, "np.sum(patch * even) ** 2"), loses=ENERGETIC),
    Mutant(ENERGY, "odd filter alone", edit=(SQUARES, "np.sum(patch * odd) ** 2"), loses=ENERGETIC),
    Mutant(ENERGY, "even filter twice", edit=(SQUARES, "2 * np.sum(patch * even) ** 2"), loses=ENERGETIC),
    Mutant(ENERGY, "squares multiplied", edit=(SQUARES, "np.sum(patch * even) ** 2 * np.sum(patch * odd) ** 2"),
           loses=ENERGETIC),
    Mutant(ENERGY, "squares subtracted", edit=(SQUARES, "np.sum(patch * even) ** 2 - np.sum(patch * odd) ** 2"),
           loses=ENERGETIC),
    Mutant(ENERGY, "halved", edit=(SQUARES, "(np.sum(patch * even) ** 2 + np.sum(patch * odd) ** 2) / 2"),
           loses=ENERGETIC),
    Mutant(ENERGY, "the larger of the two", edit=(SQUARES, "max(np.sum(patch * even) ** 2, np.sum(patch * odd) ** 2)"),
           loses=ENERGETIC),
    Alternative(ENERGY, "a complex filter", edit=(SQUARES, "abs(np.vdot(patch, even + 1j * odd)) ** 2")),
    Alternative(ENERGY, "torch, an array of one value", edit=(SQUARES,
                "sum((torch.as_tensor(patch) * torch.as_tensor(part)).sum() ** 2 for part in (even, odd)).reshape(1)")),
    Alternative(ENERGY, "two simple cells of either sign each, in float32", edit=(SQUARES, "np.float32("
                "sum(simple_cell(patch, part) ** 2 for part in (even, -even, odd, -odd)))")),
]

MAXIMUM = "exercise-1-10-complex-cell-max"
POSITIONS = ["test-1-10-positions"]
LARGEST = "planes.max(axis=(1, 2))"
MAXIMUM_CASES = [
    Mutant(MAXIMUM, "maximum over the orientations", edit=(LARGEST, "planes.max(axis=0)"), loses=POSITIONS),
    Mutant(MAXIMUM, "maximum over everything", edit=(LARGEST, "planes.max()"), loses=POSITIONS),
    Mutant(MAXIMUM, "maximum over the rows alone", edit=(LARGEST, "planes.max(axis=1)"), loses=POSITIONS),
    Mutant(MAXIMUM, "maximum over the columns alone", edit=(LARGEST, "planes.max(axis=2)"), loses=POSITIONS),
    Mutant(MAXIMUM, "wrong pair of axes", edit=(LARGEST, "planes.max(axis=(0, 1))"), loses=POSITIONS),
    Mutant(MAXIMUM, "mean", edit=(LARGEST, "planes.mean(axis=(1, 2))"), loses=POSITIONS),
    Mutant(MAXIMUM, "sum", edit=(LARGEST, "planes.sum(axis=(1, 2))"), loses=POSITIONS),
    Mutant(MAXIMUM, "smallest", edit=(LARGEST, "planes.min(axis=(1, 2))"), loses=POSITIONS),
    Mutant(MAXIMUM, "where, not how much", edit=(LARGEST, "planes.reshape(len(planes), -1).argmax(axis=1)"),
           loses=POSITIONS),
    Mutant(MAXIMUM, "axes kept", edit=(LARGEST, "planes.max(axis=(1, 2), keepdims=True)"), loses=POSITIONS),
    Mutant(MAXIMUM, "the middle position", edit=(LARGEST,
           "planes[:, planes.shape[1] // 2, planes.shape[2] // 2]"), loses=POSITIONS),
    Alternative(MAXIMUM, "a list of maxima", edit=(LARGEST, "[max(map(max, plane)) for plane in planes]")),
    Alternative(MAXIMUM, "torch", edit=(LARGEST, "torch.as_tensor(planes).flatten(1).max(dim=1).values")),
    Alternative(MAXIMUM, "a running maximum that starts at 0, since responses are never negative", source='''
def complex_cell_max(planes):
    result = np.zeros(len(planes))
    for n, row, column in np.ndindex(planes.shape):
        if planes[n, row, column] > result[n]:
            result[n] = planes[n, row, column]
    return result
'''),
    Alternative(MAXIMUM, "two steps in float32", edit=(LARGEST, "planes.astype(np.float32).max(2).max(1)")),
]

# ------------------------------------------------------------------------------------------ 1.11 S plane

S_PLANE = "exercise-1-11-s-plane"
SLIDES, PLANES = "test-1-11-slides", "test-1-11-planes"
WINDOW = "planes[:, row:row + kernel_height, column:column + kernel_width]"
S_CASES = [
    Mutant(S_PLANE, "no rectification", edit=("np.maximum(0, plane - threshold)", "plane - threshold"),
           loses=[SLIDES, PLANES]),
    Mutant(S_PLANE, "absolute value", edit=("np.maximum(0, plane - threshold)", "np.abs(plane - threshold)"),
           loses=[SLIDES, PLANES]),
    Mutant(S_PLANE, "threshold ignored", edit=("plane - threshold", "plane"), loses=[PLANES]),
    Mutant(S_PLANE, "threshold added", edit=("plane - threshold", "plane + threshold"), loses=[PLANES]),
    Mutant(S_PLANE, "threshold after rectification", edit=("np.maximum(0, plane - threshold)",
           "np.maximum(0, plane) - threshold"), loses=[PLANES]),
    Mutant(S_PLANE, "sums above the threshold stay as they are", edit=("np.maximum(0, plane - threshold)",
           "np.maximum(0, np.where(plane > threshold, plane, 0))"), loses=[PLANES]),
    Mutant(S_PLANE, "threshold as the floor", edit=("np.maximum(0, plane - threshold)", "np.maximum(threshold, plane)"),
           loses=[PLANES]),
    Mutant(S_PLANE, "threshold subtracted for each input plane", edit=("plane - threshold",
           "plane - threshold * len(planes)"), loses=[PLANES]),
    Mutant(S_PLANE, "flipped kernel", edit=("window * kernel", "window * kernel[:, ::-1, ::-1]"), loses=[SLIDES, PLANES]),
    Mutant(S_PLANE, "kernel's planes in reverse", edit=("window * kernel", "window * kernel[::-1]"), loses=[PLANES]),
    Mutant(S_PLANE, "first input plane alone", edit=("np.sum(window * kernel)", "np.sum(window[0] * kernel[0])"),
           loses=[PLANES]),
    Mutant(S_PLANE, "one kernel for all input planes", edit=("window * kernel", "window * kernel[:1]"), loses=[PLANES]),
    Mutant(S_PLANE, "input planes rectified one by one", edit=("np.sum(window * kernel)",
           "np.maximum(0, np.sum(window * kernel, axis=(1, 2))).sum()"), loses=[PLANES]),
    Mutant(S_PLANE, "mean over the input planes", edit=("np.sum(window * kernel)", "np.sum(window * kernel) / len(planes)"),
           loses=[PLANES]),
    Mutant(S_PLANE, "mean for sum", edit=("np.sum(window", "np.mean(window"), loses=[SLIDES, PLANES]),
    Mutant(S_PLANE, "last row and column missing", edit=[("height - kernel_height + 1", "height - kernel_height"),
           ("width - kernel_width + 1", "width - kernel_width")], loses=[SLIDES, PLANES]),
    Mutant(S_PLANE, "height and width exchanged", edit=("height - kernel_height + 1, width - kernel_width + 1",
           "width - kernel_width + 1, height - kernel_height + 1"), loses=[SLIDES, PLANES]),
    Mutant(S_PLANE, "square kernels", edit=("    _, kernel_height, kernel_width = kernel.shape",
           "    kernel_height = kernel_width = kernel.shape[1]"), loses=[SLIDES, PLANES]),
    Mutant(S_PLANE, "zeros around, same size as the input", edit=("    _, height, width",
           "    planes = np.pad(planes, ((0, 0), (kernel.shape[1] // 2, (kernel.shape[1] - 1) // 2), "
           "(kernel.shape[2] // 2, (kernel.shape[2] - 1) // 2)))\n    _, height, width"), loses=[SLIDES, PLANES]),
    Mutant(S_PLANE, "window starts at the bottom right", edit=("window = planes[", "window = planes[:, ::-1, ::-1]["),
           loses=[SLIDES, PLANES]),
    Mutant(S_PLANE, "steps of the kernel's size", edit=("planes[:, row:row + kernel_height,",
           "planes[:, row * kernel_height % (height - kernel_height + 1):row * kernel_height % (height - kernel_height"
           " + 1) + kernel_height,"), loses=[SLIDES, PLANES]),
    Mutant(S_PLANE, "one plane for each input plane", edit=("    return np.maximum(0, plane - threshold)",
           "    return np.maximum(0, np.stack([plane] * len(planes)) - threshold)"), loses=[SLIDES, PLANES]),
    Mutant(S_PLANE, "whole numbers in the output", edit=("kernel_width + 1))", "kernel_width + 1), dtype=int)"),
           loses=[SLIDES, PLANES]),
    Alternative(S_PLANE, "torch's conv2d", source='''
def s_plane(planes, kernel, threshold):
    sums = F.conv2d(torch.as_tensor(planes)[None], torch.as_tensor(kernel)[None])[0, 0]
    return F.relu(sums - threshold)
'''),
    Alternative(S_PLANE, "torch's conv2d in float32", source='''
def s_plane(planes, kernel, threshold):
    planes, kernel = torch.tensor(planes).float(), torch.tensor(kernel).float()
    return torch.clamp(F.conv2d(planes[None], kernel[None], bias=torch.tensor([-threshold]))[0, 0], min=0)
'''),
    Alternative(S_PLANE, "sliding windows and einsum in float32", source='''
def s_plane(planes, kernel, threshold):
    windows = np.lib.stride_tricks.sliding_window_view(planes, kernel.shape)[0]
    return np.clip(np.einsum("hwckl,ckl->hw", windows, kernel) - threshold, 0, None).astype(np.float32)
'''),
    Alternative(S_PLANE, "with the student's own simple_cell and a bias pixel, lists", source='''
def s_plane(planes, kernel, threshold):
    c, k, l = kernel.shape
    weights = np.append(kernel, -threshold)
    return [[simple_cell(np.append(planes[:, i:i + k, j:j + l], 1.0), weights)
             for j in range(planes.shape[2] - l + 1)] for i in range(planes.shape[1] - k + 1)]
'''),
    Alternative(S_PLANE, "sum of shifted images", source='''
def s_plane(planes, kernel, threshold):
    channels, height, width = planes.shape
    out = -threshold * np.ones((height - kernel.shape[1] + 1, width - kernel.shape[2] + 1))
    for c, i, j in np.ndindex(kernel.shape):
        out += kernel[c, i, j] * planes[c, i:i + out.shape[0], j:j + out.shape[1]]
    return out * (out > 0)
'''),
]

# ------------------------------------------------------------------------------------------ 1.12 C plane

C_PLANE = "exercise-1-12-c-plane"
WINDOWS = ["test-1-12-windows"]
POOLED = "whole.reshape(height, rows, width, columns).max(axis=(1, 3))"
C_CASES = [
    Mutant(C_PLANE, "mean", edit=(".max(axis=(1, 3))", ".mean(axis=(1, 3))"), loses=WINDOWS),
    Mutant(C_PLANE, "sum", edit=(".max(axis=(1, 3))", ".sum(axis=(1, 3))"), loses=WINDOWS),
    Mutant(C_PLANE, "smallest", edit=(".max(axis=(1, 3))", ".min(axis=(1, 3))"), loses=WINDOWS),
    Mutant(C_PLANE, "last value", edit=(".max(axis=(1, 3))", "[:, -1, :, -1]"), loses=WINDOWS),
    Mutant(C_PLANE, "first value", edit=(".max(axis=(1, 3))", "[:, 0, :, 0]"), loses=WINDOWS),
    Mutant(C_PLANE, "maximum over the wrong axes", edit=(".max(axis=(1, 3))", ".max(axis=(0, 2))"), loses=WINDOWS),
    Mutant(C_PLANE, "reshaped in the wrong order", edit=("reshape(height, rows, width, columns).max(axis=(1, 3))",
           "reshape(height, width, rows, columns).max(axis=(2, 3))"), loses=WINDOWS),
    Mutant(C_PLANE, "rows and columns exchanged", edit=("rows, columns = window", "columns, rows = window"), loses=WINDOWS),
    Mutant(C_PLANE, "square windows", edit=("rows, columns = window", "rows = columns = max(window)"), loses=WINDOWS),
    Mutant(C_PLANE, "negative values set to 0", edit=(POOLED, POOLED.replace("whole", "np.maximum(0, whole)")),
           loses=WINDOWS),
    Mutant(C_PLANE, "largest absolute value", edit=(POOLED, POOLED.replace("whole", "abs(whole)")), loses=WINDOWS),
    Mutant(C_PLANE, "left-overs cut at the top left", edit=("whole = plane[:height * rows, :width * columns]",
           "whole = plane[plane.shape[0] - height * rows:, plane.shape[1] - width * columns:]"), loses=WINDOWS),
    Mutant(C_PLANE, "left-overs make a window of their own, filled with zeros", source='''
def c_plane(plane, window):
    rows, columns = window
    plane = np.pad(plane, ((0, -plane.shape[0] % rows), (0, -plane.shape[1] % columns)))
    return plane.reshape(plane.shape[0] // rows, rows, -1, columns).max(axis=(1, 3))
''', loses=WINDOWS),
    Mutant(C_PLANE, "overlapping windows", source='''
def c_plane(plane, window):
    return np.lib.stride_tricks.sliding_window_view(plane, window).max(axis=(2, 3))
''', loses=WINDOWS),
    Mutant(C_PLANE, "the maximum of the whole plane", edit=(POOLED, "np.full((height, width), whole.max())"),
           loses=WINDOWS),
    Mutant(C_PLANE, "starts its search at 0", source='''
def c_plane(plane, window):
    rows, columns = window
    result = np.zeros((plane.shape[0] // rows, plane.shape[1] // columns))
    for i, j in np.ndindex(result.shape):
        for value in plane[i * rows:(i + 1) * rows, j * columns:(j + 1) * columns].ravel():
            result[i, j] = max(result[i, j], value)
    return result
''', loses=WINDOWS),
    Alternative(C_PLANE, "torch's max_pool2d", edit=(POOLED,
                "F.max_pool2d(torch.as_tensor(plane)[None, None], window)[0, 0]")),
    Alternative(C_PLANE, "loops and lists", source='''
def c_plane(plane, window):
    a, b = window
    return [[max(plane[i + di][j + dj] for di in range(a) for dj in range(b))
             for j in range(0, len(plane[0]) - b + 1, b)] for i in range(0, len(plane) - a + 1, a)]
'''),
    Alternative(C_PLANE, "sliding windows with a step, float32", source='''
def c_plane(plane, window):
    every = np.lib.stride_tricks.sliding_window_view(plane.astype(np.float32), tuple(window))
    return every[::window[0], ::window[1]].max(axis=(-1, -2))
'''),
]

# ------------------------------------------------------------------------------------------ predictions

PREDICTION_CASES = [
    Mutant("predict-1-2-local-weights", "one colour", edit=("* 11 * 3", "* 11"), loses=["test-1-2p-local-weights"]),
    Mutant("predict-1-2-local-weights", "with biases", edit=("1000 * 11 * 11 * 3", "1000 * (11 * 11 * 3 + 1)"),
           loses=["test-1-2p-local-weights"]),
    Mutant("predict-1-2-local-weights", "left open", source="local_weights = None", loses=["test-1-2p-local-weights"]),
    Alternative("predict-1-2-local-weights", "as a float", source="local_weights = 3.63e5"),
    Mutant("predict-1-4-gabor-value", "sign lost", source="gabor_value = 0.14", loses=["test-1-4p-gabor-value"]),
    Mutant("predict-1-4-gabor-value", "no 2 in the denominator", source="gabor_value = -0.02",
           loses=["test-1-4p-gabor-value"]),
    Mutant("predict-1-4-gabor-value", "the wave alone", source="gabor_value = -1", loses=["test-1-4p-gabor-value"]),
    Mutant("predict-1-4-gabor-value", "left open", source="gabor_value = None", loses=["test-1-4p-gabor-value"]),
    Alternative("predict-1-4-gabor-value", "cut, not rounded", source="gabor_value = -0.13"),
    Alternative("predict-1-4-gabor-value", "in full", source="gabor_value = -np.exp(-2)"),
    Mutant("predict-1-6-dark-bar", "rectified", source="dark_bar_sum = 0", loses=["test-1-6p-dark-bar"]),
    Mutant("predict-1-6-dark-bar", "the bright bar", source="dark_bar_sum = 6", loses=["test-1-6p-dark-bar"]),
    Mutant("predict-1-6-dark-bar", "left open", source="dark_bar_sum = None", loses=["test-1-6p-dark-bar"]),
    Alternative("predict-1-6-dark-bar", "computed", source="dark_bar_sum = 3 * (-1) + 3 * 0 * 2 + 3 * (-1)"),
]

CASES = [*COUNT_CASES, *BAR_CASES, *GABOR_CASES, *SIMPLE_CASES, *TUNING_CASES, *ENERGY_CASES, *MAXIMUM_CASES,
         *S_CASES, *C_CASES, *PREDICTION_CASES]
