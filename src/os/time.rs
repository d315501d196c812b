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
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    text(i64::try_from(now.as_secs()).unwrap_or(0))
}

/// Seconds that local time is ahead of UTC.
fn offset(seconds: i64) -> i64 {
    // time_t has 32 bits on some targets: a time it cannot hold is shown in UTC.
    let Some(time) = to_time_t(seconds) else { return 0 };
    // SAFETY: `tm` is plain data for which zeros are valid, and both pointers live through the call.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&raw const time, &raw mut tm).is_null() {
            return 0;
        }
        widen(tm.tm_gmtoff)
    }
}

/// `tm_gmtoff`, whose width differs between targets.
fn widen(n: impl Into<i64>) -> i64 {
    n.into()
}

fn to_time_t<T: TryFrom<i64>>(seconds: i64) -> Option<T> {
    T::try_from(seconds).ok()
}

/// Year, month and day of a number of days since 1970 (proleptic Gregorian calendar).
fn civil(days: i64) -> Option<(i64, i64, i64)> {
    let z = days.checked_add(719_468)?;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    Some((yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1))
}
