import { counted } from "../../counted.js";
import {
  type AuditedToken,
  type AuditReport,
  findingNames,
  findings,
  openRequests,
  ownerText,
  tokensWith,
} from "../audit-report.js";
import { alignColumns } from "./columns.js";
import type { RenderOptions } from "./formats.js";
import { visible } from "./visible.js";

type Tabled = Pick<AuditReport, "tokens" | "targets" | "baseUrl" | "withinDays" | "unsettled">;

/** For a terminal: tokens with a finding of `failOn` first, then by id; a summary at the end. */
export function renderTable(report: Tabled, { failOn, columns }: Omit<RenderOptions, "call">): string {
  const weight = (token: AuditedToken) => (token.findings.some((finding) => failOn.has(finding)) ? 0 : 1);
  const tokens = [...report.tokens].sort(
    (a, b) => weight(a) - weight(b) || a.deployTokenId - b.deployTokenId,
  );
  const rows = [
    ["ID", "NAME", "OWNER", "SCOPES", "EXPIRES", "STACK", "FINDINGS"],
    ...tokens.map((token) => [
      String(token.deployTokenId),
      token.name,
      ownerText(token.owner) || "owner unknown",
      token.scopes.join(","),
      token.expiresAt?.split("T")[0] ?? "never",
      token.managedBy.map(({ stack }) => stack).join(",") || "-",
      token.findings.join(",") || "-",
    ]),
  ].map((row) => row.map(visible));
  return `${alignColumns(rows, columns)}\n\n${summary(report)}`;
}

/** How many of what, in a few lines. */
function summary(report: Tabled): string {
  const counts = findingNames
    .map((finding) => ({ finding, count: tokensWith(report, finding).length }))
    .filter(({ count }) => count > 0);
  const width = String(Math.max(0, ...counts.map(({ count }) => count))).length;
  const lines = counts.map(({ finding, count }) => {
    const within = finding === "expiring" ? ` (${counted(report.withinDays, "day")})` : "";
    return `  ${String(count).padStart(width)} ${finding}: ${findings[finding]}${within}`;
  });
  const what = counted(report.tokens.length, "deploy token");
  return [
    `${what} of ${report.targets.join(", ")} on ${report.baseUrl}`,
    ...lines,
    ...openRequests(report.unsettled),
  ]
    .join("\n")
    .concat("\n");
}
