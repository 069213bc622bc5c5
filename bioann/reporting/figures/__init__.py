"""The figures of a report: one file per question, one function per message, each a `Drawing`."""
