-- An index of every fact by its shift costs each ticket a page. A shift's facts stand behind its opening; only adopted
-- ones may stand before it.
DROP INDEX fact_shift;
CREATE INDEX fact_adopted ON fact (n) WHERE own = 0;
