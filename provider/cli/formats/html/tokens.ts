import { counted } from "../../../counted.js";
import { type AuditedToken, type AuditReport, ownerText } from "../../audit-report.js";
import { findingsByUrgency, urgencies, urgencyOf } from "../../next-steps.js";
import { escapeMarkup } from "../markup.js";
import { visible } from "../visible.js";
import { expiry } from "./expiry.js";

interface Column {
  readonly key: string;
  readonly label: string;
  /** HTML; empty where there is nothing to say. */
  readonly cell: (token: AuditedToken, at: string) => string;
  /** What it sorts by, if not by the cell's text. */
  readonly order?: (token: AuditedToken) => string;
}

const columns: readonly Column[] = [
  {
    key: "name",
    label: "Name",
    cell: ({ name, username }) => `<b>${escapeMarkup(name)}</b> <small>${escapeMarkup(username)}</small>`,
  },
  {
    key: "finding",
    label: "Findings",
    cell: ({ findings }) =>
      sorted(findings)
        .map((finding) => `<span class="tag ${urgencies[finding]}">${finding}</span>`)
        .join(" "),
    order: (token) => rank(token),
  },
  {
    key: "expires",
    label: "Expires",
    cell: ({ expiresAt }, at) =>
      expiresAt === undefined
        ? "never"
        : `${expiry(expiresAt, at)} <small>${escapeMarkup(expiresAt.slice(0, 10))}</small>`,
    // What never expires comes last.
    order: ({ expiresAt }) => expiresAt ?? "99999",
  },
  { key: "owner", label: "Owner", cell: (token) => escapeMarkup(ownerName(token)) },
  { key: "scope", label: "Scopes", cell: ({ scopes }) => scopes.map(escapeMarkup).join(", ") },
  {
    key: "stack",
    label: "Stack",
    cell: ({ managedBy }) => [...new Set(managedBy.map(({ stack }) => stack))].map(escapeMarkup).join(", "),
  },
  { key: "id", label: "ID", cell: ({ deployTokenId }) => String(deployTokenId) },
];

/** All tokens, the most urgent first, with what filters them; the script that makes the filters work shows them. */
export function tokensTable({ tokens: all, at }: AuditReport): string {
  const tokens = [...all].sort(
    (a, b) =>
      compare(rank(a), rank(b)) ||
      compare(a.expiresAt ?? "~", b.expiresAt ?? "~") ||
      a.deployTokenId - b.deployTokenId,
  );
  const shown = columns.filter(({ cell }) => tokens.some((token) => cell(token, at) !== ""));
  const head = shown.map(({ key, label }) => `<th scope="col" data-k="${key}">${label}</th>`).join("");
  const owners = tokens
    .map((token) => [ownerKey(token), ownerName(token)] as const)
    .sort(([, a], [, b]) => compare(a, b));
  const kinds = (["project", "group"] as const)
    .filter((kind) => tokens.some(({ owner }) => owner?.kind === kind))
    .map((kind) => [kind, `all ${kind}s`] as const);
  const same = (values: readonly string[]) => values.map((value) => [value, value] as const);
  return `<section aria-labelledby="list"><h2 id="list" tabindex="-1">Deploy tokens</h2>
<form id="filters" hidden><label>Search<input type="search" name="q" autocomplete="off"></label>${[
    select("Finding", "finding", same(sorted(tokens.flatMap(({ findings }) => findings)))),
    select("Status", "status", same(tokens.map(({ status }) => status))),
    select("Owner", "owner", [...(kinds.length > 1 ? kinds : []), ...owners]),
    select("Scope", "scope", same(tokens.flatMap(({ scopes }) => scopes).sort())),
    select(
      "Sort by",
      "sort",
      shown.map(({ key, label }) => [key, label] as const),
      "urgency",
    ),
  ].join("")}<a id="clear" href="#all">Show all</a></form>
<p id="shown" role="status">${tokens.length} of ${counted(tokens.length, "deploy token")}</p>
<table id="tokens"><caption>Values of tokens are not in this report.</caption><thead><tr>${head}</tr></thead>
<tbody>${tokens.map((token) => row(token, shown, at)).join("\n")}</tbody></table></section>`;
}

function select(
  label: string,
  name: string,
  options: readonly (readonly [value: string, text: string])[],
  none = "all",
): string {
  const unique = [...new Map(options)];
  if (unique.length < (name === "finding" ? 1 : 2)) return "";
  const items = unique.map(
    ([value, text]) => `<option value="${escapeMarkup(value)}">${escapeMarkup(text)}</option>`,
  );
  return `<label${name === "sort" ? ' class="narrow"' : ""}>${label}<select name="${name}"><option value="">${none}</option>${items.join("")}</select></label>`;
}

function row(token: AuditedToken, shown: readonly Column[], at: string): string {
  const { owner, status, scopes, findings } = token;
  const pairs: readonly (readonly [string, string])[] = [
    ["status", status],
    ["owner", ownerKey(token)],
    ...(owner === undefined ? [] : [["owner", owner.kind] as const]),
    ...scopes.map((scope) => ["scope", scope] as const),
    ...findings.map((finding) => ["finding", finding] as const),
  ];
  const filters = pairs.map(([key, value]) => `${key}=${encodeURIComponent(visible(value))}`).join("&amp;");
  const cells = shown.map(({ key, cell, order }) => {
    const sortBy = order === undefined ? "" : ` data-o="${escapeMarkup(order(token))}"`;
    const tag = key === "name" ? "th" : "td";
    return `<${tag}${key === "name" ? ' scope="row"' : ""} class="${key}"${sortBy}>${cell(token, at)}</${tag}>`;
  });
  return `<tr class="${urgencyOf(token) ?? ""}" data-f="${filters}">${cells.join("")}</tr>`;
}

/** Distinct, the most urgent first. */
function sorted(findings: AuditedToken["findings"]): AuditedToken["findings"] {
  return findingsByUrgency.filter((finding) => findings.includes(finding));
}

/** `00` for the most urgent finding. */
function rank({ findings }: AuditedToken): string {
  const first = findingsByUrgency.findIndex((finding) => findings.includes(finding));
  return String(first < 0 ? findingsByUrgency.length : first).padStart(2, "0");
}

function ownerKey({ owner }: AuditedToken): string {
  return owner === undefined ? "unknown" : `${owner.kind}-${owner.id}`;
}

function ownerName({ owner }: AuditedToken): string {
  return ownerText(owner) || "owner unknown";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
