import { counted } from "../../../counted.js";
import { instantOf, isNever } from "../../../gitlab/dates.js";
import type { AuditReport } from "../../audit-report.js";
import { escapeMarkup } from "../markup.js";

/** How many months the timeline shows at most; what expires later is one bar of its own. */
const mostMonths = 36;

interface Bar {
  /** `2027-01`, or `later`. */
  readonly label: string;
  readonly count: number;
}

/** How many living tokens expire in each month from the report's on. Pure. */
export function expiryByMonth(report: AuditReport): Bar[] {
  const expiries = report.tokens.flatMap(({ status, expiresAt }) =>
    status === "active" && expiresAt !== undefined && Number.isFinite(instantOf(expiresAt))
      ? [expiresAt.slice(0, 7)]
      : [],
  );
  if (expiries.length === 0) return [];
  const last = String([...expiries].sort().at(-1));
  const months = monthsFrom(report.at, last);
  const bars = months.map((label) => ({ label, count: expiries.filter((month) => month === label).length }));
  const later = expiries.filter((month) => month > String(months.at(-1))).length;
  return later === 0 ? bars : [...bars, { label: "later", count: later }];
}

function monthsFrom(at: string, last: string): string[] {
  const [year, month] = [Number(at.slice(0, 4)), Number(at.slice(5, 7))];
  const all = Array.from({ length: mostMonths }, (_, index) =>
    new Date(Date.UTC(year, month - 1 + index, 1)).toISOString().slice(0, 7),
  );
  return all.filter((label) => label <= last);
}

const size = { width: 360, height: 120, bottom: 18, top: 14 };

/** What expires when: a picture, and the same as a table. */
export function timeline(report: AuditReport): string {
  const bars = expiryByMonth(report);
  const never = report.tokens.filter(
    ({ status, expiresAt }) => status === "active" && isNever(expiresAt),
  ).length;
  const aside =
    never === 0 ? "" : `<p><strong>${never}</strong> never ${never === 1 ? "expires" : "expire"}.</p>`;
  const body = bars.length === 0 ? "<p>No active deploy token has an expiry.</p>" : chart(bars);
  return `<h3>What expires when</h3>${body}${aside}`;
}

function chart(bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ count }) => count));
  const step = size.width / bars.length;
  const width = Math.min(step * 0.7, 40);
  const base = size.height - size.bottom;
  // Neither the names of months nor the numbers overlap.
  const every = Math.ceil(bars.length / 7);
  const isRoomy = String(most).length * 7 <= step;
  const drawn = bars.map(({ label, count }, index) => {
    const height = (count / most) * (base - size.top);
    const [middle, y] = [(index + 0.5) * step, base - height];
    const name = index % every === 0 ? text(middle, size.height - 4, label) : "";
    if (count === 0) return name;
    const number = isRoomy || count === most ? text(middle, y - 3, String(count)) : "";
    return `<rect class="bar" x="${fixed(middle - width / 2)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}"><title>${label}: ${count}</title></rect>${number}${name}`;
  });
  const rows = bars
    .filter(({ count }) => count > 0)
    .map(({ label, count }) => `<tr><td>${escapeMarkup(label)}</td><td>${count}</td></tr>`);
  return `<svg viewBox="-16 0 ${size.width + 32} ${size.height}" role="img" aria-label="Deploy tokens that expire, by month: ${counted(bars.length, "month")}, at most ${most} in one; the table below has the numbers"><line class="axis" x1="0" x2="${size.width}" y1="${base}" y2="${base}"/>${drawn.join("")}</svg><details><summary>As a table</summary><table><thead><tr><th scope="col">Month</th><th scope="col">Deploy tokens</th></tr></thead><tbody>${rows.join("")}</tbody></table></details>`;
}

function text(x: number, y: number, label: string): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}">${escapeMarkup(label)}</text>`;
}

function fixed(number: number): string {
  return number.toFixed(1);
}
