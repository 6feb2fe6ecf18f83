import {
  DeployTokenError,
  type GetDeployTokenResult,
  getGroupDeployTokens,
  getProjectDeployTokens,
} from "pulumi-gitlab-deploy-tokens";
import { group, project } from "pulumi-gitlab-deploy-tokens/lifecycle";
import type { DeclaredToken, OwnerKind, TokenDeclaration } from "./declaration.js";
import { inParallel } from "./in-parallel.js";
import type { HighestIds } from "./team.js";

/** A token that an earlier run may have made without its being recorded. */
export interface Leftover extends DeclaredToken {
  /** The state proves that it was being made, and the declaration still has it. */
  readonly isProven: boolean;
}

/** What a look at the owners' lists needs. */
export interface Look {
  /** Tokens that are to be made: their owners' highest ids are wanted. */
  readonly asked: readonly DeclaredToken[];
  /** Tokens that an earlier run may have made. */
  readonly left: readonly Leftover[];
  /** The ids that it began with. */
  readonly since: HighestIds;
  /** The ids in the state: never a leftover's. */
  readonly known: ReadonlySet<number>;
  say(message: string): void;
}

/**
 * Looks at the lists of all owners concerned and deletes what a killed run left there, by the package's own rule:
 * equal in every argument, younger than all that was there when that run began, in no row of the state, and the only
 * such one. What is equal without all of this proof is named. Runs while the engine holds the stack's lock, so no other
 * run's tokens are among them.
 *
 * @returns the highest id of each owner
 */
export async function deleteLeftovers({ asked, left, since, known, say }: Look): Promise<HighestIds> {
  const owners = new Map([...asked, ...left].map((token) => [ownerKey(token), token]));
  const highestIds: Record<string, number> = {};
  await inParallel([...owners], 8, async ([key, { kind, owner }]) => {
    const mine = left.filter((token) => ownerKey(token) === key);
    const tokens = await list(kind, owner).catch((error: unknown) => {
      const isGone = DeployTokenError.isInstance(error) && error.code === "owner_not_found";
      if (!isGone || asked.some((token) => ownerKey(token) === key)) throw error;
      say(`${key}: cannot be looked at for what an earlier run may have left: ${error.message}`);
      return [];
    });
    highestIds[key] = Math.max(0, ...tokens.map(({ deployTokenId }) => deployTokenId));
    if (mine.length === 0) return;
    const above = since[key];
    const isNew = ({ deployTokenId }: GetDeployTokenResult) =>
      deployTokenId > (above ?? 0) && !known.has(deployTokenId);
    const seen = new Set<number>();
    let isDecided = true;
    for (const each of mine) {
      const ids = tokens.filter((token) => isNew(token) && isEqual(token, each)).map((t) => t.deployTokenId);
      const [id] = ids;
      if (id === undefined || seen.has(id)) continue;
      for (const candidate of ids) seen.add(candidate);
      if (ids.length === 1 && each.isProven && above !== undefined) {
        await remove(kind, owner, each.name, id);
        say(`${key}: deleted deploy token ${id} (${JSON.stringify(each.name)}), which a killed run left`);
      } else {
        isDecided = false;
        say(unproven(key, each.name, ids));
      }
    }
    // What comes late is still a candidate; what cannot be told apart is none any more.
    if (isDecided && above !== undefined) highestIds[key] = above;
  });
  return highestIds;
}

export function ownerKey({ kind, owner }: { readonly kind: OwnerKind; readonly owner: string }): string {
  return `${kind} ${owner}`;
}

export function isSame(a: TokenDeclaration, b: TokenDeclaration): boolean {
  return (
    a.name === b.name &&
    a.username === b.username &&
    [...new Set(a.scopes)].sort().join() === [...new Set(b.scopes)].sort().join() &&
    instant(a.expiresAt) === instant(b.expiresAt)
  );
}

function isEqual(token: GetDeployTokenResult, asked: TokenDeclaration): boolean {
  const { username = `gitlab+deploy-token-${token.deployTokenId}`, ...rest } = asked;
  const { name, scopes, expiresAt } = token;
  return isSame(
    { name, scopes, username: token.username, ...(expiresAt === undefined ? {} : { expiresAt }) },
    { ...rest, username },
  );
}

function instant(expiresAt: string | undefined): number | undefined {
  return expiresAt === undefined ? undefined : Date.parse(expiresAt);
}

async function list(kind: OwnerKind, owner: string): Promise<readonly GetDeployTokenResult[]> {
  const { tokens } =
    kind === "project"
      ? await getProjectDeployTokens({ project: owner })
      : await getGroupDeployTokens({ group: owner });
  return tokens;
}

function unproven(key: string, name: string, ids: readonly number[]): string {
  const [what, made] = ids.length === 1 ? ["deploy token", "it"] : ["the deploy tokens", "one of them"];
  return (
    `warning: ${key}: ${what} ${ids.join(", ")} called ${JSON.stringify(name)}: an earlier run may have made ${made}, ` +
    "and nothing proves it: none is deleted. Delete in GitLab what is not in use."
  );
}

async function remove(kind: OwnerKind, owner: string, name: string, deployTokenId: number): Promise<void> {
  // As pulumi destroy deletes a row's token.
  const id = `${owner}:${deployTokenId}`;
  await { project, group }[kind].delete(id, { [kind]: owner, name, deployTokenId });
}
