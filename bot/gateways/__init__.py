"""The vendors: their wire format in our types, their failures in our kinds of error."""
