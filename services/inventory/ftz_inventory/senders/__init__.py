"""What inventory does by itself once it has heard enough."""
