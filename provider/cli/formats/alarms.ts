import { type AuditedToken, type AuditReport, type Finding, findings, ownerText } from "../audit-report.js";
import { visible } from "./visible.js";

/** What an alarm is about: a finding, or an audit that could not read everything. */
export type AlarmName = Finding | "incomplete";

/** How much an alarm counts. `failing` makes the exit code 1, or 2 without `--allow-incomplete`. */
export type Severity = "failing" | "warning" | "note";

/** One finding of one token, for formats that list problems. */
interface Alarm {
  readonly name: AlarmName;
  readonly severity: Severity;
  /** One sentence that names the token or resource. */
  readonly message: string;
  /** Full path of the project or group, or the resource; empty if unknown. */
  readonly place: string;
  /** Equal in every run that has the same alarm, and in no other alarm. */
  readonly key: string;
}

/** Findings that need no action of their own. */
const notes: ReadonlySet<Finding> = new Set(["expired", "revoked", "never-expires", "may-write"]);

/** Every finding of a report as a list, in the order of the report's tokens. */
export function alarmsOf(report: AuditReport, failOn: ReadonlySet<Finding>): Alarm[] {
  const severity = (name: Finding): Severity =>
    failOn.has(name) ? "failing" : notes.has(name) ? "note" : "warning";
  const key = (...parts: readonly unknown[]) => JSON.stringify([report.baseUrl, ...parts]);
  const tokens = report.tokens.flatMap((token) =>
    token.findings.map((name) => ({
      name,
      severity: severity(name),
      message: visible(sentence(token, name)),
      place: visible(token.owner?.path ?? ""),
      key: key(token.deployTokenId, name),
    })),
  );
  const name = "open-request";
  const unsettled = report.unsettled.map(({ stack, urn }) => ({
    name,
    severity: severity(name),
    message: visible(`The resource ${urn} of the stack ${stack} ${findings[name]}.`),
    place: visible(urn),
    key: key(stack, urn, name),
  })) satisfies Alarm[];
  return [
    ...tokens,
    ...unsettled,
    ...(report.complete ? [] : [incomplete(report, key(report.targets, "incomplete"))]),
  ];
}

/** `deploy token 12 (cluster pull) of the project acme/app`. */
export function describeToken({ deployTokenId, name, owner }: AuditedToken): string {
  const place = owner === undefined ? "an unknown owner" : `the ${ownerText(owner)}`;
  return `deploy token ${deployTokenId} (${name}) of ${place}`;
}

const dated: ReadonlySet<Finding> = new Set(["expired", "expired-in-stack", "expiring"]);

function sentence(token: AuditedToken, finding: Finding): string {
  const date = dated.has(finding) ? ` (${token.expiresAt})` : "";
  return `The ${describeToken(token)} ${findings[finding]}${date}.`;
}

function incomplete({ targets, notes }: AuditReport, key: string): Alarm {
  const message = `The audit of ${targets.join(", ")} is incomplete. ${notes.join(" ")}`.trim();
  return { name: "incomplete", severity: "failing", message: visible(message), place: "", key };
}
