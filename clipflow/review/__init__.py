"""The review of a finished analysis: decisions, other options, and what comes out with both."""
