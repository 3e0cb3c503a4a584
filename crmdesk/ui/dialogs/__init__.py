"""Dialogs: only where an answer is needed now. Each shows values and emits what was answered."""
