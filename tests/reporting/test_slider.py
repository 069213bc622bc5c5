"""The slider of a varied parameter: one fixed script, numbers that are never executed."""

import base64
import hashlib
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from bioann.base.errors import DescriptionError, OutputError
from bioann.reporting import parameter_section
from bioann.reporting.document import Document, Paragraph, Section
from bioann.reporting.figures.parameter_curves import arrange_parameter_curves, place_conditions
from bioann.reporting.html import render_html
from bioann.reporting.parameter_section import encode_curves, make_parameter_blocks
from bioann.reporting.pdf import render_pdf
from bioann.reporting.slider import MAX_BYTES, Slider, read_slider_script

VALUES = (0.0, 0.5, 1.0)


def make_grid_comparison(label="weight", matches=("left", "right"), n_points=3, **coords):
    """Make a comparison whose responses are the value of the parameter times the level."""
    coords = coords or {"x": [0.0, 1.0, 2.0]}
    levels = np.array(next(iter(coords.values())))
    values = np.linspace(0, 1, n_points)
    ann = values[:, None, None] * levels[:, None] * np.ones(len(matches))
    bio = ann[:, :, None] + np.array([-0.1, 0.1])[:, None]
    conditions = [f"c{k}" for k in range(len(levels))]
    grid = xr.Dataset(
        {
            "bio": (("point", "condition", "trial", "match"), bio),
            "ann": (("point", "condition", "match"), ann),
        },
        coords={"value": ("point", values), "match": list(matches), "condition": conditions},
        attrs={
            "label": label,
            "address": "projection a -> b, weight",
            "unit": "nS",
            "own_value": 0.5,
            "linked": json.dumps([{"address": "unit b, bias"}]),
        },
    )
    responses = xr.Dataset(
        coords={"condition": conditions, "channel": ["x"]}
        | {name: ("condition", list(v)) for name, v in coords.items()}
    )
    run = xr.DataTree.from_dict({"/parameter_grid": grid})
    return SimpleNamespace(run=run, responses=responses)


def make_slider(comparison):
    curves = arrange_parameter_curves(comparison)
    return Slider(curves.label, curves.value_texts, 1, encode_curves(curves))


def make_document(*blocks):
    return Document("title", "question", "answer", (), (Section("varied", blocks),))


def make_page(label="weight"):
    """Render a page with a slider alone: figures take long to draw."""
    return render_html(make_document(make_slider(make_grid_comparison(label))))


def test_the_policy_names_the_script_of_the_page_and_no_other(read):
    html = make_page()
    scripts = re.findall(r"<script(.*?)>(.*?)</script>", html, re.DOTALL)
    assert [attributes for attributes, _ in scripts] == [' type="application/json"', ""]
    digest = base64.b64encode(hashlib.sha256(scripts[1][1].encode()).digest()).decode()
    (policy,) = (a["content"] for a in read(html).named("meta") if "http-equiv" in a)
    assert policy == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'"
    )


def test_a_page_without_a_slider_allows_no_script(read):
    html = render_html(make_document(Paragraph("text")))
    assert "script-src" not in html
    assert not read(html).named("script")


@pytest.mark.parametrize("attack", ["</script><script>alert(1)</script>", "<!--<script>", "a&lt;'"])
def test_a_hostile_name_stays_a_name(attack):
    html = make_page(attack)
    assert make_page().count("<script") == html.count("<script")
    data = re.search(r'application/json">(.*?)</script>', html, re.DOTALL)[1]
    assert not set("<>&'") & set(data)
    matches = make_grid_comparison(matches=(attack, "b"))
    assert json.loads(make_slider(matches).safe_data)["panels"][0]["title"] == attack


def test_the_slider_is_an_input_with_name_and_value_and_waits_for_the_script(read):
    page = read(make_page())
    (control,) = page.named("input")
    assert (control["type"], control["min"], control["max"], control["value"]) == (
        "range",
        "0",
        "2",
        "1",
    )
    assert control["aria-valuetext"] == "0.5 nS"
    assert page.named("label") == [{"for": control["id"]}]
    (slider,) = (a for a in page.named("div") if a.get("class") == "slider")
    assert "hidden" in slider, "without a script, the static figure stands alone"


