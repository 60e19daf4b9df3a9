"""Opens cut lists in real editors on a virtual screen and compares what they save with what was meant."""
