"""How much cheaper the course draws the loss surface of ResNet-56: `python tests/benchmarks/surface.py [--quick]`.

The same network, the same two filter-normalised directions, the same range from −1 to 1, once
    the straightforward way: 25 × 25 points, 512 images, a loader that decodes and normalises every image at every point,
        batches of 128, NCHW, float32, batch norm as its own layer;
    the course's way: striate/experiments/landscape.py, `frugal_surface`: as few points and images as its rule allows,
        batch norm folded, channels last, bfloat16 where the processor multiplies it.
It prints the correlation of log10 of the two losses on the 25 × 25 grid, which must be at least 0.995, and last the ratio
of the times: seconds of processor time of one thread, which other programs on the machine disturb less than the clock.
Ends with 1 if the surfaces do not agree.

Network: the stored weights of the long training (data/results) with images of CIFAR-10, if both are here; else lesson
12's ResNet-56 after a few steps on CIFAR-10 or on the course's own scenes at 32 × 32. About 20 minutes; --quick measures
25 of the 625 straightforward points, evenly spread, compares on these, and multiplies their time by 25.
"""
import argparse
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from striate import data, downloads, image_zip
from striate.experiments import landscape, resnet56_training
from striate.experiments.checkpointed import has_bfloat16
from striate.experiments.lessons import names_of
from striate.train import cosine, fit, set_seed

POINTS, IMAGES, LIMIT, BATCH, DIRECTIONS_SEED = 25, 512, 1.0, 128, 1
AGREEMENT = 0.995
TO_NETWORK = transforms.Compose([transforms.ToTensor(), transforms.Normalize(resnet56_training.COLOUR_MEAN,
                                                                             resnet56_training.COLOUR_DEVIATION)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="time 25 of the 625 straightforward points")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    model, pictures, labels = subject()
    pair = landscape.directions(model, DIRECTIONS_SEED)
    positions = np.linspace(-LIMIT, LIMIT, POINTS)

    clock = time.process_time()
    precision = torch.bfloat16 if has_bfloat16() else torch.float32
    images = torch.stack([TO_NETWORK(Image.fromarray(picture)) for picture in pictures])
    ours, told = landscape.frugal_surface(model, pair, images, torch.from_numpy(labels), LIMIT, POINTS,
                                          precision=precision)
    our_seconds = time.process_time() - clock
    print(f"ours: {precision}, {told}: {our_seconds:.1f} s", flush=True)

    chosen = np.arange(2, POINTS, 5) if quick else np.arange(POINTS)
    clock = time.process_time()
    plain = straightforward(model, pair, Pictures(pictures, labels), positions[chosen])
    their_seconds = (time.process_time() - clock) * (POINTS / len(chosen)) ** 2
    print(f"straightforward: {POINTS} × {POINTS} points, {IMAGES} images: {their_seconds:.1f} s"
          + (f", calculated from {len(chosen) ** 2} of the points" if quick else ""))

    agreement = landscape.correlation(ours[np.ix_(chosen, chosen)], plain)
    print(f"log10 of the loss from {plain.min():.2f} to {plain.max():.2f}; largest difference "
          f"{np.abs(ours[np.ix_(chosen, chosen)] - plain).max():.3f}")
    print(f"correlation {agreement:.5f} on {plain.size} points, wanted at least {AGREEMENT}")
    print(f"ratio {their_seconds / our_seconds:.1f}")
    return 0 if agreement >= AGREEMENT else 1


class Pictures(Dataset):
    """Pictures as they lie on a disk, made into a network's input one by one whenever they are asked for."""

    def __init__(self, pictures, labels):
        self.pictures, self.labels = pictures, labels

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        return TO_NETWORK(Image.fromarray(self.pictures[index])), self.labels[index]


@torch.no_grad()
def straightforward(model, pair, pictures, positions):
    """log10 of the mean loss at all pairs of positions, as one writes it down; the model gets its weights back."""
    weights = dict(model.named_parameters())
    start = {name: weights[name].clone() for name in pair[0]}
    surface = np.empty((len(positions), len(positions)))
    model.eval()
    for row, a in enumerate(positions):
        for column, b in enumerate(positions):
            for name in start:
                weights[name].copy_(start[name] + float(a) * pair[0][name] + float(b) * pair[1][name])
            total = sum(F.cross_entropy(model(x), y, reduction="sum").item()
                        for x, y in DataLoader(pictures, batch_size=BATCH))
            surface[row, column] = np.log10(max(total / len(pictures), 1e-12))
        print(f"straightforward: row {row + 1} of {len(positions)}", file=sys.stderr, flush=True)
    for name in start:
        weights[name].copy_(start[name])
    return surface


def subject():
    """A trained ResNet-56, 512 pictures (32, 32, 3) uint8 from its training set, and their labels."""
    pictures, labels, source = training_pictures()
    if source == "CIFAR-10" and resnet56_training.weights_path("skips").exists():
        model, measured = resnet56_training.load_trained("skips")
        print(f"ResNet-56, stored weights, training loss {measured['final_train_loss']}; {source}, "
              f"{downloads.origin('CIFAR10')}", flush=True)
    else:
        model = briefly_trained(pictures[:4096], labels[:4096], source)
    return model, pictures[:IMAGES], labels[:IMAGES]


def training_pictures():
    """uint8 pictures (N, 32, 32, 3) in a fixed random order, labels, and what they are. Nothing is downloaded."""
    here = (downloads.folder() / place for place in (downloads.PLACES["CIFAR10"], image_zip.FILE))
    if any(path.exists() for path in here):
        (images, labels), _ = data.load("cifar10")
        source = "CIFAR-10"
    else:
        scenes, _ = data.load("scenes")
        images = F.interpolate(torch.as_tensor(scenes.images), size=(32, 32), mode="area").numpy()
        labels, source = scenes.labels, "scenes at 32 × 32"
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0)).numpy()
    return np.round(images[order] * 255).astype(np.uint8).transpose(0, 2, 3, 1), labels[order], source


def briefly_trained(pictures, labels, source):
    """Lesson 12's ResNet-56 after four passes over at most 4,096 pictures: a minute or two."""
    set_seed(1)
    model = names_of("12_resnet")["resnet_cifar"](56, shortcut="A").to(memory_format=torch.channels_last)
    images = torch.stack([TO_NETWORK(Image.fromarray(picture)) for picture in pictures])
    fit(model, (images.contiguous(memory_format=torch.channels_last), labels), epochs=4, batch_size=64, lr=0.05,
        momentum=0.9, weight_decay=5e-4, schedule=cosine, seed=1, label=f"ResNet-56 trained briefly on {source}")
    return model


if __name__ == "__main__":
    sys.exit(main())
