import { instantOf, isNever } from "../../gitlab/dates.js";
import {
  type AuditedToken,
  type AuditReport,
  type Finding,
  findingNames,
  ownerText,
  tokensWith,
} from "../audit-report.js";
import { visible } from "./visible.js";

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/**
 * Metrics in Prometheus's text format, for the textfile collector of node_exporter. The labels `gitlab` and `audit` keep
 * the files of several audits apart: the collector refuses equal series of two files.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function renderPrometheus(report: AuditReport): string {
  const common = { gitlab: report.baseUrl, audit: report.targets.join(", ") };
  const labelsOf = (token: AuditedToken): Labels => ({
    ...common,
    id: String(token.deployTokenId),
    name: token.name,
    owner: ownerText(token.owner),
    stack: token.managedBy.map(({ stack }) => stack).join(","),
  });
  const countOf = (finding: Finding) =>
    tokensWith(report, finding).length + (finding === "open-request" ? report.unsettled.length : 0);
  return [
    metric(
      "gitlab_deploy_token_expiry_timestamp_seconds",
      "When the deploy token expires, in seconds since 1970. A token that never expires has no sample.",
      report.tokens.flatMap((token) => {
        const value = secondsOf(token.expiresAt);
        if (value === undefined) return [];
        const { status, superseded } = token;
        return [{ labels: { ...labelsOf(token), status, superseded: String(superseded) }, value }];
      }),
    ),
    metric(
      "gitlab_deploy_token_finding",
      "1 for each finding of the last audit about a deploy token.",
      report.tokens.flatMap((token) =>
        token.findings.map((finding) => ({ labels: { ...labelsOf(token), finding }, value: 1 })),
      ),
    ),
    metric(
      "gitlab_deploy_token_audit_findings",
      "How many deploy tokens have the finding.",
      findingNames.map((finding) => ({ labels: { ...common, finding }, value: countOf(finding) })),
    ),
    metric("gitlab_deploy_token_audit_tokens", "How many deploy tokens the audit lists.", [
      { labels: common, value: report.tokens.length },
    ]),
    metric("gitlab_deploy_token_audit_timestamp_seconds", "When the last audit ran, in seconds since 1970.", [
      { labels: common, value: Date.parse(report.at) / 1000 },
    ]),
    metric(
      "gitlab_deploy_token_audit_complete",
      "1 if the last audit could read every project and group of its targets, otherwise 0.",
      [{ labels: common, value: report.complete ? 1 : 0 }],
    ),
  ].join("");
}

/** Undefined: the token never expires, or GitLab gave no date that can be read. */
function secondsOf(expiresAt: string | undefined): number | undefined {
  if (expiresAt === undefined || isNever(expiresAt)) return undefined;
  const instant = instantOf(expiresAt);
  return Number.isFinite(instant) ? instant / 1000 : undefined;
}

function metric(name: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  const lines = samples.map(({ labels, value }) => {
    const written = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    return `${name}{${written.join(",")}} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join("")}`;
}

function escapeLabel(text: string): string {
  return visible(text).replace(/[\\"]/g, "\\$&");
}
