import { randomUUID } from "node:crypto";
import type { dynamic } from "@pulumi/pulumi";
import { DeployTokenError } from "../gitlab/errors.js";
import { findDeployToken } from "../gitlab/find-deploy-token.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { registerSecret } from "../gitlab/redact.js";
import { differences, ignoredUsername } from "./arguments.js";
import { numericOwner } from "./numeric-owner.js";
import {
  type Adoption,
  outputsOf,
  type Properties,
  readArguments,
  resourceId,
  toWire,
} from "./properties.js";
import type { Session } from "./session.js";

/** Takes over a token that exists, if it is what the program says; makes none and changes none. */
export async function adopt(
  kind: OwnerKind,
  inputs: Properties,
  { deployTokenId, token: value }: Adoption,
  session: Session,
): Promise<dynamic.CreateResult> {
  registerSecret(value);
  const asked = readArguments(kind, inputs);
  const signal = session.deadline();
  const gitlab = await session.gitlab();
  const owner = await numericOwner({ kind, id: asked.owner }, gitlab, session, signal);
  const token = await findDeployToken(gitlab, owner, deployTokenId, signal);
  const found = differences(token, asked);
  if (found.length > 0) {
    throw new DeployTokenError(
      "different",
      `Deploy token ${deployTokenId} of the ${kind} ${asked.owner} is not what the program says: ${found.join("; ")}. ` +
        "Write the arguments as the token has them to adopt it, or remove adopt to have a new token made.",
    );
  }
  const adoption = randomUUID();
  const ledger = session.ledger.of(owner);
  ledger.claim(deployTokenId);
  ledger.hold(deployTokenId, adoption);
  if (value === undefined) {
    session.log.warn(
      `Deploy token ${deployTokenId} of the ${kind} ${asked.owner} is adopted without its value: the output "token" is absent until adopt.token gives it.`,
    );
  }
  const outs = toWire({
    ...outputsOf(inputs),
    ownerId: owner.id,
    baseUrl: gitlab.connection.baseUrl,
    username: token.username,
    requestedUsername: ignoredUsername(token, asked),
    deployTokenId,
    revoked: token.revoked ?? false,
    adoption,
    token: value,
  });
  return { id: resourceId(asked.owner, deployTokenId), outs };
}
