import { createInterface } from "node:readline";
import type { Log } from "../connect.js";
import { printableMessage } from "../gitlab/redact.js";

/** The input and output of a command. Tests replace those of the process. */
export interface Console {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** `columns`: the width of a terminal. */
  readonly stdout: NodeJS.WritableStream & { readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
}

/** The interval of progress messages, in milliseconds. */
const interval = 1_000;

/** Messages on standard error. */
export class Progress implements Log {
  private last = Date.now();
  private isLineOpen = false;

  constructor(
    private readonly console: Console,
    private readonly quiet: boolean,
  ) {}

  /** Reports the progress of a long operation. On a terminal, each line replaces the previous one. */
  step(message: () => string): void {
    if (this.quiet || Date.now() - this.last < interval) return;
    this.last = Date.now();
    const { stderr } = this.console;
    const text = printableMessage(message());
    stderr.write(stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
    this.isLineOpen = stderr.isTTY === true;
  }

  info(message: string): void {
    if (!this.quiet) this.line(message);
  }

  /** What the user should know where nothing is wrong; also with --quiet. */
  note(message: string): void {
    this.line(`note: ${message}`);
  }

  warn(message: string): void {
    this.line(`warning: ${message}`);
  }

  /** Removes the progress line before other output. */
  clear(): void {
    if (this.isLineOpen) this.console.stderr.write("\r\u001b[K");
    this.isLineOpen = false;
  }

  private line(message: string): void {
    this.clear();
    this.console.stderr.write(`${printableMessage(message)}\n`);
  }
}

export async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Asks for confirmation on standard error, so that the result stays clean. Ctrl-C, Ctrl-D and the end of input mean no. */
export async function confirm({ stdin, stderr }: Console, question: string): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  const answer = await new Promise<string>((resolve) => {
    lines.once("close", () => resolve(""));
    lines.question(`${question} [y/N] `, resolve);
  });
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
