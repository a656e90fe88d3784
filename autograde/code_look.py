"""A look at a student's code for things that a person should see. It raises flags and never takes a point."""
import ast
import re

from striate import check

LIBRARY_WORK = {tuple(name.split(".")) for name in check.CONVOLUTIONS}
LIBRARY_NAME = re.compile(r"(torch|numpy|scipy|sklearn)\..*(conv(?!ert)|correlate|im2col|col2im|unfold|extract_patches).*",
                          re.IGNORECASE)
MODULES = {"ctypes", "gc", "inspect", "socket", "subprocess", "multiprocessing", "pickle", "marshal", "mmap", "signal",
           "threading", "_thread", "concurrent", "importlib", "autograde"}
REACHES_OUT = {*MODULES, "get_ipython", "eval", "exec", "compile", "__import__", "open", "sys.settrace", "sys.setprofile",
               "sys.getprofile", "sys.monitoring", "sys._getframe", "sys.modules", "os.system", "os.fork", "os.kill",
               "os._exit", "os.execv", "os.execvp", "torch._C", "torch.ops", "torch.jit", "torch.library",
               "striate.experiments"}
INSIDES = {"__globals__", "__closure__", "__code__", "__subclasses__", "__builtins__", "f_back", "f_locals", "f_globals"}
LONGEST_CELL = 100_000       # characters; no honest cell is longer, and looking at one takes time and memory
LONGEST_CHAIN = 8            # names joined by dots, from the left
MOST_FLAGS = 20              # of one cell


def look(cell_id, source, library_counts=True):
    """Sentences about one cell of a student's code.

    library_counts: whether the lesson asks for own work in place of a library's convolutions.
    """
    if len(source) > LONGEST_CELL:
        return [f"{cell_id} is too long to look at ({len(source):,} characters)"]
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    modules = _imported(tree)
    sentences = {_about(name, library_counts) for name in _dotted_names(tree, modules)} | set(_indirect(tree, modules))
    return [f"{cell_id} {sentence}"[:200] for sentence in sorted(filter(None, sentences))[:MOST_FLAGS]]


def _about(name, library_counts):
    parts = name.split(".")
    if library_counts and ("." in name and (parts[0], parts[-1]) in LIBRARY_WORK or LIBRARY_NAME.fullmatch(name)):
        return f"names the library function {name}"
    if any(name == risky or name.startswith(risky + ".") for risky in REACHES_OUT):
        return f"uses {name}"
    return f"uses {parts[-1]}" if parts[-1] in INSIDES else None


def _imported(tree):
    """{local name: dotted name} of what the code imports, and of the lessons' usual abbreviations."""
    modules = {"np": "numpy", "torch": "torch", "F": "torch.nn.functional", "nn": "torch.nn", "check": "striate.check"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update((alias.asname or alias.name.split(".")[0],
                            alias.name if alias.asname else alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.update((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
    return modules


def _dotted_names(tree, modules):
    """Every name and attribute chain of the code, and the beginnings of each chain, with imports written out."""
    nodes = list(ast.walk(tree))
    inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if id(node) in inner:                    # a part of a longer chain, which is taken as a whole
            continue
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        variable = isinstance(node, ast.Name) and node.id in MODULES - modules.keys()        # signal, say, not imported
        if isinstance(node, ast.Name) and not variable:
            parts = [*modules.get(node.id, node.id).split("."), *reversed(parts)][:LONGEST_CHAIN]
        else:
            parts = ["()", *reversed(parts)][:LONGEST_CHAIN] if parts else []      # a call's .f_back, say
        yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))
        yield from (part for part in parts if part in INSIDES)
    yield from modules.values()


def _indirect(tree, modules):
    """Names put together at run time, and attributes of modules that are given another value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr"):
            if len(node.args) > 1 and not isinstance(node.args[1], ast.Constant):
                yield f"calls {node.func.id} with a name that is put together at run time"
            elif len(node.args) > 1 and isinstance(node.args[0], ast.Name) and node.args[0].id in modules:
                yield f"reaches for {modules[node.args[0].id]}.{node.args[1].value} with {node.func.id}"
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and \
                node.value.id in modules:
            yield f"changes {modules[node.value.id]}.{node.attr}"
