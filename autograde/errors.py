"""Errors that are meant for the person at the keyboard."""


class UserError(Exception):
    """Wrong usage or input. Its text is one sentence that says what is wrong and what to do; the exit code is 2."""
