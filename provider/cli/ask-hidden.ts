import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { DeployTokenError } from "../gitlab/errors.js";
import type { Console } from "./console.js";

/** Asks on a terminal without echo; Ctrl-C and Ctrl-D cancel. */
export async function askHidden({ stdin, stderr }: Console, question: string): Promise<string> {
  stderr.write(question);
  // The terminal's own echo is off while readline reads, and the output of readline is dropped.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silent, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("close", () => reject(new DeployTokenError("interrupted", "Cancelled: nothing was done.")));
    });
  } finally {
    lines.close();
    stderr.write("\n");
  }
}
