"""A look at a student's code for things that a person should see. It raises flags and never takes a point."""
import ast

from striate import check

LIBRARY_WORK = {tuple(name.split(".")) for name in check.CONVOLUTIONS}
REACHES_OUT = {"ctypes", "gc", "inspect", "socket", "subprocess", "multiprocessing", "pickle", "sys.settrace",
               "sys.setprofile", "sys._getframe", "os.system", "os.fork", "os.kill", "os._exit", "os.execv", "signal",
               "threading.setprofile", "get_ipython", "autograde", "eval", "exec", "__import__", "open"}


def look(cell_id, source):
    """Sentences about one cell of a student's code."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    modules = _imported(tree)
    flags = []
    for name in sorted(set(_dotted_names(tree, modules))):
        package, last = name.split(".")[0], name.split(".")[-1]
        if (package, last) in LIBRARY_WORK and "." in name:
            flags.append(f"{cell_id} names the library function {name}")
        elif any(name == risky or name.startswith(risky + ".") for risky in REACHES_OUT):
            flags.append(f"{cell_id} uses {name}")
    return flags


def _imported(tree):
    """{local name: dotted name} of what the code imports, and of the lessons' usual abbreviations."""
    modules = {"np": "numpy", "F": "torch.nn.functional", "nn": "torch.nn"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update((alias.asname or alias.name.split(".")[0],
                            alias.name if alias.asname else alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.update((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
    return modules


def _dotted_names(tree, modules):
    """Every name and attribute chain the code loads or imports, with imports written out."""
    for node in ast.walk(tree):
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            yield ".".join([modules.get(node.id, node.id), *reversed(parts)])
    yield from modules.values()
