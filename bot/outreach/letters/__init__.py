"""The texts of the generated letters. A package only so that they are installed with the code."""
