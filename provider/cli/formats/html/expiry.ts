import { escapeMarkup } from "../markup.js";

const day = 86_400_000;
const format = new Intl.RelativeTimeFormat("en");

/** `in 12 days`, as seen on the report's date; dates of UTC, as GitLab's are. */
export function inWords(instant: string, at: string): string {
  const days = Math.round((midnight(instant) - midnight(at)) / day);
  if (!Number.isFinite(days)) return instant;
  if (days === 0) return "today";
  const size = Math.abs(days);
  if (size < 60) return format.format(days, "day");
  if (size < 730) return format.format(Math.round(days / 30.44), "month");
  return format.format(Math.round(days / 365.25), "year");
}

/** The words, and the exact date. */
export function expiry(instant: string, at: string): string {
  const exact = escapeMarkup(instant);
  const past = instant < at ? ' class="past"' : "";
  return `<time datetime="${exact}" title="${exact}"${past}>${escapeMarkup(inWords(instant, at))}</time>`;
}

function midnight(instant: string): number {
  return Date.parse(instant.slice(0, 10));
}
