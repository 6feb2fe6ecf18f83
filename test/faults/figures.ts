import type { LostAnswer } from "../../provider/testing/index.js";
import { EngineModel, type ModelOptions } from "./engine-model.js";
import { type InProcessGitLab, inProcessGitLab } from "./in-process.js";
import { loadLifecycle } from "./load.js";
import { Observer } from "./observer.js";

/** The cases that broke version 0.1.0, measured with the current code: `npm run test:figures`. */

const program = { pull: { project: "1", name: "pull", scopes: ["read_registry"] } };
const html = (status: number): LostAnswer => ({ kind: "respond", status, body: "<html>" });
const minutes = 60_000;

interface World {
  readonly gitlab: InProcessGitLab;
  readonly observer: Observer;
  readonly stacks: readonly EngineModel[];
  readonly during: <T>(work: Promise<T>) => Promise<T>;
}

function newWorld(count: number, options: ModelOptions = {}): World {
  const gitlab = inProcessGitLab();
  const observer = new Observer(gitlab, new Set());
  const stacks = [...Array(count).keys()].map(
    (stack) => new EngineModel(gitlab, { time: gitlab.time, adapter: observer.adapterOf(stack), ...options }),
  );
  observer.watch(...stacks);
  return { gitlab, observer, stacks, during: (work) => gitlab.time.run(work) };
}

/** The damage after a run: deleted live tokens, and tokens that neither a state nor a message has. */
interface Outcome {
  readonly deleted: number;
  readonly leaked: number;
}

async function outcomeOf({ gitlab, observer, stacks }: World): Promise<Outcome> {
  const held = (await Promise.all(stacks.map((stack) => stack.held()))).flat().map(([id]) => id);
  const told = stacks.flatMap(({ messages }) => messages).filter((text) => !text.includes("was deleted: it"));
  const isNamed = (id: number) =>
    told.some((text) => new RegExp(`(?:token |ids [\\d, ]*)${id}\\b`).test(text));
  const left = gitlab.deployTokens().filter(({ id }) => !held.includes(id) && !isNamed(id));
  return { deleted: observer.wrongDeletions.length, leaked: left.length };
}

const quietly = (work: Promise<unknown>) => work.catch(() => undefined);

/** Both stacks run `up`, the second a little later. One POST gets a 502 and never reaches GitLab. */
async function together(index: number, options: ModelOptions): Promise<Outcome> {
  const world = newWorld(2, options);
  world.gitlab.faults.add({ method: "POST", fault: html(502) });
  const [first, second] = world.stacks as [EngineModel, EngineModel];
  const later = world.gitlab.time.sleep(index * 25).then(() => second.up(program));
  await world.during(Promise.all([quietly(first.up(program)), quietly(later)]));
  return outcomeOf(world);
}

/** One stack has two `Provider`s of one GitLab with equal arguments; one request fails. */
async function providers(index: number): Promise<Outcome> {
  const world = newWorld(1, { hasProviders: true });
  const answer = html([500, 502, 503, 504, 408, 403][index % 6] as number);
  world.gitlab.faults.add({ method: "POST", when: index % 2 === 0 ? "before" : "after", fault: answer });
  const [stack] = world.stacks as [EngineModel];
  const { pull } = program;
  await world.during(quietly(stack.up({ first: pull, second: pull })));
  return outcomeOf(world);
}

/** GitLab commits after the response was lost; then up, up, refresh and destroy run. */
async function late(commit: number, answer: LostAnswer): Promise<Outcome> {
  const world = newWorld(1);
  world.gitlab.faults.add({ method: "POST", fault: { kind: "late", commit, answer } });
  const [stack] = world.stacks as [EngineModel];
  for (const command of ["up", "up", "refresh", "destroy"] as const) {
    await world.during(quietly(command === "up" ? stack.up(program) : stack[command]()));
  }
  await world.gitlab.time.pass(10 * minutes);
  return outcomeOf(world);
}

/** A resource has no token, and a command runs before the late commit. */
async function unsettled(command: "up" | "destroy"): Promise<Outcome> {
  const world = newWorld(1);
  world.gitlab.faults.add({ method: "POST", fault: { kind: "late", commit: 100_000, answer: html(504) } });
  world.gitlab.faults.add({ method: "POST", times: 3, fault: html(502) });
  const [stack] = world.stacks as [EngineModel];
  await world.during(quietly(stack.up(program)));
  await world.during(quietly(command === "up" ? stack.up(program) : stack.destroy()));
  await world.gitlab.time.pass(6 * minutes);
  if (command === "up") await world.during(quietly(stack.up(program)));
  return outcomeOf(world);
}

const stacks = { stackNames: () => ["staging", "prod"] };
const upTo = (count: number) => [...Array(count).keys()];
const pairs = [500, 502, 503, 408, 403, 504, 302].flatMap((status) =>
  [50, 4_000].map((commit) => () => late(commit, html(status))),
);

const cases: readonly [string, string, readonly (() => Promise<Outcome>)[]][] = [
  [
    "stacks of one program started together",
    "33 of 40 lost a live token",
    upTo(40).map((n) => () => together(n, stacks)),
  ],
  [
    "the same of different programs, of which nothing tells",
    "the same",
    upTo(40).map((n) => () => together(n, {})),
  ],
  [
    "two Providers in one stack, one fault",
    "26 of 30 lost a live token",
    upTo(30).map((n) => () => providers(n)),
  ],
  ["late commits, 50 ms and 4 s after the answer", "13 of 14 leaked", pairs],
  [
    "POSTs slower than the limit of one try",
    "32 of 60 leaked",
    upTo(60).map((n) => () => late(2_000 + n * 4_000, { kind: "reset" })),
  ],
  [
    "a row without a token, a command before the late commit",
    "2 of 2 leaked",
    (["up", "destroy"] as const).map((command) => () => unsettled(command)),
  ],
];

async function main(): Promise<void> {
  await loadLifecycle();
  for (const [what, before, runs] of cases) {
    let [deleted, leaked] = [0, 0];
    for (const run of runs) {
      const outcome = await run();
      if (outcome.deleted > 0) deleted++;
      if (outcome.leaked > 0) leaked++;
    }
    const now = `${deleted} of ${runs.length} lost a live token, ${leaked} leaked silently`;
    process.stdout.write(`${what}: ${before} with 0.1.0; now ${now}\n`);
  }
}

void main();
