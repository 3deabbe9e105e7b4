"""What a browser asks for: every URL in one table, the page, the stream, the door."""
