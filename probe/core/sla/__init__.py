"""From states to the figure, pure: availability with bounds, corrections, and imported periods."""
