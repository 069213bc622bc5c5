"""Map the top-level ``models/`` and ``analyses/`` folders to sub-packages of ``bioann``."""

from setuptools import find_namespace_packages as find, setup

MAPPED = ("models", "analyses")

packages = find(include=["bioann", "bioann.*"], exclude=[f"bioann.{m}*" for m in MAPPED])
for folder in MAPPED:
    packages += [f"bioann.{folder}", *(f"bioann.{folder}.{p}" for p in find(folder))]

setup(packages=packages, package_dir={f"bioann.{m}": m for m in MAPPED})
