//! Words that push the operator's liability onto the customer. UU 8/1999 tentang Perlindungan Konsumen, pasal 18 ayat (1)
//! huruf a, forbids them on tickets; ayat (3) makes them void, pasal 62 threatens five years or Rp 2 miliar. Parking is a
//! deposit (MA 3416 K/Pdt/1985). A caution ("jangan tinggalkan barang berharga") is none, and neither is a lost ticket's fine.

/// No, in either language, with what people shorten it to.
const NEGATIONS: &[&str] = &[
    "bukan",
    "bukanlah",
    "bkn",
    "tidak",
    "tidaklah",
    "tdk",
    "tak",
    "tiada",
    "tanpa",
    "bebas",
    "dibebaskan",
    "membebaskan",
    "lepas",
    "melepaskan",
    "dilepaskan",
    "menolak",
    "not",
    "no",
    "never",
    "without",
    "cannot",
    "isnt",
    "arent",
    "disclaim",
    "disclaims",
    "disclaimed",
    "denies",
    "waive",
    "waives",
    "waived",
    "exempt",
    "neither",
    "nor",
];

/// Being answerable, in one word.
const ANSWERABLE: &[&str] = &[
    "tgjwb",
    "tggjwb",
    "tgjawab",
    "pertanggungjawaban",
    "responsible",
    "responsibility",
    "responsibilities",
    "liable",
    "liability",
    "liabilities",
    "accountable",
];

/// Making good: a disclaimer only where it is about what stands in the car park.
const MAKING_GOOD: &[&str] = &[
    "menanggung",
    "ditanggung",
    "tanggungan",
    "mengganti",
    "penggantian",
    "kompensasi",
    "klaim",
    "tuntutan",
    "gugatan",
    "menuntut",
    "ganti",
    "claims",
    "compensation",
];

const KEPT_THINGS: &[&str] = &[
    "kehilangan",
    "kerusakan",
    "kerugian",
    "pencurian",
    "kecurian",
    "kendaraan",
    "barang",
    "helm",
    "mobil",
    "motor",
    "harta",
    "loss",
    "losses",
    "damage",
    "damages",
    "theft",
    "vehicle",
    "vehicles",
    "belongings",
    "valuables",
];

/// Who is made to bear it.
const CUSTOMERS: &[&str] = &[
    "pemilik",
    "pengguna",
    "pengendara",
    "pengemudi",
    "pengunjung",
    "konsumen",
    "pelanggan",
    "penyewa",
    "penumpang",
    "anda",
    "sendiri",
    "masing",
    "pribadi",
    "own",
    "owner",
    "owners",
    "customer",
    "customers",
    "driver",
    "drivers",
    "user",
    "users",
    "your",
    "parker",
];

const RISK: &[&str] = &["risiko", "resiko", "risk", "risks"];

/// The end of a sentence: nothing is read across it.
const END: &str = ".";

/// Lower-case words with sentence ends between them. Digits that stand for letters (`t4nggung`) are letters again, and
/// what is written apart or in one is one: `tanggung jawab`.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let end_word = |word: &mut String, words: &mut Vec<String>| {
        if word.chars().any(char::is_alphabetic) {
            let letter = |c: char| match c {
                '0' => 'o',
                '1' => 'i',
                '3' => 'e',
                '4' => 'a',
                '5' => 's',
                c => c,
            };
            words.push(word.chars().map(letter).collect());
        }
        word.clear();
    };
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        if c == '\'' || c == '\u{2019}' {
            continue;
        }
        let ends = matches!(c, '.' | '!' | '?' | ';') && !abbreviated(&word);
        end_word(&mut word, &mut words);
        if ends {
            words.push(END.to_owned());
        }
    }
    end_word(&mut word, &mut words);
    let apart = |word: String| match word.as_str() {
        "tanggungjawab" | "tanggungjawabnya" => vec!["tanggung".to_owned(), "jawab".to_owned()],
        "bertanggungjawab" => vec!["bertanggung".to_owned(), "jawab".to_owned()],
        _ => vec![word],
    };
    words.into_iter().flat_map(apart).collect()
}

/// `tdk`, `bertgg`: short, or without a vowel near its end, as no Indonesian word but one in -ng is.
fn abbreviated(word: &str) -> bool {
    let mut last = word.chars().rev();
    let consonant = |c: Option<char>| c.is_some_and(|c| !"aiueo".contains(c));
    word.chars().count() <= 3 || !word.ends_with("ng") && consonant(last.next()) && consonant(last.next())
}

fn is(word: &str, list: &[&str]) -> bool {
    list.contains(&word)
}

/// "tanggung jawab" and its like at this place: how many words.
fn duty(words: &[String], at: usize) -> Option<usize> {
    let word = words[at].as_str();
    let next = words.get(at + 1).map(String::as_str).unwrap_or_default();
    let first = matches!(word, "tanggung" | "bertanggung" | "tgg" | "tg" | "bertgg" | "tangung" | "t");
    if first && matches!(next, "jawab" | "jwb" | "jwab" | "jawabnya" | "jawaban") {
        return Some(2);
    }
    is(word, ANSWERABLE).then_some(1)
}

