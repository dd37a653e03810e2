import math

import pytest
import torch
from torch import testing

from renas_controller.prediction.gaussian_process import (
    GaussianProcess,
    RbfKernel,
    expected_improvement,
    normal_scores,
)


def test_the_process_is_that_of_scikit_learn(generator):
    sklearn = pytest.importorskip("sklearn.gaussian_process")
    inputs = torch.randn(30, 4, dtype=torch.double, generator=generator)
    targets = inputs.sum(1).sin() + 3
    asked = torch.randn(10, 4, dtype=torch.double, generator=generator)
    # A kernel on some of the columns has lengths that are out of reach on the others.
    first, last = ([2.0] * 3 + [1e9], [1e9] * 3 + [0.5])
    kernel = 0.7 * sklearn.kernels.RBF(first) + 0.3 * sklearn.kernels.RBF(last)
    reference = sklearn.GaussianProcessRegressor(
        kernel, alpha=0.1, optimizer=None, normalize_y=True
    ).fit(inputs.numpy(), targets.numpy())
    mean, deviation = reference.predict(asked.numpy(), return_std=True)
    terms = (
        RbfKernel(length=2.0, columns=slice(3), weight=0.7),
        RbfKernel(length=0.5, columns=slice(3, 4), weight=0.3),
    )
    process = GaussianProcess(inputs, targets, terms=terms, noise=0.1)
    testing.assert_close(process(asked), (torch.from_numpy(mean), torch.from_numpy(deviation)))
    assert process.evidence == pytest.approx(reference.log_marginal_likelihood_value_)


def test_equal_targets_and_a_single_one_are_no_trouble():
    one = torch.zeros(1, 2, dtype=torch.double)
    terms = (RbfKernel(length=1.0, columns=slice(2)),)
    mean, deviation = GaussianProcess(one, torch.ones(1).double(), terms=terms, noise=0.1)(one)
    assert mean.item() == 1
    assert deviation.item() < 1e-9


def test_weights_that_do_not_sum_to_one_are_refused():
    one = torch.zeros(1, 2, dtype=torch.double)
    terms = (RbfKernel(length=1.0, columns=slice(2), weight=0.4),) * 2
    with pytest.raises(ValueError, match="weights of the kernel's terms sum to 0.8: make it 1"):
        GaussianProcess(one, torch.ones(1).double(), terms=terms, noise=0.1)


def test_expected_improvement_against_an_integral():
    mean, deviation, best = 0.3, 0.7, 0.5
    steps = torch.linspace(best, best + 10, 200_001, dtype=torch.double)
    density = torch.distributions.Normal(mean, deviation).log_prob(steps).exp()
    integral = torch.trapezoid((steps - best) * density, steps).item()
    value = expected_improvement(torch.tensor([mean]), torch.tensor([deviation]), best).item()
    assert value == pytest.approx(integral, rel=1e-4)


def test_normal_scores_depend_on_order_alone():
    scores = normal_scores(torch.tensor([0.1, 0.9, 0.5, 0.5]))
    assert scores.tolist() == pytest.approx([-1.1503494, 1.1503494, 0.0, 0.0])  # z of 1/8 and 7/8
    assert torch.equal(scores, normal_scores(torch.tensor([-1e9, 0.51, 0.5, 0.5])))
    assert math.isfinite(normal_scores(torch.zeros(1)).item())
