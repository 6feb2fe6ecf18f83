import { type AuditedToken, type AuditReport, type Finding, findings } from "../audit-report.js";
import { printable } from "../console.js";

/** For a terminal: what counts first, then by id; a summary at the end. */
export function renderTable(report: AuditReport, counted: ReadonlySet<Finding>): string {
  const weight = (token: AuditedToken) => (token.findings.some((finding) => counted.has(finding)) ? 0 : 1);
  const tokens = [...report.tokens].sort(
    (a, b) => weight(a) - weight(b) || a.deployTokenId - b.deployTokenId,
  );
  const rows = [
    ["ID", "NAME", "OWNER", "SCOPES", "EXPIRES", "STACK", "FINDINGS"],
    ...tokens.map((token) => [
      String(token.deployTokenId),
      token.name,
      token.owner === undefined ? "owner unknown" : `${token.owner.kind} ${token.owner.path}`,
      token.scopes.join(","),
      token.expiresAt?.slice(0, 10) ?? "never",
      token.managedBy.map(({ stack }) => stack).join(",") || "-",
      token.findings.join(",") || "-",
    ]),
  ].map((row) => row.map(printable));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n\n${summary(report)}`;
}

/** How many of what, in a few lines. */
export function summary(report: AuditReport): string {
  const names = Object.keys(findings) as Finding[];
  const counts = names
    .map((finding) => ({
      finding,
      count: report.tokens.filter((token) => token.findings.includes(finding)).length,
    }))
    .filter(({ count }) => count > 0);
  const width = String(Math.max(0, ...counts.map(({ count }) => count))).length;
  const lines = counts.map(({ finding, count }) => {
    const within = finding === "expiring" ? ` (${report.withinDays} days)` : "";
    return `  ${String(count).padStart(width)} ${finding}: ${findings[finding]}${within}`;
  });
  const what = `${report.tokens.length} deploy token${report.tokens.length === 1 ? "" : "s"}`;
  return [`${what} of ${report.targets.join(", ")} on ${report.baseUrl}`, ...lines].join("\n").concat("\n");
}
