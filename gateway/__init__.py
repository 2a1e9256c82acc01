"""The gateway proper: it decides, answers, distributes and logs."""
