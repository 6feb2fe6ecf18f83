const dashed = /^(\d{4})-(\d{2})-(\d{2})$/;
const compact = /^(\d{4})(\d{2})(\d{2})$/;
const week = /^(\d{4})-W(\d{2})-([1-7])$/;
const named = /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (\d{1,2}),? (\d{4})$/i;
const dayFirst = /^(\d{1,2}) (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (\d{4})$/i;
const time = /^(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)? ?(z|utc|gmt|[+-]\d{2}(?::?\d{2})?)?$/i;
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/**
 * Ruby's `DateTime.parse` for the spellings that gitlab-api.md 1.3 lists; undefined: "expires_at is invalid".
 * No zone means UTC; parts of a millisecond are cut off.
 */
export function parseDateTime(text: string, now: Date): Date | undefined {
  const trimmed = text.trim();
  const [, datePart = "", timePart] = /^(.+?)(?:[Tt ](\d{2}:.*))?$/.exec(trimmed) ?? [];
  const day = parseDay(datePart, now);
  if (day === undefined || timePart === undefined) return day;
  const match = time.exec(timePart);
  if (match === null) return undefined;
  const [, hour, minute, second = "0", fraction = "", zone = "Z"] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, "0"));
  const [, sign, zoneHour, zoneMinute] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  const offset = (Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0)) * (sign === "-" ? -1 : 1);
  const minutes = Number(hour) * 60 + Number(minute) - offset;
  return new Date(day.getTime() + minutes * 60_000 + Number(second) * 1000 + milliseconds);
}

function parseDay(text: string, now: Date): Date | undefined {
  const plain = dashed.exec(text) ?? compact.exec(text);
  if (plain !== null) return day(Number(plain[1]), Number(plain[2]), Number(plain[3]));
  const byName = named.exec(text);
  if (byName !== null) {
    const month = months.indexOf(String(byName[1]).toLowerCase()) + 1;
    return day(Number(byName[3]), month, Number(byName[2]));
  }
  const byDay = dayFirst.exec(text);
  if (byDay !== null) {
    const month = months.indexOf(String(byDay[2]).toLowerCase()) + 1;
    return day(Number(byDay[3]), month, Number(byDay[1]));
  }
  const byWeek = week.exec(text);
  if (byWeek !== null) return weekDay(Number(byWeek[1]), Number(byWeek[2]), Number(byWeek[3]));
  const weekday = weekdays.indexOf(text.toLowerCase());
  const today = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
  if (weekday >= 0) return new Date(today.getTime() + (weekday - today.getUTCDay()) * dayLength);
  if (/^\d{2}$/.test(text)) return day(now.getUTCFullYear(), now.getUTCMonth() + 1, Number(text));
  return undefined;
}

const dayLength = 86_400_000;

/** ISO week 1 is the one with 4 January; a year has 52 or 53. */
function weekDay(year: number, number: number, weekday: number): Date | undefined {
  const monday = firstMonday(year) + (number - 1) * 7 * dayLength;
  if (number < 1 || monday >= firstMonday(year + 1)) return undefined;
  return new Date(monday + (weekday - 1) * dayLength);
}

function firstMonday(year: number): number {
  const january4 = new Date(Date.UTC(year, 0, 4));
  return january4.getTime() - ((january4.getUTCDay() + 6) % 7) * dayLength;
}

function day(year: number, month: number, date: number): Date | undefined {
  const result = new Date(Date.UTC(year, month - 1, date));
  result.setUTCFullYear(year, month - 1, date);
  return result.getUTCMonth() === month - 1 && result.getUTCDate() === date ? result : undefined;
}
