"""Teams: who belongs to one, in which role, and what the role allows."""
