"""The forms of the editor; those of delegates and packages are generated from their schemas."""
