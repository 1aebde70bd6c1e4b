-- Fines by their code: the exit that took one, what was paid back, and (by the exit's id) the void of an exit.
CREATE INDEX fact_claim ON fact (
    CASE WHEN json_valid(envelope) AND kind IN ('left', 'refunded', 'voided') THEN coalesce(
        json_extract(envelope, '$.body.lost.claim'), json_extract(envelope, '$.body.claim'),
        CASE WHEN kind = 'voided' THEN json_extract(envelope, '$.body.target') END) END)
WHERE
    CASE WHEN json_valid(envelope) AND kind IN ('left', 'refunded', 'voided') THEN coalesce(
        json_extract(envelope, '$.body.lost.claim'), json_extract(envelope, '$.body.claim'),
        CASE WHEN kind = 'voided' THEN json_extract(envelope, '$.body.target') END) END IS NOT NULL;
