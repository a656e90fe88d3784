"""Write every specimen into a folder, with a list of what is expected of each."""
import sys
from pathlib import Path

from . import SPECIMENS
from .kit import write

if len(sys.argv) != 2 or Path(sys.argv[1]).exists():
    sys.exit("usage: python -m tests.attacks OUT, where OUT does not exist yet")
folder = Path(sys.argv[1])
write(SPECIMENS, folder / "submissions")
rows = [(specimen.name, specimen.status, str(specimen.expected()[1]), specimen.trick) for specimen in SPECIMENS]
text = "\n".join("\t".join(row) for row in [("student", "status", "score", "trick"), *rows]) + "\n"
(folder / "expected.tsv").write_text(text, encoding="utf-8")
print(f"{len(SPECIMENS)} submissions in {folder / 'submissions'}, what is expected of them in {folder / 'expected.tsv'}")
print(f"Grade them: python -m autograde grade --from {folder / 'submissions'} --work {folder / 'work'} --timeout 5")
