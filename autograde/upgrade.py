"""`python -m autograde upgrade`: constraints.txt anew, with the newest versions that pyproject.toml allows.

pip resolves all of them together, as for an empty environment, and installs nothing. What it found becomes pins; what
changed is printed. `make upgrade` then installs them, runs every lesson again and tests everything.
"""
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from autograde.errors import UserError
from autograde.tidy import COURSE

ONLY_CUDA = re.compile(r"nvidia|cuda|triton")      # names of what only a CUDA build of torch needs: left to torch
GO_BACK = "git checkout constraints.txt"


def configure(parser):
    parser.add_argument("--report", type=Path, metavar="FILE",
                        help="take what pip resolved from this file (pip install --dry-run --report FILE), do not ask pip")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if there is something newer")


def run(args):
    constraints = COURSE / "constraints.txt"
    project = tomllib.loads((COURSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    report = _read(args.report) if args.report else resolve()
    before = constraints.read_text(encoding="utf-8")
    after = new_constraints(before, report, project)
    changes = compare(pins(before), pins(after))
    for line in changes:
        print(line)
    if not changes:
        print("constraints.txt has the newest versions that pyproject.toml allows.")
        return 0
    if args.check:
        return 1
    if _uncommitted(constraints):
        raise UserError(f"constraints.txt has changes that are not committed. Commit them, or drop them with {GO_BACK}.")
    constraints.write_text(after, encoding="utf-8", newline="\n")
    print(f"constraints.txt written: {len(changes)} pins changed. To go back: {GO_BACK}")
    return 0


# ------------------------------------------------------------------------------------------------ asking pip

def resolve():
    """What pip would install into an empty environment for this course and its tests, as pip's report (JSON)."""
    print("Asking pip for the newest versions that go together. Nothing is installed; this takes some minutes.", flush=True)
    with tempfile.TemporaryDirectory(prefix="striate-upgrade-") as folder:
        report = Path(folder, "report.json")
        done = subprocess.run([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--dry-run", "--quiet",
                               "--ignore-installed", "--report", str(report), f"{COURSE}[test]"],
                              cwd=folder, capture_output=True, text=True)
        if done.returncode or not report.exists():
            reason = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
            raise UserError(f"pip found no versions that go together: {(reason or ['no reason given'])[-1][:300]}")
        return _read(report)


def _read(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is not a report of pip: {error}") from error


def _uncommitted(path):
    done = subprocess.run(["git", "status", "--porcelain", "--", path.name], cwd=path.parent, capture_output=True, text=True)
    return bool(done.stdout.strip())


# ------------------------------------------------------------------------------------------------ from report to pins

def new_constraints(before, report, project):
    """The text of constraints.txt for what pip resolved.

    before: today's text. Its comments stay, and so do pins of packages that pip did not want on this system or for this
    Python: another one may. report: pip's, as a dict. project: the table of that name in pyproject.toml.
    Raises UserError for versions that not every user could install.
    """
    found = {}
    for part in report["install"]:
        metadata = part["metadata"]
        name = canonicalize_name(metadata["name"])
        if name == canonicalize_name(project["name"]) or ONLY_CUDA.match(name):
            continue
        _refuse_what_is_not_for_everybody(metadata, project)
        found[name] = f"{metadata['name']}=={metadata['version']}"
    _refuse_torch_without_its_torchvision(report)
    kept = {canonicalize_name(line.split("==")[0]): line for line in before.splitlines() if "==" in line}
    spelled = {name: _as_spelled_before(line, kept.get(name)) for name, line in found.items()}
    comments = [line for line in before.splitlines() if line.startswith("#")]
    return "\n".join([*comments, *sorted((kept | spelled).values(), key=str.upper)]) + "\n"


def _as_spelled_before(line, kept):
    name, version = line.split("==")
    return f"{kept.split('==')[0] if kept else name}=={version}"


def _refuse_what_is_not_for_everybody(metadata, project):
    name, version = metadata["name"], metadata["version"]
    if "+" in version:
        raise UserError(f"pip found {name} {version}, a build of this machine only. Let pip ask the public index alone.")
    oldest = min(re.findall(r"\d+\.\d+", project["requires-python"]), key=lambda text: int(text.split(".")[1]))
    if not SpecifierSet(metadata.get("requires_python") or "").contains(f"{oldest}.99"):
        raise UserError(f"{name} {version} needs Python {metadata['requires_python']}, but pyproject.toml promises {oldest}. "
                        f"Delete .venv and run `make upgrade PYTHON=python{oldest}`.")


def _refuse_torch_without_its_torchvision(report):
    """torchvision names the one version of torch that it was built for."""
    parts = {part["metadata"]["name"]: part["metadata"] for part in report["install"]}
    for text in parts.get("torchvision", {}).get("requires_dist", []):
        wanted = Requirement(text)
        if wanted.name == "torch" and not wanted.specifier.contains(parts["torch"]["version"]):
            raise UserError(f"torchvision {parts['torchvision']['version']} is built for torch {wanted.specifier}, but pip "
                            f"found torch {parts['torch']['version']}. Resolve both together, from the same index.")


def pins(text):
    """{normalised name: version} of the text of constraints.txt."""
    lines = (line.split("==") for line in text.splitlines() if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in lines}


def compare(before, after):
    """One line for each pin that differs: old and new version."""
    return [f"{name:28} {before.get(name, '(new)'):>14}  →  {after[name]}" for name in sorted(after)
            if before.get(name) != after[name]]
