"""Pages of customers, companies and people, each part in a module or folder of its own."""
