import { createHash } from "node:crypto";
import { type AuditReport, type Finding, findings } from "../audit-report.js";
import { escapeHtml } from "./html/escape.js";
import { script } from "./html/script.js";
import { style } from "./html/style.js";
import { timeline } from "./html/timeline.js";
import { tokensTable } from "./html/tokens.js";

/**
 * One file that needs nothing else: no request leaves it, and only its own script runs.
 *
 * @see https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP
 */
export function renderHtml(report: AuditReport): string {
  const policy = `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(script)}; base-uri 'none'; form-action 'none'`;
  const host = new URL(report.baseUrl).host;
  const { targets, at, withinDays, stacks } = report;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Deploy tokens of ${escapeHtml(host)}</title>
<style>${style}</style></head>
<body><a class="skip" href="#all">To the deploy tokens</a>
<header><h1>Deploy tokens of ${escapeHtml(host)}</h1>
<p>${escapeHtml(targets.join(", "))}, as of <time datetime="${escapeHtml(at)}">${escapeHtml(at.slice(0, 16).replace("T", " "))} UTC</time></p>
<p>Stacks: ${stacks.length === 0 ? "none given" : escapeHtml(stacks.join(", "))}. Expiring means within ${withinDays} days.</p></header>
<main>${notes(report)}${counts(report)}${timeline(report)}${tokensTable(report)}</main>
<script>${script}</script></body></html>
`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function notes({ notes: all }: AuditReport): string {
  if (all.length === 0) return "";
  const items = all.map((note) => `<li>${escapeHtml(note)}</li>`).join("");
  return `<section class="notes" aria-label="Notes on this report"><ul>${items}</ul></section>`;
}

function counts({ tokens }: AuditReport): string {
  const count = (fits: (token: AuditReport["tokens"][number]) => boolean) => tokens.filter(fits).length;
  const kinds: readonly (readonly [string, number])[] = [
    ["deploy tokens", tokens.length],
    ...(["active", "expired", "revoked", "gone"] as const).map(
      (status) => [status, count((token) => token.status === status)] as const,
    ),
    ["of projects", count(({ owner }) => owner?.kind === "project")],
    ["of groups", count(({ owner }) => owner?.kind === "group")],
    ["owner unknown", count(({ owner }) => owner === undefined)],
  ];
  const found = (Object.keys(findings) as Finding[])
    .map((finding) => [finding, count((token) => token.findings.includes(finding))] as const)
    .filter(([, number]) => number > 0)
    .map(
      ([finding, number]) => `<tr><td>${finding}</td><td>${number}</td><td>${findings[finding]}</td></tr>`,
    );
  const table = `<table class="small"><caption>Findings</caption><thead><tr><th scope="col">Finding</th><th scope="col">Deploy tokens</th><th scope="col">Meaning</th></tr></thead><tbody>${found.join("")}</tbody></table>`;
  return `<section aria-labelledby="counts"><h2 id="counts">How many</h2>
<dl class="counts">${kinds.map(([what, number]) => `<div><dt>${what}</dt><dd>${number}</dd></div>`).join("")}</dl>
${found.length === 0 ? "<p>No findings.</p>" : `<div class="scrolls">${table}</div>`}</section>`;
}
