"""Every hole in the wall."""
