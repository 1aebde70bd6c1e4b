//! Bugs planted on purpose, one at a time, named by `PARKIR_PLANT`: those that live in SQL are put there by the
//! harness; the others are in the program when it is built with the feature `planted`. A harness that stays green with
//! any of them is not good enough (`make faults-selfcheck`).

use crate::support::site::Site;

pub fn named(name: &str) -> bool {
    std::env::var("PARKIR_PLANT").is_ok_and(|plant| plant == name)
}

/// Puts the planted function in place of the good one.
pub async fn in_sql(site: &Site) {
    if named("no-lock") {
        let sql = "DO $do$ DECLARE f regprocedure := 'intern.susun(text, intern.rentang[])'; BEGIN \
            EXECUTE replace(pg_get_functiondef(f), 'FOR UPDATE', ''); END $do$";
        site.rows(sql).await;
    }
}
