"""The metrics, and the HTTP server that shows them, the page for people and the API."""
