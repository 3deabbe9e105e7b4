"""What goes over the wire, as pure functions: documents, patches, messages, commands, frames."""