def test_the_numbers_of_the_page_are_those_of_the_recording():
    comparison = make_grid_comparison()
    data = json.loads(encode_curves(arrange_parameter_curves(comparison)))
    grid = comparison.run["parameter_grid"]
    assert data["values"] == ["0 nS", "0.5 nS", "1 nS"]
    assert data["x"] == [0.0, 1.0, 2.0]
    for m, panel in enumerate(data["panels"]):
        np.testing.assert_allclose(np.squeeze(panel["ann"]), grid["ann"][..., m])
        np.testing.assert_allclose(np.squeeze(panel["bio"]), grid["bio"].mean("trial")[..., m])
        low, high = panel["limits"]
        assert low < grid["bio"].min()
        assert high > grid["bio"].max()


def test_a_pair_that_varies_nothing_has_no_slider():
    comparison = make_grid_comparison()
    comparison.run = xr.DataTree()
    assert make_parameter_blocks(comparison) == ()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda grid: grid.attrs.pop("linked"), "got KeyError: 'linked'."),
        (lambda grid: grid.attrs.update(linked="no JSON"), "got JSONDecodeError: "),
        (lambda grid: grid.attrs.update(own_value="much"), "got ValueError: "),
    ],
)
def test_a_recording_that_was_spoilt_is_an_error(spoil, message):
    comparison = make_grid_comparison()
    spoil(comparison.run["parameter_grid"])
    with pytest.raises(OutputError) as caught:
        make_parameter_blocks(comparison)
    assert message in str(caught.value)
    assert str(caught.value).endswith("The file is damaged or hostile: run the pair anew.")


def test_numbers_that_are_too_many_for_a_page_leave_the_figure_alone(monkeypatch):
    monkeypatch.setattr(parameter_section, "MAX_BYTES", len(read_slider_script()) + 500)
    (figure,) = make_parameter_blocks(make_grid_comparison(n_points=25, matches=("a",)))
    assert "Drawn: 6 of 25 values." in figure.caption


def test_a_slider_is_small():
    assert len(read_slider_script().encode()) < 8000
    with pytest.raises(DescriptionError, match=f"at most {MAX_BYTES} bytes"):
        Slider("weight", ("1", "2"), 0, "1" * MAX_BYTES)
    with pytest.raises(DescriptionError, match="a start among its values, got 2 of 2"):
        Slider("weight", ("1", "2"), 2, "[]")


def test_the_script_fetches_nothing_and_writes_text_as_text():
    script = read_slider_script()
    for name in (
        "innerHTML",
        "eval",
        "fetch(",
        "XMLHttp",
        "document.write",
        "import(",
        "Function(",
    ):
        assert name not in script
    assert "</script" not in script


def test_the_pdf_has_the_figure_alone():
    blocks = make_parameter_blocks(make_grid_comparison())
    with_slider, without = (render_pdf(make_document(*b)) for b in (blocks, blocks[:1]))
    assert with_slider == without


def test_conditions_stand_along_the_input_with_most_levels():
    responses = make_grid_comparison(x=[0.0, 0.0, 1.0, 1.0, 2.0], y=[0, 1, 0, 1, 0]).responses
    positions, x, label, curves = place_conditions(responses)
    assert positions == [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2)]
    assert (x.tolist(), label, curves) == ([0, 1, 2], "x [activation]", ("y 0", "y 1"))


@pytest.mark.parametrize(
    "coords",
    [
        {"x": [0.0, 0.0, 1.0]},  # the level does not tell conditions apart
        {"x": np.arange(6.0), "y": np.arange(6) % 5},  # too many curves
        {"name": ["a", "b", "c"]},
    ],
)
def test_conditions_that_no_level_orders_are_numbered(coords):
    comparison = make_grid_comparison()
    n = len(next(iter(coords.values())))
    comparison.responses = xr.Dataset(
        coords={"condition": [f"c{k}" for k in range(n)], "channel": ["x"]}
        | {name: ("condition", v) for name, v in coords.items()}
    )
    positions, x, label, curves = place_conditions(comparison.responses)
    assert positions == [(0, k) for k in range(n)]
    assert (x.tolist(), label, curves) == (
        list(range(1, n + 1)),
        "condition [number]",
        ("",),
    )


def test_the_caption_says_what_varies_and_the_alternative_text_how_far():
    figure, _ = make_parameter_blocks(make_grid_comparison("weight of the synapse"))
    assert "3 values of a parameter: weight of the synapse" in figure.caption
    assert "address 'projection a -> b, weight', 0.5 nS in this pair" in figure.caption
    assert "It changes together with 'unit b, bias'." in figure.caption
    assert "mean of 2 trials at each value" in figure.caption
    assert "at 1 nS spiking model 0.00 to 2.00, rate model 0.00 to 2.00" in figure.alt
