"""`rpkpy cloud auth`: the logins that rpk.yaml keeps."""
