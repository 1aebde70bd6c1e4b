-- Paper tickets that were keyed in, by their number: the same one twice is seen without reading the whole journal.
CREATE INDEX fact_paper ON fact (
    CASE WHEN json_valid(envelope) AND json_extract(envelope, '$.body.source') = 'manual'
         THEN json_extract(envelope, '$.body.ticket') END)
WHERE kind = 'entered';
