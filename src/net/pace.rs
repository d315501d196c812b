//! The bandwidth limit: how long to pause after a write.
//!
//! Source: stock counts what exceeds the rate and sleeps once the debt is worth a tenth of a second.

/// KiB/s as a budget of bytes over time.
#[derive(Debug)]
pub struct Pace {
    kib_s: u64,
    debt_bytes: u64,
    last_us: Option<u64>,
}

impl Pace {
    /// A limit in KiB/s; 0 = none.
    pub fn new(kib_s: u32) -> Self {
        Self { kib_s: u64::from(kib_s), debt_bytes: 0, last_us: None }
    }

    /// The most bytes for one write.
    pub fn write_max(&self) -> usize {
        if self.kib_s == 0 {
            usize::MAX
        } else {
            usize::try_from(self.kib_s.saturating_mul(128)).unwrap_or(usize::MAX).max(512)
        }
    }

    /// After `n` bytes were written at `now_us`: microseconds to pause.
    pub fn pause_us(&mut self, n: usize, now_us: u64) -> u64 {
        if self.kib_s == 0 {
            return 0;
        }
        let rate = self.kib_s.saturating_mul(1024);
        self.debt_bytes = self.debt_bytes.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        if let Some(last) = self.last_us {
            let earned = now_us.saturating_sub(last).saturating_mul(rate) / 1_000_000;
            self.debt_bytes = self.debt_bytes.saturating_sub(earned);
        }
        self.last_us = Some(now_us);
        let delay = self.debt_bytes.saturating_mul(1_000_000).checked_div(rate).unwrap_or(0);
        if delay < 100_000 { 0 } else { delay }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_megabyte_at_100_kib_s_takes_ten_seconds() {
        let mut pace = Pace::new(100);
        let (mut now, mut sent) = (0u64, 0usize);
        while sent < 1 << 20 {
            let n = pace.write_max().min(4096);
            sent += n;
            now += pace.pause_us(n, now);
        }
        assert!((9_900_000..10_400_000).contains(&now), "{now}");
    }

    #[test]
    fn no_limit_never_pauses() {
        assert_eq!(Pace::new(0).pause_us(1 << 30, 0), 0);
    }
}
