import { vi } from "vitest";
import "../faults/search.test.js";

/** Runs the random histories of test/faults/search.test.ts in the number of the soak run. */
vi.hoisted(() => {
  process.env["HISTORIES"] ??= "20000";
  // Each soak uses a different seed, which a failure prints.
  process.env["SEED"] ??= String(Date.now() % 2 ** 31);
});
