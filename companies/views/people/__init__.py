"""Pages of a customer's people: users and their roles, and what takes two administrators."""
