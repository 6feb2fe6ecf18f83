import { beforeAll, beforeEach } from "vitest";
import type { FaultRule } from "../../provider/testing/index.js";
import { EngineModel, type ModelOptions } from "../faults/engine-model.js";
import { type InProcessGitLab, inProcessGitLab } from "../faults/in-process.js";
import { loadLifecycle } from "../faults/load.js";
import { run } from "../support/run.js";

export const minute = 60_000;
export const token = { project: "1", name: "pull", scopes: ["read_registry"] };
export const args = { ...token, __provider: "reference" };
export const program = { pull: token };
/** A token of another that GitLab cannot distinguish from the program's. */
export const equal = { ...token, project: "acme/app" };
export const html = { kind: "respond", status: 504, body: "<html>" } as const;

/** A new GitLab for each test of a file that calls `useGitLab`. */
export let gitlab: InProcessGitLab;

export function useGitLab(): void {
  beforeAll(loadLifecycle);
  beforeEach(() => {
    gitlab = inProcessGitLab();
  });
}

/** Loses the response to the next POST. */
export function lose(fault: FaultRule["fault"] = html, more: Partial<FaultRule> = {}) {
  return gitlab.faults.add({ method: "POST", fault, ...more });
}

export function stackOf(more: ModelOptions = {}): EngineModel {
  return new EngineModel(gitlab, { time: gitlab.time, adapter: gitlab.adapter, ...more });
}

/** The lifecycle in a new run of the provider's process. */
export function opened(options: object = {}) {
  return run(gitlab, { time: gitlab.time, adapter: gitlab.adapter, ...options });
}

/** Lets time pass as long as the work needs it. */
export function during<T>(work: Promise<T>): Promise<T> {
  return gitlab.time.run(work);
}

/** A stack after an `up` that succeeded although the response to its first POST was lost. */
export async function stackAfterLoss(fault?: FaultRule["fault"]): Promise<EngineModel> {
  const stack = stackOf();
  lose(fault);
  await during(stack.up(program));
  return stack;
}

/** A stack after an `up` that failed because the responses to all its POSTs were lost. */
export async function stackWithoutToken(): Promise<EngineModel> {
  const stack = stackOf();
  lose(html, { times: 4 });
  await during(failureOf(stack.up(program)));
  return stack;
}

export function ids(): number[] {
  return gitlab.deployTokens().map(({ id }) => id);
}

export function recordOf(stack: EngineModel, row = 0): unknown {
  return stack.rows[row]?.outputs["unsettled"];
}

export function failureOf(work: Promise<unknown>) {
  return work.then(
    () => undefined,
    (error: unknown) => error as Error & { id?: string; properties?: Record<string, unknown> },
  );
}
