"""What a user installs, checked in empty environments: ``make dist``.

Not part of the test suite, because it installs the package and its libraries several times; what
is here decides by rules that ``test_release.py`` tests without any installation.
"""
