import { describe, expect, inject, it } from "vitest";
import { stableChecks } from "../package/checks.js";

/** `npm run check:package`, without what asks the registry. */
describe("the packed package can be published", () => {
  it.each(stableChecks)("$name", async ({ run }) => {
    expect(await run(inject("engine").packed)).not.toBe("");
  });
});
