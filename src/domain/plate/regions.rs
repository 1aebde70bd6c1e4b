//! Which region issues a plate, by its first letters; names as Indonesians say them.
//!
//! Source: research/domain.md 3.2, and the codes given since 2022 to Papua's new provinces.

#[rustfmt::skip]
pub(super) const REGIONS: &[(&str, &str)] = &[
    ("A", "Banten"), ("AA", "Kedu"), ("AB", "Yogyakarta"), ("AD", "Surakarta"), ("AE", "Madiun"), ("AG", "Kediri"),
    ("B", "Jakarta"), ("BA", "Sumatera Barat"), ("BB", "Tapanuli"), ("BD", "Bengkulu"), ("BE", "Lampung"),
    ("BG", "Sumatera Selatan"), ("BH", "Jambi"), ("BK", "Sumatera Utara"), ("BL", "Aceh"), ("BM", "Riau"),
    ("BN", "Bangka Belitung"), ("BP", "Kepulauan Riau"), ("CC", "Konsulat"), ("CD", "Diplomatik"), ("D", "Bandung"),
    ("DA", "Kalimantan Selatan"), ("DB", "Minahasa"), ("DC", "Sulawesi Barat"), ("DD", "Makassar"),
    ("DE", "Maluku"), ("DG", "Maluku Utara"), ("DH", "Timor"), ("DK", "Bali"), ("DL", "Sangihe"), ("DM", "Gorontalo"),
    ("DN", "Sulawesi Tengah"), ("DP", "Luwu"), ("DR", "Lombok"), ("DS", "Papua"), ("DT", "Sulawesi Tenggara"),
    ("DW", "Bone"), ("E", "Cirebon"), ("EA", "Sumbawa"), ("EB", "Flores"), ("ED", "Sumba"), ("F", "Bogor"),
    ("G", "Pekalongan"), ("H", "Semarang"), ("K", "Pati"), ("KB", "Kalimantan Barat"), ("KH", "Kalimantan Tengah"),
    ("KT", "Kalimantan Timur"), ("KU", "Kalimantan Utara"), ("L", "Surabaya"), ("M", "Madura"), ("N", "Malang"),
    ("P", "Besuki"), ("PA", "Papua"), ("PB", "Papua Barat"), ("PG", "Papua Pegunungan"), ("PS", "Papua Selatan"),
    ("PT", "Papua Tengah"), ("PY", "Papua Barat Daya"), ("R", "Banyumas"), ("RI", "Kenegaraan"), ("S", "Bojonegoro"),
    ("T", "Karawang"), ("W", "Sidoarjo"), ("Z", "Garut"),
];
