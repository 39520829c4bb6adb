"""What duty does on its own account when something was loaded."""
