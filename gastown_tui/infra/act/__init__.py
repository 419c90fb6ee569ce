"""Acts on the world: create, kill, type, move refs. Importable only by the supervisor, E-stop and type-through."""
