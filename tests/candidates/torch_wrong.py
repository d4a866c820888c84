#!/usr/bin/python3
"""torch with one bug in dx; everything else is torch_candidate's. All are such as torch's own check by a random projection
lets through, whose tolerance grows with the number of elements: that is what --torch-accepts tells.

    $ bncheck gradcheck --candidate 'exec:/usr/bin/python3 tests/candidates/torch_wrong.py --bug slightly-scaled'
    $ /usr/bin/python3 tests/candidates/torch_wrong.py --bug zero --torch-accepts float32    # exit 0: it does
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "candidates"))
import bncheck_candidate
import torch
import torch_candidate


def with_zeros(dx):
    """512 elements in the middle of storage lost."""
    lost = dx.reshape(-1).copy()
    lost[lost.size // 2:lost.size // 2 + 512] = 0
    return lost.reshape(dx.shape)


BUGS = {
    "none": lambda dx: dx,
    "zero": lambda dx: 0 * dx,
    "negated": lambda dx: -dx,
    "tripled": lambda dx: 3 * dx,
    "slightly-scaled": lambda dx: dx * 1.0005,
    "512-zeroed": with_zeros,
}


def torch_accepts(bug, dtype):
    """Whether torch.autograd.gradcheck(fast_mode=True) at its own tolerances is content with the bug."""
    def normalised(x):
        return torch.native_batch_norm(x, None, None, None, None, True, 0.0, 1e-5)[0]

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            context.save_for_backward(x)
            return normalised(x)

        @staticmethod
        def backward(context, dy):
            with torch.enable_grad():
                x = context.saved_tensors[0].detach().requires_grad_()
                dx, = torch.autograd.grad(normalised(x), x, dy)
            return torch.from_numpy(BUGS[bug](dx.numpy()))

    torch.manual_seed(0)
    x = torch.randn(8, 16, 56, 56, dtype=getattr(torch, dtype), requires_grad=True)
    return torch.autograd.gradcheck(Wrong.apply, (x,), fast_mode=True, raise_exception=False)


def main():
    parser = argparse.ArgumentParser(description="torch with one bug in dx")
    parser.add_argument("--bug", required=True, choices=sorted(BUGS), metavar="NAME")
    parser.add_argument("--torch-accepts", choices=["float32", "float64"], metavar="DTYPE",
                        help="no candidate: exit 0 if torch's own fast gradcheck accepts the bug, 1 if not")
    arguments = parser.parse_args()
    if arguments.torch_accepts:
        sys.exit(0 if torch_accepts(arguments.bug, arguments.torch_accepts) else 1)

    def backward(request):
        outputs = torch_candidate.backward(request)
        return {**outputs, "dx": BUGS[arguments.bug](outputs["dx"])}

    bncheck_candidate.serve(torch_candidate.forward, backward, name=f"torch with dx {arguments.bug}", convention="pytorch")


if __name__ == "__main__":
    main()
