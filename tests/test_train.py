"""striate.train, its progress line, and the machinery of striate.experiments."""
import math
import types

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from striate import plot, train
from striate.experiments import store
from striate.progress import ProgressLine

matplotlib.use("agg")


def blobs(count=120, seed=0):
    """Three classes of points in the plane, easy to tell apart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, count)
    return (np.array([[0, 0], [4, 0], [0, 4]])[y] + rng.standard_normal((count, 2))).astype(np.float32), y


def model(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))


def weights(net):
    return torch.cat([parameter.detach().ravel() for parameter in net.parameters()])


def quiet(*arguments, **settings):
    return train.fit(*arguments, progress=False, **settings)


def test_it_learns_and_writes_a_history():
    net = model()
    history = quiet(net, blobs(), blobs(seed=1), epochs=10, batch_size=20, lr=0.1, momentum=0.9)
    assert history.epoch == list(range(1, 11)) and history.lr == [0.1] * 10
    assert set(history.loss) == set(history.error) == {"train", "validation"}
    assert all(len(curve) == 10 for curve in (*history.loss.values(), *history.error.values()))
    assert history.loss["train"][-1] < 0.5 * history.loss["train"][0] and history.error["validation"][-1] < 0.1
    assert not net.training and history.stopped is None


def test_the_same_seed_gives_the_same_weights_and_leaves_the_random_state_alone():
    results = []
    for seed in (3, 3, 4):
        net = nn.Sequential(*model(), nn.Dropout(0.5))
        torch.manual_seed(99)
        before = torch.get_rng_state()
        quiet(net, blobs(), epochs=2, seed=seed)
        assert torch.equal(before, torch.get_rng_state())
        results.append(weights(net))
    assert torch.equal(results[0], results[1]) and not torch.equal(results[0], results[2])


def test_steps_are_those_of_torch():
    """One batch of everything: no order matters, so plain torch gives the same weights."""
    x, y = (torch.from_numpy(part) for part in blobs())
    ours, theirs = model(), model()
    quiet(ours, (x, y), steps=5, batch_size=120, lr=0.1, momentum=0.8, nesterov=True, weight_decay=0.01)
    rule = torch.optim.SGD(theirs.parameters(), 0.1, 0.8, nesterov=True, weight_decay=0.01)
    for _ in range(5):
        rule.zero_grad()
        F.cross_entropy(theirs(x), y).backward()
        rule.step()
    assert torch.allclose(weights(ours), weights(theirs), atol=1e-5)


def test_every_example_once_an_epoch_and_a_smaller_last_batch():
    seen = []
    quiet(model(), blobs(50), epochs=2, batch_size=20, augment=lambda x, generator: seen.append(x) or x)
    assert [len(x) for x in seen] == [20, 20, 10] * 2
    first, second = torch.cat(seen[:3]), torch.cat(seen[3:])
    assert not torch.equal(first, second)
    for epoch in (first, second):
        assert torch.equal(epoch.sort(0).values, torch.from_numpy(blobs(50)[0]).sort(0).values)


def test_the_best_validation_weights_are_kept():
    """With a huge learning rate at the end the last weights are bad; the best ones come back."""
    validation = blobs(seed=1)
    for keep, comparison in ((True, math.isclose), (False, lambda a, b: a > 2 * b)):
        net = model()
        history = quiet(net, blobs(), validation, epochs=8, lr=0.1, keep_best=keep,
                        schedule=lambda done: 1 if done < 0.75 else 300)
        losses = history.loss["validation"]
        assert history.best == int(np.nanargmin(losses)) < 7
        assert comparison(train.evaluate(net, validation).loss, losses[history.best])


def test_schedules():
    decay = train.step_decay(0.5, 0.75)
    assert [decay(done) for done in (0, 0.49, 0.5, 0.75)] == pytest.approx([1, 1, 0.1, 0.01])
    assert [train.cosine(done) for done in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
    assert [train.one_cycle(done) for done in (0, 0.3, 1)] == pytest.approx([0.04, 1, 0])
    history = quiet(model(), blobs(), epochs=4, batch_size=120, lr=0.2, schedule=train.step_decay(0.5))
    assert history.lr == pytest.approx([0.2, 0.2, 0.02, 0.02])


def test_evaluate_counts_examples_not_batches_and_puts_the_mode_back():
    x, y = blobs(70)
    net = model().train()
    score = train.evaluate(net, (x, y), batch_size=32)
    outputs = net(torch.from_numpy(x))
    assert score.loss == pytest.approx(F.cross_entropy(outputs, torch.from_numpy(y)).item(), rel=1e-5)
    assert score.error == pytest.approx((outputs.argmax(1).numpy() != y).mean())
    assert net.training


def test_dropout_and_batch_norm_see_the_right_mode():
    x, y = blobs()
    net = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout(0.5), nn.Linear(2, 3))
    first = train.evaluate(net, (x, y))
    assert train.evaluate(net, (x, y)) == first and (net[0].running_mean == 0).all()
    quiet(net, (x, y), epochs=1)
    assert (net[0].running_mean != 0).all()


def test_a_history_can_be_drawn(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.gcf()))
    history = quiet(model(), blobs(), blobs(seed=1), epochs=3)
    plot.show_curves(history.epoch, history.loss, "epoch", "loss", caption="Both fall.")
    [axis] = shown[0].axes
    assert [line.get_label() for line in axis.lines] == ["train", "validation"]
    assert axis.lines[1].get_ydata().tolist() == history.loss["validation"] and "Both fall." in capsys.readouterr().out
    plt.close("all")


def test_regression_has_no_error():
    x = np.linspace(-1, 1, 40, dtype=np.float32)[:, None]
    history = quiet(nn.Linear(1, 1), (x, 3 * x + 1), (x, 3 * x + 1), epochs=40, lr=0.3, loss=F.mse_loss)
    assert history.loss["train"][-1] < 1e-2 and history.error["train"][0] is None


def test_a_loss_that_is_no_number_stops_it():
    net = model()
    history = quiet(net, blobs(), blobs(seed=1), epochs=60, lr=1e12)
    assert "the loss is" in history.stopped and len(history.epoch) < 60
    assert all(torch.isfinite(weights(net))) or history.best is None


def test_the_stop_button_keeps_what_was_learned():
    calls = []

    def interrupt(x, generator):
        calls.append(1)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return x

    history = quiet(model(), blobs(), blobs(seed=1), epochs=10, batch_size=40, augment=interrupt)
    assert history.stopped == "interrupted at step 8" and history.epoch == [1, 2]


@pytest.mark.parametrize("settings", [{}, {"epochs": 1, "steps": 1}, {"steps": 0}, {"epochs": 1, "batch_size": 0},
                                      {"epochs": 1, "optimizer": "sdg"}])
def test_settings_that_make_no_sense(settings):
    with pytest.raises(ValueError):
        quiet(model(), blobs(), **settings)


def test_inputs_and_targets_of_different_lengths():
    x, y = blobs()
    with pytest.raises(ValueError, match="120 inputs and 119 targets"):
        quiet(model(), (x, y[1:]), epochs=1)


def test_threads_are_put_back(monkeypatch):
    used = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    monkeypatch.setattr(torch, "set_num_threads", used.append)
    quiet(model(), blobs(), epochs=1)
    assert used == [1, 7]


# ---------------------------------------------------------------------------------------------- the line that stays

def test_one_line_is_printed_and_it_is_the_same_again(capsys):
    for _ in range(2):
        train.fit(model(), blobs(), blobs(seed=1), epochs=3, lr=0.1, label="blobs")
    first, second, end = capsys.readouterr().out.split("\n")
    assert first == second and end == ""
    assert first.startswith("blobs: 3 epochs, training loss ") and "weights kept from epoch 3 (" in first


def test_in_a_terminal_the_bar_is_wiped_away(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    line = ProgressLine(4)
    line.drawn = -1e9
    line.update(1, "loss 2.0000")
    line.finish("done")
    out, err = capsys.readouterr()
    assert out == "done\n" and "25 %" in err and "loss 2.0000" in err and "left" in err and err.endswith("\r\x1b[K")


RUNS_TWICE = """
from striate.progress import ProgressLine
line = ProgressLine(10)
for step in range(10):
    line.drawn = 0
    line.update(step + 1)
