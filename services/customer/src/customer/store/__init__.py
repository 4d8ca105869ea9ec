"""The service's tables: the queries of each subject beside the Python that uses them; all work on whole sets."""
