import { randomUUID } from "node:crypto";
import type { dynamic } from "@pulumi/pulumi";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { notListed } from "../gitlab/find-deploy-token.js";
import { describeOwner, type Owner, type OwnerKind } from "../gitlab/owner.js";
import { registerSecret } from "../gitlab/redact.js";
import { parseResourceId, resourceId } from "../resource-id.js";
import { differences } from "./arguments.js";
import type { OwnerTokens } from "./run/owner-tokens.js";
import type { Session } from "./run/session.js";
import { type Adoption, type Properties, readArguments, tokenOutputs, wordFor } from "./state.js";

/** Adopts an existing token with the program's arguments. Creates and changes none. */
export async function adopt(
  kind: OwnerKind,
  inputs: Properties,
  adopted: Adoption,
  session: Session,
): Promise<dynamic.CreateResult> {
  const { deployTokenId, token: value } = adopted;
  const word = wordFor(adopted);
  registerSecret(value);
  const desired = readArguments(kind, inputs);
  const owner = await session.owner(kind, desired.owner, session.deadline());
  await assertSameOwner(adopted, desired.owner, owner, session);
  const token = await owner.get(deployTokenId).catch((error: unknown) => {
    if (!hasCode(error, "deploy_token_not_found")) throw error;
    throw notListed({ kind, id: desired.owner }, deployTokenId);
  });
  const found = differences(token, desired);
  if (found.length > 0) {
    throw new DeployTokenError(
      "different",
      `Deploy token ${deployTokenId} of the ${kind} ${desired.owner} differs from the program: ${found.join("; ")}. ` +
        `To ${word} it, change the arguments to the token's. To create a new token, remove ${word}.`,
    );
  }
  const adoption = randomUUID();
  owner.known.claim(deployTokenId);
  owner.known.hold(deployTokenId, adoption);
  if (value === undefined) warnAboutMissingValue({ kind, id: desired.owner }, deployTokenId, word, session);
  const outs = tokenOutputs(inputs, owner, token, { token: value, adoption });
  return { id: resourceId(desired.owner, deployTokenId), outs };
}

export function warnAboutMissingValue(
  owner: Owner,
  deployTokenId: number,
  word: ReturnType<typeof wordFor>,
  { log }: Session,
): void {
  log.warn(
    `Deploy token ${deployTokenId} of the ${describeOwner(owner)} is ${word}ed without its value: the output "token" is absent until adopt.token gives it.`,
  );
}

/** The id of `import` also names a project or group, which must be that of the arguments in either spelling. */
async function assertSameOwner(
  { importId }: Adoption,
  desired: string,
  { owner: { kind, id }, signal }: OwnerTokens,
  session: Session,
): Promise<void> {
  const written = parseResourceId(importId ?? "")?.owner;
  if (written === undefined || written === desired || written === id) return;
  const { owner } = await session.owner(kind, written, signal);
  if (owner.id === id) return;
  throw new DeployTokenError(
    "different",
    `import is ${JSON.stringify(importId)}, which names the ${kind} ${written}, but the resource's ${kind} is ${desired}.`,
  );
}
