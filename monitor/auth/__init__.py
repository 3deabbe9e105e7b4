"""Who may see what: roles, passwords, sessions, tokens."""
