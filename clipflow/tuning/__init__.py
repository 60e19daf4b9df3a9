"""The options that tune an analysis: of one analysis, and the defaults of a project and of a person."""
