"""What is said on a call, written while it is said.

The recogniser reads the call's recording as the media engine writes it: what is masked there is silent here, the times
are those of the recording, and a call that is not recorded is not written down either.
"""
