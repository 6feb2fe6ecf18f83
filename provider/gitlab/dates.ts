const pattern = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2}))?$/;

/** GitLab's own "never": reads back as null. https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/forever.rb */
export const never = "3000-01-01T00:00:00.000Z";

/**
 * The instant that a date (`YYYY-MM-DD`, 00:00 UTC at its start) or an RFC 3339 date-time names, as
 * `2027-01-31T00:00:00.000Z`, to the millisecond as GitLab keeps it; undefined where it is neither.
 */
export function normalizeInstant(text: string): string | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", zone = "Z"] = match;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const wall = new Date(`${local}Z`);
  // Date rolls 02-30 over into March: only what comes back as it went in is a real date.
  if (Number.isNaN(wall.getTime()) || !wall.toISOString().startsWith(local)) return undefined;
  const instant = new Date(`${local}.${fraction.slice(0, 3).padEnd(3, "0")}${zone.toUpperCase()}`);
  if (Number.isNaN(instant.getTime()) || instant.getUTCFullYear() < 1) return undefined;
  const iso = instant.toISOString();
  return iso.length === never.length ? iso : undefined;
}

/** GitLab enforces an expiry to the instant, whatever its day-granular `expired` flag says. */
export function isPast(instant: string, now: Date): boolean {
  return Date.parse(instant) <= now.getTime();
}
