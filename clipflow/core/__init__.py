"""What every domain stands on: database, queue, storage, mail, errors, the API's base. Knows no domain."""
