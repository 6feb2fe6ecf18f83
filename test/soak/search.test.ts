import { vi } from "vitest";
import "../faults/search.test.js";

/** The random histories of test/faults/search.test.ts, in the number that the soak run asks for. */
vi.hoisted(() => {
  process.env["HISTORIES"] ??= "20000";
  // Another seed in each soak; the output of a failure names it.
  process.env["SEED"] ??= String(Date.now() % 2 ** 31);
});
