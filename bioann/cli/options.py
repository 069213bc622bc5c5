"""Options that several commands have in common."""

import click

from bioann.base.seeds import DEFAULT_SEED

seed_option = click.option(
    "--seed",
    type=int,
    default=DEFAULT_SEED,
    show_default=True,
    help="Seed of all random numbers.",
)

wirings_option = click.option(
    "--wirings",
    type=int,
    help="Independent draws of the connections of networks that draw them, at most the trials.  "
    "[default: the pair's own number, or 10]",
)
