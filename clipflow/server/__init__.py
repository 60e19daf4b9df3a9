"""The processes: the web server, the worker, and a supervisor for both."""
