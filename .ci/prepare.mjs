// npm runs `prepare` where it installs the package from git, and `prepack` only where it packs it. In a clone of its own
// nothing is built: `npm ci` runs `prepare` too.
import { execFileSync } from "node:child_process";

if (process.env.INIT_CWD !== process.cwd()) execFileSync("npm", ["run", "build"], { stdio: "inherit" });
