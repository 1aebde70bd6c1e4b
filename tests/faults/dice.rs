//! Chance that can be had again: every scenario that throws dice says its seed when it fails.

pub struct Dice(u64);

impl Dice {
    /// `PARKIR_SEED` sets it; else the clock does, and it is told.
    pub fn new(scenario: &str) -> Self {
        let given = std::env::var("PARKIR_SEED").ok().and_then(|word| word.parse().ok());
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let seed = given.unwrap_or(u64::from(since.subsec_nanos()) ^ since.as_secs());
        println!("{scenario}: PARKIR_SEED={seed}");
        Self::of(seed)
    }

    pub fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn word(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Uniform enough, below `most`.
    pub fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.word() >> 16).unwrap() % most.max(1)
    }
}
