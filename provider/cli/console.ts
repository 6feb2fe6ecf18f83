import { createInterface } from "node:readline/promises";
import type { Log } from "../connect.js";
import { redact } from "../gitlab/redact.js";

/** Where a command reads and writes; in tests something else than the process's own. */
export interface Console {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
}

/** How often progress is told, in milliseconds. */
const interval = 1_000;

/** Messages beside the result, on standard error. */
export class Progress implements Log {
  private readonly console: Console;
  private readonly quiet: boolean;
  private last = Date.now();
  private isLineOpen = false;

  constructor(console: Console, quiet: boolean) {
    this.console = console;
    this.quiet = quiet;
  }

  /** How far a long work is; on a terminal each line replaces the one before. */
  step(message: () => string): void {
    if (this.quiet || Date.now() - this.last < interval) return;
    this.last = Date.now();
    const { stderr } = this.console;
    stderr.write(stderr.isTTY ? `\r\u001b[K${message()}` : `${message()}\n`);
    this.isLineOpen = stderr.isTTY === true;
  }

  info(message: string): void {
    if (!this.quiet) this.line(message);
  }

  warn(message: string): void {
    this.line(`warning: ${message}`);
  }

  /** Clears the line that the last step left open, before anything else is written on the terminal. */
  end(): void {
    if (this.isLineOpen) this.console.stderr.write("\r\u001b[K");
    this.isLineOpen = false;
  }

  private line(message: string): void {
    this.end();
    this.console.stderr.write(`${redact(message)}\n`);
  }
}

/** A name from GitLab must not move the terminal's cursor. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, "?");
}

export async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** Asks for a yes, on standard error so that the result stays clean. Ctrl-D and Ctrl-C are a no. */
export async function confirm({ stdin, stderr }: Console, question: string): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  // What was asked is never answered once the input is closed: without this the process would end with 0. An answer
  // that came just before counts.
  const closed = new Promise<string>((resolve) => lines.once("close", () => setImmediate(resolve, "")));
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `).catch(() => ""), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
