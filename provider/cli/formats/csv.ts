import type { AuditReport } from "../audit-report.js";
import { visible } from "./visible.js";

/** RFC 4180, one line a token. */
export function renderCsv(report: AuditReport): string {
  const header = [
    "deployTokenId",
    "name",
    "username",
    "ownerKind",
    "ownerId",
    "owner",
    "scopes",
    "expiresAt",
    "status",
    "managedBy",
    "findings",
  ];
  const lines = report.tokens.map((token) => [
    token.deployTokenId,
    token.name,
    token.username,
    token.owner?.kind ?? "",
    token.owner?.id ?? "",
    token.owner?.path ?? "",
    token.scopes.join(" "),
    token.expiresAt ?? "",
    token.status,
    token.managedBy.map(({ urn }) => urn).join(" "),
    token.findings.join(" "),
  ]);
  return [header, ...lines].map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

function cell(value: string | number): string {
  // A spreadsheet takes these, in some languages their wide forms too, for the start of a formula; where the comma is
  // the decimal sign, it begins a cell after each semicolon.
  const text =
    typeof value === "string"
      ? visible(value).replace(/(^|;)(?= *[=+\-@\uff0b\uff0d\uff1d\uff20])/g, "$1'")
      : String(value);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
