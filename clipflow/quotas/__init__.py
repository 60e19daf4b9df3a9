"""How much teams and people may store, and upload in a week."""
