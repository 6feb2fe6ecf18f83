import { type AuditedToken, type AuditReport, findings } from "../../audit-report.js";
import { escapeHtml } from "./escape.js";

/** Those that somebody has to look at. */
const alerts: readonly string[] = ["expired-in-stack", "revoked-in-stack", "gone-in-stack", "expiring"];

const columns = ["ID", "Name", "Owner", "Scopes", "Expires", "Status", "Stack", "Findings"] as const;

/** All tokens, with what filters them; the filters are shown by the script that makes them work. */
export function tokensTable({ tokens }: AuditReport): string {
  const owners = [...new Map(tokens.map((token) => [ownerKey(token), ownerName(token)]))];
  const scopes = [...new Set(tokens.flatMap((token) => token.scopes))].sort();
  const found = Object.keys(findings).filter((name) =>
    tokens.some((token) => token.findings.includes(name as never)),
  );
  const head = columns.map((column) => `<th scope="col">${column}</th>`).join("");
  return `<section aria-labelledby="all"><h2 id="all">All deploy tokens</h2>
<form id="filters" hidden>
<div class="field"><label for="search">Search</label><input type="search" id="search" name="search" autocomplete="off"></div>
${select("Owner", "owner", byName(owners))}
${select(
  "Scope",
  "scope",
  scopes.map((scope) => [scope, scope]),
)}
${select(
  "Finding",
  "finding",
  [...found, "none"].map((name) => [name, name]),
)}
<div class="field narrow"><label for="order">Sort by</label><select id="order" name="order"></select></div>
<button type="reset">Show all</button></form>
<p id="shown" role="status">${tokens.length} deploy tokens</p>
<table id="tokens"><caption>Deploy tokens, without their values</caption><thead><tr>${head}</tr></thead>
<tbody>${tokens.map(row).join("\n")}</tbody></table></section>`;
}

function select(label: string, name: string, options: readonly (readonly [string, string])[]): string {
  const all = options.map(
    ([value, text]) => `<option value="${escapeHtml(value)}">${escapeHtml(text)}</option>`,
  );
  return `<div class="field"><label for="${name}">${label}</label><select id="${name}" name="${name}"><option value="">all</option>${all.join("")}</select></div>`;
}

function row(token: AuditedToken): string {
  const { deployTokenId, name, username, scopes, expiresAt, status, managedBy, findings: found } = token;
  const stacks = [...new Set(managedBy.map(({ stack }) => stack))].sort();
  const cells: readonly (readonly [key: string, content: string])[] = [
    [String(deployTokenId), String(deployTokenId)],
    [name.toLowerCase(), `${escapeHtml(name)}<br><small>${escapeHtml(username)}</small>`],
    [ownerName(token).toLowerCase(), escapeHtml(ownerName(token))],
    [scopes.join(" "), scopes.map((scope) => tag(scope)).join("")],
    // What never expires comes last.
    [expiresAt ?? "~", expiresAt === undefined ? "never" : date(expiresAt)],
    [status, escapeHtml(status)],
    [stacks.join(" "), stacks.length === 0 ? "none" : stacks.map(escapeHtml).join("<br>")],
    [found.join(" "), found.length === 0 ? "none" : found.map((finding) => tag(finding)).join("")],
  ];
  const filters = `data-owner="${escapeHtml(ownerKey(token))}" data-scope="${escapeHtml(scopes.join(" "))}" data-finding="${found.join(" ") || "none"}"`;
  const inner = cells.map(
    ([key, content], index) =>
      `<td data-label="${columns[index]}" data-key="${escapeHtml(key)}"><span>${content}</span></td>`,
  );
  return `<tr ${filters}>${inner.join("")}</tr>`;
}

function tag(text: string): string {
  return `<span class="tag${alerts.includes(text) ? " alert" : ""}">${escapeHtml(text)}</span>`;
}

function date(instant: string): string {
  return `<time datetime="${escapeHtml(instant)}">${escapeHtml(instant.slice(0, 10))}</time>`;
}

/** Without a space: the filters compare words. */
function ownerKey({ owner }: AuditedToken): string {
  return owner === undefined ? "unknown" : `${owner.kind}:${owner.id}`;
}

function ownerName({ owner }: AuditedToken): string {
  return owner === undefined ? "owner unknown" : `${owner.kind} ${owner.path}`;
}

function byName(pairs: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  return [...pairs].sort(([, a], [, b]) => (a < b ? -1 : 1));
}
