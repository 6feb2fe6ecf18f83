import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { node22, nodeFolder } from "../engine/node.js";
import { startGitLab } from "./gitlab.js";
import { type Operation, operations, titles } from "./measurement.js";
import type { Tools } from "./programs.js";
import { PulumiSubject } from "./pulumi-subject.js";
import { median } from "./statistics.js";
import { seconds, table } from "./tables.js";

const scenario = { tokens: 1, owners: 1, latency: 0, parallel: 1 };

/** Measures commands of one token on Node.js 22, in turn without and with a compile cache that round 0 fills. */
export async function compileCacheReport(
  tools: Tools,
  rounds: number,
  say: (line: string) => void,
): Promise<string> {
  const node = await nodeFolder(node22, say);
  const cache = mkdtempSync(join(tmpdir(), "compile-cache-"));
  const ways = [{}, { NODE_COMPILE_CACHE: cache }];
  const wall = new Map<string, number[]>();
  const cpu = new Map<string, number[]>();
  const add = (all: Map<string, number[]>, key: string, value: number) =>
    all.set(key, [...(all.get(key) ?? []), value]);
  try {
    for (let round = 0; round <= rounds; round++) {
      say(`Round ${round} of ${rounds}`);
      const gitlab = await startGitLab(["ours"], scenario);
      const subjects = [];
      for (const _ of ways)
        subjects.push(await PulumiSubject.create("ours", tools, scenario, gitlab, { node }));
      try {
        for (const operation of operations) {
          for (const [way, subject] of subjects.entries()) {
            const { seconds: took, usage } = await subject.perform(operation, ways[way]);
            if (round === 0) continue;
            add(wall, `${operation} ${way}`, took);
            const all = Object.values(usage).reduce((sum, each) => sum + each.cpu, 0);
            add(cpu, `${operation} ${way}`, all);
          }
        }
      } finally {
        for (const subject of subjects) subject.dispose();
        await gitlab.close();
      }
    }
  } finally {
    rmSync(cache, { recursive: true });
  }
  const row = (operation: Operation) => {
    const cells = [wall, cpu].flatMap((all) => {
      const [without, cached] = ways.map((_, way) => median(all.get(`${operation} ${way}`) ?? []));
      const change = ((cached ?? 0) / (without ?? 1) - 1) * 100;
      return [seconds(without), seconds(cached), `${change.toFixed(0)} %`];
    });
    return [titles[operation], ...cells];
  };
  const head = ["command", "wall", "with the cache", "", "CPU", "with the cache", ""];
  return [
    `One token, \`NODE_COMPILE_CACHE\` on Node.js 22, medians of ${rounds} rounds:`,
    table(head, operations.map(row)),
  ].join("\n\n");
}
