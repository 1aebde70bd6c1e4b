-- The facts of one shift, and the openings and closings, without reading the whole journal.
CREATE INDEX fact_shift ON fact (CASE WHEN json_valid(envelope) THEN json_extract(envelope, '$.shift') END)
WHERE CASE WHEN json_valid(envelope) THEN json_extract(envelope, '$.shift') END IS NOT NULL;
CREATE INDEX fact_shift_mark ON fact (n) WHERE kind IN ('shift_opened', 'shift_closed');
