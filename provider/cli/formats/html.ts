import type { AuditReport } from "../audit-report.js";

export function renderHtml(report: AuditReport): string {
  return `<!doctype html><title>${report.at}</title>`;
}
