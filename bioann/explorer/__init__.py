"""The explorer: a local page whose sliders change both models of a pair.

`serve` opens the page. The server process (`application`) never imports Brian2: it passes requests
to a single worker process (`worker_client`, `worker`), which loads pairs, changes their parameters
(`experiment`), runs them and returns numbers for the page (`responses`, `connections`).
"""
