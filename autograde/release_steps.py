"""The steps by which nbgrader turns a lesson of solutions/ into what students get.

nbgrader_config.py hands RELEASE_STEPS to nbgrader's generate_assignment. Two of them are ours: NumberedStubs instead of
nbgrader's ClearSolutions, and StudentView, which takes away everything that students do not need.
"""
from nbgrader import utils
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
    NbGraderPreprocessor,
    SaveCells,
)

from autograde.lesson import stub
from autograde.tidy import KERNELSPEC, LANGUAGE_INFO

KEPT_CELL_METADATA = ("nbgrader", "deletable", "editable")


class NumberedStubs(ClearSolutions):
    """Replace each solution by a stub that says which exercise it is.

    An exercise gets `raise NotImplementedError("Exercise 2.3")`, a prediction keeps the line that waits for a number,
    a written answer becomes the text stub. An answer cell without a solution region is an error: nbgrader would
    replace all of it, signature and docstring too.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        if cell.cell_type != "code" or not utils.is_solution(cell):
            return super().preprocess_cell(cell, resources, cell_index)
        grade_id = cell.metadata.nbgrader.grade_id
        begins = cell.source.count("### " + self.begin_solution_delimeter)
        ends = cell.source.count("### " + self.end_solution_delimeter)
        if begins != 1 or ends != 1:
            raise RuntimeError(f"the cell {grade_id} must have one line ### BEGIN SOLUTION and one ### END SOLUTION")
        cell.source = stub(grade_id, cell.source)
        return cell, resources


class StudentView(NbGraderPreprocessor):
    """Leave only what a student needs: sources, nbgrader's metadata, and a tag that lets Run All go on.

    The tag raises-exception is on every code cell, so that an exercise that is not done yet does not stop the rest.
    Our own tags go: they would tell which cells the grader leaves out. So does whatever JupyterLab or another tool
    wrote into the metadata of the notebook.
    """

    def preprocess(self, nb, resources):
        nb, resources = super().preprocess(nb, resources)
        nb.metadata = type(nb.metadata)(kernelspec=dict(KERNELSPEC), language_info=dict(LANGUAGE_INFO))
        return nb, resources

    def preprocess_cell(self, cell, resources, cell_index):
        kept = {key: cell.metadata[key] for key in KEPT_CELL_METADATA if key in cell.metadata}
        if cell.cell_type == "code":
            kept["tags"] = ["raises-exception"]
        cell.metadata = type(cell.metadata)(kept)
        cell.source = cell.source.rstrip()
        return cell, resources


# The order is nbgrader's own. SaveCells writes the whole test cells into the gradebook; only then are hidden tests and
# mark schemes removed, and the checksums are of what students get.
RELEASE_STEPS = [
    LockCells,
    NumberedStubs,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    SaveCells,
    ClearHiddenTests,
    ClearMarkScheme,
    StudentView,
    ComputeChecksums,
    CheckCellMetadata,
]
