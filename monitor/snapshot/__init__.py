"""A stretch of the past as one file that opens offline."""
