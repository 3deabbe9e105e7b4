"""What was, second by second: an embedded store of figures and of processes."""
