"""The stage on which the whole product is shown: real Asterisk, SIP phones, engine, Home Assistant and browser."""
