-- How a ticket's printing ended, found again after a restart without reading the whole journal.
CREATE INDEX fact_printed ON fact (stay) WHERE kind = 'printed';
