"""Grading on a Dask cluster of two local workers, one of which is killed in the middle."""
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from attacks.kit import LESSON, NOTEBOOK, as_bytes, handed_in
from class_run import COURSE, grade

from autograde.__main__ import main

STUDENTS = [f"student {number}" for number in range(6)]


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory):
    """Six submissions, right and blank in turn; the right ones take their time."""
    folder = tmp_path_factory.mktemp("class")
    for number, student in enumerate(STUDENTS):
        book = handed_in(blank=number % 2 == 1)
        book["cells"].append({"cell_type": "code", "id": "slow", "metadata": {}, "outputs": [], "execution_count": None,
                              "source": "import time\ntime.sleep(2)"})
        place = folder / student / LESSON / NOTEBOOK
        place.parent.mkdir(parents=True)
        place.write_bytes(as_bytes(book))
    return folder


def dask(*arguments, **options):
    environment = {**os.environ, "PYTHONPATH": str(COURSE), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]], env=environment,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **options)


@pytest.fixture
def cluster(tmp_path):
    """A scheduler's address and two worker processes."""
    file = tmp_path / "scheduler.json"
    started = [dask("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file)]
    try:
        until(lambda: file.exists() and file.read_text())
        address = json.loads(file.read_text())["address"]
        started += [dask("dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory",
                         tmp_path / f"worker{number}") for number in range(2)]
        from distributed import Client
        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
        yield address, started[1:]
    finally:
        for process in started:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


def until(ready, seconds=60):
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def test_a_worker_killed_in_the_middle_costs_nobody_anything(cluster, class_folder, tmp_path, server):
    address, (first, second) = cluster
    work = tmp_path / "work"

    def kill_one():
        until(lambda: list(work.glob("results/*/*.json")), 300)
        os.kill(first.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    there = grade(class_folder, work, LESSON, "--scheduler", address)
    killer.join()
    assert there.code == 0, there.complained
    assert first.wait() == -signal.SIGKILL and second.poll() is None
    here = grade(class_folder, tmp_path / "here", LESSON)
    assert set(there.results) == set(here.results) == {(student, LESSON) for student in STUDENTS}
    for key, result in here.results.items():
        for part in ("status", "score", "tests", "flags", "answers", "verdicts"):
            assert there.results[key][part] == result[part], (key, part)
        assert there.results[key]["provenance"]["seed"] == result["provenance"]["seed"]
    again = grade(class_folder, work, LESSON)                   # what a cluster graded counts as done here
    assert f"{len(STUDENTS)} of these were graded before" in again.printed


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense"])
def test_no_scheduler_there_is_one_sentence(address, class_folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("autograde.cluster.SECONDS_TO_CONNECT", 2)
    assert main(["grade", LESSON, "--from", str(class_folder), "--work", str(tmp_path), "--scheduler", address]) == 2
    complained = capsys.readouterr().err.strip().splitlines()[-1]
    assert "No Dask scheduler answers at" in complained and "Traceback" not in complained
