"""WS-Security: signatures that real clients put on their messages, and ours on the answers."""
