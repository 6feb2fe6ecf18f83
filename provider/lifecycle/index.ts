import type { dynamic } from "@pulumi/pulumi";
import type { OwnerKind } from "../gitlab/owner.js";
import { bounded } from "./boundary.js";
import { check } from "./check.js";
import { diff } from "./diff.js";
import { engineLog } from "./engine-log.js";
import { Interruption } from "./interruption.js";
import { once } from "./once.js";
import { type Properties, readAdoption, readState } from "./properties.js";
import { Session } from "./session.js";

/** `import` by itself goes through Node's module loader for each token anew. */
const modules = {
  create: once(() => import("./create.js")),
  read: once(() => import("./read.js")),
  update: once(() => import("./update.js")),
  delete: once(() => import("./delete.js")),
};

/**
 * The lifecycle of a project's or group's deploy tokens. What asks GitLab is loaded when it is first called:
 * a preview needs none of it.
 */
export function deployTokenProvider(kind: OwnerKind, session: Session) {
  return {
    async configure({ config }) {
      // A secret that has no value arrives as null.
      session.configure((key) => config.get(key) ?? undefined);
    },
    check: (olds, news) =>
      bounded(() => {
        // Without olds a create follows: a row that has another token adopts nothing.
        const adoption = Object.keys(olds).length === 0 ? readAdoption(news) : undefined;
        if (adoption !== undefined) session.ledger.willAdopt(adoption.deployTokenId);
        return check(kind, olds, news, session.now());
      }),
    diff: (_id, olds, news) =>
      bounded(() => {
        remember(kind, olds, session);
        return diff(kind, olds, news, session.baseUrl());
      }),
    create: (inputs) => bounded(async () => (await modules.create()).create(kind, inputs, session)),
    read: (id, properties = {}) =>
      bounded(async () => (await modules.read()).read(kind, id, properties, session)),
    update: (id, olds, news) =>
      bounded(async () => (await modules.update()).update(kind, id, olds, news, session)),
    delete: (_id, properties) =>
      bounded(async () => (await modules.delete()).remove(kind, properties, session)),
  } satisfies dynamic.ResourceProvider<Properties, Properties>;
}

/** Which tokens this run's rows hold: never another row's orphan, and not deleted with a row that lost them. */
function remember(kind: OwnerKind, olds: Properties, session: Session): void {
  const { ownerId, deployTokenId, adoption } = readState(kind, olds);
  if (ownerId === undefined || deployTokenId === undefined) return;
  const ledger = session.ledger.of({ kind, id: ownerId });
  ledger.claim(deployTokenId);
  if (adoption !== undefined) ledger.hold(deployTokenId, adoption);
}

const interruption = new Interruption(
  (handler) => void process.once("SIGINT", handler),
  () => process.exit(130),
);
const session = new Session({ log: engineLog(), interruption });

/**
 * What every state's reference calls, in every version of this package: the names `project` and `group`, and
 * the path of this module, never change.
 */
export const project = deployTokenProvider("project", session);
export const group = deployTokenProvider("group", session);
