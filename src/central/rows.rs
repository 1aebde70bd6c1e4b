//! Lists from the centre, read one by one: a row this version cannot read is told in the log and left out. One odd row
//! must not hide all others, nor turn a link red.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// For fields: `#[serde(deserialize_with = "rows::each")]`.
pub(super) fn each<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Vec::<Value>::deserialize(from)?.into_iter().filter_map(one).collect())
}

/// A list that is the whole answer.
#[derive(Deserialize)]
#[serde(transparent, bound = "T: DeserializeOwned")]
pub(super) struct Rows<T>(#[serde(deserialize_with = "each")] pub Vec<T>);

pub(super) fn one<T: DeserializeOwned>(row: Value) -> Option<T> {
    T::deserialize(&row)
        .inspect_err(|error| tracing::warn!(target: "central", %error, %row, "baris yang tidak terbaca dilewati"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_cannot_be_read_hides_no_other() {
        let Rows(rows): Rows<u32> = serde_json::from_str(r#"[1,-1,"x",null,{"a":[1]},2]"#).unwrap();
        assert_eq!(rows, [1, 2]);
        assert!(serde_json::from_str::<Rows<u32>>("{}").is_err(), "no list at all is an answer of another shape");
    }
}
