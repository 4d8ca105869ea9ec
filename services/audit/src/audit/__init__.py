"""The audit: reads every database and topic, writes nothing, and says what does not hold."""
