import { InvalidArgumentError, Option } from "commander";
import { registerSecret } from "../gitlab/redact.js";

export const valueFromInput = "the deploy token's value on standard input";

/** An option that people try and that no command has, because other users of the machine see arguments. */
export function secretArgument(flags: string, wanted: string): Option {
  return new Option(flags).hideHelp().argParser((value) => {
    registerSecret(value);
    throw new InvalidArgumentError(`other users can see arguments; wanted: ${wanted}`);
  });
}
