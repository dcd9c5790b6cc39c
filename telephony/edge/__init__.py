"""Where a browser's encrypted sound becomes the plain RTP of the media engine, and back.

One UDP port for every browser (`port`), ICE lite on it (`ice`), DTLS and SRTP by aiortc (`dtls`), the two meeting in
a `session`, whose other end is a pair of sockets on loopback (`wire`) that only the engine's leg can reach.
"""
