"""Pairs of submissions with more in common than chance gives: pairs for a person to look at, never a verdict.

Each answer becomes a sequence of tokens in which names do not count, and the sequence becomes the set of its runs of
RUN tokens, its fingerprints (as in Schleimer, Wilkerson and Aiken 2003, without their thinning: answers are short).
Taken away are the fingerprints of the release text, which everybody was given, and those of runs that many in the
class have, because there are few ways to write ten right lines. What is left is what makes an answer its author's own.
"""
import ast
import collections
import io
import itertools
import keyword
import tokenize

RUN = 8                  # tokens in a fingerprint
FEWEST = 12              # fingerprints that two must share to be shown
COMMON = 0.1             # a run that a larger share of the class has is nobody's own …
COMMON_AT_LEAST = 4      # … if it is at least so many students
NOT_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENCODING, tokenize.ENDMARKER}


def similar_pairs(answers, released, most=30):
    """The pairs that share most of what is their own.

    answers: {student: {cell id: source}}; released: {cell id: source as given to students}.
    Returns up to `most` dicts, the most similar first: "students" (two), "shared" (number of fingerprints), "share" (of
    the smaller one's own fingerprints, 0 to 1), "cells" (ids in which they are), "same_text" (cells that are equal
    letter by letter although they differ from the release).
    """
    given = collections.defaultdict(set, {cell: fingerprints(source) for cell, source in released.items()})
    own = {student: {(cell, print_) for cell, source in cells.items() for print_ in fingerprints(source) - given[cell]}
           for student, cells in answers.items()}
    spread = collections.Counter(itertools.chain.from_iterable(own.values()))
    limit = max(COMMON_AT_LEAST, COMMON * len(answers))
    own = {student: {print_ for print_ in prints if spread[print_] < limit} for student, prints in own.items()}
    pairs = []
    for (one, mine), (other, theirs) in itertools.combinations(sorted(own.items()), 2):
        shared = mine & theirs
        if len(shared) >= FEWEST:
            pairs.append({"students": (one, other), "shared": len(shared),
                          "share": len(shared) / min(len(mine), len(theirs)),
                          "cells": sorted({cell for cell, _ in shared}),
                          "same_text": _same_text(answers[one], answers[other], shared)})
    return sorted(pairs, key=lambda pair: (-pair["share"] * pair["shared"], pair["students"]))[:most]


def fingerprints(source):
    """The set of all runs of RUN tokens of a cell's code; empty for text that is no Python."""
    tokens = list(_tokens(source))
    return {tuple(tokens[start:start + RUN]) for start in range(len(tokens) - RUN + 1)}


def _tokens(source):
    """The code's tokens without comments, docstrings and layout; every name of the author's choice is the same."""
    try:
        docstrings = _docstring_lines(source)
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in NOT_CODE or token.start[0] in docstrings:
                continue
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                yield "name"
            else:
                yield {tokenize.STRING: "string", tokenize.INDENT: "indent", tokenize.DEDENT: "dedent"}.get(
                    token.type, token.string)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return


def _docstring_lines(source):
    lines = set()
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)) and body and isinstance(body[0], ast.Expr) \
                and isinstance(body[0].value, ast.Constant) and isinstance(body[0].value.value, str):
            lines |= set(range(body[0].lineno, body[0].end_lineno + 1))
    return lines


def _same_text(mine, theirs, shared):
    cells = {cell for cell, _ in shared}
    return sorted(cell for cell in cells if mine[cell].split() == theirs[cell].split())
