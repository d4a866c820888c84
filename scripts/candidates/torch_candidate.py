#!/usr/bin/python3
"""torch's native batch normalization on the CPU (Debian: python3-torch), as it stands: no argument checks of
its Python layers.

    $ bncheck run --candidate exec:scripts/candidates/torch_candidate.py

Its sums depend on the number of threads and on the instruction set. Here it is one thread and AVX2, so that the same
cases fail on every machine, unless OMP_NUM_THREADS and ATEN_CPU_CAPABILITY, or a request, say otherwise.
"""

import os
import sys

os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx2")
os.environ.setdefault("OMP_NUM_THREADS", "1")

try:
    import torch
except ImportError:
    sys.exit("torch_candidate.py: no torch for this Python; Debian's package is python3-torch, for /usr/bin/python3")

import bncheck_candidate

own_threads = torch.get_num_threads()


def tensor(array, request):
    """A stored array as torch sees it: N, C, spatial...; an [N, ..., C] array keeps its strides (channels_last).
    bfloat16 comes as float32 of the same values."""
    value = torch.from_numpy(array).movedim(request.channel_axis, 1)
    return value.bfloat16() if request.dtype == "bfloat16" else value


def stored(value, request):
    """The opposite of tensor()."""
    value = value.detach().movedim(1, request.channel_axis)
    return (value.float() if value.dtype == torch.bfloat16 else value).numpy()


def normalise(x, gamma, beta, request):
    """(y, save_mean, save_invstd, running_mean, running_var). Training updates the running statistics in place,
    so they are copied."""
    torch.set_num_threads(request.threads or own_threads)
    running = [None if array is None else torch.from_numpy(array.copy())
               for array in (request.running_mean, request.running_var)]
    weight = request.new_weight if request.training and running[0] is not None else 0.0
    return (*torch.native_batch_norm(x, gamma, beta, *running, request.training, weight, request.eps), *running)


def parameters(request, requires_grad=False):
    """[gamma, beta], or two None if not affine."""
    if not request.affine:
        return [None, None]
    return [torch.from_numpy(array).requires_grad_(requires_grad) for array in (request.gamma, request.beta)]


def forward(request):
    y, save_mean, save_invstd, running_mean, running_var = normalise(
        tensor(request.x, request), *parameters(request), request)
    outputs = {"y": stored(y, request)}
    if request.training:  # in inference torch returns empty tensors
        # Where there is no float32 tensor beside bfloat16 data torch keeps these in bfloat16 too.
        precision = torch.float64 if request.dtype == "float64" else torch.float32
        outputs.update(save_mean=save_mean.to(precision).numpy(), save_invstd=save_invstd.to(precision).numpy())
    if running_mean is not None:
        outputs.update(running_mean=running_mean.numpy(), running_var=running_var.numpy())
    return outputs


def gradients(request, dy, create_graph=False):
    """([x, gamma, beta], [dx, dgamma, dbeta]), the leaves and their gradients; x and dx alone if not affine."""
    leaves = [tensor(request.x, request).requires_grad_(), *parameters(request, requires_grad=True)]
    y = normalise(*leaves, request)[0]
    leaves = [leaf for leaf in leaves if leaf is not None]
    return leaves, torch.autograd.grad(y, leaves, dy, create_graph=create_graph)


def backward(request):
    _, (dx, *rest) = gradients(request, tensor(request.dy, request))
    return {"dx": stored(dx, request), **{name: value.numpy() for name, value in zip(("dgamma", "dbeta"), rest)}}


def double_backward(request):
    """Gradients of L = <ddx, dx> + <ddgamma, dgamma> + <ddbeta, dbeta>."""
    dy = tensor(request.dy, request).requires_grad_()
    leaves, first = gradients(request, dy, create_graph=True)
    seeds = [tensor(request.ddx, request)]
    seeds += [torch.from_numpy(array) for array in (request.ddgamma, request.ddbeta)] if request.affine else []
    gdy, gx, *ggamma = torch.autograd.grad(first, [dy, *leaves[:2]], seeds, allow_unused=True)
    outputs = {"gdy": gdy, "gx": torch.zeros_like(leaves[0]) if gx is None else gx}
    outputs = {name: stored(value, request) for name, value in outputs.items()}
    if ggamma:
        outputs["ggamma"] = ggamma[0].numpy()
    return outputs


if __name__ == "__main__":
    bncheck_candidate.serve(forward, backward, double_backward, name=f"torch {torch.__version__}",
                            dtypes=("float32", "float64", "bfloat16"), convention="pytorch")
