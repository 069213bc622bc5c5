"""The C++ engine: everything that depends on Brian2's private C++ device."""
