"""The bundled CRM server: the Dataverse Web API over SQLite or PostgreSQL. It knows nothing of the client."""
