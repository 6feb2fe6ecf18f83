import { createRequire } from "node:module";
import { validateResourceOfType } from "@pulumi/policy";
import { expect, it } from "vitest";
import { GroupDeployToken, ProjectDeployToken } from "../../provider/index.js";

const { isTypeOf } = createRequire(__filename)("@pulumi/policy/server") as {
  isTypeOf?: (type: string, resourceClass: unknown) => boolean;
};

/** The analyzer's own test of a resource's type (its `isTypeOf`, which it does not export). */
const matches = (type: string, resourceClass: { __pulumiType?: string }) =>
  isTypeOf?.(type, resourceClass) ?? type === resourceClass.__pulumiType;

it.each([ProjectDeployToken, GroupDeployToken])(
  "a policy pack's validateResourceOfType matches %o and no other",
  async (Class) => {
    const seen: unknown[] = [];
    const validate = validateResourceOfType(Class as never, (properties) => void seen.push(properties));
    // What the pack hands to the analyzer, which asks only policies of the resource's type.
    expect((validate as { __pulumiType?: string }).__pulumiType).toBe(
      `pulumi-nodejs:dynamic/gitlab:${Class.name}`,
    );
    for (const name of ["ProjectDeployToken", "GroupDeployToken"]) {
      const type = `pulumi-nodejs:dynamic/gitlab:${name}`;
      const args = {
        type,
        props: { name },
        isType: (asked: { __pulumiType?: string }) => matches(type, asked),
        notApplicable: () => {
          throw new Error("not applicable");
        },
      };
      const run = async () => validate(args as never, () => undefined);
      if (name === Class.name) await run();
      else await expect(run()).rejects.toThrow("not applicable");
    }
    expect(seen).toEqual([{ name: Class.name }]);
  },
);
