"""What is not a view, version by version: the log's tables and the settings. Run by `commensal.clinic.schema`."""
