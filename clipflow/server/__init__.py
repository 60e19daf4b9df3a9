"""The processes: a web server that looks at requests before it receives their bodies, and a supervisor for both."""