/// The words of a liability disclaimer, as a person finds them again; `None` where there is none.
pub fn find(text: &str) -> Option<String> {
    let words = words(text);
    let sentence = |at: usize| {
        let begin = words[..at].iter().rposition(|w| w == END).map_or(0, |i| i + 1);
        let end = words[at..].iter().position(|w| w == END).map_or(words.len(), |i| at + i);
        begin..end
    };
    let phrase = |from: usize, to: usize| Some(words[from..to.min(words.len())].join(" "));
    for at in 0..words.len() {
        let here = sentence(at);
        let before = |far: usize| here.start.max(at.saturating_sub(far))..at;
        let no = |far: usize| before(far).find(|i| is(&words[*i], NEGATIONS));
        let kept = || words[here.clone()].iter().any(|w| is(w, KEPT_THINGS));
        let behind =
            |from: usize, far: usize| (from..here.end.min(from + far)).find(|i| is(&words[*i], CUSTOMERS));
        if let Some(length) = duty(&words, at) {
            let shared = words[at] == "bertanggung";
            // "Tiket tidak boleh dilipat / Kami bertanggung jawab": another line's no.
            let promise = shared && at > here.start && matches!(words[at - 1].as_str(), "kami" | "pengelola");
            if let Some(from) = no(5).filter(|from| !promise || at - from < 4) {
                return phrase(from, at + length);
            }
            let denied = (at + length..here.end.min(at + length + 2))
                .find(|i| is(&words[*i], &["bukan", "bkn", "bukanlah"]));
            if let Some(to) = denied.or_else(|| behind(at + length, 2).filter(|_| !shared)) {
                return phrase(at, to + 1);
            }
        }
        if is(&words[at], RISK) {
            if let Some(to) = behind(at + 1, 3) {
                return phrase(at, to + 1);
            }
            if let Some(from) = before(3).find(|i| is(&words[*i], CUSTOMERS)) {
                return phrase(from, at + 1);
            }
        }
        if is(&words[at], MAKING_GOOD) && kept() {
            if let Some(from) = no(4) {
                return phrase(from, at + 1);
            }
            if let Some(to) =
                behind(at + 1, 2).filter(|_| matches!(words[at].as_str(), "ditanggung" | "tanggungan"))
            {
                return phrase(at, to + 1);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REFUSED: &[&str] = &[
        "Kehilangan dan kerusakan bukan tanggung jawab kami",
        "kehilangan/kerusakan bukan tanggung jawab pengelola",
        "Segala kehilangan barang bukan menjadi tanggung jawab pengelola parkir",
        "Pengelola tidak bertanggung jawab atas kehilangan kendaraan",
        "Kami TIDAK BERTANGGUNGJAWAB atas barang di dalam kendaraan",
        "Pengelola tdk bertgg. jwb atas kehilangan helm",
        "Kehilangan bkn tanggungjawab kami",
        "Kehilangan barang menjadi tanggung jawab pemilik kendaraan",
        "Kerusakan merupakan tanggung jawab masing-masing",
        "Parkir dengan risiko sendiri",
        "Segala resiko ditanggung pemilik kendaraan",
        "Segala kerusakan ditanggung pemilik",
        "Tidak ada ganti rugi atas kehilangan barang",
        "Tidak melayani klaim kehilangan kendaraan",
        "Kami tidak mengganti kehilangan helm",
        "Pengelola dibebaskan dari segala tanggung jawab",
        "Tanpa tanggung jawab atas kendaraan yang hilang",
        "Tanggung jawab bukan pada pengelola",
        "B*kan t4nggung jawab kami, kehil4ngan bukan t4nggung j4wab kami",
        "Management is not responsible for loss or damage",
        "We accept no liability for theft from vehicles",
        "The operator isn't liable for any damage",
        "Park at your own risk",
        "Vehicles are parked at owner's risk",
        "The company disclaims all responsibility",
    ];

    const ALLOWED: &[&str] = &[
        "Simpan tiket ini dengan baik",
        "Jangan tinggalkan barang berharga di dalam kendaraan",
        "Hilang tiket dikenakan denda Rp 20.000",
        "Tiket hilang dikenakan denda, tunjukkan STNK",
        "Pengelola bertanggung jawab atas kendaraan Anda",
        "Keamanan kendaraan Anda adalah tanggung jawab kami",
        "Tiket tidak boleh hilang. Kami bertanggung jawab atas kendaraan Anda.",
        "Tiket tidak boleh dilipat\nKami bertanggung jawab atas kendaraan Anda",
        "Tiket rusak tidak mendapat penggantian",
        "Biaya bank tidak ditanggung pengelola",
        "Terima kasih, selamat jalan",
        "No. Tiket wajib diperlihatkan",
        "Pengaduan kehilangan: 0812-0000-0000",
        "Kunci ganda kendaraan anda",
        "Thank you, drive safely",
        "Do not leave valuables in your vehicle",
        "",
    ];

    #[test]
    fn what_pushes_liability_onto_the_customer_is_found() {
        for text in REFUSED {
            assert!(find(text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_caution_a_fine_and_a_promise_are_no_disclaimers() {
        for text in ALLOWED {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn it_is_told_by_its_own_words() {
        assert_eq!(find("Maaf, kehilangan BUKAN tanggung-jawab kami").as_deref(), Some("bukan tanggung jawab"));
    }

    proptest! {
        #[test]
        fn neither_case_nor_layout_hides_it(
            which in 0..REFUSED.len(),
            shout in any::<bool>(),
            gaps in prop::collection::vec(prop::sample::select(vec![" ", "  ", "\n", " - ", ", ", "/", " * "]), 40),
            front in prop::sample::select(vec!["", "Terima kasih.\n", "Simpan tiket ini dengan baik. "]),
        ) {
            let mut gaps = gaps.into_iter();
            let mut text = front.to_owned();
            for word in REFUSED[which].split(' ') {
                text.push_str(word);
                text.push_str(gaps.next().unwrap_or(" "));
            }
            let text = if shout { text.to_uppercase() } else { text };
            prop_assert!(find(&text).is_some(), "{text}");
        }

        #[test]
        fn no_text_at_all_makes_it_fail(text in any::<String>()) {
            let _ = find(&text);
        }
    }
}
