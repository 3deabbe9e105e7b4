"""Who did it: which processes account for the change of a figure. Pure."""
