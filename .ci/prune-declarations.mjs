// Declarations that no entry of the package reaches are of no use to anyone, and a tenth of its size.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const entries = Object.values(JSON.parse(readFileSync("package.json", "utf8")).exports);
const reached = new Set();

function reach(file) {
  if (reached.has(file)) return;
  reached.add(file);
  for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:from|import\(?)\s*"(\.[^"]+)\.js"/g)) {
    reach(join(dirname(file), `${path}.d.ts`));
  }
}

for (const { types } of entries) if (types !== undefined) reach(join(types));
for (const file of readdirSync("dist", { recursive: true })) {
  const path = join("dist", file);
  if (path.endsWith(".d.ts") && !reached.has(path)) rmSync(path);
}
