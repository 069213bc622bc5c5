"""Networks written in Brian2: read as descriptions, and written as scripts that stand alone."""
