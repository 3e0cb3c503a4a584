"""The words everybody shares: entities, records, queries and changes. Pure: standard library only, nothing of ours."""
