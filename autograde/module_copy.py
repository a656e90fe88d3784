"""Torch modules that a test hands to a student's function: described in plain values here, built again over there.

Only what torch.nn itself offers can be described: nn.Sequential, nested as you like, of standard layers. What the
student's function did to its copy (weights, training mode, frozen parameters) comes back as plain values too.
"""
import inspect

from torch import nn

from autograde import wall

NOT_SETTINGS = ("self", "device", "dtype")
NOT_REBUILT = (nn.ModuleList, nn.ModuleDict, nn.RNNBase, nn.Transformer, nn.MultiheadAttention)


def describe(module):
    """How to build a module like this one, in plain values: its class, its settings and its children.

    Raises CannotCross for a class that is not torch.nn's own.
    """
    kind = type(module)
    if getattr(nn, kind.__name__, None) is not kind or issubclass(kind, NOT_REBUILT):
        raise wall.CannotCross(f"a test may hand over the layers of torch.nn only, not {kind.__name__}")
    if kind is nn.Sequential:
        return {"class": "Sequential", "layers": {name: describe(layer) for name, layer in module.named_children()}}
    names = [name for name in inspect.signature(kind.__init__).parameters if name not in NOT_SETTINGS]
    settings = {name: getattr(module, name) for name in names if hasattr(module, name)}
    if "bias" in settings:
        settings["bias"] = settings["bias"] is not None
    return {"class": kind.__name__, "settings": settings}


def build(description):
    """A new module from a description; its weights are whatever torch draws."""
    if description["class"] == "Sequential":
        network = nn.Sequential()
        for name, layer in description["layers"].items():
            network.add_module(name, build(layer))
        return network
    return getattr(nn, description["class"])(**description["settings"])


def condition(module):
    """All that calls can change in a module, in plain values: tensors, training mode and frozen parameters."""
    return {"state": {name: tensor.detach() for name, tensor in module.state_dict().items()},
            "training": {name: part.training for name, part in module.named_modules()},
            "learns": {name: parameter.requires_grad for name, parameter in module.named_parameters()}}


def bring_into(module, wanted, types_too=False):
    """Put a module into a condition, in place. Raises KeyError or RuntimeError if it is not one of such a module.

    types_too: take over the dtype of the weights as well, not their values alone.
    """
    module.load_state_dict(wanted["state"], assign=types_too)
    for name, part in module.named_modules():
        part.training = wanted["training"][name] is True
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(wanted["learns"][name] is True)
