"""The public edge: takes events in and answers only when they are safe."""
