import numpy as np
import pytest

import bioann as ba
from bioann.base.errors import DescriptionError

RNG = np.random.default_rng(1)


def test_shares_are_positive_and_add_up_to_one_whatever_is_added_to_all():
    network = ba.LayeredNetwork((ba.layers.Softmax(),), 5)
    x = RNG.normal(size=(20, 5)) * 10
    y = network.predict(x)
    assert (y > 0).all()
    np.testing.assert_allclose(y.sum(axis=1), 1)
    np.testing.assert_allclose(network.predict(x + 1000), y, rtol=1e-9)
    # Ratios of shares are exponentials of differences.
    np.testing.assert_allclose(np.log(y[:, 0] / y[:, 1]), x[:, 0] - x[:, 1], atol=1e-9)


def test_it_is_no_weighted_sum_and_says_what_to_do():
    network = ba.LayeredNetwork((ba.layers.Dense(np.eye(3)), ba.layers.Softmax()))
    with pytest.raises(DescriptionError, match="Leave it out: the largest unit before it"):
        network.to_rate_network()
