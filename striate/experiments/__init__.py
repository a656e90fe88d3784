"""The long runs behind the lessons' stored results: `python -m striate.experiments NAME [--quick]`.

An experiment is a module of this package with NAME, ABOUT and `parts(quick)`; see store.py. It trains the networks of
the lessons themselves, taken from solutions/, so it runs in the author's checkout only. Students see what it wrote to
data/results/, through `striate.data.stored(NAME)`.
"""
from striate.experiments import mnist1d_book

EXPERIMENTS = {module.NAME: module for module in (mnist1d_book,)}
