import { createHash } from "node:crypto";
import { counted } from "../../counted.js";
import type { AuditReport } from "../audit-report.js";
import type { AuditCall } from "../next-steps.js";
import { attention, later, verdict } from "./html/attention.js";
import { overview } from "./html/overview.js";
import { script } from "./html/script.js";
import { style } from "./html/style.js";
import { tokensTable } from "./html/tokens.js";
import { escapeMarkup } from "./markup.js";

/**
 * One file that needs nothing else: no request leaves it, and only its own script runs.
 *
 * @see https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP
 */
export function renderHtml(report: AuditReport, call: AuditCall): string {
  const policy = `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(script)}; base-uri 'none'; form-action 'none'`;
  const title = `Deploy tokens of ${escapeMarkup(new URL(report.baseUrl).host)}`;
  const { targets, at, withinDays, stacks } = report;
  const joined = (all: readonly string[]) => all.map((each) => `<bdi>${escapeMarkup(each)}</bdi>`).join(", ");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style></head>
<body><a class="skip" href="#list">Skip to the deploy tokens</a>
<header><h1>${title}</h1>
${verdict(report)}
<p>${joined(targets)}, ${stacks.length === 0 ? "no stack given" : `compared with ${joined(stacks)}`}. As of <time datetime="${escapeMarkup(at)}">${escapeMarkup(at.slice(0, 16).replace("T", " "))} UTC</time>. “Soon” is within ${counted(withinDays, "day")}.</p>
<p id="age"></p></header>
<main><div class="top">${attention(report, call)}${overview(report)}</div>${later(report, call)}${tokensTable(report)}</main><p id="said" role="status"></p>
<script>${script}</script></body></html>
`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
