-- Exits by the voucher they took. Facts that took none are not in it.
CREATE INDEX fact_voucher ON fact (
    CASE WHEN kind = 'left' AND json_valid(envelope) THEN json_extract(envelope, '$.body.voucher.reference') END)
WHERE CASE WHEN kind = 'left' AND json_valid(envelope) THEN json_extract(envelope, '$.body.voucher.reference') END IS NOT NULL;
