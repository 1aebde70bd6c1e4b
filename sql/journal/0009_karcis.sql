-- Paper tickets that were keyed in, by their number: the same one twice is seen without reading the whole journal. No
-- number was issued for them, so that no other entry stands in it.
CREATE INDEX fact_paper ON fact (CASE WHEN json_valid(envelope) THEN json_extract(envelope, '$.body.ticket') END)
WHERE kind = 'entered' AND counter IS NULL;
