import { visibleJson } from "../gitlab/visible.js";
import { resourceId } from "../resource-id.js";
import type { AuditReport } from "./audit-report.js";
import { type AdoptableToken, adoptableTokens, leftOutReason } from "./emit-selection.js";
import { resourceTypes } from "./import-file.js";

export interface EmittedFile {
  readonly text: string;
  /** What JSON has no comments for. */
  readonly note?: string;
  /** What the file lacks. */
  readonly warning?: string | undefined;
}

/** The file of the command `import`, with a place for each value. */
export function emitImport(report: AuditReport): Promise<EmittedFile> {
  const entry = (token: AdoptableToken) => ({
    type: token.className,
    name: token.name,
    id: idOf(token),
    token: null,
  });
  return emitted(report, entry, "null");
}

/**
 * The file of a bare `pulumi import --file`. It contains whole rows, because Pulumi's own provider for dynamic resources
 * cannot read a token that no state has.
 */
export async function emitPulumiImport(report: AuditReport): Promise<EmittedFile> {
  const { importedRow } = await import("../import/row.js");
  const entry = (adoptable: AdoptableToken) => {
    const { owner, className, name, written, token } = adoptable;
    const owned = { kind: owner.kind, id: String(owner.id) };
    const { inputs, outputs } = importedRow(String(written), owned, report.baseUrl, token);
    return { type: resourceTypes[className], name, id: idOf(adoptable), inputs, outputs };
  };
  return emitted(report, entry, '"plaintext": "null"');
}

function idOf({ written, token }: AdoptableToken): string {
  return resourceId(String(written), token.deployTokenId);
}

async function emitted(
  report: AuditReport,
  entry: (token: AdoptableToken) => Readonly<Record<string, unknown>>,
  place: string,
): Promise<EmittedFile> {
  const { tokens, leftOut } = await adoptableTokens(report);
  const none = "No deploy token that works and has a known owner is left to import.";
  const values = `GitLab does not give the values: ${place} stands for each one. The file with the values is a secret: delete it after the import.`;
  return {
    text: visibleJson({ resources: tokens.map(entry) }),
    note: tokens.length === 0 ? none : values,
    warning: leftOut.length === 0 ? undefined : `Left out, because ${leftOutReason}: ${leftOut.join(", ")}.`,
  };
}
