"""The long runs behind the lessons' stored results: `python -m striate.experiments NAME [--device cuda] [--quick]`.

An experiment is a module of this package with NAME, ABOUT and `parts(quick)` or `parts(quick, device)`; see store.py. It
trains the networks of the lessons themselves, taken from solutions/, so it runs in the author's checkout only. Students
see what it wrote to data/results/, through `striate.data.stored(NAME)`.
"""
from striate.experiments import degradation, lenet_mnist, mnist1d_book, resnet56_surface, resnet56_training

EXPERIMENTS = {module.NAME: module for module in (degradation, lenet_mnist, mnist1d_book, resnet56_training, resnet56_surface)}
