"""What each message means: one function per message type, from the message to a decision of the domain."""
