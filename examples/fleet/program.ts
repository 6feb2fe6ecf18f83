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
 * @param wanted what the declaration says
 * @param readState the state while the engine holds the stack's lock
 * @param say told what was found of a killed run
 */
export function programOf(
  team: string,
  tokens: (state: StackState) => readonly DeclaredToken[],
  wanted: readonly DeclaredToken[],
  readState: () => Promise<StackState>,
  say: (message: string) => void,
): PulumiFn {
  return async () => {
    const state = await readState();
    const declared = tokens(state);
    const begun = runtime.isDryRun() ? recorded(state) : await begin(state, declared, wanted, say);
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
    // Registered only once every token is known: a state without this run's id is that of one that did not end well.
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
  wanted: readonly DeclaredToken[],
  say: (message: string) => void,
): Promise<Begun> {
  const isIn = (all: readonly DeclaredToken[]) => (token: DeclaredToken) =>
    all.some((each) => each.resource === token.resource && each.kind === token.kind && isSame(each, token));
  const isThere = isIn(state.tokens.filter(({ isAlive }) => isAlive));
  const isWanted = isIn(wanted);
  const asked = declared.filter((token) => !isThere(token));
  const { pendingCreates, isUnfinished, knownIds: known, highestIds: since } = state;
  const left =
    pendingCreates.length > 0
      ? // One that the declaration has no more may be another team's by now.
        pendingCreates.map((token) => ({ ...token, isProven: isWanted(token) }))
      : isUnfinished
        ? wanted.filter((token) => !isThere(token)).map((token) => ({ ...token, isProven: false }))
        : [];
  if (asked.length === 0 && left.length === 0) return recorded(state);
  const highestIds = await deleteLeftovers({ asked, left, since, known, say });
  const run = randomUUID();
  if (left.length === 0) return { run, highestIds };
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
