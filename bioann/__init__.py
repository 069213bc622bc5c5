"""bioann: is a negative weight an inhibitory synapse?

A **pair** puts two descriptions of one circuit side by side. Its **spiking model** is a
`SpikingNetwork`: a `Population` of neurons releases one transmitter; a `Projection` or `Afferent`
opens a receptor by a conductance, which is never negative. Sign belongs to the transmitter and to
the receptor's reversal potential. Its **rate model** is a `RateNetwork`: units with signed
weights. A `BrianNetwork` or a `FunctionModel` may stand for either. A `Correspondence` lists what
in one model corresponds to what in the other, each `Match` with its scale in Hz.

A **stimulus** (`steps`, ...) is drawn once and given to both models. `Pair.run` returns a
`Run`, the pair with its recording; `compare` turns it into **scores**, each with its confidence
interval, its noise ceiling (the spiking model against itself) and its chance level (the rate model
with shuffled signs), and judges each `Claim` by its rule. `report` writes the comparison as HTML,
PDF, JSON and netCDF::

    import bioann as ba

    pair = ba.load("inverter")
    comparison = ba.compare(pair.run(trials=10, seed=1))
    ba.report(comparison, "inverter.html", "inverter.pdf")

Pairs, their stimuli and their comparison
    Pair, Match, Correspondence, Model, FunctionModel, Claim, measure, Score, Margin, load,
    check_pair, vary, Run, Protocol, Phase, Lesion, compare, decide, trials_needed, Comparison,
    check_robustness, sweep, audit, measure_effective_weights, report, open_recording,
    save_recording, steps; more in ``bioann.rules``, ``bioann.metrics``, ``bioann.figures``,
    ``bioann.parameters``, ``bioann.stimuli`` and ``bioann.batch``
The spiking model
    SpikingNetwork, Population, Background, Injection, Afferent, CurrentAfferent, ElectrodeArray,
    Projection, AllToAll, OneToOne, FixedProbability, ExplicitMatrix, Potential, Record,
    BrianNetwork, from_brian2, to_brian2_script, from_recording; more in ``bioann.cells``,
    ``bioann.receptors``, ``bioann.connectivity``, ``bioann.plasticity``, ``bioann.modulation``,
    ``bioann.theory``
The rate model
    RateNetwork, LayeredNetwork, train; from and to other libraries: from_weights, from_onnx,
    from_torch, from_keras, from_sklearn, from_nir, to_onnx, to_torch, to_nir; more in
    ``bioann.activations``, ``bioann.layers``, ``bioann.init``, ``bioann.signs``, ``bioann.tasks``,
    ``bioann.training``, ``bioann.learning``, ``bioann.interop``
One model derived from the other
    to_ann, to_bio, diagnose, explain, Translation; more in ``bioann.translate``
Cells and receptors of one's own: quantity, SI, BioannError. ``help(bioann.compare)``
explains one name at a time.
"""

import lazy_loader

from bioann.base.brian2_import import install_finder

__version__ = "0.1.0"

# No `__all__`: `help(bioann)` would print every class in full.
__getattr__, __dir__, _ = lazy_loader.attach_stub(__name__, __file__)

install_finder()