line.finish("ten steps done")
"""


@pytest.mark.parametrize("watched", [False, True])
def test_in_a_notebook_one_output_stays(watched, monkeypatch):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb") if watched else monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(RUNS_TWICE)])
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    [output] = notebook.cells[0].outputs
    assert output.output_type == "display_data" and output.data == {"text/plain": "ten steps done"}


# ---------------------------------------------------------------------------------------------- experiments

def experiment(lr, log):
    def parts(quick):
        return {"lr": lr, "quick": quick}, {name: lambda name=name: log.append(name) or {"error": 0.1} for name in "ab"}

    return types.SimpleNamespace(NAME="trial", ABOUT="A trial.", parts=parts)


def test_an_experiment_does_only_what_is_missing(tmp_path):
    log = []
    store.run(experiment(0.1, log), only=["a"], folder=tmp_path)
    path = store.run(experiment(0.1, log), folder=tmp_path)
    store.run(experiment(0.1, log), folder=tmp_path)
    assert log == ["a", "b"] and path == tmp_path / "trial.json"
    store.run(experiment(0.2, log), folder=tmp_path)
    assert log == ["a", "b", "a", "b"]
    assert [file.name for file in tmp_path.iterdir()] == ["trial.json"]


def test_results_say_how_they_were_made(tmp_path):
    import json
    path = store.run(experiment(0.1, []), quick=True, folder=tmp_path)
    assert path.name == "trial.quick.json"
    result = json.loads(path.read_text())
    assert result["recipe"] == {"lr": 0.1, "quick": True} and set(result["parts"]) == {"a", "b"}
    part = result["parts"]["a"]
    assert {"error", "cpu_seconds", "wall_seconds", "finished", "versions", "hardware"} <= set(part)
    assert set(part["versions"]) == {"python", "numpy", "torch"}
