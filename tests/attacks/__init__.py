"""Broken, hostile and unlucky submissions of lesson 02, each with its exact expected result.

    python -m tests.attacks OUT        write the whole batch into a folder, as a download of a class, to look at

honest.py holds right work in unusual shapes and unlucky work, hostile.py tricks and harm, cheats.py library calls in
place of own work, broken.py files that are no notebooks. tests/test_attacks.py grades them all in one batch.
"""
from .broken import BROKEN
from .cheats import CHEATS
from .honest import HONEST
from .hostile import HOSTILE

SPECIMENS = HONEST + HOSTILE + CHEATS + BROKEN
