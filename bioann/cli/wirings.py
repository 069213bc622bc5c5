"""The option ``--wirings`` of the commands that run pairs."""

import click

wirings_option = click.option(
    "--wirings",
    type=int,
    help="Independent draws of the connections of networks that draw them, at most the trials.  "
    "[default: the pair's own number, or 10]",
)
