"""The routing table: Threadline's matcher against published dispatch rules, on the same traffic."""
