import { startGitLab } from "./gitlab.js";
import {
  type Figure,
  type Measurement,
  type Operation,
  operations,
  repeatable,
  type Side,
} from "./measurement.js";
import { PlainSubject } from "./plain-subject.js";
import type { Tools } from "./programs.js";
import { PulumiSubject } from "./pulumi-subject.js";
import type { Scenario, Subject } from "./subject.js";

/** A project or group rarely has more than 20. */
export function ownersOf(tokens: number): number {
  return Math.ceil(tokens / 20);
}

/** One scenario in one round. The sides take turns at each operation. */
export interface Turn {
  readonly scenario: Scenario;
  readonly sides: readonly Side[];
  readonly operations: readonly Operation[];
  readonly round: number;
  /** The number of measurements of a repeatable operation. */
  readonly repeat: number;
}

export interface PlanOptions {
  readonly tokens: readonly number[];
  readonly latencies: readonly number[];
  readonly rounds: number;
  readonly repeat: number;
  readonly sides: readonly Side[];
  readonly parallel: number;
  /**
   * The largest stack of the side `usual`: its time grows with the square of the tokens. It is not measured with
   * latency.
   */
  readonly usualUpTo: number;
}

/** Plans one round after the other, so that each round measures everything. */
export function plan(options: PlanOptions): Turn[] {
  const { tokens, latencies, rounds, repeat, parallel, usualUpTo } = options;
  return Array.from({ length: rounds }, (_, index) => index + 1).flatMap((round) =>
    latencies.flatMap((latency) =>
      [...tokens]
        .sort((a, b) => a - b)
        .map((count) => ({
          scenario: { tokens: count, owners: ownersOf(count), latency, parallel },
          sides: options.sides.filter((side) => side !== "usual" || (latency === 0 && count <= usualUpTo)),
          operations: operations.filter((operation) => latency === 0 || asksGitLab(operation)),
          round,
          repeat,
        })),
    ),
  );
}

/** Whether latency matters: a command without requests has none. A replacement is a create and a delete. */
function asksGitLab(operation: Operation): boolean {
  return operation === "up" || operation === "refresh" || operation === "destroy";
}

/** Whether all measurements of a turn exist. */
export function isMeasured(
  { scenario, sides, operations: wanted, round }: Turn,
  figures: readonly Figure[],
): boolean {
  return sides.every((side) =>
    wanted.every(
      (operation) =>
        (side === "plain" && (operation === "preview" || operation === "no-change up")) ||
        figures.some(
          (figure) =>
            figure.kind === "operation" &&
            figure.side === side &&
            figure.operation === operation &&
            figure.tokens === scenario.tokens &&
            figure.latency === scenario.latency &&
            figure.parallel === scenario.parallel &&
            figure.round === round,
        ),
    ),
  );
}

/** Begins with another element each time, so that the machine's caches favor no side. */
function rotated<T>(all: readonly T[], time: number): T[] {
  const first = time % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

/** Measures one turn and reports each figure at once. */
export async function measureTurn(
  turn: Turn,
  tools: Tools,
  tell: (figure: Measurement) => void,
): Promise<void> {
  const { scenario, round } = turn;
  const gitlab = await startGitLab(turn.sides, scenario);
  const subjects: Subject[] = [];
  try {
    for (const side of turn.sides) {
      subjects.push(
        side === "plain"
          ? new PlainSubject(scenario, gitlab)
          : await PulumiSubject.create(side, tools, scenario, gitlab),
      );
    }
    for (const operation of operations) {
      if (!turn.operations.includes(operation)) continue;
      for (let repetition = 1; repetition <= (repeatable.has(operation) ? turn.repeat : 1); repetition++) {
        for (const subject of rotated(subjects, round + repetition - 1)) {
          const performed = await subject.perform(operation);
          if (performed === undefined) continue;
          tell({
            kind: "operation",
            side: subject.side,
            operation,
            ...scenario,
            round,
            repetition,
            ...performed,
          });
        }
      }
    }
  } finally {
    for (const subject of subjects) subject.dispose();
    await gitlab.close();
  }
}
