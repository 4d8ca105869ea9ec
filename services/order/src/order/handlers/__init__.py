"""One function per message: load → decide → save. Each module is a use case; `app` says which message goes where."""
