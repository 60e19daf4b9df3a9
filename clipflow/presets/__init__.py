"""Named settings of a team: how its recordings are analysed, and how its cuts are exported."""
