"""Lessons that ship: their pages show what a run of the pair gives, and their texts are true."""

import ast
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from brian2 import ms

import bioann as ba
import bioann.lessons
from bioann.base.text import format_labels
from bioann.lessons import compute_responses, find_lesson, list_lessons
from bioann.lessons.notebook import write_notebook_json
from bioann.lessons.page import MAX_BYTES, render_lesson
from bioann.lessons.page_data import SIGN_WORDS, encode_data
from bioann.lessons.responses import prepare_pair
from bioann.stimuli.stimulus import make_stimulus
from tests.lessons.conftest import draw_responses_at_random, shrink_lesson

LESSONS = pytest.mark.parametrize("lesson", list_lessons(), ids=lambda lesson: lesson.name)
TRIALS = 2


@pytest.fixture(scope="module")
def computed():
    """Return the responses of a small version of a lesson, computed once."""
    cache = {}

    def compute(name):
        if name not in cache:
            lesson = shrink_lesson(find_lesson(name))
            cache[name] = compute_responses(lesson, trials=TRIALS, seed=3)
        return cache[name]

    return compute


@LESSONS
def test_verdicts_are_those_of_the_atlas(lesson):
    table = pd.read_csv("reports/verdicts.csv").drop_duplicates("id").set_index("id")
    for evidence in lesson.evidence:
        assert table.loc[evidence.claim, "pair"] == lesson.pair
        assert table.loc[evidence.claim, "verdict"] == evidence.verdict


@pytest.mark.slow
@LESSONS
def test_numbers_of_a_page_are_those_of_a_run_of_the_pair(lesson, computed):
    responses = computed(lesson.name)
    small = responses.lesson
    data = json.loads(encode_data(responses))
    index = [len(axis.values) - 1 for axis in small.axes]
    position = {axis.name: axis.values[-1] for axis in small.axes}
    flat = int(np.ravel_multi_index(index, [len(axis.values) for axis in small.axes]))
    for c, match in enumerate(small.get_matches(position)):
        place = flat * len(small.curves) + c
        bio, ann = run_position_alone(small, position, match)
        assert data["bio"][0][place] == pytest.approx(bio, rel=1e-3, abs=1e-9)
        assert data["ann"][place] == pytest.approx(ann, rel=1e-3, abs=1e-9)


def run_position_alone(lesson, position, match):
    """Return the responses in Hz of the pair with the parameters and inputs of one position."""
    pair = replace(ba.load(lesson.pair), claims=(), metrics=(), figures=(), vary=None)
    inputs = {a.name: position[a.name] for a in lesson.axes if not a.varies_network}
    changed = prepare_pair(lesson, pair, position, [inputs])
    channels = [str(name) for name in pair.stimulus["channel"].values]

    def run_levels(levels, name):
        values = np.array([levels.get(channel, 0.0) for channel in channels])
        steps = np.tile(values, (1, changed.stimulus.sizes["time"], 1))
        stimulus = make_stimulus(steps, channels=channels, dt=1 * ms, conditions=[name])
        recording = changed.run(stimulus, trials=TRIALS, seed=3).recording
        scale = changed.correspondence.scales_in_hertz()[match]
        window = slice(*changed.window())
        rate = recording["bio"]["rate"].sel(unit=match, time=window).mean()
        activation = recording["ann"]["activation"].sel(unit=match, time=window).mean()
        return np.array([float(rate), float(activation) * scale])

    name = format_labels(inputs)
    response = run_levels(lesson.choose_levels(position), name)
    if lesson.reference_levels is None:
        return response
    return response - run_levels(lesson.reference_levels(position), f"{name}, reference")


@pytest.mark.slow
@LESSONS
def test_every_position_of_the_sliders_has_numbers(lesson, computed):
    responses = computed(lesson.name)
    data = json.loads(encode_data(responses))
    n = np.prod([len(axis["values"]) for axis in data["axes"]])
    for numbers in (*data["bio"], data["ann"]):
        assert len(numbers) == n * len(data["curves"])
    assert None not in data["bio"][0] + data["ann"]
    for name in ("annEffect", "bioSign", "annSign", "connections"):
        assert len(data[name]) == n
    for effects, signs in (("annEffect", "annSign"), ("bioEffect", "bioSign")):
        values = data[effects] if effects == "annEffect" else data[effects][0]
        undefined = [SIGN_WORDS[k] == "not defined here" for k in data[signs]]
        assert undefined == [value is None for value in values]
    page = render_lesson(responses)
    assert page.count("<tr>") == n + 1 + 4 + len(data["curves"])


