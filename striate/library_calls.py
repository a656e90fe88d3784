"""Library calls that would do the work of an exercise: ready lists of dotted names for `striate.check.without`.

The first part of a name is the package and the last one the function, wherever inside the package it lies.
"""


def _of(package, names):
    return tuple(f"{package}.{name}" for name in names.split())


CONVOLUTIONS = (
    *_of("torch", "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution _convolution "
                  "conv_tbc mkldnn_convolution im2col col2im"),
    *_of("numpy", "convolve correlate"),
    *_of("scipy", "convolve convolve1d convolve2d correlate correlate1d correlate2d fftconvolve oaconvolve "
                  "choose_conv_method sepfir2d lfilter convolution_matrix generic_filter"),
)
POOLINGS = (
    *_of("torch", "max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices "
                  "max_pool3d_with_indices adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d "
                  "avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d "
                  "_adaptive_avg_pool2d _adaptive_avg_pool3d fractional_max_pool2d lp_pool1d lp_pool2d max_unpool2d"),
    *_of("scipy", "maximum_filter maximum_filter1d grey_dilation uniform_filter uniform_filter1d generic_filter"),
    *_of("skimage", "block_reduce"),
)
AUTOGRAD = _of("torch", "grad backward vjp jvp jacobian jacrev jacfwd convolution_backward")
NORMALISATIONS = _of("torch", "batch_norm native_batch_norm cudnn_batch_norm instance_norm layer_norm native_layer_norm "
                              "group_norm native_group_norm local_response_norm")
DROPOUTS = _of("torch", "dropout dropout1d dropout2d dropout3d native_dropout alpha_dropout feature_dropout "
                        "feature_alpha_dropout")
CLASS_LOSSES = _of("torch", "cross_entropy cross_entropy_loss log_softmax _log_softmax nll_loss nll_loss_nd nll_loss2d")
# Any network or layer class of torchvision, and the functions that make or fetch one.
NETWORKS = _of("torchvision", "__init__ get_model")
BOXES = _of("torchvision", "box_iou generalized_box_iou distance_box_iou complete_box_iou _box_inter_union nms "
                           "batched_nms box_area")
