"""Numbers of pairs and studies in words, without an import that `bioann list` would wait for."""


def count_subjects(n_pairs: int, n_studies: int, separator: str = ", ") -> str:
    """Write numbers of pairs and studies, without those that are 0: ``"33 pairs, 12 studies"``."""
    nouns = ((n_pairs, "pair", "pairs"), (n_studies, "study", "studies"))
    counts = [f"{n} {one if n == 1 else several}" for n, one, several in nouns if n]
    return separator.join(counts) or "no pairs or studies"
