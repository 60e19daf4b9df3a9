"""Everything that touches Flask and belongs to no domain: the API's base, authentication, rate limits, responses."""
