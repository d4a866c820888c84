#!/usr/bin/python3
"""Batch normalization in numpy, float64 inside: the example to copy a candidate from.

    $ bncheck run --candidate exec:scripts/candidates/numpy_candidate.py
"""

import numpy as np

import bncheck_candidate


def statistics(request):
    """(mean, variance), each [C]: the batch's own in training, the running ones in inference."""
    if not request.training:
        return request.running_mean.astype(np.float64), request.running_var.astype(np.float64)
    x = request.x.astype(np.float64)
    mean = x.mean(axis=request.reduce_axes)
    centred = x - request.per_channel(mean)
    # A sum of many large values is wrong in its last digits; the mean of what is left over says by how much.
    correction = centred.mean(axis=request.reduce_axes)
    centred -= request.per_channel(correction)
    # The mean is subtracted before squaring: E[x^2] - E[x]^2 loses every digit where mean >> stddev.
    return mean + correction, np.square(centred).mean(axis=request.reduce_axes)


def inverse_stddev(request, variance):
    return 1 / np.sqrt(variance + request.eps)


def scale(request):
    """gamma, shaped to broadcast over x; 1 where the case is not affine."""
    return request.per_channel(request.gamma.astype(np.float64)) if request.affine else 1.0


def normalised(request):
    """(xhat, mean, variance, invstd): xhat of the shape of x, the others [C]."""
    mean, variance = statistics(request)
    invstd = inverse_stddev(request, variance)
    xhat = (request.x.astype(np.float64) - request.per_channel(mean)) * request.per_channel(invstd)
    return xhat, mean, variance, invstd


@np.errstate(all="ignore")  # infinity and NaN are data here: the tool judges what comes out
def forward(request):
    xhat, mean, variance, invstd = normalised(request)
    y = scale(request) * xhat
    if request.affine:
        y += request.per_channel(request.beta.astype(np.float64))
    outputs = {"y": y}
    if request.training:
        outputs.update(save_mean=mean, save_invstd=invstd, save_var=variance)
    if request.running_mean is not None:
        running_mean, running_var = request.running_mean.astype(np.float64), request.running_var.astype(np.float64)
        if request.training:
            w = request.new_weight
            running_mean = (1 - w) * running_mean + w * mean
            running_var = (1 - w) * running_var + w * (variance * request.running_var_factor)
        outputs.update(running_mean=running_mean, running_var=running_var)
    return outputs


@np.errstate(all="ignore")
def backward(request):
    xhat, _, _, invstd = normalised(request)
    dy = request.dy.astype(np.float64)
    dbeta = dy.sum(axis=request.reduce_axes)
    dgamma = (dy * xhat).sum(axis=request.reduce_axes)
    dx = dy
    if request.training:  # the statistics depend on x, so dy loses its mean and its part along xhat
        m = request.count
        dx = dy - request.per_channel(dbeta / m) - xhat * request.per_channel(dgamma / m)
    return {"dx": scale(request) * request.per_channel(invstd) * dx, "dgamma": dgamma, "dbeta": dbeta}


@np.errstate(all="ignore")
def double_backward(request):
    """The gradients of L = <ddx, dx> + <ddgamma, dgamma> + <ddbeta, dbeta> with respect to dy, x and gamma.

    A projection loses its mean and its part along xhat: dx = gamma invstd project(dy) in training, and the
    derivative of xhat with respect to x is invstd times the projection too.
    """
    xhat, _, _, invstd = normalised(request)
    invstd, gamma = request.per_channel(invstd), scale(request)
    dy, ddx = request.dy.astype(np.float64), request.ddx.astype(np.float64)
    ddgamma, ddbeta = ((request.per_channel(seed.astype(np.float64)) for seed in (request.ddgamma, request.ddbeta))
                       if request.affine else (0.0, 0.0))

    def mean(values):
        return request.per_channel(values.mean(axis=request.reduce_axes))

    def along(values):
        return mean(values * xhat)

    def project(values):
        return values - mean(values) - xhat * along(values) if request.training else values

    gx = ddgamma * invstd * project(dy)
    if request.training:  # invstd and xhat depend on x
        covariance = mean(ddx * project(dy))
        gx = gx - gamma * invstd ** 2 * (xhat * covariance + along(dy) * project(ddx) + along(ddx) * project(dy))
    return {"gdy": gamma * invstd * project(ddx) + ddgamma * xhat + ddbeta,
            "gx": gx,
            "ggamma": (ddx * invstd * project(dy)).sum(axis=request.reduce_axes)}


if __name__ == "__main__":
    bncheck_candidate.serve(forward, backward, double_backward, name=f"numpy {np.__version__}",
                            dtypes=("float16", "bfloat16", "float32", "float64"))
