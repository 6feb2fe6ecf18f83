import { runOrThrow } from "../engine/command.js";
import type { Engine } from "../engine/setup.js";
import type { Loading } from "./measurement.js";
import { median } from "./statistics.js";

const processes = 15;

/**
 * Modules that load in every program, in a provider's process with deploy tokens, and at that process's first
 * request.
 */
const modules = ["pulumi-gitlab-deploy-tokens", "pulumi-gitlab-deploy-tokens/lifecycle", "axios"] as const;

const script = (module: string) => `
require("@pulumi/pulumi");
const before = { memory: process.memoryUsage().rss, modules: Object.keys(require.cache).length };
const started = process.hrtime.bigint();
require(${JSON.stringify(module)});
const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
const megabytes = (process.memoryUsage().rss - before.memory) / 1e6;
const modules = Object.keys(require.cache).length - before.modules;
console.log(JSON.stringify({ milliseconds, megabytes, modules }));
`;

type Loaded = Pick<Loading, "milliseconds" | "megabytes" | "modules">;

/** Loads each module in its own processes, in turn. */
export async function measureLoading({ installed }: Engine): Promise<Loading[]> {
  const runs = new Map<string, Loaded[]>(modules.map((module) => [module, []]));
  for (let count = 0; count < processes; count++) {
    for (const module of modules) {
      const { stdout } = await runOrThrow(process.execPath, ["-e", script(module)], { cwd: installed });
      runs.get(module)?.push(JSON.parse(stdout) as Loaded);
    }
  }
  return modules.map((module) => {
    const all = runs.get(module) ?? [];
    return {
      kind: "loading",
      module,
      milliseconds: median(all.map(({ milliseconds }) => milliseconds)),
      megabytes: median(all.map(({ megabytes }) => megabytes)),
      modules: median(all.map((each) => each.modules)),
      processes,
    };
  });
}
