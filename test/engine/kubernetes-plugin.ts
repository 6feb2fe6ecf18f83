import { join } from "node:path";
import { cached } from "./cache.js";
import { runOrThrow } from "./command.js";

/** A folder with the official Kubernetes provider's plugin, built once from its Go module. */
export function kubernetesPlugin(progress: (line: string) => void): Promise<string> {
  return cached("kubernetes-plugin-20260115", async (folder) => {
    progress("Building Pulumi's Kubernetes provider from its Go module, once: some minutes ...");
    const args = [
      "build",
      "-trimpath",
      "-ldflags",
      "-s -w",
      "-o",
      join(folder, "pulumi-resource-kubernetes"),
    ];
    await runOrThrow("go", args, { cwd: join(__dirname, "kubernetes-plugin") });
  });
}
