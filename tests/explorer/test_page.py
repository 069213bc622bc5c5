"""The page in a browser: a slider moves, both curves follow, and no request leaves."""

import urllib.parse

import pytest

from tests.explorer.browser import open_browser

WEIGHT = "projection interneurons -> output, weight"
UNIT_WEIGHT = "unit output, weight from channel input"
RUNS = "Number(document.body?.dataset.runs || 0)"


def read_curve(tab, model):
    """Return the steady responses that the page has drawn."""
    return tab.evaluate(f"state.answer.curves.matches[0].{model}")


@pytest.fixture(scope="module")
def open_tab():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def tab(explorer, open_tab):
    tab = open_tab()
    tab.open(explorer.address)
    tab.wait_for(f"{RUNS} >= 1")
    return tab


def move_and_wait(tab, address, value):
    runs = tab.evaluate(RUNS)
    tab.move_slider(address, value)
    tab.wait_for(f"{RUNS} > {runs}")


def test_a_slider_of_each_model_moves_the_curve_of_that_model_only(tab):
    bio, ann = read_curve(tab, "bio"), read_curve(tab, "ann")
    move_and_wait(tab, WEIGHT, 1.8)
    stronger = read_curve(tab, "bio")
    assert stronger[6] < bio[6] - 0.1, "more inhibition, fewer spikes"
    assert stronger[0] == pytest.approx(bio[0], abs=0.05), "no input, no inhibition"
    assert read_curve(tab, "ann") == ann
    move_and_wait(tab, UNIT_WEIGHT, -2)
    assert read_curve(tab, "ann")[-1] == pytest.approx(1 / (1 + 2.718281828 ** -(5 - 2)), abs=2e-3)
    assert read_curve(tab, "bio") == stronger


def test_the_address_is_the_experiment_in_another_tab(tab, open_tab):
    link = tab.evaluate("location.href")
    settings = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))
    assert settings[WEIGHT] == "1.8 nS"
    other = open_tab()
    other.open(link)
    other.wait_for(f"{RUNS} >= 1")
    assert read_curve(other, "bio") == read_curve(tab, "bio")
    assert read_curve(other, "ann") == read_curve(tab, "ann")


def test_no_request_leaves_this_page_and_nothing_fails(tab, explorer):
    tab.wait_for("document.getElementById('circuit')?.naturalWidth > 0")
    origin = explorer.address.rsplit("/", 1)[0]
    outside = [a for a in tab.addresses if not a.startswith((origin, "about:"))]
    assert len(tab.addresses) > 5
    assert outside == []
    assert tab.errors == []


def test_the_sign_turns_with_the_reversal_potential(tab):
    shown = "document.getElementById('bio-connections').innerText"
    assert "inhibitory" in tab.evaluate(shown)
    move_and_wait(tab, "projection interneurons -> output, receptor, reversal", 0)
    assert "inhibitory" not in tab.evaluate(shown)
    move_and_wait(tab, "projection interneurons -> output, receptor, reversal", -80)


def test_a_wrong_setting_of_a_link_becomes_a_sentence_beside_the_pair(open_tab, explorer):
    tab = open_tab()
    query = urllib.parse.urlencode({"projection interneurons -> output, wieght": "1 nS"})
    tab.open(f"{explorer.address}?{query}")
    text = tab.wait_for("document.getElementById('error')?.innerText")
    assert "Did you mean 'projection interneurons -> output, weight'" in text
    tab.wait_for("document.querySelectorAll('.slider').length > 5")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_in_both_colour_schemes(open_tab, explorer, scheme):
    tab = open_tab()
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    tab.call("Emulation.setEmulatedMedia", features=media)
    size = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    tab.call("Emulation.setDeviceMetricsOverride", **size)
    tab.open(explorer.address)
    tab.wait_for(f"{RUNS} >= 1")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(21, 24, 28)") == (scheme == "dark")
