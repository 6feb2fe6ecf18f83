import { randomUUID } from "node:crypto";
import { type Output, runtime, secret } from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { GroupDeployToken, ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
import type { DeclaredToken } from "./declaration.js";
import { deleteLeftovers, isSame } from "./leftovers.js";
import type { StackState } from "./state.js";
import { type HighestIds, Team } from "./team.js";

/**
 * A team's Pulumi program.
 *
 * @param tokens what there is to be at its end
 * @param readState the state while the engine holds the stack's lock
 * @param say told what was found of a killed run
 */
export function programOf(
  team: string,
  tokens: (state: StackState) => readonly DeclaredToken[],
  readState: () => Promise<StackState>,
  say: (message: string) => void,
): PulumiFn {
  return async () => {
    const state = await readState();
    const declared = tokens(state);
    const begun = runtime.isDryRun() ? recorded(state) : await begin(state, declared, say);
    const parent = new Team(team, { run: begun.run, highestIds: begun.highestIds });
    const made = declared.map((token) => ({ token, resource: declare(token, parent) }));
    if (begun.lookAgain !== undefined) {
      const ids = await Promise.all(made.map(({ resource }) => promiseOf(resource.deployTokenId)));
      await begun.lookAgain(new Set(ids));
    }
    const outputs = made.map(({ token: { resource: name }, resource: { username, token } }) => [
      name,
      { username, token },
    ]);
    return { tokens: secret(Object.fromEntries(outputs)) };
  };
}

interface Begun {
  readonly run: string;
  readonly highestIds: HighestIds;
  readonly lookAgain?: (known: ReadonlySet<number>) => Promise<unknown>;
}

function recorded({ run = "", highestIds }: StackState): Begun {
  return { run, highestIds };
}

async function begin(
  state: StackState,
  declared: readonly DeclaredToken[],
  say: (message: string) => void,
): Promise<Begun> {
  const isThere = (token: DeclaredToken) =>
    state.tokens.some(
      (row) => row.resource === token.resource && row.kind === token.kind && isSame(row, token),
    );
  const asked = declared.filter((token) => !isThere(token));
  const { pendingCreates: left, knownIds: known } = state;
  if (asked.length === 0 && left.length === 0) return recorded(state);
  const since = left.length > 0 ? state.highestIds : undefined;
  const highestIds = await deleteLeftovers({ asked, left, since, known, say });
  const run = randomUUID();
  if (since === undefined) return { run, highestIds };
  // What a killed run had just sent may reach GitLab's list after the first look.
  const lookAgain = (ids: ReadonlySet<number>) =>
    deleteLeftovers({ asked, left, since: highestIds, known: new Set([...known, ...ids]), say });
  return { run, highestIds, lookAgain };
}

function declare(token: DeclaredToken, parent: Team): GroupDeployToken | ProjectDeployToken {
  const { kind, owner, resource, name, scopes, username, expiresAt } = token;
  const args = {
    name,
    scopes: [...scopes],
    ...(username === undefined ? {} : { username }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return kind === "project"
    ? new ProjectDeployToken(resource, { project: owner, ...args }, { parent })
    : new GroupDeployToken(resource, { group: owner, ...args }, { parent });
}

function promiseOf<T>(output: Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value as T));
  });
}
