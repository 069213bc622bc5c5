"""Whatever takes a seed and is given none takes the same one."""

import inspect

import click
import pytest

import bioann as ba
from bioann.analyses import sign_map, theory_map
from bioann.base.seeds import DEFAULT_SEED
from bioann.cli.main import main
from bioann.testing import subject
from bioann.translate.transfer import measure_transfer


@pytest.mark.parametrize(
    "function", [ba.to_ann, ba.to_bio, measure_transfer, ba.translate.fit_activations]
)
def test_translations_start_from_the_default_seed(function):
    assert inspect.signature(function).parameters["seed"].default == DEFAULT_SEED


def test_commands_start_from_the_default_seed():
    commands = [*main.commands.values(), sign_map.main, theory_map.main]
    seeds = {
        command.name: option.default
        for command in commands
        for option in command.params
        if isinstance(option, click.Option) and option.name == "seed"
    }
    assert {"run", "atlas", "translate"} <= set(seeds)
    assert set(seeds.values()) == {DEFAULT_SEED}
    assert subject.SEED == DEFAULT_SEED
