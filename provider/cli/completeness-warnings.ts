import { counted } from "../counted.js";
import { ownerText } from "./audit-report.js";
import { outsideOf, unsettledOf } from "./evaluate.js";
import type { Inventory } from "./inventory.js";
import type { StackExport } from "./stack-exports.js";

const mostNamed = 5;

/** The reasons why the inventory is incomplete, as notes of the report. */
export function completenessWarnings(
  found: Inventory,
  exports: readonly StackExport[],
  baseUrl: string,
): string[] {
  const warnings: string[] = [];
  const named = (all: readonly string[]) =>
    `${all.slice(0, mostNamed).join(", ")}${all.length > mostNamed ? ", …" : ""}`;
  const { unread } = found;
  if (unread.length > 0) {
    const owners = unread.map(({ owner, reason }) => `${ownerText(owner)} (${reason})`);
    warnings.push(
      `${counted(unread.length, "project or group", "projects and groups")} could not be read; the report lacks their deploy tokens: ${named(owners)}`,
    );
  }
  const ownerless = found.tokens.filter(({ owner }) => owner === undefined).length;
  if (ownerless > 0) {
    warnings.push(
      `${counted(ownerless, "deploy token")} of the instance ${ownerless === 1 ? "belongs" : "belong"} to no project or group that was read: it may be deleted, or hidden from the access token's user`,
    );
  }
  if (found.tokens.some(({ revoked }) => revoked === undefined)) {
    warnings.push("this GitLab (before 13.12) does not report which deploy tokens are revoked");
  }
  const outside = outsideOf(found, exports, baseUrl);
  if (outside.length > 0) {
    warnings.push(
      `${counted(outside.length, "deploy token")} of the given stacks ${outside.length === 1 ? "is" : "are"} outside the searched projects and groups: ${named(outside.map(({ urn }) => urn))}`,
    );
  }
  const unsettled = unsettledOf(exports);
  if (unsettled.length > 0) {
    warnings.push(
      `${counted(unsettled.length, "resource")} of the given stacks ${unsettled.length === 1 ? "has" : "have"} an open request, run pulumi up: ${named(unsettled.map(({ urn }) => urn))}`,
    );
  }
  return warnings;
}
