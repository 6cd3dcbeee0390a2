"""Charts, in one look for the light and the dark theme, each a function of its data."""
