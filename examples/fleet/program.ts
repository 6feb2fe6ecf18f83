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
 * @param sought what a killed run may have made, beside these
 * @param readState the state while the engine holds the stack's lock
 * @param say told what was found of a killed run
 */
export function programOf(
  team: string,
  tokens: (state: StackState) => readonly DeclaredToken[],
  sought: readonly DeclaredToken[],
  readState: () => Promise<StackState>,
  say: (message: string) => void,
): PulumiFn {
  return async () => {
    const state = await readState();
    const declared = tokens(state);
    const begun = runtime.isDryRun() ? recorded(state) : await begin(state, declared, sought, say);
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
    // Registered only once every token is known: a state without this run's id is that of a run which was cut off.
    return { tokens: secret(Object.fromEntries(outputs)), run: begun.run };
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
  sought: readonly DeclaredToken[],
  say: (message: string) => void,
): Promise<Begun> {
  const isThere = (token: DeclaredToken) =>
    state.tokens.some(
      (row) => row.resource === token.resource && row.kind === token.kind && isSame(row, token),
    );
  const missing = [...declared, ...sought].filter((token) => !isThere(token));
  if (missing.length === 0 && !state.isInterrupted) return recorded(state);
  const asked = [...missing, ...state.pendingCreates];
  const since = state.isInterrupted ? state.highestIds : undefined;
  const known = new Set(state.tokens.flatMap(({ deployTokenId }) => deployTokenId ?? []));
  const highestIds = await deleteLeftovers({ asked, since, known, say });
  const run = randomUUID();
  if (since === undefined) return { run, highestIds };
  // What a killed run had just sent may reach GitLab's list after the first look.
  const lookAgain = (ids: ReadonlySet<number>) =>
    deleteLeftovers({ asked, since: highestIds, known: new Set([...known, ...ids]), say });
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
