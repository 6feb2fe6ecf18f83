const dashed = /^([+-]?\d{4,})-(\d{1,2})-(\d{1,2})$/;
const compact = /^(\d{4})(\d{2})(\d{2})$/;
const week = /^(\d{4})-W(\d{2})-([1-7])$/;
const named = /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (\d{1,2}),? (\d{4})$/i;
const dayFirst = /^(\d{1,2}) (jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (\d{4})$/i;
const time =
  /^(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)? ?([a-z]{1,4}|[+-]\d{2}(?::?\d{2})?)?(?: \d{2}:?\d{2})?$/i;
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** Hours from UTC of common zones that Ruby knows by name. */
const zones: Readonly<Record<string, number>> = {
  z: 0,
  utc: 0,
  gmt: 0,
  wet: 0,
  bst: 1,
  cet: 1,
  west: 1,
  cest: 2,
  eet: 2,
  eest: 3,
  msk: 3,
  ist: 5.5,
  jst: 9,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
};

/** Ruby refuses longer texts before it reads them. */
const longest = 128;

/**
 * Ruby's `DateTime.parse` for the spellings that docs/emulator.md lists. No zone means UTC; fractions of a
 * millisecond are cut off.
 *
 * @returns undefined for "expires_at is invalid"; an invalid date for one that the database cannot store
 */
export function parseDateTime(text: string, now: Date): Date | undefined {
  if (text.length > longest) return undefined;
  const trimmed = text.trim();
  const [, datePart = "", timePart] = /^(.+?)(?:[Tt ](\d{2}:.*))?$/.exec(trimmed) ?? [];
  const day = parseDay(datePart, now);
  if (day === undefined || timePart === undefined) return day;
  const match = time.exec(timePart);
  if (match === null) return undefined;
  const [, hour, minute, second = "0", fraction = "", zone = "Z"] = match;
  const endOfDay = Number(hour) === 24 && Number(minute) === 0 && Number(second) === 0;
  if ((Number(hour) > 23 && !endOfDay) || Number(minute) > 59 || Number(second) > 60) return undefined;
  // A leap second is the last second of its minute.
  const seconds = Math.min(Number(second), 59);
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, "0"));
  const minutes = Number(hour) * 60 + Number(minute) - minutesFromUtc(zone);
  return new Date(day.getTime() + minutes * 60_000 + seconds * 1000 + milliseconds);
}

/** 0 for a name that Ruby does not know, and for an offset of more than a day. */
function minutesFromUtc(zone: string): number {
  const [, sign, hour, minute = "0"] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  if (hour === undefined) return (zones[zone.toLowerCase()] ?? 0) * 60;
  if (Number(hour) > 23 || Number(minute) > 59) return 0;
  return (Number(hour) * 60 + Number(minute)) * (sign === "-" ? -1 : 1);
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

/** The last year of a JavaScript date; PostgreSQL's is 294,276. */
const lastYear = 275_759;

function day(year: number, month: number, date: number): Date | undefined {
  // The calendar repeats after 400 years, so the same day of a year after 2000 is checked.
  const cycle = new Date(Date.UTC(2000 + (((year % 400) + 400) % 400), month - 1, date));
  if (cycle.getUTCMonth() !== month - 1 || cycle.getUTCDate() !== date) return undefined;
  if (Math.abs(year) > lastYear) return new Date(Number.NaN);
  const result = new Date(0);
  result.setUTCFullYear(year, month - 1, date);
  return result;
}

/** ActiveSupport's JSON: years have at least four digits, and a sign only before the year 0. */
export function formatDateTime(date: Date): string {
  const year = date.getUTCFullYear();
  const digits = String(Math.abs(year)).padStart(4, "0");
  return `${year < 0 ? "-" : ""}${digits}${date.toISOString().slice(-20)}`;
}
