"""The service's own web server: one parent that keeps everything running, and workers that answer."""
