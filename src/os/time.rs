//! Local time as text.

use nix::libc;

/// `YYYY/MM/DD HH:MM:SS` of a time in seconds since 1970, local time.
pub fn text(seconds: i64) -> String {
    let seconds = seconds.saturating_add(offset(seconds));
    let days = seconds.div_euclid(86_400);
    let rest = seconds.rem_euclid(86_400);
    let Some((year, month, day)) = civil(days) else { return "(time out of range)".to_owned() };
    format!("{year:04}/{month:02}/{day:02} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// The current time as text.
pub fn now_text() -> String {
    text(now())
}

/// The current time, seconds since 1970.
pub fn now() -> i64 {
    // Not the standard library's clock: on 32-bit musl that one ends in 2038.
    rustix::time::clock_gettime(rustix::time::ClockId::Realtime).tv_sec
}

/// How many seconds are left until the local time that `next` finds after the local time it is given; `None`: it finds none.
pub fn until_local(next: impl FnOnce(i64) -> Option<i64>) -> Option<u64> {
    let now = now();
    let here = offset(now);
    let moment = next(now.saturating_add(here))?;
    // Summer time may have begun or ended by then.
    let there = offset(moment.saturating_sub(here));
    u64::try_from(moment.saturating_sub(there).saturating_sub(now)).ok().filter(|left| *left > 0)
}

/// Seconds that local time is ahead of UTC.
fn offset(seconds: i64) -> i64 {
    let Some(time) = to_time_t(seconds).or_else(|| to_time_t(alike(seconds))) else { return 0 };
    // SAFETY: `tm` is plain data for which zeros are valid, and both pointers live through the call.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&raw const time, &raw mut tm).is_null() {
            return 0;
        }
        widen(tm.tm_gmtoff)
    }
}

/// A time before 2038 in a year of the same calendar, for a `time_t` of 32 bits: summer begins on the same day there as far
/// as today's rules go. The calendar repeats after 28 years, until 2100.
fn alike(seconds: i64) -> i64 {
    const CYCLE: i64 = (28 * 365 + 7) * 86_400;
    const END: i64 = 1 << 31;
    END - CYCLE + (seconds - (END - CYCLE)).rem_euclid(CYCLE)
}

/// `tm_gmtoff`, whose width differs between targets.
fn widen(n: impl Into<i64>) -> i64 {
    n.into()
}

fn to_time_t<T: TryFrom<i64>>(seconds: i64) -> Option<T> {
    T::try_from(seconds).ok()
}

/// Year, month and day of a number of days since 1970 (proleptic Gregorian calendar).
pub fn civil(days: i64) -> Option<(i64, i64, i64)> {
    let z = days.checked_add(719_468)?;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    Some((yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_2038_the_date_is_right() {
        let date = |seconds: i64| civil(seconds.div_euclid(86_400));
        assert_eq!(date(1 << 31), Some((2038, 1, 19)));
        assert_eq!(date(5_000_000_000), Some((2128, 6, 11)));
    }

    #[test]
    fn summer_time_goes_on_after_2038() {
        // Noon of 2 July in 2040 and 2012, both Mondays of leap years.
        assert_eq!(alike(2_224_843_200), 1_341_230_400);
        for seconds in [1 << 31, 4_000_000_000, 5_000_000_000, i64::from(i32::MIN) - 1, 253_402_300_799] {
            let like = alike(seconds);
            assert!(i32::try_from(like).is_ok(), "{seconds}");
            assert_eq!((seconds - like) % (7 * 86_400), 0, "{seconds}: another day of the week");
        }
    }
}
