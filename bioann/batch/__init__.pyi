from .diff_runs import diff_runs as diff_runs
from .read_comparisons import read_comparison as read_comparison, read_history as read_history
