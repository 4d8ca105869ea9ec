"""The rules, a module per family. Each compares what the topics say with what a database holds."""
