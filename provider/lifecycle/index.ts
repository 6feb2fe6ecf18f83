import type { dynamic } from "@pulumi/pulumi";
import type { OwnerKind } from "../gitlab/owner.js";
import { equalKey, pendingKey, resourceKey } from "./arguments.js";
import { check } from "./check.js";
import { diff } from "./diff.js";
import { withCleanErrors } from "./engine/error-boundary.js";
import { engineLog } from "./engine/log.js";
import { Interruption } from "./run/interruption.js";
import { once } from "./run/once.js";
import { Session } from "./run/session.js";
import { type Properties, readAdoption, readArguments, readState } from "./state.js";

/** Caches the module: `import` alone goes through Node's module loader for each token. */
const modules = {
  create: once(() => import("./create.js")),
  read: once(() => import("./read.js")),
  update: once(() => import("./update.js")),
  delete: once(() => import("./delete.js")),
};

/**
 * The lifecycle of a project's or group's deploy tokens. The methods that send requests are loaded at their first call,
 * so a preview loads none of them.
 */
export function deployTokenProvider(kind: OwnerKind, session: Session) {
  return {
    async configure({ config }) {
      // A secret that has no value arrives as null.
      session.configure((key) => config.get(key) ?? undefined);
    },
    check: (olds, news) =>
      withCleanErrors(() => {
        // Without old inputs a create follows. A resource that has another token adopts nothing.
        const isInState = Object.keys(olds).length > 0;
        if (isInState) session.runState.expectDiff(resourceKey(kind, readArguments(kind, olds)));
        const adoption = isInState ? undefined : readAdoption(news);
        if (adoption !== undefined) session.runState.willAdopt(adoption.deployTokenId);
        const checked = check(kind, olds, news, session.time.now(), session.settingsProblem());
        if (news["mayHaveEqual"] === true)
          session.runState.expectEqual(equalKey(kind, readArguments(kind, checked.inputs ?? {})));
        return checked;
      }),
    diff: (_id, olds, news) =>
      withCleanErrors(() => {
        remember(kind, olds, session);
        return diff(kind, olds, news, session.baseUrl());
      }),
    create: (inputs) => withCleanErrors(async () => (await modules.create()).create(kind, inputs, session)),
    read: (id, properties = {}) =>
      withCleanErrors(async () => (await modules.read()).read(kind, id, properties, session)),
    update: (id, olds, news) =>
      withCleanErrors(async () => (await modules.update()).update(kind, id, olds, news, session)),
    delete: (_id, properties) =>
      withCleanErrors(async () => (await modules.delete()).remove(kind, properties, session)),
  } satisfies dynamic.ResourceProvider<Properties, Properties>;
}

/** Records the tokens that this run manages or has named, and the open requests that later creates take over. */
function remember(kind: OwnerKind, olds: Properties, session: Session): void {
  const state = readState(kind, olds);
  session.runState.diffed(resourceKey(kind, readArguments(kind, olds)));
  if (state.status === "official" || state.ownerId === undefined) return;
  const known = session.runState.of({ kind, id: state.ownerId });
  known.recordNamed(state.openRequest);
  if (state.status === "pending") known.addPending(pendingKey(state), state.openRequest);
  if (state.deployTokenId === undefined) return;
  known.claim(state.deployTokenId);
  if (state.adoption !== undefined) known.hold(state.deployTokenId, state.adoption);
}

const interruption = new Interruption(
  (handler) => void process.once("SIGINT", handler),
  () => process.exit(130),
);
const session = new Session({ log: engineLog(), interruption });

/**
 * The reference in every state calls these, in every version of this package. The names `project` and `group`, and
 * the path of this module, never change.
 */
export const project = deployTokenProvider("project", session);
export const group = deployTokenProvider("group", session);
