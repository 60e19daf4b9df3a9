"""Running an installation: is it well, what can it do, what can be cleaned up."""
