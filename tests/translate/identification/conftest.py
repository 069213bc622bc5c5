"""Function models whose rate network is known."""

import pytest

import bioann as ba


@pytest.fixture
def identify():
    """Return a function that identifies the one unit of a function of the channels' levels."""

    def identify(function, n_channels=2, *, noise=0.0, seed=1, **options):
        channels = ("x", "y", "z")[:n_channels]

        def respond(stimulus, rng):
            levels = [stimulus.sel(channel=name).values for name in channels]
            values = function(*levels)
            return (values + noise * rng.standard_normal(values.shape))[..., None]

        model = ba.FunctionModel(respond, ("out",), channels, random=noise > 0)
        return ba.to_ann(model, method="measured", seed=seed, **options)

    return identify


@pytest.fixture
def list_kinds():
    """Return a function that lists the kinds of the flags of a translation."""
    return lambda translation: [flag.kind for flag in translation.flags]
