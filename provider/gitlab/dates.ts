const pattern = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2}))?$/;

/** GitLab's own "never", which it returns as null. https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/forever.rb */
const never = "3000-01-01T00:00:00.000Z";

/**
 * The instant that a date (`YYYY-MM-DD`, 00:00 UTC at its start) or an RFC 3339 date-time names, as
 * `2027-01-31T00:00:00.000Z`, in milliseconds as GitLab stores it; undefined if the text is neither.
 */
export function normalizeInstant(text: string): string | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", zone = "Z"] = match;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const wall = new Date(`${local}Z`);
  // Date turns 02-30 into a day in March: a real date comes back unchanged.
  if (Number.isNaN(wall.getTime()) || !wall.toISOString().startsWith(local)) return undefined;
  const instant = new Date(`${local}.${fraction.slice(0, 3).padEnd(3, "0")}${zone.toUpperCase()}`);
  if (Number.isNaN(instant.getTime()) || instant.getUTCFullYear() < 1) return undefined;
  const iso = instant.toISOString();
  return iso.length === never.length ? iso : undefined;
}

/** An expiry in its normal form, with `never` as undefined. What is not a date stays, for the message that refuses it. */
export function normalizeExpiry(given: unknown): unknown {
  const instant = typeof given === "string" ? normalizeInstant(given) : undefined;
  return instant === never ? undefined : (instant ?? given);
}

/**
 * The expiry of any token in GitLab, in the normal form for the years 1 to 9999, otherwise unchanged. It never throws,
 * because a token of somebody else must not fail a command.
 */
export function readExpiry(given: unknown): string | undefined {
  if (given === null || given === undefined) return undefined;
  const text = typeof given === "string" ? given : JSON.stringify(given);
  return normalizeInstant(text) ?? text;
}

const year = /^([+-]?\d{4,})-\d{2}-\d{2}T/;

/** The time of an expiry in milliseconds: infinite after the year 9999 or before 1, NaN if it is unreadable. */
export function instantOf(expiry: string): number {
  const instant = normalizeInstant(expiry);
  if (instant !== undefined) return Date.parse(instant);
  const number = Number(year.exec(expiry)?.[1]);
  if (number > 9999) return Number.POSITIVE_INFINITY;
  return number < 1 ? Number.NEGATIVE_INFINITY : Number.NaN;
}

export function isNever(expiry: string | undefined): boolean {
  return expiry === undefined || instantOf(expiry) === Number.POSITIVE_INFINITY;
}

/** Whether an expiry has passed. GitLab enforces it at the exact time; its flag `expired` follows a day later. */
export function isPast(expiry: string, now: Date): boolean {
  return instantOf(expiry) <= now.getTime();
}
