"""A study of noise about which everything is known."""

import dataclasses

import pytest
import xarray as xr

import bioann as ba
from bioann.base.randomness import make_rng


@dataclasses.dataclass(frozen=True)
class Settings:
    """Standard deviations of seeds and images."""

    seed_spread: float = 1.0
    image_spread: float = 0.0
    images: int = 40


def draw_noise(seed, settings):
    """A value per seed and image: the sum of a part of each, and noise of their own."""
    of_seed = make_rng(seed, "seed").normal(0, settings.seed_spread)
    of_image = make_rng(0, "images").normal(0, settings.image_spread, settings.images)
    own = make_rng(seed, "own").normal(0, 0.1, (2, settings.images))
    values = xr.Dataset(
        {"value": (("level", "image"), of_seed + of_image + own)},
        {"level": ["low", "high"], "image": range(settings.images)},
    )
    values.value[1] += 3
    return values


SETTINGS = Settings()
MEAN = ba.measure(lambda data: data.value, "mean")


@pytest.fixture
def make_study():
    def make(settings=SETTINGS, **changes):
        fields = {
            "name": "noise",
            "compute": draw_noise,
            "returns": {"value": ("level", "image")},
            "coordinates": {"level": ("low", "high"), "image": range(settings.images)},
            "seeds": 6,
            "settings": settings,
            "shared": ("image",),
            "claims": (ba.Claim("N1", "High is high.", "the tests", MEAN.at(level="high") >= 0.0),),
        }
        return ba.Study(**(fields | changes))

    return make
