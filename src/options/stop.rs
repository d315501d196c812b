//! `--stop-at`: a point in time of which only a part may be named, and the next moment that fits.
//!
//! Source: the manual of stock 3.5.0: `y-m-dTh:m` with dashes or slashes, a year of two digits, parts left out.

/// What was named; `None` fits anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StopAt {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    hour: Option<i64>,
    minute: i64,
}

/// How far ahead a moment is looked for, days: the calendar repeats within that.
const DAYS_AHEAD: i64 = 366 * 29;
const DAY_S: i64 = 86_400;

impl StopAt {
    /// Reads the option's value.
    pub fn read(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (date, time) = match text.split_once(['T', 't']) {
            Some((date, time)) => (date, Some(time)),
            None if text.contains(':') => ("", Some(text)),
            None => (text, None),
        };
        let mut stop = Self::default();
        if !date.is_empty() {
            let mut parts = date.rsplit(['-', '/']).map(|part| number(part, 4));
            stop.day = Some(parts.next()??).filter(|day| (1..=31).contains(day));
            stop.day?;
            stop.month = part(parts.next(), 1..=12)?;
            stop.year =
                part(parts.next(), 0..=9999)?.map(|year| if year < 100 { year.saturating_add(2000) } else { year });
            if parts.next().is_some() {
                return None;
            }
        }
        match time {
            None if date.is_empty() => return None,
            None => stop.hour = Some(0),
            Some(time) => {
                let (hour, minute) = time.split_once(':')?;
                stop.hour = if hour.is_empty() { None } else { part(Some(number(hour, 2)), 0..=23)? };
                stop.minute = part(Some(number(minute, 2)), 0..=59)??;
            }
        }
        Some(stop)
    }

    /// The first moment after `now` that fits, as seconds since 1970 would count local time. `civil` tells year, month and day
    /// of a number of days since 1970.
    pub fn next(&self, now: i64, civil: impl Fn(i64) -> Option<(i64, i64, i64)>) -> Option<i64> {
        let today = now.div_euclid(DAY_S);
        (0..DAYS_AHEAD).find_map(|ahead| {
            let day = today.saturating_add(ahead);
            let (year, month, date) = civil(day)?;
            let fits = |wanted: Option<i64>, value| wanted.is_none_or(|wanted| wanted == value);
            if !(fits(self.year, year) && fits(self.month, month) && fits(self.day, date)) {
                return None;
            }
            let hours = self.hour.map_or(0..=23, |hour| hour..=hour);
            let moment = |hour: i64| {
                let minutes = hour.saturating_mul(60).saturating_add(self.minute);
                day.saturating_mul(DAY_S).saturating_add(minutes.saturating_mul(60))
            };
            hours.map(moment).find(|moment| *moment > now)
        })
    }
}

fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() <= digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// A part that may be missing: `None` is a part that makes no sense.
fn part(found: Option<Option<i64>>, range: std::ops::RangeInclusive<i64>) -> Option<Option<i64>> {
    match found {
        None => Some(None),
        Some(value) => value.filter(|value| range.contains(value)).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::time::civil;

    /// 2021-02-03T04:05:06.
    const NOW: i64 = 1_612_325_106;

    fn next(text: &str) -> Option<String> {
        let moment = StopAt::read(text.as_bytes())?.next(NOW, civil)?;
        let (year, month, day) = civil(moment.div_euclid(DAY_S))?;
        let seconds = moment.rem_euclid(DAY_S);
        Some(format!("{year}-{month}-{day} {}:{}", seconds / 3600, seconds / 60 % 60))
    }

    #[test]
    fn the_next_moment_that_fits_is_meant() {
        for (text, moment) in [
            ("2037-01-01T00:00", "2037-1-1 0:0"),
            ("37/1/2T3:4", "2037-1-2 3:4"),
            ("1-30", "2022-1-30 0:0"),
            ("2-29", "2024-2-29 0:0"),
            ("14:00", "2021-2-3 14:0"),
            ("4:05", "2021-2-4 4:5"),
            ("1", "2021-3-1 0:0"),
            ("31", "2021-3-31 0:0"),
            (":59", "2021-2-3 4:59"),
            (":04", "2021-2-3 5:4"),
            ("3", "2021-3-3 0:0"),
        ] {
            assert_eq!(next(text).as_deref(), Some(moment), "{text}");
        }
    }

    #[test]
    fn what_is_past_or_no_time_is_refused() {
        assert_eq!(next("2000-01-01"), None);
        assert_eq!(next("2021-02-03T04:05"), None);
        for text in ["", "x", "1-2-3-4", "13-1", "0", "25:00", "1:60", "T", "1T", "2037-01-01T", "-1", "1--2"] {
            assert_eq!(StopAt::read(text.as_bytes()), None, "{text}");
        }
    }
}
