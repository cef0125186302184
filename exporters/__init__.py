"""Where the watch is read: metric names, live meters, collectors over the history, and the HTTP server."""
