-- SHA-256 of the envelope's text as it was written: what the disk does to it later is seen without reading it as a fact.
ALTER TABLE fact ADD COLUMN digest BLOB;
