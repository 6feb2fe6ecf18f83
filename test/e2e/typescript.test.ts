import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { run } from "../engine/command.js";
import { typeChecks, typeScriptSettings } from "../matrix/typescript-settings.js";

const { installed } = inject("engine");
/** One setting for each way of finding modules. `npm run test:matrix` tries all and runs the results. */
const settings = typeScriptSettings.filter(({ name }) => ["defaults", "strictest", "bundler"].includes(name));

it("has a case for each way of module resolution", () => expect(settings).toHaveLength(3));

it.each(settings)("the types are right under $title", async ({ type, compilerOptions }) => {
  const folder = join(installed, "programs", randomUUID());
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type }));
    writeFileSync(join(folder, "types.ts"), typeChecks);
    const options = { ...compilerOptions, noEmit: true };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options }));
    const tsc = join(installed, "node_modules", "typescript", "bin", "tsc");
    const { code, stdout } = await run(process.execPath, [tsc, "-p", folder], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
