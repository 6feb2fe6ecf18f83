import { outsideOf } from "./judge.js";
import type { StackExport } from "./stack-exports.js";
import type { Walk } from "./walk.js";

const mostNamed = 5;

/** What a reader should know about the completeness of what was found. */
export function notesOn(found: Walk, exports: readonly StackExport[], baseUrl: string): string[] {
  const notes: string[] = [];
  const named = (all: readonly string[]) =>
    `${all.slice(0, mostNamed).join(", ")}${all.length > mostNamed ? ", …" : ""}`;
  const { unread } = found;
  if (unread.length > 0) {
    const owners = unread.map(({ owner, reason }) => `${owner.kind} ${owner.path} (${reason})`);
    notes.push(
      `${unread.length} projects and groups could not be read, their deploy tokens are missing here: ${named(owners)}`,
    );
  }
  const ownerless = found.tokens.filter(({ owner }) => owner === undefined).length;
  if (ownerless > 0) {
    notes.push(
      `${ownerless} deploy tokens of the instance have no project or group that was found: it may be deleted, or out of the access token's sight`,
    );
  }
  if (found.tokens.some(({ revoked }) => revoked === undefined)) {
    notes.push("this GitLab (before 13.12) does not say which deploy tokens are revoked");
  }
  const outside = outsideOf(found, exports, baseUrl);
  if (outside.length > 0) {
    const rows = outside.map(({ urn }) => urn);
    notes.push(
      `${outside.length} deploy tokens of the given stacks are outside of what was looked through: ${named(rows)}`,
    );
  }
  const unsettled = exports.flatMap(({ tokens }) =>
    tokens.filter(({ deployTokenId }) => deployTokenId === undefined),
  );
  if (unsettled.length > 0) {
    notes.push(
      `${unsettled.length} resources of the given stacks are not settled, run pulumi up: ${named(unsettled.map(({ urn }) => urn))}`,
    );
  }
  return notes;
}
