"""
A trained classifier as neurons
===============================

*For machine-learning engineers: you have a trained network, and ask what it would be as
conductance neurons that obey Dale's principle, and what is lost.*

A small classifier of handwritten digits, trained by scikit-learn. `from_sklearn`, `from_torch`
and `from_onnx` read models in memory or files; nothing is unpickled.
"""

import bioann as ba
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0, stratify=y)
classifier = MLPClassifier((32,), max_iter=1000, random_state=0).fit(X_train, y_train)
network = ba.from_sklearn(classifier)
print(f"accuracy on held-out digits: {classifier.score(X_test, y_test):.3f}")

# %%
# Its signs
# ---------
# Most units excite some of their targets and inhibit others, which no neuron does (Dale's
# principle). They become two populations with the same input, one that releases glutamate and one
# that releases GABA.

ba.signs.sign_census(network)

# %%
# What is lost
# ------------
# `explain` translates the network, calibrates the translation on some of the samples, and shows
# others to both models. Each image is presented for half a second to 42 units as neurons.

explanation = ba.explain(network, X_test, y_test, samples=60, neurons_per_unit=(1,))
explanation

# %%
# ``ba.report(explanation, "classifier.html", "classifier.pdf")`` writes this as a page. Without
# Python the same is ``bioann explain classifier.onnx --data digits.npz``. `bioann.to_bio` returns
# the spiking network itself, to be simulated, changed or exported as a Brian2 script.
