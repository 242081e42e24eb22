"""The authoring screens: one module for each kind of thing."""
