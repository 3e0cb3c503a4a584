"""One person's open profile, without Qt: it builds store, client and engine, and carries the passages of states."""
