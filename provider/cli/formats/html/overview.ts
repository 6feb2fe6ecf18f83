import type { AuditedToken, AuditReport } from "../../audit-report.js";
import { timeline } from "./timeline.js";

/** How many of what, each number a filter of the list; and what expires when. */
export function overview(report: AuditReport): string {
  const count = (fits: (token: AuditedToken) => boolean) => report.tokens.filter(fits).length;
  const status = (name: AuditedToken["status"]) =>
    [`status=${name}`, name, count((token) => token.status === name)] as const;
  const owner = (kind: "project" | "group" | undefined, name: string) =>
    [`owner=${kind ?? "unknown"}`, name, count((token) => token.owner?.kind === kind)] as const;
  const groups = [
    [status("active"), status("expired"), status("revoked"), status("gone")],
    [owner("project", "of projects"), owner("group", "of groups"), owner(undefined, "owner unknown")],
  ].map((group) => group.filter(([, , number]) => number > 0));
  // One that counts all tokens says no more than the total does.
  const tiles = [
    ["", report.tokens.length === 1 ? "deploy token" : "deploy tokens", report.tokens.length] as const,
    ...groups.filter(({ length }) => length > 1).flat(),
  ];
  const items = tiles.map(
    ([filter, name, number]) => `<li><a data-f="${filter}"><b>${number}</b> ${name}</a></li>`,
  );
  return `<section aria-labelledby="sum"><h2 id="sum">Overview</h2><ul class="tiles">${items.join("")}</ul>${timeline(report)}</section>`;
}
