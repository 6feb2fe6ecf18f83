import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, inject, it } from "vitest";

const installed = () => join(inject("engine").installed, "node_modules", "pulumi-gitlab-deploy-tokens");

it("the package's declarations are complete: each that another one names exists", () => {
  const root = installed();
  const declarations = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".d.ts"),
  );
  for (const entry of ["dist/index.d.ts", "dist/lifecycle/index.d.ts", "dist/testing/index.d.ts"]) {
    expect(declarations).toContain(join(entry));
  }
  const named = declarations.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/["'](\.{1,2}\/[^"']+)\.js["']/g)].map(([, path]) => [
      file,
      join(dirname(file), `${path}.d.ts`),
    ]),
  );
  expect(named.length).toBeGreaterThan(declarations.length);
  expect(named.filter(([, path]) => !existsSync(join(root, String(path))))).toEqual([]);
});
