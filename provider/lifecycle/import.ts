import { randomUUID } from "node:crypto";
import { defaultUsername } from "../gitlab/default-username.js";
import type { DeployToken } from "../gitlab/deploy-tokens.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { registerSecret } from "../gitlab/redact.js";
import { normalizeScopes } from "../gitlab/scopes.js";
import { warnAboutMissingValue } from "./adopt.js";
import { withCleanErrors } from "./engine/error-boundary.js";
import { unmanagedToken } from "./read.js";
import type { OwnerTokens } from "./run/owner-tokens.js";
import type { Session } from "./run/session.js";
import { type Properties, tokenOutputs, toWire } from "./state.js";

/** A token as `pulumi import` records it. */
interface ImportedToken {
  readonly id: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
}

/**
 * The state of an imported token: that of an adopted one, with the inputs that a program needs to declare it. Creates
 * nothing and changes nothing in GitLab.
 *
 * @param value The token's value, if it is known: GitLab does not return it.
 * @param reference The text that the state keeps instead of code.
 */
export function importToken(
  kind: OwnerKind,
  id: string,
  value: string | undefined,
  reference: string,
  session: Session,
): Promise<ImportedToken> {
  return withCleanErrors(async () => {
    registerSecret(value);
    const { written, owner, token } = await unmanagedToken(kind, id, session);
    if (value === undefined)
      warnAboutMissingValue({ kind, id: written }, token.deployTokenId, "import", session);
    return { id, ...importedProperties(written, owner, token, value, reference) };
  });
}

/** The same for a token that was read already. */
export function importedProperties(
  written: string,
  { owner, baseUrl }: Pick<OwnerTokens, "owner" | "baseUrl">,
  token: DeployToken,
  value: string | undefined,
  reference: string,
): Omit<ImportedToken, "id"> {
  const { name, username, scopes, expiresAt, deployTokenId } = token;
  const inputs: Properties = {
    [owner.kind]: written,
    name,
    scopes: normalizeScopes(scopes),
    username: username === defaultUsername(deployTokenId) ? undefined : username,
    expiresAt,
    __provider: reference,
  };
  const outputs = tokenOutputs(inputs, { owner, baseUrl }, token, { token: value, adoption: randomUUID() });
  return { inputs: toWire(inputs), outputs };
}