@LESSONS
def test_a_page_of_full_size_fits_into_an_email(lesson):
    assert len(render_lesson(draw_responses_at_random(lesson, 10)).encode()) < MAX_BYTES


@pytest.mark.slow
@LESSONS
def test_a_notebook_runs_from_top_to_bottom(lesson, monkeypatch):
    small = shrink_lesson(lesson, window_ms=20.0)
    monkeypatch.setattr(bioann.lessons, "find_lesson", lambda name: small)
    notebook = json.loads(write_notebook_json(lesson, trials=1, seed=3))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    namespace = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            *statements, last = ast.parse("".join(cell["source"])).body
            exec(compile(ast.Module(statements, []), lesson.name, "exec"), namespace)
            if isinstance(last, ast.Expr):
                shown = eval(compile(ast.Expression(last.value), lesson.name, "eval"), namespace)
                assert "<svg" in shown._repr_html_()
            else:
                exec(compile(ast.Module([last], []), lesson.name, "exec"), namespace)
    assert namespace["responses"].trials == 1


def test_an_inverter_has_the_sign_of_its_weight(computed):
    responses = computed("inverter")
    for rate in (responses.bio.mean("trial"), responses.ann):
        change = rate.sel(curve="output", input=1) - rate.sel(curve="output", input=0)
        assert float(change.sel(weight=-20)) < -90
        assert float(change.sel(weight=20)) > 0
        assert abs(float(change.sel(weight=0))) < 5


def test_the_push_lowers_the_rate_of_inhibitory_cells_only_with_strong_recurrence(computed):
    responses = computed("paradoxical_effect")
    for change in (responses.bio.mean("trial"), responses.ann):
        of_i = change.sel(curve="I", drive=0.8)
        assert float(of_i.sel(recurrence=0)) > 0 > float(of_i.sel(recurrence=0.75))
        assert (change.sel(curve="E") < 0).all()


def test_a_shunt_shifts_the_curve_and_its_reversal_potential_sets_the_sign(computed):
    responses = computed("shunting")
    for rate in (responses.bio.mean("trial"), responses.ann):
        effect = (
            (rate.sel(conductance=10) - rate.sel(conductance=0))
            .sel(curve="with the conductance")
            .sel(drive=800)
        )
        assert float(effect.sel(reversal=-80)) < 2 * float(effect.sel(reversal=-65)) < 0
        assert float(effect.sel(reversal=-40)) > 0


def test_the_effective_weight_between_active_units_is_their_weight():
    lesson = find_lesson("winner_takes_all")
    axes = (replace(lesson.axes[0], values=(-0.05, 0.0, 0.05), start=1), lesson.axes[1])
    responses = compute_responses(replace(lesson, axes=axes), trials=1, seed=3)
    effect = responses.compute_rate_effect().sel(contrast=0.0)
    assert np.isnan(effect[0])
    np.testing.assert_allclose(effect[1:], [-0.3, -0.6, -0.8, -0.85], rtol=1e-6)


@LESSONS
def test_an_exact_sign_agrees_with_the_sign_of_the_effect(lesson, computed):
    data = json.loads(encode_data(computed(lesson.name)))
    for value, sign in zip(data["annEffect"], data["annSign"], strict=True):
        if SIGN_WORDS[sign].startswith("+"):
            assert value > 0
        elif SIGN_WORDS[sign].startswith("\N{MINUS SIGN}"):
            assert value < 0


@LESSONS
def test_a_page_requests_nothing_and_names_its_script(lesson):
    page = render_lesson(draw_responses_at_random(shrink_lesson(lesson), 2))
    assert not re.search(r"\bsrc=|url\(|@import", page)
    assert set(re.findall(r"\bhref=(\S+?)[\s>]", page)) == {
        '"#content"',
        '"data:,"',
        '"index.html"',
    }
    assert re.findall(r"https?://[^\s\"']+", page) == ["http://www.w3.org/2000/svg"]
    for axis, number in zip(lesson.sliders, "01", strict=True):
        assert f'<label for="slider-{number}">{axis.label}</label>' in page
        assert f'<input id="slider-{number}" type="range"' in page
