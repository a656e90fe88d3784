"""Batch norm in prediction mode is a multiplication and an addition per channel: fold both into the convolution before it.

With running mean m, running variance v, weight g and bias b, batch norm of a convolution's output W∗x is
    g (W∗x − m) / √(v + eps) + b  =  (s W)∗x + (b − s m),   s = g / √(v + eps), one number per filter.
So a folded network has the same outputs, and a step along a direction D of the weights W is a step along s D of the
folded ones. Exact as long as batch norm itself is not moved, which is so for filter-normalised directions.
"""
import copy

import torch
from torch import nn

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


@torch.no_grad()
def fold(model, example):
    """A copy of a network in prediction mode without its batch norms.

    model: any network whose batch norms each follow a convolution. example: a small batch (n, channels, …): it is sent
    through once to see which batch norm takes the output of which convolution, and once more to compare.
    Returns the folded copy, in evaluation mode, and {name of a convolution's weight: its factors s, (filters, 1, 1, …)}.
    Raises ValueError if a batch norm follows anything else, or if the outputs are not the same afterwards.
    """
    model = copy.deepcopy(model).eval()
    expected = model(example)
    modules, factors = dict(model.named_modules()), {}
    for convolution_name, norm_name in _pairs(model, example):
        convolution, norm = modules[convolution_name], modules[norm_name]
        gain = torch.ones_like(norm.running_var) if norm.weight is None else norm.weight
        offset = torch.zeros_like(norm.running_var) if norm.bias is None else norm.bias
        factor = gain / (norm.running_var + norm.eps).sqrt()
        bias = offset - factor * norm.running_mean
        if convolution.bias is not None:
            bias += factor * convolution.bias
        shaped = factor.view(-1, *[1] * (convolution.weight.ndim - 1))
        convolution.weight.mul_(shaped)
        convolution.bias = nn.Parameter(bias)
        factors[f"{convolution_name}.weight"] = shaped
        owner, _, own_name = norm_name.rpartition(".")
        setattr(modules[owner], own_name, nn.Identity())
    model.requires_grad_(False)
    if not torch.allclose(model(example), expected, rtol=1e-2, atol=1e-3 * float(expected.abs().max())):
        raise ValueError("The folded network gives other outputs: a convolution is used twice, or by something else.")
    return model, factors


def _pairs(model, example):
    """(name of a convolution, name of the batch norm that takes its output), seen while one batch passes."""
    made_by, pairs, hooks = [], [], []

    def remember(name):
        return lambda module, inputs, output: made_by.append((output, name))

    def ask(name):
        def hook(module, inputs):
            origin = next((made for tensor, made in made_by if tensor is inputs[0]), None)
            if origin is None:
                raise ValueError(f"The batch norm {name} does not follow a convolution, so it cannot be folded.")
            pairs.append((origin, name))
        return hook

    for name, module in model.named_modules():
        if isinstance(module, CONVOLUTIONS):
            hooks.append(module.register_forward_hook(remember(name)))
        elif isinstance(module, NORMS):
            hooks.append(module.register_forward_pre_hook(ask(name)))
    try:
        model(example)
    finally:
        for hook in hooks:
            hook.remove()
    return pairs
