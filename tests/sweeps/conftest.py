"""A small pair in a file of its own, which worker processes can load."""

import pytest

SWEPT = '''"""Swept: two parameters of a small pair."""

from brian2 import ms, nS

import bioann as ba


def pair():
    bio = ba.SpikingNetwork(
        populations=(
            ba.Population("out", 2, "glutamate", background=4 * nS),
            ba.Population("inh", 2, "GABA"),
        ),
        afferents=(
            ba.Afferent("in", "out", 2 * nS, fibres=5),
            ba.Afferent("in", "inh", 2 * nS, fibres=5),
        ),
        projections=(ba.Projection("inh", "out", 1 * nS),),
    )
    ann = ba.RateNetwork(("out",), channels=("in",), W_in=[[0.3]], bias=0.2)
    same = ba.Correspondence((ba.Match("out", "out"),), bio_only=("inh",))
    return ba.Pair(
        "swept",
        bio,
        ann,
        same,
        stimulus=ba.steps({"in": [0.0, 0.5]}, duration=100 * ms),
        claims=(
            ba.Claim("T1", "More in, more out.", "all", ba.Score(ba.metrics.SIGN_AGREEMENT) >= 1),
        ),
        margin=ba.Margin(0.3, "as a test"),
        settle=20 * ms,
        trials=2,
        controls={"half": bio},
    )
'''


@pytest.fixture(scope="session")
def swept_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("swept") / "swept.py"
    path.write_text(SWEPT, encoding="utf-8")
    return str(path)
