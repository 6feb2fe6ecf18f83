import { type AuditReport, type Finding, findings } from "../audit-report.js";
import { type AlarmName, alarmsOf, type Severity } from "./alarms.js";
import { fingerprint, reportedFile } from "./code-quality.js";

const levels: Readonly<Record<Severity, string>> = { failing: "error", warning: "warning", note: "note" };

/**
 * SARIF 2.1.0. A finding's place in the report is its project or group: a token stands in no file.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function renderSarif(report: AuditReport, failOn: ReadonlySet<Finding>): string {
  const sentences = Object.entries(findings).map(([id, says]) => [id, `A deploy token ${says}.`]);
  const rules: Readonly<Record<AlarmName, string>> = {
    ...(Object.fromEntries(sentences) as Record<Finding, string>),
    incomplete: "The audit could not read every project and group.",
  };
  const ids = Object.keys(rules);
  const results = alarmsOf(report, failOn).map(({ name, severity, message, place, key }) => ({
    ruleId: name,
    ruleIndex: ids.indexOf(name),
    level: levels[severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: reportedFile }, region: { startLine: 1 } },
        ...(place === "" ? {} : { logicalLocations: [{ fullyQualifiedName: place }] }),
      },
    ],
    partialFingerprints: { "deployToken/v1": fingerprint(key) },
  }));
  const driver = {
    name: "pulumi-gitlab-deploy-tokens",
    rules: Object.entries(rules).map(([id, text]) => ({ id, shortDescription: { text } })),
  };
  const invocations = [{ executionSuccessful: report.complete, endTimeUtc: report.at }];
  const run = { tool: { driver }, invocations, columnKind: "utf16CodeUnits", results };
  const log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [run],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
