import { createHash } from "node:crypto";
import type { AuditReport, Finding } from "../audit-report.js";
import { alarmsOf, type Severity } from "./alarms.js";

const severities: Readonly<Record<Severity, string>> = {
  failing: "critical",
  warning: "minor",
  note: "info",
};

/** A token stands in no file. GitLab wants one, and this one is in every Pulumi project. */
export const reportedFile = "Pulumi.yaml";

/**
 * GitLab's code quality report. GitLab compares reports by fingerprint: it is the same as long as the finding is.
 *
 * @see https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export function renderCodeQuality(report: AuditReport, failOn: ReadonlySet<Finding>): string {
  const issues = alarmsOf(report, failOn).map(({ name, severity, message, key }) => ({
    description: message,
    check_name: `deploy-token/${name}`,
    fingerprint: fingerprint(key),
    severity: severities[severity],
    location: { path: reportedFile, lines: { begin: 1 } },
  }));
  return `${JSON.stringify(issues, null, 2)}\n`;
}

export function fingerprint(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
