"""What was read, and what follows from it: records, samples, figures. Pure."""
