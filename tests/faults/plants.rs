//! Bugs planted on purpose, one at a time, named by `PARKIR_PLANT`: those that live in SQL are put there by the
//! harness; the others are in the program when it is built with the feature `planted`. A harness that stays green with
//! any of them is not good enough (`make faults-selfcheck`).

use crate::support::site::Site;

/// What one statement of a function becomes: plant, function, words, words in their place.
const IN_FUNCTIONS: &[(&str, &str, &str, &str)] = &[
    ("no-lock", "intern.susun(text, intern.rentang[])", "FOR UPDATE", ""),
    (
        "poll-by-number",
        "intern.perubahan(text, text)",
        "p.xid >= pg_snapshot_xmin(v_dari) AND NOT pg_visible_in_snapshot(p.xid, v_dari)",
        "p.xid >= pg_snapshot_xmax(v_dari)",
    ),
];

/// Claim and verdict from one snapshot.
const ONE_STATEMENT: &str = "
CREATE OR REPLACE FUNCTION intern.terapkan(p_situs text, p_amplop json[], p intern.fakta[]) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    v_hasil text[];
    v_masuk intern.fakta[];
BEGIN
    WITH klaim AS (
        INSERT INTO public.peristiwa (situs, gerbang, id, epoch, seq, jenis, waktu, hash, kunjungan, isi)
        SELECT f.* FROM intern.calon(p_situs, p_amplop, p) f ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT array_agg(CASE WHEN f.id IN (SELECT k.id FROM klaim k) THEN 'inserted'
        WHEN EXISTS (SELECT 1 FROM public.peristiwa q WHERE q.id = f.id AND q.hash = f.hash) THEN 'already'
        ELSE 'conflict_id' END ORDER BY f.urut) INTO v_hasil FROM unnest(p) f;
    v_masuk := ARRAY(SELECT f FROM unnest(p) f WHERE v_hasil[f.urut] = 'inserted' ORDER BY f.urut);
    IF cardinality(v_masuk) > 0 THEN
        PERFORM intern.susun_fakta(p_situs, v_masuk, '{}');
        PERFORM intern.catat_epok(p_situs, v_masuk);
    END IF;
    RETURN v_hasil;
END $$";

/// Puts the planted function in place of the good one.
pub async fn in_sql(site: &Site) {
    let Ok(plant) = std::env::var("PARKIR_PLANT") else { return };
    if plant == "one-statement" {
        site.rows(ONE_STATEMENT).await;
    }
    for (_, function, words, others) in IN_FUNCTIONS.iter().filter(|(name, ..)| *name == plant) {
        let sql = format!("SELECT pg_get_functiondef('{function}'::regprocedure)");
        let good = site.rows(&sql).await;
        assert!(good.contains(words), "{words:?} is no longer in {function}");
        site.rows(&good.replace(words, others)).await;
    }
}
