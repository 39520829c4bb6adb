"""What we tell CBP, the Board and the auditor: the archive, the views made from it, and reports."""
