"""One's own page: name, address, password, factors, sessions, language; and showing one's factor again."""
