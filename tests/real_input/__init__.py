"""Real products and a real schedule, from the folder that FTZ_DATA names."""
