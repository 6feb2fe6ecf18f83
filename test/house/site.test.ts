import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { run } from "../engine/command.js";

const root = resolve(__dirname, "..", "..");

it("the site builds without a warning: every export is documented, every link leads somewhere", {
  timeout: 300_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "site-"));
  try {
    const tsx = join(root, "node_modules", ".bin", "tsx");
    const built = await run(tsx, [join(root, "test", "site", "build.ts"), folder], { cwd: root });
    expect(built.stdout + built.stderr).not.toContain("[warning]");
    expect(built.code).toBe(0);
    expect(Number(/(\d+) pages/.exec(built.stdout)?.[1])).toBeGreaterThan(60);
    for (const page of ["index", "classes/index.ProjectDeployToken", "documents/troubleshooting"]) {
      expect(existsSync(join(folder, `${page}.html`)), page).toBe(true);
    }
    expect(readFileSync(join(folder, "documents", "troubleshooting.html"), "utf8")).toContain("out_of_sight");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
