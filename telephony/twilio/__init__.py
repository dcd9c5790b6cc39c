"""Calls that come and go by Twilio: webhooks and a media stream instead of SIP and RTP.

A call's sound arrives on a WebSocket (`stream`), goes through a pair of sockets on loopback to the media engine, and is
from there on like any other leg's (telephony.legs.twilio). Source: Twilio's pages on TwiML, Media Streams and its REST
interface; what they say stands in the docstrings.
"""
