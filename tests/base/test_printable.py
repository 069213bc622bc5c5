"""No character that a terminal or a page obeys gets past the doors; all others do."""

import sys
import unicodedata

import pytest
from brian2 import ms, pA

import bioann as ba
from bioann.base.errors import BioannError, DescriptionError
from bioann.base.printable import clean_line, clean_text, is_printable
from bioann.base.text import check_names

#: Signs of writing that Unicode counts as format characters, though they have a shape.
VISIBLE_FORMATS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
SPOOFS = ("a\x1b[2Jb", "a\0b", "a\u202eb", "a\u200bb", "a\nb", "a\x9bb", "a\ud800b", "a\u2028b")


def test_every_control_and_format_character_is_cleaned():
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        category = unicodedata.category(character)
        shape_is_known = code in VISIBLE_FORMATS or 0x13430 <= code <= 0x1343F
        if category in ("Cc", "Cs", "Zl", "Zp") or (category == "Cf" and not shape_is_known):
            assert clean_text(character) == (character if character in "\t\n" else "") or (
                clean_text(character) in ("\N{REPLACEMENT CHARACTER}", "\n")
            )
            assert not is_printable(f"a{character}b"), hex(code)
        elif category[0] in "LNPS" and category != "Lo":
            assert clean_text(character) == character, hex(code)


@pytest.mark.parametrize(
    "text", ["", "Wang & Buzsáki 1996", "τ ≥ 5 ms", "10\N{NO-BREAK SPACE}ms", "神経 🧠", "a\tb\nc"]
)
def test_other_text_stays_as_it_is(text):
    assert clean_text(text) == text


def test_a_line_is_one_line():
    assert clean_line(" a\r\nb\tc\u2029 d\x1b[31m ") == "a b c d\N{REPLACEMENT CHARACTER}[31m"
    assert clean_text("a\r\nb\rc") == "a\nb\N{REPLACEMENT CHARACTER}c"


def test_an_error_can_be_printed():
    error = BioannError("file \x1b]0;x\x07", "a name", "'a\u202eb'", "Change it.")
    assert is_printable(str(error))


RULE = ba.measure(abs, "size").of("bio") >= 1
BIO = ba.FunctionModel(lambda stimulus, rng: stimulus.values, ("u",), ("c",))


def make_stimulus(**options):
    options = {"channels": ["c"], "conditions": ["one"]} | options
    return ba.stimuli.make_stimulus([[[0.5]] * 300], **options)


@pytest.mark.parametrize("name", [*SPOOFS, "", "  ", 3, None, b"a"])
@pytest.mark.parametrize(
    "build",
    [
        lambda n: check_names([n], "object"),
        lambda n: ba.RateNetwork((n, "b")),
        lambda n: ba.RateNetwork(("a",), channels=(n,)),
        lambda n: ba.LayeredNetwork((ba.layers.Dense([[1.0]]),), outputs=(n,)),
        lambda n: ba.FunctionModel(lambda stimulus, rng: stimulus, (n,), ("c",)),
        lambda n: ba.ElectrodeArray((n,), "p", 5 * pA),
        lambda n: ba.Population(n, 3, "GABA"),
        lambda n: ba.Claim(n, "Sentence.", "source", RULE),
        lambda n: ba.measure(abs, n),
        lambda n: ba.Pair(
            "p", BIO, BIO, ba.Correspondence.of_names("u"), stimulus=make_stimulus(),
            settle=100 * ms, controls={n: BIO},
        ),
    ],
)  # fmt: skip
def test_names_are_printable(build, name):
    with pytest.raises(BioannError, match=r"a name of|wanted text") as error:
        build(name)
    assert is_printable(str(error.value))


@pytest.mark.parametrize("name", SPOOFS)
def test_names_in_stimuli_and_matches_are_printable(name):
    for build in (
        lambda: make_stimulus(channels=[name]),
        lambda: make_stimulus(conditions=[name]),
        lambda: ba.Match("u", "u", name=name),
        lambda: ba.Match("u", name),
    ):
        with pytest.raises(BioannError, match="a name of printable characters in one line"):
            build()


def test_a_model_of_ones_own_has_printable_names():
    class Model:
        units, channels = ("u\x1b",), ("c",)
        run = None

    with pytest.raises(DescriptionError, match="Pair 'p', ann, units: wanted a name of printable"):
        ba.Pair("p", BIO, Model(), ba.Correspondence.of_names("u"))
