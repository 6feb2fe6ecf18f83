import type { DeployToken } from "../gitlab/deploy-tokens.js";
import type { Owner } from "../gitlab/owner.js";
import { importedProperties } from "../lifecycle/import.js";
import { secretMark } from "../lifecycle/state.js";
import { reference } from "../resources/reference.js";

/** What Pulumi's import file says of a resource that no provider has to read. */
interface ImportedRow {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

type ActiveToken = Omit<DeployToken, "revoked" | "expired">;

/** A secret null, in the form of an import file: the place for the token's value as JSON. */
const placeForValue = { ...secretMark, plaintext: "null" };

/** The row that the command `import` would record, with a place for the value. */
export function importedRow(written: string, owner: Owner, baseUrl: string, token: ActiveToken): ImportedRow {
  const text = reference(owner.kind);
  const active = { ...token, revoked: false, expired: false };
  const { inputs, outputs } = importedProperties(written, { owner, baseUrl }, active, undefined, text);
  return { inputs, outputs: { ...outputs, token: placeForValue } };
}
