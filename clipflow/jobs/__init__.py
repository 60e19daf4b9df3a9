"""Work in the background: the row is the truth, the queue is a bell."""
