"""Sources of code objects are merged by their text; the merged code is what the originals do."""

import pytest

from bioann.bio.brian_loop.merge_sources import UnmergeableCodeError, merge_sources

HEADER = "#cython: language_level=3\nimport numpy as _numpy\n\n# support code\n"
MAIN = "def main(_namespace):\n"
OWNER = "    if '_owner' in _namespace:\n        _owner = _namespace['_owner']\n"


def write_source(body, load="    v = _namespace['v']\n", support=""):
    return HEADER + support + MAIN + load + OWNER + body


def test_names_of_two_code_objects_are_apart():
    code = merge_sources(
        [write_source("    cdef double x = v.v + 1\n    v.v = x\n")] * 2, ["stateupdate", "reset"]
    )
    assert code.count("import numpy as _numpy") == 1
    for k in (0, 1):
        # Neither an attribute nor a text in quotes is a name.
        assert f"    _o{k}v = _o{k}_namespace['v']\n" in code
        assert f"    cdef double _o{k}x\n" in code
        assert f"        _o{k}x = _o{k}v.v + 1\n        _o{k}v.v = _o{k}x\n" in code
        assert f"_o{k}_namespace = _namespaces[{k}]" in code
    assert code.index("cdef double _o1x") < code.index("while ") < code.index("_o0x = ")


def test_functions_of_code_objects_are_apart():
    support = "cdef double *_namespace_a\ncdef inline double f(double y):\n    return y\n"
    code = merge_sources(
        [write_source("    w = f(1.0)\n", support=support)] * 2, ["threshold", "synapses"]
    )
    for k in (0, 1):
        assert f"cdef double *_o{k}_namespace_a" in code
        assert f"cdef inline double _o{k}f(double y)" in code
        assert f"_o{k}w = _o{k}f(1.0)" in code


def test_spikes_are_queued_only_if_there_are_any():
    load = "    cdef int32_t * _array_a__spikespace = <int32_t *> _buf_a.data\n"
    code = merge_sources(
        [write_source("    _owner.push_spikes()\n", load=load)], ["synapses_push_spikes"]
    )
    space = "_o0_array_a__spikespace"
    assert f"if {space}[_num_array_a__spikespace - 1] > 0:" in code
    assert "            _o0_owner.push_spikes()" in code


@pytest.mark.parametrize(
    ("source", "template"),
    [
        (write_source("    pass\n"), "spatialstateupdate"),
        (write_source("    if v:\n        return\n"), "reset"),
        (write_source("    cdef struct x:\n        int y\n"), "reset"),
        ("def main(_namespace):\n    pass\n", "reset"),
        (write_source("    x = (\n"), "reset"),
    ],
)
def test_code_of_another_form_is_left_to_brian2(source, template):
    with pytest.raises(UnmergeableCodeError):
        merge_sources([source], [template])


def test_code_objects_with_different_imports_are_left_to_brian2():
    sources = [write_source("    pass\n"), "import math\n" + write_source("    pass\n")]
    with pytest.raises(UnmergeableCodeError, match="imports"):
        merge_sources(sources, ["reset", "reset"])
