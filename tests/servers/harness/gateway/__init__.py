"""The gateway of rolesig-std's examples, and raw requests to it."""
