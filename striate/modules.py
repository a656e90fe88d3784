"""What a test may do with a student's torch module or function, other than calling it: a few verbs over plain values.

In a notebook the object is there and the verb works on it directly. In the grader it stays in the student's process,
and the same verb is carried out over there. They are used through striate.check: check.forward(model, x), ….
"""


def _verb(function):
    """Let a verb work on a module, or through the wall on the stand-in for one."""
    def act(model, *arguments):
        if hasattr(type(model), "act_over_there"):           # of the class: a student's layer may have any name
            return model.act_over_there(function.__name__, *arguments)
        return function(model, *arguments)

    act.__name__, act.__doc__, act.on_module = function.__name__, function.__doc__, function
    return act


@_verb
def forward(model, *inputs):
    """The module's output for some input tensors, without gradients."""
    import torch
    with torch.no_grad():
        return model(*inputs)


@_verb
def backward(model, inputs, output_gradient):
    """Run one input tensor forward and a gradient of the output's shape backward.

    Returns a dict: "output", "input" (the gradient by the input), and the gradient by every parameter under its name
    (None for a parameter that has no part in the output).
    """
    inputs = inputs.detach().clone().requires_grad_()
    model.zero_grad()
    output = model(inputs)
    output.backward(output_gradient)
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    return {"output": output, "input": inputs.grad, **gradients}


@_verb
def gradients(function, inputs, output_gradient=None):
    """The gradients of a function's result by each of its input tensors, as a tuple; 0 where there is no connection.

    inputs: a tuple of float tensors. output_gradient: of the result's shape; not needed if that is a single number.
    """
    import torch
    inputs = tuple(tensor.detach().clone().requires_grad_() for tensor in inputs)
    output = function(*inputs)
    if not isinstance(output, torch.Tensor) or not output.requires_grad:
        return tuple(torch.zeros_like(tensor) for tensor in inputs)
    return torch.autograd.grad(output, inputs, output_gradient, materialize_grads=True)


@_verb
def state(model):
    """All parameters and buffers as a dict of tensors under their names."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


@_verb
def load_state(model, new_state):
    """Give the module the values of a dict as `state` returns it. Names and shapes must fit (RuntimeError)."""
    model.load_state_dict(new_state)


@_verb
def parameter_shapes(model):
    """{name: shape as a tuple} of all parameters, in the module's own order."""
    return {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}


@_verb
def set_training(model, training):
    """Put the module into training mode (True) or evaluation mode (False)."""
    model.train(training)


@_verb
def after_change(function, array, new_values, *arguments):
    """Call function(array, *arguments), then give the array new values, and return what the result holds by then.

    A result that is a view of the array shows the new values, one that is a copy still shows the old ones.
    """
    array = array.copy()
    result = function(array, *arguments)
    array[...] = new_values
    return result


VERBS = {verb.__name__: verb for verb in (
    forward, backward, gradients, state, load_state, parameter_shapes, set_training, after_change)}
