"""The report: a document of five block kinds, and one renderer per format."""
