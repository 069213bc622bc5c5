"""Several pairs at once: reports in a folder, and the atlas of all claims."""
